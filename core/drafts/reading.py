"""Reading a draft: any shape is taken, nothing raises, what is not understood is kept as a detail."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Final

from core.drafts.timeline import Canvas, Lane, Medium, Segment, Timeline, Track

# The short names are the contract's; the long ones have been seen in drafts of other versions.
_TRACKS: Final = ("t", "tracks")
_SEGMENTS: Final = ("sg", "segments")
_TYPE: Final = ("tt", "track_type", "type")
_DURATION: Final = ("d", "duration", "duration_ms")
_START: Final = ("s", "st", "start", "start_ms", "startTime", "start_time")
_META: Final = ("m", "metadata", "meta")
_ID: Final = ("id", "uid", "uuid", "segment_id", "sid")
_NAME: Final = ("title", "name", "filename", "label")
_TEXT: Final = ("text", "content", "caption")
_VOLUME: Final = ("volume", "vol")
_SOURCE: Final = ("url", "src", "source", "cdn_url", "path", "hash")
_MEDIUM: Final = ("media_type", "file_type", "kind", "type", "mime")
_BOOKKEEPING: Final = ("id", "v", "version", "revision", "updated_at", "updatedAt", "timestamp", "draft_id")
_CANVAS: Final = ("canvas_config", "canvas", "cv")

_LANES: Final = {
    "0": Lane.VIDEO, "video": Lane.VIDEO,
    "1": Lane.AUDIO, "audio": Lane.AUDIO,
    "7": Lane.TITLE, "text": Lane.TITLE, "title": Lane.TITLE,
}  # fmt: skip
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".bmp"})
_MOST_MS: Final = 10**9  # eleven days: beyond it a number is not a time
_DEEPEST: Final = 40  # levels of nesting that are told apart


def read(draft: Mapping[str, object] | None, canvas: Mapping[str, object] | None = None) -> Timeline:
    """The timeline of a draft. `canvas` is the state's `canvas_config`; without it the draft is asked."""
    if not isinstance(draft, Mapping):
        return Timeline(canvas=_canvas(canvas))
    tracks = tuple(_track(item) for item in _items(_first(draft, _TRACKS)) if isinstance(item, Mapping))
    size = _canvas(canvas) or _canvas(_first(draft, _CANVAS))
    return Timeline(tracks, size, _rest(draft, _TRACKS, _CANVAS, _DURATION, _BOOKKEEPING))


def exportable(draft: Mapping[str, object] | None) -> bool:
    """Whether there is something to render: at least one track with a segment."""
    if not isinstance(draft, Mapping):
        return False
    return any(
        _items(_first(track, _SEGMENTS)) for track in _items(_first(draft, _TRACKS)) if isinstance(track, Mapping)
    )


def digest(draft: Mapping[str, object] | None) -> str:
    """A fingerprint of all that the draft says, the same for drafts of the same meaning: did anything change?"""
    return hashlib.sha256(_canonical(draft).encode("utf-8", "surrogatepass")).hexdigest()


# --- tracks and segments ----------------------------------------------------------------------------------------------


def _track(raw: Mapping[str, object]) -> Track:
    kind = _word(_first(raw, _TYPE)).lower()
    lane = _LANES.get(kind, Lane.OTHER)
    meta = _mapping(_first(raw, _META))
    volume = _volume(raw, meta)
    segments: list[Segment] = []
    for item in _items(_first(raw, _SEGMENTS)):
        if isinstance(item, Mapping):
            follows = segments[-1].end if segments else 0
            segments.append(_segment(item, lane, follows=follows, track_volume=volume))
    details = _rest(raw, _SEGMENTS, _TYPE, _ID, _NAME, _VOLUME, _META, _DURATION) + _rest(meta, _NAME, _VOLUME)
    return Track(lane, tuple(segments), kind, _word(_either(meta, raw, _NAME)), volume, details)


