"""A whole render: segments and sound side by side, then one file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from pathlib import Path

import av
import cv2

from studio.render.faults import RenderError
from studio.render.joining import join
from studio.render.plan import Plan
from studio.render.result import RenderResult
from studio.render.segments import Segment, encode, plan_segments
from studio.render.soundtrack import Soundtrack, record
from studio.render.stage import Stage

MOST_WORKERS = 4
"""Each holds an encoder of some 60 MB; beyond this, memory grows faster than speed."""


class Interrupted(Exception):
    """Another part of the render has failed already."""


class Meter:
    """The share of a render that is done, told as it grows."""

    def __init__(self, total: int, tell: Callable[[float], None]) -> None:
        self._total = total
        self._tell = tell
        self._done = 0
        self._told = -1.0
        self._lock = threading.Lock()
        self._stopped = False

    def add(self, parts: int = 1) -> None:
        """So many parts more are done. Raises `Interrupted` once the render is stopped."""
        if self._stopped:
            raise Interrupted
        with self._lock:
            self._done += parts
            share = self._done / self._total
            if share - self._told >= 0.005 or share >= 1:
                self._told = share
                self._tell(share)

    def stop(self) -> None:
        """Nothing more is of use."""
        self._stopped = True


def produce(plan: Plan, output: Path, work: Path, progress: Callable[[float], None]) -> RenderResult:
    """Render the plan; see `studio.render.render`."""
    try:
        return _produce(plan, output, work, progress)
    except (OSError, av.FFmpegError, cv2.error, MemoryError) as error:
        raise RenderError(f"{type(error).__name__}: {error}") from error


def _produce(plan: Plan, output: Path, work: Path, progress: Callable[[float], None]) -> RenderResult:
    cv2.setNumThreads(1)  # the segments are what runs in parallel
    work.mkdir(parents=True, exist_ok=True)
    segments = plan_segments(plan, work)
    frames = segments[-1].stop
    sound = Soundtrack.of(plan, frames, work)
    meter = Meter(frames + sound.effort + max(1, frames // 50), progress)
    _make(plan, segments, sound, meter)
    join(segments, sound, plan, output)
    meter.add(max(1, frames // 50))
    _tidy(work, {*(segment.path for segment in segments), sound.path})
    return RenderResult(frames / plan.fps, output.stat().st_size, plan.width, plan.height)


def _make(plan: Plan, segments: Iterable[Segment], sound: Soundtrack, meter: Meter) -> None:
    workers = min(
        MOST_WORKERS, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    stage = Stage(plan, room=workers + 2)
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_record, sound, meter)]
        jobs += [pool.submit(_encode, segment, stage, meter) for segment in segments]
        _await_all(jobs, meter)


def _encode(segment: Segment, stage: Stage, meter: Meter) -> None:
    if segment.is_finished():
        meter.add(segment.length)
    else:
        encode(segment, stage, meter.add)


def _record(sound: Soundtrack, meter: Meter) -> None:
    if not sound.is_finished():
        record(sound)
    meter.add(sound.effort)


def _await_all(jobs: list[Future[None]], meter: Meter) -> None:
    done, waiting = wait(jobs, return_when=FIRST_EXCEPTION)
    if any(job.exception() for job in done):
        meter.stop()
        for job in waiting:
            job.cancel()
    for job in jobs:
        if not job.cancelled() and not isinstance(job.exception(), Interrupted):
            job.result()


def _tidy(work: Path, kept: set[Path]) -> None:
    """Remove what belongs to older plans."""
    for path in work.iterdir():
        if path.suffix in {".nut", ".m4a", ".part"} and path not in kept:
            path.unlink(missing_ok=True)
