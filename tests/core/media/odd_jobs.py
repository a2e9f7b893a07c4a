"""Jobs for child processes that do what hostile files make decoders do."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Mapping

from core import errors
from core.media import wire
from core.media.child import Job


def set_up() -> None:
    """Greet, as some libraries do."""
    print("thank you for choosing me", flush=True)


def tell(name: str) -> wire.Facts:
    """Who works here, and what it knows."""
    return {"pid": os.getpid(), "session": os.getsid(0), "environment": dict(os.environ), "path": sys.path}


def chatter(name: str) -> wire.Facts:
    """Print as a library would."""
    print("warning: I am a library")
    os.write(1, b"so am I\n")
    os.write(2, b"and I complain\n")
    return {"said": True}


def spin(name: str) -> wire.Facts:
    """Take all the processor there is."""
    while True:
        pass


def sleep(name: str) -> wire.Facts:
    """Hang."""
    time.sleep(600)
    return {}


def hoard(name: str, size: int) -> wire.Facts:
    """Take that much memory, really."""
    return {"taken": len(bytearray(b"x") * size)}


def crash(name: str) -> wire.Facts:
    """End as a decoder with a bad pointer does."""
    os.kill(os.getpid(), 11)
    return {}


def babble(name: str) -> wire.Facts:
    """Answer more than anybody wants to know."""
    return {"text": "x" * 1_000_000}


def fill_disk(name: str) -> wire.Facts:
    """Find no room."""
    raise OSError(errno.ENOSPC, "No space left on device")


def refuse(name: str, kind: str) -> wire.Facts:
    """Fail in each of the ways there are."""
    raise {
        "empty": errors.EmptyFile(name),
        "unknown": errors.UnknownFormat(name, "no picture"),
        "broken": errors.BrokenFile(name, "cut off"),
        "pixels": errors.TooManyPixels(name, 7, 5),
        "bytes": errors.TooManyBytes(name, 5, 7),
        "unplayable": errors.NotPlayable(name, "no frames"),
        "surprise": ZeroDivisionError("in a decoder"),
    }[kind]


def probe(name: str, source: str) -> wire.Facts:
    """Look at a video with a decoder that has a bug."""
    raise ZeroDivisionError(f"in a decoder, at {source}")


def to_m4a(name: str, source: str, target: str) -> wire.Facts:
    """Hear a voice note that never ends."""
    return sleep(name)


JOBS: Mapping[str, Job] = {
    job.__name__: job for job in (tell, chatter, spin, sleep, hoard, crash, babble, fill_disk, refuse, probe, to_m4a)
}
