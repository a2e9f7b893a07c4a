"""A worker that is killed, at whatever point: another goes on there, and nothing is sent or charged twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from core.desk import Desk
from core.jobs import Job, Phase
from studio.serve import Studio
from tests.core.fuses import Fuse
from tests.core.house import House, Premises, house
from tests.core.turns.kills import WORKER, fragile
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio

AT_ONCE = 16


async def live_through(
    ground: Premises, folder: Path, backend: Studio, fuse: Fuse, *, dedupe: bool
) -> tuple[House, Job]:
    """One message, the first worker killed where the fuse says, a second one to go on."""
    async with fragile(ground, folder, backend, dedupe=dedupe) as home:
        first = home.start(fuse)
        anna = home.person()
        message = await anna.sends(f"a 6-second slideshow of these, titled {folder.name}", photos=1)
        return home, await home.outlives(first, fuse, anna.is_done_with(message))


async def points(ground: Premises, folder: Path, backend: Studio) -> list[str]:
    """All points that a worker passes when nothing goes wrong."""
    fuse = Fuse()
    await live_through(ground, folder, backend, fuse, dedupe=True)
    return fuse.passed


async def test_a_kill_at_any_point_costs_nothing_twice(ground: Premises, tmp_path: Path) -> None:
    async with studio(tmp_path / "studio", tokens_per_address=1000) as backend:
        names = await points(ground, tmp_path / "rehearsal", backend)
        gate = asyncio.Semaphore(AT_ONCE)
        assert {"after SAVE sent", "before SAVE answered", "after send_video", "after FINISH"} <= set(names)

        async def killed_at(number: int) -> None:
            async with gate:
                folder = tmp_path / f"kill{number}"
                home, job = await live_through(ground, folder, backend, Fuse(at=number), dedupe=True)
                runs = sum(run.text.endswith(f" {folder.name}") for run in backend.ledger.runs)
                story = (number, names[number], job.phase, runs, home.room.texts)
                assert runs <= 1, story
                assert job.phase in (Phase.DONE, Phase.UNKNOWN), story
                if job.phase is Phase.DONE:
                    assert len(home.room.videos) == 1, story
                    assert len(home.room.messages) == 2, story
                else:
                    assert "Try again?" in home.room.texts[-1], story
                assert "Sent again" not in home.room.everything, story

        async with asyncio.TaskGroup() as group:
            for number, name in enumerate(names):
                if name != "before SAVE":  # nothing happens between two notes
                    group.create_task(killed_at(number))


@pytest.mark.parametrize("point", ["after SAVE sent", "before SAVE answered", "after SAVE answered"])
async def test_a_kill_around_the_send_costs_nothing_twice_where_the_work_stops_with_its_reader(
    ground: Premises, tmp_path: Path, point: str
) -> None:
    async with studio(tmp_path / "studio", keeps_working=False) as backend:
        home, job = await live_through(ground, tmp_path / "kill", backend, Fuse(at=point), dedupe=True)
        assert len(backend.ledger.runs) == (0 if point == "after SAVE sent" else 1)
        assert job.phase is (Phase.UNKNOWN if point == "after SAVE sent" else Phase.DONE)
        assert len(home.room.messages) == (1 if job.phase is Phase.UNKNOWN else 2)


async def test_a_kill_right_after_the_video_went_out_leaves_a_second_copy_only_if_it_is_marked(
    ground: Premises, tmp_path: Path
) -> None:
    async with studio(tmp_path / "studio", tokens_per_address=1000) as backend:
        for name in ("before send_video", "after send_video"):
            folder = tmp_path / name.replace(" ", "-")
            home, job = await live_through(ground, folder, backend, Fuse(at=name), dedupe=False)
            assert job.phase is Phase.DONE
            unmarked = [video for video in home.room.videos if "Sent again in case" not in video.text]
            assert len(unmarked) == (1 if name.startswith("after") else 0)
            assert len(home.room.videos) - len(unmarked) == 1


async def test_a_job_that_breaks_off_three_times_is_given_up_and_told(
    ground: Premises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.turns import turn

    calls: list[str] = []

    async def broken(desk: Desk) -> None:
        calls.append(desk.job.id)
        raise KeyError("a mistake of ours")

    async with house(ground, tmp_path, at_work=False) as home:
        home.settings = replace(WORKER, lease=0.3, attempts=3)
        steps = dict(turn.STEPS)
        monkeypatch.setattr(turn, "STEPS", steps | {Phase.ACCEPTED: broken})
        home.start()
        anna = home.person()
        message = await anna.sends("slower")
        follower = await anna.sends("faster")
        job = await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("This did not work, even after several tries, so I stopped. Try again?")
        assert told.labels == ["Try again"]
        assert calls.count(job.id) == 3
        monkeypatch.setattr(turn, "STEPS", steps)
        await anna.is_done_with(follower, Phase.DONE)
