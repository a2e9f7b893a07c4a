"""Real films and pictures, as small as they can be: a strict server looks whether they are what they are said to be."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
from PIL import Image


def film(path: Path) -> bytes:
    """Put a film there; returns its bytes."""
    path.write_bytes(encoded())
    return encoded()


@cache
def encoded(width: int = 320, height: int = 240, frames: int = 12) -> bytes:
    """A silent H.264 film of a second, its index first."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        _encode(path, width, height, frames)
        return path.read_bytes()


def _encode(path: Path, width: int, height: int, frames: int) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((height, width, 3), number * 20, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


def jpeg(width: int = 320, height: int = 180) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(out, "JPEG")
    return out.getvalue()