def _segment(raw: Mapping[str, object], lane: Lane, *, follows: int, track_volume: float | None) -> Segment:
    meta = _mapping(_first(raw, _META))
    start = _milliseconds(_either(raw, meta, _START))
    name, text, address = (_word(_either(meta, raw, keys)) for keys in (_NAME, _TEXT, _SOURCE))
    source = address.split("?")[0]  # what follows is a signature, new at every look
    if lane is Lane.TITLE:  # a title's words may stand where other segments have their name, or in both places
        name, text = "", text or name
    return Segment(
        id=_word(_first(raw, _ID)),
        medium=_medium(lane, _word(_either(meta, raw, _MEDIUM)).lower(), name, source),
        start=follows if start is None else start,
        duration=_milliseconds(_either(raw, meta, _DURATION)) or 0,
        placed=start is not None,
        name=name,
        text=text,
        source=source,
        volume=_together(_volume(raw, meta), track_volume),
        details=_rest(raw, _META, _ID, _START, _DURATION, _NAME, _TEXT, _SOURCE, _VOLUME)
        + _rest(meta, _ID, _START, _DURATION, _NAME, _TEXT, _SOURCE, _VOLUME),
        address=address,
    )


def _medium(lane: Lane, told: str, name: str, source: str) -> Medium:
    match lane:
        case Lane.AUDIO:
            return Medium.AUDIO
        case Lane.TITLE:
            return Medium.TITLE
        case _ if told.startswith(("image", "photo", "picture")):
            return Medium.PHOTO
        case _ if told.startswith("video"):
            return Medium.CLIP
        case _ if {PurePosixPath(name).suffix.lower(), PurePosixPath(source).suffix.lower()} & _PICTURES:
            return Medium.PHOTO
        case Lane.VIDEO:
            return Medium.CLIP
        case _:
            return Medium.OTHER


# --- single values ----------------------------------------------------------------------------------------------------


def _first(raw: Mapping[str, object], keys: Iterable[str]) -> object:
    return next((raw[key] for key in keys if raw.get(key) is not None), None)


def _either(first: Mapping[str, object], second: Mapping[str, object], keys: Iterable[str]) -> object:
    found = _first(first, keys)
    return _first(second, keys) if found is None else found


def _items(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _word(value: object) -> str:
    if isinstance(value, Mapping):  # {"text": {"content": "…"}} has been seen
        value = _first(value, _TEXT)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).split()) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _milliseconds(value: object) -> int | None:
    number = _number(value)
    return None if number is None else round(min(max(number, 0), _MOST_MS))


def _volume(raw: Mapping[str, object], meta: Mapping[str, object]) -> float | None:
    value = _either(meta, raw, _VOLUME)
    percent = isinstance(value, str) and value.strip().endswith("%")
    number = _number(value.strip().rstrip("%") if isinstance(value, str) else value)
    if number is None or number < 0:
        return None
    return min(number / 100 if percent or number > 2 else number, 10.0)  # 0.35 and 35 are both said of 35 %


def _together(own: float | None, whole: float | None) -> float | None:
    if own is None or whole is None:
        return whole if own is None else own
    return round(own * whole, 4)


def _canvas(value: object) -> Canvas | None:
    raw = _mapping(value)
    width, height = _number(_first(raw, ("width", "w"))), _number(_first(raw, ("height", "h")))
    if not width or not height or min(width, height) < 1 or max(width, height) > 10**6:
        return None
    return Canvas(round(width), round(height))


# --- what is not understood -------------------------------------------------------------------------------------------


def _rest(raw: Mapping[str, object], *known: Iterable[str]) -> tuple[tuple[str, str], ...]:
    names = {key for keys in known for key in keys}
    return tuple(sorted((str(key), _canonical(value)) for key, value in raw.items() if key not in names))


def _canonical(value: object) -> str:
    return json.dumps(_plain(value, _DEEPEST), sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _plain(value: object, depth: int, *, words: bool = False) -> object:
    if depth == 0:
        return "…"
    match value:
        case Mapping():
            return {str(key): _plain(item, depth - 1, words=key in _TEXT) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item, depth - 1) for item in value]
        case float() if value.is_integer():
            return int(value)
        case str() if not words and value.startswith(("https://", "http://")):
            path = value.partition("://")[2].partition("/")[2]  # the same file, wherever its server has moved to …
            return path.partition("?")[0]  # … and however it is signed at this look
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)
