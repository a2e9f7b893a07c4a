"""Children at work: used again, limited, replaced when they die, and gone when nobody needs them."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from core import errors
from core.media.children import ChildLost, Children, open_children
from core.media.wire import Confinement
from tests.core.media.processes import Ours, children_of, linux_only, state_of, wait_until

MEMORY = 300 * 1024 * 1024
SMALL = Confinement(memory=MEMORY, cpu_seconds=1, seconds=30.0, jobs=3)

pytestmark = linux_only


@asynccontextmanager
async def opened(confinement: Confinement = SMALL, *, at_once: int = 1, spare: int = 1) -> AsyncIterator[Children]:
    jobs = "tests.core.media.odd_jobs"
    async with open_children(jobs, confinement, at_once=at_once, spare=spare, warm=False) as children:
        yield children


def run(test: Callable[[Children], Awaitable[None]], confinement: Confinement = SMALL) -> None:
    """Run the test, and see to it that nobody is left afterwards, not even a zombie."""

    async def within() -> None:
        async with opened(confinement) as children:
            await test(children)

    before = children_of()
    asyncio.run(within())
    assert children_of() <= before


async def pid_of(children: Children) -> int:
    return int((await children.do("tell", name="x"))["pid"])


def test_a_child_is_used_again_and_replaced_after_its_share_of_jobs() -> None:
    async def test(children: Children) -> None:
        pids = [await pid_of(children) for _ in range(7)]
        assert pids[0] == pids[1] == pids[2] != pids[3] == pids[4] == pids[5] != pids[6]
        assert all(state_of(pid) == "" for pid in pids[:6])

    run(test)


def test_a_child_inherits_no_secret_and_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMO_TOKEN", "CANARY")

    async def test(children: Children) -> None:
        told = await children.do("tell", name="x")
        assert "CANARY" not in str(told)
        assert told["session"] == told["pid"] != os.getsid(0)
        assert "" not in told["path"]

    run(test)


def test_what_a_library_prints_disturbs_nobody(capfd: pytest.CaptureFixture[str]) -> None:
    async def test(children: Children) -> None:
        assert await children.do("chatter", name="x") == {"said": True}
        assert await children.do("chatter", name="x") == {"said": True}

    run(test)
    assert capfd.readouterr() == ("", "thank you for choosing me\n")


@pytest.mark.parametrize(
    ("kind", "error", "facts"),
    [
        ("empty", errors.EmptyFile, {}),
        ("unknown", errors.UnknownFormat, {"detail": "no picture"}),
        ("broken", errors.BrokenFile, {"detail": "cut off"}),
        ("pixels", errors.TooManyPixels, {"pixels": 7, "limit": 5}),
        ("bytes", errors.TooManyBytes, {"size": 7, "limit": 5}),
        ("unplayable", errors.NotPlayable, {"detail": "no frames"}),
        ("surprise", errors.BrokenFile, {"detail": "ZeroDivisionError: in a decoder"}),
    ],
)
def test_an_error_crosses_the_border_with_its_facts(
    kind: str, error: type[errors.FileError], facts: dict[str, object]
) -> None:
    async def test(children: Children) -> None:
        with pytest.raises(error) as caught:
            await children.do("refuse", name="a.jpg", kind=kind)
        assert type(caught.value) is error
        assert caught.value.name == "a.jpg"
        assert {fact: getattr(caught.value, fact) for fact in facts} == facts

    run(test)


def test_a_full_disk_is_not_the_files_fault() -> None:
    async def test(children: Children) -> None:
        with pytest.raises(OSError, match="No space") as caught:
            await children.do("fill_disk", name="x")
        assert caught.value.errno == errno.ENOSPC

    run(test)


def test_memory_beyond_the_limit_is_refused_and_the_next_file_is_not_harmed() -> None:
    async def test(children: Children) -> None:
        assert await children.do("hoard", name="x", size=MEMORY // 3) == {"taken": MEMORY // 3}
        with pytest.raises(errors.BrokenFile, match="memory"):
            await children.do("hoard", name="x", size=MEMORY)
        assert await pid_of(children)

    run(test)


@pytest.mark.parametrize(("job", "words"), [("spin", "SIGXCPU"), ("crash", "SIGSEGV"), ("babble", "nonsense")])
def test_a_child_that_goes_wrong_costs_one_job(job: str, words: str) -> None:
    async def test(children: Children) -> None:
        first = await pid_of(children)
        with pytest.raises(ChildLost, match=words):
            await children.do(job, name="x")
        assert state_of(first) == ""
        assert await pid_of(children) != first

    run(test)


def test_a_child_that_hangs_is_ended_by_the_clock() -> None:
    async def test(children: Children) -> None:
        first = await pid_of(children)
        with pytest.raises(ChildLost, match=r"longer than 0\.2 s"):
            await children.do("sleep", name="x", seconds=0.2)
        assert state_of(first) == ""

    run(test)


def test_a_cancelled_order_leaves_no_process() -> None:
    async def test(children: Children) -> None:
        first = await pid_of(children)
        waiting = asyncio.create_task(children.do("spin", name="x"))
        await asyncio.to_thread(wait_until, lambda: state_of(first) == "R")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert state_of(first) == ""

    run(test)


def test_a_child_that_died_while_it_was_idle_is_not_blamed_on_the_next_file() -> None:
    async def test(children: Children) -> None:
        first = await pid_of(children)
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(30):
            while children._idle[0].lives:  # the event loop learns of it a moment after the death
                await asyncio.sleep(0.01)
        assert await pid_of(children) != first

    run(test)


def test_leaving_the_block_ends_children_at_work(ours: Ours) -> None:
    async def scenario() -> None:
        async with opened(at_once=2) as children:
            await pid_of(children)
            working = asyncio.create_task(children.do("sleep", name="x"))
            await asyncio.sleep(0)
        with pytest.raises(ChildLost):
            await working

    asyncio.run(scenario())
    assert not ours()


def test_no_more_work_at_once_than_there_are_places(ours: Ours) -> None:
    async def scenario() -> None:
        async with opened(at_once=2, spare=2) as children, asyncio.TaskGroup() as group:
            asked = [group.create_task(pid_of(children)) for _ in range(6)]
            highest = 0
            while not all(task.done() for task in asked):
                highest = max(highest, len(ours()))
                await asyncio.sleep(0.005)
            assert 1 <= highest <= 2

    asyncio.run(scenario())


def test_a_warm_child_is_the_one_that_does_the_first_job(ours: Ours) -> None:
    async def scenario() -> None:
        jobs = "tests.core.media.odd_jobs"
        async with open_children(jobs, SMALL, at_once=2, spare=2, warm=True) as children:
            await asyncio.to_thread(wait_until, lambda: len(ours()) == 1)
            (warm,) = ours()
            assert await pid_of(children) == warm

    asyncio.run(scenario())


def test_a_block_that_is_left_at_once_leaves_no_warm_child(ours: Ours) -> None:
    async def scenario() -> None:
        async with open_children("tests.core.media.odd_jobs", SMALL, at_once=2, spare=2, warm=True):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert not ours()


def test_children_that_cannot_be_started_are_no_fault_of_the_file(
    ours: Ours, capfd: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with open_children("no.such.workshop", SMALL, at_once=1, spare=1, warm=True) as children:
            with pytest.raises(ChildProcessError):
                await children.do("tell", name="x")

    asyncio.run(scenario())
    assert "No module named 'no'" in capfd.readouterr().err
    assert not ours()
