"""A process that is killed, or told to stop, in the middle of a turn: the turn goes on, and nothing is sent twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from studio.render import Plan, RenderResult
from studio.serve import Studio
from tests.e2e.program import Program, Stage, Visitor, until
from tests.wire.studio import QuickRenderer, studio_in_thread

WISH = "make a 3 second slideshow of these"


class PatientRenderer(QuickRenderer):
    """Takes a few seconds, so that there is time to kill somebody meanwhile."""

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        for step in range(40):
            on_progress(step / 40)
            await asyncio.sleep(0.1)
        return await super().run(plan, output, work, on_progress)


def begin(stage: Stage, backend: Studio, samples: list[Path]) -> tuple[Program, Visitor]:
    """A running program, and somebody who has asked it for a video."""
    program = stage.start("run", NEMO_API_URL=backend.url)
    visitor = Visitor(program.address())
    visitor.say(WISH, samples[:2])
    return program, visitor


def test_killed_while_the_agent_works_it_reports_the_result_and_sends_nothing_twice(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    with studio_in_thread(tmp_path / "studio", generation_seconds=3.0) as backend:
        program, visitor = begin(stage, backend, samples)
        until(lambda: backend.ledger.runs, "the message at the backend")
        program.kill()
        again = stage.start("run", NEMO_API_URL=backend.url)
        visitor = visitor.moved_to(again.address())
        video = visitor.next_video(0)
        assert round(video["seconds"]) == 3
        assert [run.text.partition("\n[")[0] for run in backend.ledger.runs] == [WISH]
        assert len(visitor.videos()) == 1


def test_killed_while_it_renders_it_finds_the_same_render_again(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    with studio_in_thread(tmp_path / "studio", renderer=PatientRenderer) as backend:
        program, visitor = begin(stage, backend, samples)
        until(lambda: visitor.sees("Rendering"), "the render's stage in the chat")
        program.kill()
        again = stage.start("run", NEMO_API_URL=backend.url)
        visitor = visitor.moved_to(again.address())
        visitor.next_video(0)
        started = [call for call in backend.ledger.calls if call.path == "/api/render/proxy/lambda"]
        assert len(started) == 1
        assert [run.text.partition("\n[")[0] for run in backend.ledger.runs] == [WISH]
        assert len(visitor.videos()) == 1


def test_told_to_stop_it_keeps_the_open_stream_until_the_answer_is_there(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    """A backend that stops working when its reader leaves: only who stays to the end gets the result."""
    with studio_in_thread(tmp_path / "studio", generation_seconds=2.0, keeps_working=False) as backend:
        program, visitor = begin(stage, backend, samples)
        until(lambda: backend.ledger.runs, "the message at the backend")
        assert program.stop(signal.SIGTERM) == 0
        again = stage.start("run", NEMO_API_URL=backend.url)
        visitor = visitor.moved_to(again.address())
        visitor.next_video(0)
        assert [run.text.partition("\n[")[0] for run in backend.ledger.runs] == [WISH]


def test_what_came_of_a_message_that_cannot_be_known_is_asked(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    """Killed with a backend that drops work when its reader leaves: the person decides whether to say it again."""
    with studio_in_thread(tmp_path / "studio", generation_seconds=5.0, keeps_working=False) as backend:
        program, visitor = begin(stage, backend, samples)
        until(lambda: backend.ledger.runs, "the message at the backend")
        program.kill()
        again = stage.start("run", NEMO_API_URL=backend.url)
        visitor = visitor.moved_to(again.address())
        until(lambda: visitor.sees("I did not send it again"), f"the question; there is: {visitor.texts()}")
        assert [run.text.partition("\n[")[0] for run in backend.ledger.runs] == [WISH]
        assert visitor.videos() == []


def test_ctrl_c_ends_it_cleanly_and_takes_the_store_along(stage: Stage, tmp_path: Path) -> None:
    program = stage.start("demo")
    address = program.address()
    assert address.startswith("http://127.0.0.1:")
    assert program.stop(signal.SIGINT) == 0
    assert "Traceback" not in program.said()
    assert not list((tmp_path / "data" / "store").glob("*.sock"))
