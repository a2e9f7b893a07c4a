"""What a timeline holds and what changed on it, in the words of a person."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, assert_never

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
from core.wording.languages import ENGLISH, Language

_LONGEST_LABEL: Final = 80  # characters of a title or a name


# --- what there is ----------------------------------------------------------------------------------------------------


def summary(timeline: Timeline, _: Language = ENGLISH) -> str:
    """All tracks in one line each, joined by spaces."""
    tracks = summarise(timeline).tracks
    if not tracks:
        return _("The timeline is still empty.")
    lines = (f"{number}. {_track(track, _)}" for number, track in enumerate(tracks, 1))
    head = _.ngettext("Timeline ({count} track):", "Timeline ({count} tracks):", len(tracks))
    return _flowing((head.format(count=len(tracks)), *lines), _)


def _track(track: TrackSummary, _: Language) -> str:
    span, lane, label = _span(track.start, track.end, "-"), _lane(track.lane, _), _label(track, _)
    facts = _("{span}s").format(span=span)
    if track.volume is not None and track.lane is Lane.AUDIO:
        facts = _listed((facts, f"{round(track.volume * 100)}%"), _)
    if not label:
        return _("{lane} ({facts})").format(lane=lane, facts=facts)
    return _("{lane}: {label} ({facts})").format(lane=lane, label=label, facts=facts)


def _label(track: TrackSummary, _: Language) -> str:
    if track.lane is Lane.TITLE:
        return _listed([_('"{text}"').format(text=_short(label)) for label in track.labels if label], _)
    if len(track.labels) == 1:
        return _short(track.labels[0])
    medium = Medium.PHOTO if set(track.mediums) == {Medium.PHOTO} else Medium.CLIP
    return _counted(medium, len(track.labels), _)


def _lane(lane: Lane, _: Language) -> str:
    return {Lane.VIDEO: _("Video"), Lane.AUDIO: _("BGM"), Lane.TITLE: _("Title"), Lane.OTHER: _("Other")}[lane]


# --- what changed -----------------------------------------------------------------------------------------------------

_MANY: Final = 3  # from so many on, things of one kind are counted and not named


def describe(changes: Sequence[Change], _: Language = ENGLISH) -> str:
    """A sentence for each difference, or for several of one kind; one that says so where there is none."""
    if not changes:
        return _("Nothing changed on the timeline.")
    sentences: list[str] = []
    for group in _groups(changes):
        together = _together(group, _) if len(group) > 1 else ""
        sentences += [together] if together else [_sentence(change, _) for change in group]
    return _flowing(sentences, _)


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


def _together(group: Sequence[Change], _: Language) -> str:
    """One sentence for changes that are alike; empty where each deserves its own."""
    match group[0]:
        case Added(place) if len(group) >= _MANY:
            return _("{things} added.").format(things=_counted(place.segment.medium, len(group), _))
        case Removed(place) if len(group) >= _MANY:
            return _("{things} removed.").format(things=_counted(place.segment.medium, len(group), _))
        case Retimed(after=place) if len(group) == place.count:
            durations = [change.after.segment.duration for change in group if isinstance(change, Retimed)]
            return _each_lasts(place, durations, _)
        case Altered(Place() as place, keys) if len(group) == place.count:
            things = _noun(place, _).many
            return _("All {things}: {keys} changed.").format(things=things, keys=_settings(keys, _))
        case _:
            return ""


def _each_lasts(place: Place, durations: Sequence[int], _: Language) -> str:
    shortest, longest = _seconds(min(durations)), _seconds(max(durations))
    if shortest == longest:
        return _("{each} now lasts {seconds} s.").format(each=_noun(place, _).each, seconds=shortest)
    if len(durations) < _MANY:
        return ""
    things = _noun(place, _).many
    return _("All {things} now last {shortest} to {longest} s.").format(
        things=things, shortest=shortest, longest=longest
    )


def _sentence(change: Change, _: Language) -> str:
    match change:
        case Added(place):
            return _("{kind} added: {what}.").format(kind=_noun(place, _).one, what=_exactly(place, _))
        case Removed(place):
            return _("{kind} removed: {what}.").format(kind=_noun(place, _).one, what=_exactly(place, _))
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


def _moved(before: Place, after: Place, _: Language) -> str:
    thing = _thing(before, _)
    if before.position == after.position:
        return _("{thing} is on another track now.").format(thing=thing)
    if after.position == 1:
        return _("{thing} comes first.").format(thing=thing)
    if after.position == after.count:
        return _("{thing} comes last.").format(thing=thing)
    return _("{thing} comes {ordinal}.").format(thing=thing, ordinal=_ordinal(after.position, _))


def _retimed(change: Retimed, _: Language) -> str:
    place = change.after
    thing, segment = _thing(place, _), place.segment
    if not change.start and place.lane is Lane.VIDEO:
        seconds, was = _seconds(segment.duration), _seconds(change.before.segment.duration)
        return _("{thing} now lasts {seconds} s (was {was} s).").format(thing=thing, seconds=seconds, was=was)
    return _("{thing} now at {span}.").format(thing=thing, span=_place_span(place, _))


def _renamed(before: Place, after: Place, _: Language) -> str:
    new = _label_of(after)
    if not new:
        return _("{thing} has no name any more.").format(thing=_thing(before, _))
    if after.lane is Lane.TITLE:
        return _("{thing} now reads “{text}”.").format(thing=_thing(before, _), text=new)
    return _("{thing} is now “{name}”.").format(thing=_thing(before, _), name=new)


def _louder(place: Place, _: Language) -> str:
    volume = 1.0 if place.segment.volume is None else place.segment.volume
    if not volume:
        return _("{thing} is muted.").format(thing=_thing(place, _))
    if place.lane is Lane.AUDIO:
        return _("{thing} now at {volume}.").format(thing=_thing(place, _), volume=_percent(volume, _))
    return _("The sound of {thing} now at {volume}.").format(thing=_thing(place, _), volume=_percent(volume, _))


def _shaped(canvas: Canvas | None, _: Language) -> str:
    if canvas is None:
        return _("The video has another shape now.")
    if canvas.width == canvas.height:
        shape = _("square")
    else:
        shape = _("vertical") if canvas.width < canvas.height else _("horizontal")
    size = f"{canvas.width} × {canvas.height}"
    return _("The video is now {shape}, {size}.").format(shape=shape, size=size)


# --- things and their settings ----------------------------------------------------------------------------------------


def _thing(place: Place, _: Language) -> str:
    kind = _noun(place, _).one
    if place.count == 1:
        return kind if place.lane is Lane.AUDIO else _("The {kind}").format(kind=kind.lower())
    label = _label_of(place)
    if label and place.lane is not Lane.VIDEO:
        return _("{kind} “{label}”").format(kind=kind, label=label)
    return _noun(place, _).numbered.format(ordinal=_ordinal(place.position, _))


@dataclass(frozen=True, slots=True)
class _Noun:
    """What people call things of one medium."""

    one: str
    many: str
    each: str
    numbered: str


def _noun(place: Place, _: Language) -> _Noun:
    return {
        Medium.PHOTO: _Noun(_("Photo"), _("photos"), _("Each photo"), _("The {ordinal} photo")),
        Medium.CLIP: _Noun(_("Clip"), _("clips"), _("Each clip"), _("The {ordinal} clip")),
        Medium.AUDIO: _Noun(_("Music"), _("sounds"), _("Each sound"), _("The {ordinal} sound")),
        Medium.TITLE: _Noun(_("Title"), _("titles"), _("Each title"), _("The {ordinal} title")),
        Medium.OTHER: _Noun(_("Item"), _("items"), _("Each item"), _("The {ordinal} item")),
    }[place.segment.medium]


def _counted(medium: Medium, count: int, _: Language) -> str:
    things = {
        Medium.PHOTO: _.ngettext("{count} photo", "{count} photos", count),
        Medium.CLIP: _.ngettext("{count} clip", "{count} clips", count),
        Medium.AUDIO: _.ngettext("{count} sound", "{count} sounds", count),
        Medium.TITLE: _.ngettext("{count} title", "{count} titles", count),
        Medium.OTHER: _.ngettext("{count} item", "{count} items", count),
    }
    return things[medium].format(count=count)


def _exactly(place: Place, _: Language) -> str:
    name, span = _label_of(place), _place_span(place, _)
    return _("“{name}”, {span}").format(name=name, span=span) if name else span


def _ordinal(number: int, _: Language) -> str:
    words = (_("first"), _("second"), _("third"), _("fourth"), _("fifth"), _("sixth"), _("seventh"), _("eighth"))
    return words[number - 1] if number <= len(words) else _("number {number}").format(number=number)


def _settings(keys: Sequence[str], _: Language) -> str:
    """Names of settings as people know them; what has none is one of "settings" and nothing more: drafts are not read
    aloud."""
    known = {
        "fit": _("framing"),
        "font": _("font"),
        "fps": _("frame rate"),
        "mood": _("mood"),
        "motion": _("motion"),
        "position": _("position"),
        "seed": _("melody"),
        "source": _("file"),
        "speed": _("speed"),
        "transition": _("transition"),
    }
    names = dict.fromkeys(known.get(key.rsplit(".")[-1], "") for key in keys)
    return _listed([name for name in names if name], _) or _("settings")


def _flowing(sentences: Sequence[str], _: Language) -> str:
    return reduce(lambda said, more: _("{said} {more}").format(said=said, more=more), sentences)


def _listed(things: Sequence[str], _: Language) -> str:
    return reduce(lambda some, one: _("{some}, {one}").format(some=some, one=one), things) if things else ""


def _label_of(place: Place) -> str:
    return _short(place.segment.text or place.segment.name)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1].rstrip() + "…"


# --- numbers ----------------------------------------------------------------------------------------------------------


def _place_span(place: Place, _: Language) -> str:
    return _("{span} s").format(span=_span(place.segment.start, place.segment.end, "–"))


def _span(start: int, end: int, dash: str) -> str:
    return f"{_seconds(start)}{dash}{_seconds(end)}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.2f}".rstrip("0").rstrip(".")


def _percent(share: float, _: Language) -> str:
    return _("{percent} %").format(percent=round(share * 100))
