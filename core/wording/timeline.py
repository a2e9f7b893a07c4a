"""What a timeline holds and what changed on it, in the words of a person."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeAlias, assert_never

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

_LONGEST_LABEL: Final = 80  # characters of a title or a name


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
    facts = _span(track.start, track.end, "-") + "s"
    if track.volume is not None and track.lane is Lane.AUDIO:
        facts += f", {_percent(track.volume, '')}"
    label = _label(track, _)
    return f"{_lane(track.lane, _)}: {label} ({facts})" if label else f"{_lane(track.lane, _)} ({facts})"


def _label(track: TrackSummary, _: Gettext) -> str:
    if track.lane is Lane.TITLE:
        return ", ".join(f'"{_short(label)}"' for label in track.labels if label)
    if len(track.labels) == 1:
        return _short(track.labels[0])
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

_MANY: Final = 3  # from so many on, things of one kind are counted and not named


def describe(changes: Sequence[Change], _: Gettext = _as_written) -> str:
    """A sentence for each difference, or for several of one kind; one that says so where there is none."""
    if not changes:
        return _("Nothing changed on the timeline.")
    sentences: list[str] = []
    for group in _groups(changes):
        together = _together(group, _) if len(group) > 1 else ""
        sentences += [together] if together else [_sentence(change, _) for change in group]
    return " ".join(sentences)


def _groups(changes: Sequence[Change]) -> Iterable[list[Change]]:
    """Changes that may be told in one sentence, in the order in which each kind of them comes first."""
    groups: dict[Hashable, list[Change]] = {}
    for change in changes:
        groups.setdefault(_alike(change), []).append(change)
    return groups.values()


def _alike(change: Change) -> Hashable:
    match change:
        case Added(place) | Removed(place):
            return type(change), place.segment.medium
        case Retimed(after=place, start=False):
            return Retimed, place.lane
        case Altered(Place() as place, keys):
            return Altered, place.lane, keys
        case _:
            return id(change)


def _together(group: Sequence[Change], _: Gettext) -> str:
    """One sentence for changes that are alike; empty where each deserves its own."""
    match group[0]:
        case Added(place) if len(group) >= _MANY:
            return _("{count} {things} added.").format(count=len(group), things=_plural(place, _))
        case Removed(place) if len(group) >= _MANY:
            return _("{count} {things} removed.").format(count=len(group), things=_plural(place, _))
        case Retimed(after=place) if len(group) == place.count:
            durations = [change.after.segment.duration for change in group if isinstance(change, Retimed)]
            return _each_lasts(place, durations, _)
        case Altered(Place() as place, keys) if len(group) == place.count:
            things = _plural(place, _)
            return _("All {things}: {keys} changed.").format(things=things, keys=_settings(keys, _))
        case _:
            return ""


def _each_lasts(place: Place, durations: Sequence[int], _: Gettext) -> str:
    shortest, longest = _seconds(min(durations)), _seconds(max(durations))
    if shortest == longest:
        return _("Each {thing} now lasts {seconds} s.").format(thing=_kind(place, _).lower(), seconds=shortest)
    if len(durations) < _MANY:
        return ""
    things = _plural(place, _)
    return _("All {things} now last {shortest} to {longest} s.").format(
        things=things, shortest=shortest, longest=longest
    )


def _sentence(change: Change, _: Gettext) -> str:
    match change:
        case Added(place):
            return _("{kind} added: {what}.").format(kind=_kind(place, _), what=_exactly(place))
        case Removed(place):
            return _("{kind} removed: {what}.").format(kind=_kind(place, _), what=_exactly(place))
        case Moved(before, after):
            return _moved(before, after, _)
        case Retimed():
            return _retimed(change, _)
        case Renamed(before, after):
            return _renamed(before, after, _)
        case VolumeChanged(after=place):
            return _louder(place, _)
        case Altered(place, keys):
            thing = _("The project") if place is None else _thing(place, _)
            return _("{thing}: {keys} changed.").format(thing=thing, keys=_settings(keys, _))
        case CanvasChanged(after=canvas):
            return _shaped(canvas, _)
        case LengthChanged(before, after):
            seconds, was = _seconds(after), _seconds(before)
            return _("The video is now {seconds} s long (was {was} s).").format(seconds=seconds, was=was)
        case _ as never:
            assert_never(never)


def _moved(before: Place, after: Place, _: Gettext) -> str:
    thing = _thing(before, _)
    if before.position == after.position:
        return _("{thing} is on another track now.").format(thing=thing)
    if after.position == 1:
        return _("{thing} comes first.").format(thing=thing)
    if after.position == after.count:
        return _("{thing} comes last.").format(thing=thing)
    return _("{thing} comes {ordinal}.").format(thing=thing, ordinal=_ordinal(after.position, _))


def _retimed(change: Retimed, _: Gettext) -> str:
    place = change.after
    thing, segment = _thing(place, _), place.segment
    if not change.start and place.lane is Lane.VIDEO:
        seconds, was = _seconds(segment.duration), _seconds(change.before.segment.duration)
        return _("{thing} now lasts {seconds} s (was {was} s).").format(thing=thing, seconds=seconds, was=was)
    return _("{thing} now at {span}.").format(thing=thing, span=_place_span(place))


def _renamed(before: Place, after: Place, _: Gettext) -> str:
    new = _label_of(after)
    if not new:
        return _("{thing} has no name any more.").format(thing=_thing(before, _))
    if after.lane is Lane.TITLE:
        return _("{thing} now reads “{text}”.").format(thing=_thing(before, _), text=new)
    return _("{thing} is now “{name}”.").format(thing=_thing(before, _), name=new)


def _louder(place: Place, _: Gettext) -> str:
    volume = 1.0 if place.segment.volume is None else place.segment.volume
    if not volume:
        return _("{thing} is muted.").format(thing=_thing(place, _))
    if place.lane is Lane.AUDIO:
        return _("{thing} now at {volume}.").format(thing=_thing(place, _), volume=_percent(volume, " "))
    return _("The sound of {thing} now at {volume}.").format(thing=_thing(place, _), volume=_percent(volume, " "))


def _shaped(canvas: Canvas | None, _: Gettext) -> str:
    if canvas is None:
        return _("The picture has another shape.")
    if canvas.width == canvas.height:
        shape = _("square")
    else:
        shape = _("vertical") if canvas.width < canvas.height else _("horizontal")
    size = f"{canvas.width} × {canvas.height}"
    return _("The video is now {shape}, {size}.").format(shape=shape, size=size)


# --- things and their settings ----------------------------------------------------------------------------------------


def _thing(place: Place, _: Gettext) -> str:
    if place.count == 1:
        return _kind(place, _) if place.lane is Lane.AUDIO else _("The {kind}").format(kind=_kind(place, _).lower())
    label = _label_of(place)
    if label and place.lane is not Lane.VIDEO:
        return _("{kind} “{label}”").format(kind=_kind(place, _), label=label)
    return _("The {ordinal} {kind}").format(ordinal=_ordinal(place.position, _), kind=_kind(place, _).lower())


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


def _plural(place: Place, _: Gettext) -> str:
    match place.segment.medium:
        case Medium.PHOTO:
            return _("photos")
        case Medium.CLIP:
            return _("clips")
        case Medium.AUDIO:
            return _("sounds")
        case Medium.TITLE:
            return _("titles")
        case Medium.OTHER:
            return _("items")
        case _ as never:
            assert_never(never)


def _exactly(place: Place) -> str:
    name = _label_of(place)
    return f"“{name}”, {_place_span(place)}" if name else _place_span(place)


def _ordinal(number: int, _: Gettext) -> str:
    words = (_("first"), _("second"), _("third"), _("fourth"), _("fifth"), _("sixth"), _("seventh"), _("eighth"))
    return words[number - 1] if number <= len(words) else _("number {number}").format(number=number)


def _settings(keys: Sequence[str], _: Gettext) -> str:
    known = {
        "fit": _("framing"),
        "fps": _("frame rate"),
        "mood": _("mood"),
        "motion": _("motion"),
        "position": _("position"),
        "seed": _("melody"),
        "source": _("file"),
        "speed": _("speed"),
        "transition": _("transition"),
    }
    words = (known.get(key, key.replace("_", " ").strip()) for key in (key.rsplit(".")[-1] for key in keys))
    return ", ".join(dict.fromkeys(word for word in words if word)) or _("settings")


def _label_of(place: Place) -> str:
    return _short(place.segment.text or place.segment.name)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1].rstrip() + "…"


# --- numbers ----------------------------------------------------------------------------------------------------------


def _place_span(place: Place) -> str:
    return _span(place.segment.start, place.segment.end, "–") + " s"


def _span(start: int, end: int, dash: str) -> str:
    return f"{_seconds(start)}{dash}{_seconds(end)}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f}".rstrip("0").rstrip(".")


def _percent(share: float, space: str) -> str:
    return f"{round(share * 100)}{space}%"
