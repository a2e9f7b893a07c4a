"""Projects to try the agent on."""

from __future__ import annotations

from studio.agent import Project
from studio.media import Kind, Media
from studio.render.plan import Mood
from studio.timeline import Clip, Timeline, Title, Tune, kind_of

NAMES = ("coffee.jpg", "cat.jpg", "rocket.jpg", "tower.jpg", "beach.jpg", "moon.jpg")


def photo(at: int, *, upright: bool = False) -> Media:
    width, height = (3000, 4000) if upright else (4000, 3000)
    return Media(f"{at:064x}", NAMES[at], "jpg", Kind.IMAGE, width, height, 0.0, 0.0, 1000)


def song() -> Media:
    return Media("f" * 64, "waltz.mp3", "mp3", Kind.AUDIO, 0, 0, 60.0, 0.0, 1000)


def photos(count: int, *, upright: bool = False) -> tuple[Media, ...]:
    return tuple(photo(at, upright=upright) for at in range(count))


def untouched(count: int = 5) -> Project:
    """Photos, and nothing made of them."""
    return Project(media=photos(count))


def made(count: int = 4, *, titled: bool = True, music: bool = True, uploaded: int = 0) -> Project:
    """A video of so many photos, three seconds each, and more photos that came later."""
    media = photos(count + uploaded)
    timeline = Timeline(
        clips=tuple(Clip(item.hash, item.name, kind_of(item), 3000) for item in media[:count]),
        titles=(Title("Old", 0, 3000),) if titled else (),
        sound=Tune(Mood.CALM, 0.5, 7) if music else None,
    )
    return Project(media=media, timeline=timeline, seen=count)
