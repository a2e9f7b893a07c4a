"""The timeline: what the video will be, as a value, its draft on the wire, and the plan for the renderer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from studio.media import Kind, Media
from studio.render.plan import Caption, Fit, Mood, Motion, Music, Place, Plan, Shot, Sound, Transition

RATIOS = {"16:9": (1920, 1080), "9:16": (1080, 1920), "1:1": (1080, 1080)}
"""The frames that can be made, in pixels."""

FPS = 30
SHORTEST_CLIP = 200
"""No clip is seen for less than so many milliseconds."""


class Track(IntEnum):
    """The contract's `tt`."""

    VIDEO = 0
    AUDIO = 1
    TEXT = 7


@dataclass(frozen=True, slots=True)
class Clip:
    """A picture or video: `ms` is its share of the whole; shares add up to the video's length.

    `transition` leads into the next clip and takes place in the first `overlap` milliseconds of that clip's share.
    """

    media: str
    name: str
    kind: Literal["image", "video"]
    ms: int
    motion: Motion = Motion.ZOOM_IN
    transition: Transition = Transition.DISSOLVE
    overlap: int = 600
    fit: Fit = Fit.SMART


@dataclass(frozen=True, slots=True)
class Title:
    """A text over the picture, from `start` to `end` in milliseconds."""

    text: str
    start: int
    end: int
    place: Place = Place.CENTER


@dataclass(frozen=True, slots=True)
class Tune:
    """Music made for this video."""

    mood: Mood
    volume: float = 0.5
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Song:
    """An uploaded audio file as music."""

    media: str
    name: str
    volume: float = 0.5


@dataclass(frozen=True, slots=True)
class Timeline:
    """A video in the making. `ratio` is one of `RATIOS`."""

    clips: tuple[Clip, ...]
    titles: tuple[Title, ...] = ()
    sound: Tune | Song | None = None
    ratio: str = "16:9"

    @property
    def ms(self) -> int:
        """How long the video is."""
        return sum(clip.ms for clip in self.clips)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return RATIOS[self.ratio]

    def lasting(self, ms: int) -> Timeline:
        """The same, so long; every clip keeps its share. Raises `ValueError` where clips would become too short."""
        return self.sharing(shares([clip.ms for clip in self.clips], ms))

    def sharing(self, lengths: Sequence[int]) -> Timeline:
        """The same with these lengths, titles kept inside. Raises `ValueError` where a clip would become too short."""
        if min(lengths) < SHORTEST_CLIP:
            raise ValueError("clips too short")
        clips = tuple(replace(clip, ms=ms) for clip, ms in zip(self.clips, lengths, strict=True))
        return replace(
            self, clips=clips, titles=tuple(_kept_inside(title, self.ms, sum(lengths)) for title in self.titles)
        )


def shares(weights: Sequence[int], total: int) -> list[int]:
    """Cut `total` into whole parts in the proportion of `weights`; they add up exactly."""
    whole = sum(weights)
    bounds = [0]
    reached = 0
    for weight in weights:
        reached += weight
        bounds.append(round(total * reached / whole))
    return [stop - start for start, stop in pairwise(bounds)]


def _kept_inside(title: Title, before: int, after: int) -> Title:
    """A title at the very end stays at the end; one that does not fit any more is cut or moved back."""
    if title.end == before and title.start > 0:
        length = min(title.end - title.start, after)
        return replace(title, start=after - length, end=after)
    end = min(title.end, after)
    return replace(title, start=min(title.start, max(0, end - 500)), end=end)


# --- the draft on the wire --------------------------------------------------------------------------------------------

Draft = dict[str, Any]


