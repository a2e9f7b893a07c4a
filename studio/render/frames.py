"""Video frames and the planes in their memory."""

from __future__ import annotations

from typing import cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from studio.render.planes import Plane, Planes


def new_frame(size: tuple[int, int]) -> VideoFrame:
    """A frame to be drawn on and encoded."""
    return VideoFrame(size[0], size[1], "yuv420p")


def planes_of(frame: VideoFrame) -> Planes:
    """The memory of a yuv420p frame, to be read or written. It lives as long as the frame."""
    return Planes(*(_memory(plane) for plane in frame.planes))


def _memory(plane: VideoPlane) -> Plane:
    rows = np.frombuffer(cast(memoryview, plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
