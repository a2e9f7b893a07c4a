"""Sound that the backend does not take, encoded anew as one that it takes."""

from __future__ import annotations

from pathlib import Path

import av

from core import errors
from core.media import footage
from core.media.tracks import Sound

_RATE = 128_000


def to_m4a(source: Path, target: Path, name: str) -> None:
    """Write the sound of a file to `target` as AAC in an M4A. Raises `NotPlayable`."""
    with (
        footage.playable(name),
        footage.opened(source, name) as container,
        av.open(str(target), "w", format="ipod", options={"movflags": "+faststart"}) as out,
    ):
        audio = footage.audio_of(container)
        if audio is None:
            raise errors.NotPlayable(name, "no sound")
        sound = Sound(out, _RATE)
        for frame in container.decode(audio):
            sound.add(frame, footage.start_of(container))
        sound.finish()