def draft_of(timeline: Timeline, urls: Mapping[str, str]) -> Draft:
    """The timeline in the contract's keys; `urls` says where each medium can be fetched."""
    tracks = [_video_track(timeline, urls)]
    if timeline.sound is not None:
        tracks.append(_audio_track(timeline.sound, timeline.ms, urls))
    tracks += [_text_track(title, index) for index, title in enumerate(timeline.titles)]
    width, height = timeline.size
    canvas = {"ratio": timeline.ratio, "width": width, "height": height}
    return {"v": 3, "d": timeline.ms, "fps": FPS, "canvas": canvas, "t": tracks, "m": {"source": "nemo_agent"}}


def _video_track(timeline: Timeline, urls: Mapping[str, str]) -> Draft:
    segments: list[Draft] = []
    start = 0
    for index, clip in enumerate(timeline.clips):
        again = sum(earlier.media == clip.media for earlier in timeline.clips[:index])
        segments.append(_segment(f"{clip.media}{again or ''}", start, clip.ms, _clip_facts(clip, urls)))
        start += clip.ms
    return {"id": "track-video", "tt": int(Track.VIDEO), "sg": segments, "m": {"name": "Video"}}


def _clip_facts(clip: Clip, urls: Mapping[str, str]) -> Draft:
    return {
        "name": clip.name,
        "media_id": clip.media,
        "media_type": clip.kind,
        "url": urls.get(clip.media, ""),
        "motion": str(clip.motion),
        "fit": str(clip.fit),
        "transition": {"type": str(clip.transition), "d": clip.overlap},
    }


def _audio_track(sound: Tune | Song, ms: int, urls: Mapping[str, str]) -> Draft:
    match sound:
        case Tune(mood, volume, seed):
            facts: Draft = {"name": MOOD_NAMES[mood], "mood": str(mood), "seed": seed, "volume": volume}
        case Song(media, name, volume):
            facts = {"name": name, "media_id": media, "url": urls.get(media, ""), "volume": volume}
    segment = _segment("music", 0, ms, facts)
    return {"id": "track-music", "tt": int(Track.AUDIO), "sg": [segment], "m": {"name": "BGM"}}


def _text_track(title: Title, index: int) -> Draft:
    facts = {"text": title.text, "name": title.text, "position": str(title.place), "font": "default"}
    segment = _segment(f"title{index}", title.start, title.end - title.start, facts)
    return {"id": f"track-text-{index}", "tt": int(Track.TEXT), "sg": [segment], "m": {"name": "Title"}}


def _segment(key: str, start: int, ms: int, facts: Draft) -> Draft:
    """`key` makes the id, which stays with a clip wherever it is moved."""
    return {"id": f"sg-{hashlib.sha256(key.encode()).hexdigest()[:12]}", "s": start, "d": ms, "m": facts}


MOOD_NAMES = {Mood.CALM: "Calm", Mood.HAPPY: "Happy", Mood.EPIC: "Epic", Mood.LOFI: "Lo-fi"}


def absolute(draft: Mapping[str, Any], base: str) -> Draft:
    """The draft with whole URLs. It is kept with paths only: a studio may be reached by another address tomorrow."""
    return {
        **draft,
        "t": [{**track, "sg": [_absolute(segment, base) for segment in track["sg"]]} for track in draft["t"]],
    }


def _absolute(segment: Draft, base: str) -> Draft:
    url = segment["m"].get("url", "")
    return {**segment, "m": {**segment["m"], "url": base + url}} if url.startswith("/") else segment


class NotADraft(Exception):
    """A draft is not one that this studio can have made."""


def timeline_of(draft: Mapping[str, Any]) -> Timeline:
    """The timeline in a draft. Raises `NotADraft`."""
    try:
        return _read(draft)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise NotADraft(f"{type(error).__name__}: {error}") from error


