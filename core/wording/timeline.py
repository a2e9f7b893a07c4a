"""What a timeline holds and what changed on it, in the words of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, assert_never

from core.drafts import (
    Added,
    Altered,
    Canvas,
    CanvasChanged,
    Change,
    Lane,
    LengthChanged,
    Medium,
    Moved,
    Place,
    Removed,
    Renamed,
    Retimed,
    Timeline,
    TrackSummary,
    VolumeChanged,
    summarise,
)

Gettext: TypeAlias = Callable[[str], str]


def _as_written(text: str) -> str:
    return text


# --- what there is ----------------------------------------------------------------------------------------------------


def summary(timeline: Timeline, _: Gettext = _as_written) -> str:
    """All tracks in one line each, joined by spaces."""
    tracks = summarise(timeline).tracks
    if not tracks:
        return _("The timeline is still empty.")
    lines = (f"{number}. {_track(track, _)}" for number, track in enumerate(tracks, 1))
    head = _("Timeline (1 track):") if len(tracks) == 1 else _("Timeline ({count} tracks):").format(count=len(tracks))
    return " ".join((head, *lines))


def _track(track: TrackSummary, _: Gettext) -> str:
    facts = _span(track.start, track.end, "-")
    if track.volume is not None and track.lane is Lane.AUDIO:
        facts += f", {_percent(track.volume, '')}"
    label = _label(track, _)
    return f"{_lane(track.lane, _)}: {label} ({facts})" if label else f"{_lane(track.lane, _)} ({facts})"


def _label(track: TrackSummary, _: Gettext) -> str:
    if len(track.labels) == 1:
        [label] = track.labels
        return f'"{label}"' if track.lane is Lane.TITLE and label else label
    if track.lane is Lane.TITLE:
        return ", ".join(f'"{label}"' for label in track.labels)
    if set(track.mediums) == {Medium.PHOTO}:
        return _("{count} photos").format(count=len(track.labels))
    return _("{count} clips").format(count=len(track.labels))


def _lane(lane: Lane, _: Gettext) -> str:
    match lane:
        case Lane.VIDEO:
            return _("Video")
        case Lane.AUDIO:
            return _("BGM")
        case Lane.TITLE:
            return _("Title")
        case Lane.OTHER:
            return _("Other")
        case _ as never:
            assert_never(never)


# --- what changed -----------------------------------------------------------------------------------------------------


def describe(changes: Sequence[Change], _: Gettext = _as_written) -> str:
    """A sentence for each difference, or one that says that there is none."""
    if not changes:
        return _("Nothing changed on the timeline.")
    return " ".join(_sentences(changes, _))


def _sentences(changes: Sequence[Change], _: Gettext) -> Iterable[str]:
    for change in changes:
        yield _sentence(change, _)


def _sentence(change: Change, _: Gettext) -> str:
    match change:
        case Added(place):
            return _("{kind} added: {what}.").format(kind=_kind(place, _), what=_exactly(place))
        case Removed(place):
            return _("{kind} removed: {what}.").format(kind=_kind(place, _), what=_exactly(place))
        case Moved(before, after):
            return _("{thing} now comes {ordinal}.").format(
                thing=_thing(before, _), ordinal=_ordinal(after.position, _)
            )
        case Retimed(after=place):
            return _("{thing} is now at {span}.").format(thing=_thing(place, _), span=_place_span(place))
        case Renamed(before, after):
            return _("{thing} is now “{name}”.").format(
                thing=_thing(before, _), name=after.segment.text or after.segment.name
            )
        case VolumeChanged(after=place):
            return _("{thing} now at {volume}.").format(thing=_thing(place, _), volume=_loudness(place, _))
        case Altered(place, keys):
            thing = _("The project") if place is None else _thing(place, _)
            return _("{thing}: {keys} changed.").format(thing=thing, keys=", ".join(keys))
        case CanvasChanged(after=canvas):
            return _("The picture is now {size}.").format(size=_size(canvas))
        case LengthChanged(after=duration):
            return _("The video is now {seconds} s long.").format(seconds=_seconds(duration))
        case _ as never:
            assert_never(never)


def _kind(place: Place, _: Gettext) -> str:
    match place.segment.medium:
        case Medium.PHOTO:
            return _("Photo")
        case Medium.CLIP:
            return _("Clip")
        case Medium.AUDIO:
            return _("Music")
        case Medium.TITLE:
            return _("Title")
        case Medium.OTHER:
            return _("Item")
        case _ as never:
            assert_never(never)


def _thing(place: Place, _: Gettext) -> str:
    if place.count == 1 or place.lane is not Lane.VIDEO:
        return _kind(place, _)
    return _("The {ordinal} {kind}").format(ordinal=_ordinal(place.position, _), kind=_kind(place, _).lower())


def _exactly(place: Place) -> str:
    name = place.segment.text or place.segment.name
    return f"“{name}”, {_place_span(place)}" if name else _place_span(place)


def _ordinal(number: int, _: Gettext) -> str:
    words = (_("first"), _("second"), _("third"), _("fourth"), _("fifth"), _("sixth"))
    return words[number - 1] if number <= len(words) else _("{number}th").format(number=number)


def _loudness(place: Place, _: Gettext) -> str:
    volume = place.segment.volume
    return _("its own volume") if volume is None else _percent(volume, " ")


def _size(canvas: Canvas | None) -> str:
    return f"{canvas.width} × {canvas.height}" if canvas else ""


def _place_span(place: Place) -> str:
    return _span(place.segment.start, place.segment.end, "–") + " s"


def _span(start: int, end: int, dash: str) -> str:
    unit = "s" if dash == "-" else ""
    return f"{_seconds(start)}{dash}{_seconds(end)}{unit}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f}".removesuffix(".0")


def _percent(share: float, space: str) -> str:
    return f"{round(share * 100)}{space}%"
