"""Exports over real HTTP: every shape of reply, one at a time, cancelled, fetched, gone on with after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from studio.faults import Answer, Endpoint
from studio.render import Plan, RenderError, RenderResult
from studio.settings import RenderShape
from tests.studio.visitor import Visitor, visit
from tests.wire.studio import QuickRenderer

pytestmark = pytest.mark.anyio


class Gate:
    """A renderer that stands still at half way until it is let through, and remembers what it was given."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.works: list[Path] = []
        self.plans: list[Plan] = []
        self.cancelled = 0

    def __call__(self) -> Gate:
        return self

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        self.plans.append(plan)
        self.works.append(work)
        (work / f"segment-{len(self.works)}").write_text("done")
        on_progress(0.5)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return await QuickRenderer().run(plan, output, work, on_progress)


class Broken:
    """A renderer that fails, as renderers do or in ways that nobody has thought of."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __call__(self) -> Broken:
        return self

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        raise self._error


async def edited(visitor: Visitor, text: str = "a 4 second slideshow of these photos") -> str:
    session = await visitor.project()
    await visitor.say(session, text)
    return session


async def half_way(visitor: Visitor, id_: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while (reply := await visitor.look(id_))["progress"] != 50:
            await asyncio.sleep(0.01)
    return reply


async def test_an_export_becomes_an_mp4_of_the_right_size_and_length(tmp_path: Path) -> None:
    import av

    async with visit(tmp_path) as (visitor, _):
        session = await edited(visitor, "a 4 second square slideshow of these photos")
        await visitor.export(session, "render_a")
        reply = await visitor.finished("render_a")
        data = (await visitor.http.get(reply["output"]["url"])).content
    path = tmp_path / "got.mp4"
    path.write_bytes(data)
    with av.open(str(path)) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (1080, 1080)
    assert reply["output"]["duration"] == pytest.approx(4.0)
    assert reply["output"]["size"] == len(data)


async def test_the_renderer_is_given_the_plan_of_the_draft(tmp_path: Path) -> None:
    gate = Gate()
    gate.open.set()
    async with visit(tmp_path, renderer=gate) as (visitor, _):
        session = await edited(visitor, "a 15 second vertical slideshow with music and the title Lisbon")
        await visitor.export(session, "render_a")
        await visitor.finished("render_a")
    plan = gate.plans[0]
    assert (plan.width, plan.height, plan.fps, plan.frames) == (1080, 1920, 30, 450)
    assert [caption.text for caption in plan.captions] == ["Lisbon"]
    assert plan.sound is not None
    assert all(shot.source.is_file() for shot in plan.shots)


@pytest.mark.parametrize("shape", RenderShape)
async def test_replies_come_in_every_known_shape(tmp_path: Path, shape: RenderShape) -> None:
    gate = Gate()
    async with visit(tmp_path, render_shape=shape, renderer=gate) as (visitor, _):
        session = await edited(visitor)
        first = (await visitor.export(session, "render_a")).json()
        async with asyncio.timeout(30):
            while _inside(await visitor.look("render_a"))["progress"] != 50:
                await asyncio.sleep(0.01)
        gate.open.set()
        async with asyncio.timeout(30):
            while _inside(last := await visitor.look("render_a"))["status"] != "completed":
                await asyncio.sleep(0.01)
    bare = shape in (RenderShape.BARE, RenderShape.CODE_BARE)
    wrapping = {RenderShape.BARE: set(), RenderShape.SUCCESS: {"success"}}.get(shape, {"code"})
    assert set(first) & {"code", "success"} == wrapping
    assert _inside(first)["taskId" if bare else "id"] == "render_a"
    assert _inside(first)["status"] in ("pending", "processing")
    inside = _inside(last)
    assert inside["progress"] == 100
    assert (inside["output"]["url"] if bare else inside["outputUrl"]).endswith(".mp4")
    assert bare or inside["completedAt"] >= inside["createdAt"] > 1_000_000_000_000


def _inside(reply: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = reply.get("data", reply)
    return data


@pytest.mark.parametrize("missing", ["X-Skill-Source", "X-Skill-Version", "X-Skill-Platform"])
async def test_an_export_without_attribution_is_refused_with_402(tmp_path: Path, missing: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await edited(visitor)
        del visitor.attribution[missing]
        assert (await visitor.export(session)).status_code == 402


async def test_an_export_needs_a_session_of_ones_own(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await edited(visitor)
        assert (await visitor.export(session, sessionId="other")).json()["code"] == 1002


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": "../x"},
        {"id": "x" * 129},
        {"draft": None},
        {"draft": {}},
        {"draft": {"t": [{"tt": 0, "sg": []}]}},
        {"draft": {"t": [{"tt": 0, "sg": [{"d": 1}]}]}},
        {"output": None},
        {"output": {"format": "gif", "quality": "high"}},
    ],
)
async def test_a_malformed_order_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await edited(visitor)
        assert (await visitor.export(session, **change)).status_code == 400


async def test_nothing_to_export_is_told_as_such(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        drafts: list[dict[str, Any]] = [{}, {"t": []}, {"t": [{"tt": 0, "sg": []}]}]
        for draft in drafts:
            reply = await visitor.export(await visitor.project(), draft=draft)
            assert (reply.status_code, reply.json()["message"]) == (400, "Nothing to export yet")


async def test_one_export_at_a_time_in_a_session(tmp_path: Path) -> None:
    gate = Gate()
    async with visit(tmp_path, renderer=gate) as (visitor, _):
        session, other = await edited(visitor), await edited(visitor)
        await visitor.export(session, "render_a")
        assert (await visitor.export(session, "render_b")).status_code == 409
        assert (await visitor.export(other, "render_c")).json()["status"] == "pending"
        gate.open.set()
        await visitor.finished("render_a")
        assert (await visitor.export(session, "render_d")).status_code == 200


async def test_the_same_order_again_is_the_same_render(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        session = await edited(visitor)
        await visitor.export(session, "render_a")
        first = await visitor.finished("render_a")
        assert (await visitor.export(session, "render_a")).json() == first


async def test_an_export_is_free(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=100) as (visitor, _):
        session = await edited(visitor)
        await visitor.export(session, "render_a")
        assert (await visitor.finished("render_a"))["status"] == "completed"


async def test_a_cancelled_render_ends_and_makes_room(tmp_path: Path) -> None:
    gate = Gate()
    async with visit(tmp_path, renderer=gate) as (visitor, _):
        session = await edited(visitor)
        await visitor.export(session, "render_a")
        await half_way(visitor, "render_a")
        reply = await visitor.post("/api/render/proxy/lambda/render_a/cancel")
        assert reply.json()["status"] == "failed"
        async with asyncio.timeout(30):
            while gate.cancelled == 0 or gate.works[0].exists():
                await asyncio.sleep(0.01)
        gate.open.set()
        await visitor.export(session, "render_b")
        assert (await visitor.finished("render_b"))["status"] == "completed"


async def test_a_render_that_waits_for_its_turn_can_be_cancelled(tmp_path: Path) -> None:
    gate = Gate()
    async with visit(tmp_path, renderer=gate) as (visitor, _):
        await visitor.export(await edited(visitor), "render_a")
        await visitor.export(await edited(visitor), "render_b")
        await half_way(visitor, "render_a")
        await visitor.post("/api/render/proxy/lambda/render_b/cancel")
        gate.open.set()
        await visitor.finished("render_a")
        assert (await visitor.look("render_b"))["status"] == "failed"
        assert len(gate.plans) == 1


@pytest.mark.parametrize("error", [RenderError("no disk"), OSError(28, "disk full"), KeyError("oops")])
async def test_a_render_that_fails_says_so(tmp_path: Path, error: Exception) -> None:
    async with visit(tmp_path, renderer=Broken(error)) as (visitor, _):
        session = await edited(visitor)
        await visitor.export(session, "render_a")
        assert (await visitor.finished("render_a"))["status"] == "failed"
        assert (await visitor.get("/api/render/proxy/render_a/download")).status_code == 404


async def test_renders_of_others_do_not_exist(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        await visitor.export(await edited(visitor), "render_a")
        await visitor.finished("render_a")
        stranger = Visitor(visitor.http)
        await stranger.register("c-2")
        for path in ("lambda/render_a", "render_a/download", "lambda/none"):
            assert (await stranger.get(f"/api/render/proxy/{path}")).status_code == 404


async def test_the_download_with_the_token_is_there_when_the_link_is_not(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, running):
        await visitor.export(await edited(visitor), "render_a")
        url = (await visitor.finished("render_a"))["output"]["url"]
        running.faults.order(Endpoint.FILE, Answer(403))
        assert (await visitor.http.get(url)).status_code == 403
        data = (await visitor.get("/api/render/proxy/render_a/download")).content
        assert data == (await visitor.http.get(url)).content
        assert (await visitor.http.get("/api/render/proxy/render_a/download")).json()["code"] == 1001


async def test_a_part_of_the_video_can_be_fetched(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        await visitor.export(await edited(visitor), "render_a")
        url = (await visitor.finished("render_a"))["output"]["url"]
        whole = (await visitor.http.get(url)).content
        part = await visitor.http.get(url, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole[4:12])
    assert whole[4:8] == b"ftyp"


@pytest.mark.parametrize(
    "path", ["/cdn/renders/none.mp4", "/cdn/none/none.jpg", "/cdn/renders/..%2f..%2faccounts.json.mp4", "/nope"]
)
async def test_what_is_not_there_is_404(tmp_path: Path, path: str) -> None:
    async with visit(tmp_path) as (visitor, _):
        assert (await visitor.get(path)).status_code == 404


# --- restarts ---------------------------------------------------------------------------------------------------------


async def test_a_restart_keeps_accounts_conversations_and_videos(tmp_path: Path) -> None:
    async with visit(tmp_path, credits=500) as (visitor, _):
        session = await edited(visitor)
        await visitor.say(session, "make it vertical")
        await visitor.export(session, "render_a")
        await visitor.finished("render_a")
        token = visitor.token
    async with visit(tmp_path, credits=500) as (visitor, _):
        visitor.token = token
        assert (await visitor.credits())["available"] == 350
        assert (await visitor.state(session))["state"]["canvas_config"]["height"] == 1920
        await visitor.say(session, "go back")
        assert (await visitor.state(session))["state"]["canvas_config"]["height"] == 1080
        url = (await visitor.look("render_a"))["output"]["url"]
        assert (await visitor.http.get(url)).content[4:8] == b"ftyp"


async def test_a_turn_under_way_is_finished_after_a_restart_and_charged_once(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=30, credits=500) as (visitor, _):
        token, session = visitor.token, await visitor.project()
        async with visitor.saying(session, "make a video") as reply:
            async for _ in reply.aiter_bytes():
                break
        assert (await visitor.credits())["frozen"] == 100
    async with visit(tmp_path, credits=500) as (visitor, _):
        visitor.token = token
        assert (await visitor.settled(session, {}))["d"] > 0
        async with asyncio.timeout(30):
            while (await visitor.credits())["frozen"]:
                await asyncio.sleep(0.01)
        assert (await visitor.credits())["available"] == 400


async def test_a_turn_that_had_its_effect_does_not_have_it_twice(tmp_path: Path) -> None:
    from studio.faults import Heartbeats

    async with visit(tmp_path, credits=500) as (visitor, running):
        token, session = visitor.token, await edited(visitor, "a 12 second slideshow of these photos")
        before = await visitor.draft(session)
        running.faults.order(Endpoint.RUN, Heartbeats(after=True))
        async with visitor.saying(session, "slower") as reply:
            async for _ in reply.aiter_bytes():
                break
        assert (await visitor.settled(session, before))["d"] == 16_000
    async with visit(tmp_path, credits=500) as (visitor, _):
        visitor.token = token
        assert (await visitor.credits()) == {"available": 350, "frozen": 0, "total": 350}
        await visitor.say(session, "how long is it?")
        assert (await visitor.draft(session))["d"] == 16_000


async def test_what_stops_with_its_reader_is_given_back_after_a_restart(tmp_path: Path) -> None:
    async with visit(tmp_path, generation_seconds=30, credits=500) as (visitor, _):
        token, session = visitor.token, await visitor.project()
        async with visitor.saying(session, "make a video") as reply:
            async for _ in reply.aiter_bytes():
                break
    async with visit(tmp_path, keeps_working=False, credits=500) as (visitor, _):
        visitor.token = token
        assert await visitor.credits() == {"available": 500, "frozen": 0, "total": 500}
        assert await visitor.draft(session) == {}


async def test_a_render_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first, second = Gate(), Gate()
    async with visit(tmp_path, renderer=first) as (visitor, _):
        token, session = visitor.token, await edited(visitor)
        await visitor.export(session, "render_a")
        await half_way(visitor, "render_a")
    assert first.cancelled == 1
    async with visit(tmp_path, renderer=second) as (visitor, _):
        visitor.token = token
        await half_way(visitor, "render_a")
        assert second.works == first.works
        assert (second.works[0] / "segment-1").exists()
        second.open.set()
        assert (await visitor.finished("render_a"))["status"] == "completed"
        assert not second.works[0].exists()


async def test_half_a_record_is_never_read(tmp_path: Path) -> None:
    async with visit(tmp_path) as (visitor, _):
        token, session = visitor.token, await edited(visitor)
    (tmp_path / "sessions" / session / "session.1.new").write_text('{"half')
    (tmp_path / "sessions" / "broken").mkdir()
    (tmp_path / "sessions" / "broken" / "session.json").write_text('{"half')
    (tmp_path / "sessions" / "older").mkdir()
    (tmp_path / "sessions" / "older" / "session.json").write_text('{"id": "older"}')
    async with visit(tmp_path) as (visitor, _):
        visitor.token = token
        assert (await visitor.draft(session))["d"] > 0


async def test_what_nobody_touched_for_a_week_is_removed_at_the_next_start(tmp_path: Path) -> None:
    import time

    async with visit(tmp_path) as (visitor, _):
        await visitor.export(await edited(visitor), "render_a")
        await visitor.finished("render_a")
    async with visit(tmp_path, clock=lambda: time.time() + 8 * 24 * 3600):
        pass
    assert list((tmp_path / "sessions").iterdir()) == []
    assert list((tmp_path / "renders").iterdir()) == []
