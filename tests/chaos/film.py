"""A real film, as small as one can be, made once."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import av
import numpy as np


@cache
def film() -> bytes:
    """An MP4 of two seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=5, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
            for number in range(10):
                frame = av.VideoFrame.from_ndarray(np.full((90, 160, 3), 10 * number, np.uint8), format="rgb24")
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()
