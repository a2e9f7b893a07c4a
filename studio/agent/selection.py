"""Which clips are meant: places in the order, checked against the timeline, and their names."""

from __future__ import annotations

from collections.abc import Sequence

from studio.agent.wishes import Both, Impossible
from studio.timeline import Timeline


def index(place: int, timeline: Timeline) -> int:
    """The index of a place (1 is the first, -1 the last). Raises `Impossible` where there is no such clip."""
    return index_among(place, len(timeline.clips))


def index_among(place: int, count: int) -> int:
    """The same among `count` things."""
    at = place - 1 if place > 0 else count + place
    if place == 0 or not 0 <= at < count:
        photos = "1 photo" if count == 1 else f"{count} photos"
        raise Impossible(
            f"There is no {place_name([place], Both('', '')).en.lower()}: the video has {photos}.",
            f"没有{place_name([place], Both('', '')).zh}:视频里共有{count}张。",
        )
    return at


def indices(places: Sequence[int], timeline: Timeline) -> list[int]:
    """The indices of several places, each once."""
    return list(dict.fromkeys(index(place, timeline) for place in places))


def place_name(places: Sequence[int], otherwise: Both) -> Both:
    """What people call these places ("Photo 2", "The last photo", "Photos 2 and 3"); `otherwise` if there are none."""
    if not places:
        return otherwise
    names = [_name(place) for place in places]
    if len(names) == 1:
        return names[0]
    zh = "、".join(name.zh for name in names)
    names = [names[0], *(Both(name.en.lower(), name.zh) for name in names[1:])]
    if all(place > 0 for place in places):
        numbers = [str(place) for place in places]
        return Both(f"Photos {', '.join(numbers[:-1])} and {numbers[-1]}", zh)
    return Both(" and ".join(name.en for name in names), zh)


def _name(place: int) -> Both:
    if place == -1:
        return Both("The last photo", "最后一张照片")
    if place < 0:
        return Both(f"Photo {-place} from the end", f"倒数第{-place}张照片")
    return Both(f"Photo {place}", f"第{place}张照片")
