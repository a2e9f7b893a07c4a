"""A render in a process of its own: it tells how far it is, can be stopped, and goes on after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from studio.render import (
    Caption,
    Motion,
    Plan,
    RenderCancelled,
    RenderDied,
    RenderProcess,
    Shot,
    SourceUnreadable,
    Transition,
    render,
)
from studio.render.wire import Done, Failed, Order, Progressed, pack_news, pack_order, unpack_news, unpack_order
from tests.studio.render.reels import greys, photo, unheard


def long_plan(folder: Path) -> Plan:
    """Some seconds of work, six segments."""
    shots = tuple(
        Shot(photo(folder / f"{number}.jpg", (640, 480), number), 3.5, motion, Transition.DISSOLVE, 0.5)
        for number, motion in enumerate((Motion.ZOOM_IN, Motion.PAN_LEFT, Motion.END_FRAME))
    )
    return Plan(480, 270, 30, shots, (Caption("里斯本 Lisbon", 1, 5),))


@contextmanager
def started(plan: Plan, output: Path, work: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-m", "studio.render"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdin is not None
        child.stdin.write(pack_order(Order(plan, output, work)))
        child.stdin.flush()
        yield child
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def until_half(child: subprocess.Popen[bytes]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        news = unpack_news(line)
        if isinstance(news, Progressed) and news.share > 0.5:
            return
    raise AssertionError("it was done before it could be killed")


def test_a_render_killed_half_way_goes_on_and_gives_the_same_frames(tmp_path: Path) -> None:
    plan = long_plan(tmp_path)
    render(plan, tmp_path / "alone.mp4", tmp_path / "other", unheard)
    with started(plan, tmp_path / "out.mp4", tmp_path / "work") as child:
        until_half(child)
        os.kill(child.pid, signal.SIGKILL)
    assert not (tmp_path / "out.mp4").exists()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").glob("*.nut")}
    assert kept

    heard: list[float] = []
    render(plan, tmp_path / "out.mp4", tmp_path / "work", heard.append)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert not list((tmp_path / "work").glob("*.part"))
    resumed, alone = greys(tmp_path / "out.mp4"), greys(tmp_path / "alone.mp4")
    assert [frame.tobytes() for frame in resumed] == [frame.tobytes() for frame in alone]


def test_the_child_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    with started(long_plan(tmp_path), tmp_path / "out.mp4", tmp_path / "work") as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.close()  # what the system does when the parent is killed
        assert child.wait(timeout=20) == 1
    assert not (tmp_path / "out.mp4").exists()


def test_a_render_process_tells_its_progress_and_its_result(tmp_path: Path) -> None:
    plan = Plan(64, 36, 10, (Shot(photo(tmp_path / "a.jpg", (320, 180)), 2, Motion.ZOOM_IN),))
    heard: list[float] = []
    result = asyncio.run(RenderProcess().run(plan, tmp_path / "out.mp4", tmp_path / "work", heard.append))
    assert result.seconds == 2
    assert result.size == (tmp_path / "out.mp4").stat().st_size
    assert heard == sorted(heard)
    assert heard[-1] == 1


def test_a_render_process_names_the_file_to_blame(tmp_path: Path) -> None:
    plan = Plan(64, 36, 10, (Shot(tmp_path / "missing.jpg", 2),))
    with pytest.raises(SourceUnreadable) as caught:
        asyncio.run(RenderProcess().run(plan, tmp_path / "out.mp4", tmp_path / "work", unheard))
    assert caught.value.source == tmp_path / "missing.jpg"


def test_a_child_that_dies_leaves_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "python").write_text("#!/bin/sh\nread order\necho something broke >&2\nexec >&-\nsleep 0.2\nexit 3\n")
    (tmp_path / "python").chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RenderDied, match="something broke") as caught:
        asyncio.run(RenderProcess().run(long_plan(tmp_path), tmp_path / "out.mp4", tmp_path / "work", unheard))
    assert caught.value.code == 3


def test_cancel_ends_the_child(tmp_path: Path) -> None:
    plan = long_plan(tmp_path)
    process = RenderProcess()

    def on_progress(share: float) -> None:
        process.cancel()

    with pytest.raises(RenderCancelled):
        asyncio.run(process.run(plan, tmp_path / "out.mp4", tmp_path / "work", on_progress))
    assert not (tmp_path / "out.mp4").exists()


def test_a_process_cancelled_before_it_began_does_not_begin(tmp_path: Path) -> None:
    process = RenderProcess()
    process.cancel()
    with pytest.raises(RenderCancelled):
        asyncio.run(process.run(long_plan(tmp_path), tmp_path / "out.mp4", tmp_path / "work", unheard))
    assert not (tmp_path / "work").exists()


def test_cancelling_the_task_leaves_no_child_behind(tmp_path: Path) -> None:
    plan = long_plan(tmp_path)

    async def scene() -> None:
        begun = asyncio.Event()
        process = RenderProcess()
        task = asyncio.create_task(process.run(plan, tmp_path / "out.mp4", tmp_path / "work", lambda _: begun.set()))
        await asyncio.wait_for(begun.wait(), 30)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(scene())
    assert not (tmp_path / "out.mp4").exists()
    assert not _renders_of(tmp_path)


def _renders_of(folder: Path) -> list[str]:
    """The processes that still have a file of this folder open."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith(str(folder)) and link.parts[2] != str(os.getpid()):
            found.append(target)
    return found


def test_orders_and_news_survive_the_pipe(tmp_path: Path) -> None:
    order = Order(long_plan(tmp_path), tmp_path / "out.mp4", tmp_path / "work")
    assert unpack_order(pack_order(order)) == order
    for news in (Progressed(0.25), Failed("why", tmp_path / "a.jpg"), Failed("why", None)):
        assert unpack_news(pack_news(news)) == news
    result = render(
        Plan(64, 36, 10, (Shot(photo(tmp_path / "x.jpg", (64, 36)), 0.2),)),
        tmp_path / "o.mp4",
        tmp_path / "w",
        unheard,
    )
    assert unpack_news(pack_news(Done(result))) == Done(result)