def _read(draft: Mapping[str, Any]) -> Timeline:
    by_kind: dict[int, list[Mapping[str, Any]]] = {}
    for track in draft["t"]:
        by_kind.setdefault(track["tt"], []).extend(track["sg"])
    ratio = draft["canvas"]["ratio"]
    if ratio not in RATIOS:
        raise NotADraft(f"ratio {ratio}")
    sounds = by_kind.get(Track.AUDIO, [])
    return Timeline(
        clips=tuple(_read_clip(segment) for segment in by_kind.get(Track.VIDEO, [])),
        titles=tuple(_read_title(segment) for segment in by_kind.get(Track.TEXT, [])),
        sound=_read_sound(sounds[0]["m"]) if sounds else None,
        ratio=ratio,
    )


def _read_clip(segment: Mapping[str, Any]) -> Clip:
    facts = segment["m"]
    return Clip(
        media=facts["media_id"],
        name=facts["name"],
        kind=facts["media_type"],
        ms=int(segment["d"]),
        motion=Motion(facts["motion"]),
        transition=Transition(facts["transition"]["type"]),
        overlap=int(facts["transition"]["d"]),
        fit=Fit(facts["fit"]),
    )


def _read_title(segment: Mapping[str, Any]) -> Title:
    start = int(segment["s"])
    return Title(segment["m"]["text"], start, start + int(segment["d"]), Place(segment["m"]["position"]))


def _read_sound(facts: Mapping[str, Any]) -> Tune | Song:
    if "mood" in facts:
        return Tune(Mood(facts["mood"]), float(facts["volume"]), int(facts["seed"]))
    return Song(facts["media_id"], facts["name"], float(facts["volume"]))


def is_exportable(draft: Mapping[str, Any]) -> bool:
    """At least one track has a segment."""
    tracks = draft.get("t")
    return isinstance(tracks, list) and any(isinstance(track, dict) and track.get("sg") for track in tracks)


# --- the plan for the renderer ----------------------------------------------------------------------------------------


def plan_of(draft: Mapping[str, Any], media: Mapping[str, tuple[Media, Path]]) -> Plan:
    """What the renderer shall do for this draft; `media` holds each medium with its file, by hash.

    The plan lasts exactly as long as the draft says, transitions included. Raises `NotADraft`.
    """
    timeline = timeline_of(draft)
    try:
        width, height = timeline.size
        return Plan(
            width=width,
            height=height,
            fps=FPS,
            shots=_shots(timeline.clips, media),
            captions=tuple(
                Caption(title.text, title.start / 1000, title.end / 1000, title.place) for title in timeline.titles
            ),
            sound=_sound(timeline.sound, media),
        )
    except (KeyError, ValueError) as error:
        raise NotADraft(f"{type(error).__name__}: {error}") from error


def _shots(clips: Sequence[Clip], media: Mapping[str, tuple[Media, Path]]) -> tuple[Shot, ...]:
    overlaps = [_overlap(clip, following) for clip, following in pairwise(clips)]
    return tuple(
        Shot(
            source=media[clip.media][1],
            seconds=(clip.ms + overlap) / 1000,
            motion=clip.motion,
            transition=clip.transition if overlap else Transition.CUT,
            overlap=overlap / 1000,
            fit=clip.fit,
            kind=clip.kind,
        )
        for clip, overlap in zip(clips, [*overlaps, 0], strict=False)
    )


def _overlap(clip: Clip, following: Clip) -> int:
    """At most half of either shot, so that the renderer need not shorten it and the length stays what was asked for."""
    if clip.transition is Transition.CUT:
        return 0
    return min(clip.overlap, clip.ms, following.ms // 2)


def _sound(sound: Tune | Song | None, media: Mapping[str, tuple[Media, Path]]) -> Music | Sound | None:
    match sound:
        case None:
            return None
        case Tune(mood, volume, seed):
            return Music(mood, volume, seed)
        case Song(key, _, volume):
            return Sound(media[key][1], volume)


def kind_of(media: Media) -> Literal["image", "video"]:
    """What a medium is on the video track. Raises `ValueError` for audio."""
    if media.kind is Kind.AUDIO:
        raise ValueError("audio has no picture")
    return "video" if media.kind is Kind.VIDEO else "image"
