"""When the backend fails: one clear sentence, nothing lost, and nothing sent to the agent twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from core.jobs import Phase
from core.messages import InboundMessage
from studio.faults import Answer, Cut, Drop, End, Endpoint, Fault, Hang, Heartbeats, ModelError, Noise, Trouble
from studio.render import Plan, RenderError, RenderResult
from tests.core.house import TIMES, WEB, House, Person
from tests.core.turns.conftest import Build
from tests.wire.studio import QuickRenderer

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"
REFUSED = Answer(200, json={"code": 2001, "message": "no credits"})


def faults(where: Endpoint, what: Any, times: int = 1, skip: int = 0) -> tuple[Fault, ...]:
    return (Fault(where, what, times, skip),)


async def asked(home: House, text: str = WISH, photos: int = 2) -> tuple[Person, InboundMessage]:
    anna = home.person()
    return anna, await anna.sends(text, photos=photos)


async def made(home: House) -> Person:
    anna, message = await asked(home)
    await anna.is_done_with(message, Phase.DONE)
    return anna


# --- before the agent is addressed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (Endpoint.TOKEN, Drop()),
        (Endpoint.SESSION, Answer(502)),
        (Endpoint.SESSION, Drop(after=True)),
        (Endpoint.UPLOAD, Answer(200, html="<html>hello</html>")),
        (Endpoint.UPLOAD, Drop()),
        (Endpoint.STATE, Answer(500, json={})),
    ],
    ids=str,
)
async def test_a_backend_that_is_away_before_sending_is_tried_again_later(
    build: Build, where: Endpoint, what: Any
) -> None:
    async with build(faults=faults(where, what)) as home:
        anna, message = await asked(home)
        await anna.saw("I'll try again at ")
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}
        assert len(home.room.videos) == 1
        assert len(home.room.messages) == 2


async def test_a_backend_that_hangs_before_sending_is_tried_again_later(build: Build) -> None:
    nemo = {"call_seconds": 0.5, "connect_seconds": 0.5}
    async with build(faults=faults(Endpoint.STATE, Hang()), nemo=nemo) as home:
        anna, message = await asked(home)
        await anna.saw("I'll try again at ")
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}


async def test_a_backend_that_stays_away_is_told_with_a_button(build: Build) -> None:
    async with build(faults=faults(Endpoint.SESSION, Answer(502), times=4)) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("The video service does not answer.")
        await anna.presses("Try again")
        await anna.gets_video()
        assert home.wishes == {WISH: 1}


async def test_a_lost_session_becomes_a_new_project_with_the_same_photos(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.faults.order(Endpoint.STATE, Answer(200, json={"code": 1002, "message": "Session not found"}))
        message = await anna.sends("slower")
        await anna.is_done_with(message)
        await anna.sees("The project was no longer there, so I started a new one with your photos.")
        first, second = home.studio.ledger.runs
        assert first.session != second.session
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 4


async def test_a_session_lost_at_the_very_send_is_told_and_the_button_starts_anew(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.faults.order(Endpoint.RUN, Answer(404, json={"detail": "Session not found: x"}))
        message = await anna.sends("slower")
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("The project is no longer there.")
        assert home.wishes["slower"] == 1
        home.studio.faults.order(Endpoint.STATE, Answer(200, json={"code": 1002}))
        await anna.presses("Try again")
        await anna.sees("I started a new one with your photos")


@pytest.mark.parametrize("first_call", [Endpoint.SESSION, Endpoint.UPLOAD, Endpoint.STATE])
async def test_an_expired_token_is_renewed_once_and_nobody_notices(build: Build, first_call: Endpoint) -> None:
    async with build() as home:
        anna = await made(home)
        if first_call is Endpoint.SESSION:
            await anna.commands("new")
            await anna.sees("A new project.")
        home.studio.backend.accounts.expire()
        before = len(home.studio.ledger.calls)
        message = await anna.sends(WISH, photos=0 if first_call is Endpoint.STATE else 1)
        await anna.is_done_with(message, Phase.DONE)
        assert home.studio.ledger.calls[before].endpoint is first_call
        assert home.studio.ledger.count(Endpoint.TOKEN) == 2
        assert "access" not in home.room.everything


async def test_the_counter_renews_an_expired_token_too(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.backend.accounts.expire()
        await anna.commands("credits")
        await anna.sees("Credits: ")


async def test_a_token_that_is_refused_at_the_very_send_is_told_with_a_button(build: Build) -> None:
    async with build() as home:
        anna = await made(home)
        home.studio.faults.order(Endpoint.RUN, Answer(200, json={"code": 1001}))
        message = await anna.sends("slower")
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("My access to the video service had just expired, so nothing was done. Try again?")
        await anna.presses("Try again")
        await anna.gets_video(2)
        assert home.wishes["slower"] == 2  # the second one because the person said so


async def test_the_operators_token_is_never_renewed(build: Build) -> None:
    async with build(token="nmv_usr_operator") as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("Whoever runs this bot must renew it.")
        assert home.studio.ledger.count(Endpoint.TOKEN) == 0
        assert "nmv_usr" not in home.room.everything


async def test_a_rate_limit_is_waited_for_once(build: Build) -> None:
    async with build(faults=faults(Endpoint.STATE, Answer(429, json={"code": 429}))) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.messages) == 2


async def test_a_rate_limit_that_stays_is_told(build: Build) -> None:
    async with build(faults=faults(Endpoint.STATE, Answer(429, json={"code": 429}), times=2)) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("The video service has too much to do right now.")
        assert home.studio.ledger.runs == []


# --- credits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shared", [True, False])
async def test_without_credits_nothing_is_sent(build: Build, *, shared: bool) -> None:
    async with build(credits=0, shared=shared) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("The credits are used up.")
        assert (f"{WEB}/register?bind=anon_" in told.text) is not shared
        assert home.studio.ledger.runs == []


@pytest.mark.parametrize("shared", [True, False])
async def test_credits_that_do_not_suffice_are_told_at_the_send(build: Build, *, shared: bool) -> None:
    async with build(credits=20, shared=shared) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("The credits are used up.")
        assert (f"{WEB}/register?bind=anon_" in told.text) is not shared
        assert home.wishes == {WISH: 1}


# --- after it was addressed -------------------------------------------------------------------------------------------

LOST = [
    Drop(after=True),
    Cut(40, End.RESET),
    Answer(502, after=True),
    Answer(200, html="<html>oops</html>", after=True),
]


@pytest.mark.parametrize("what", LOST, ids=str)
async def test_after_a_lost_answer_the_state_tells_what_happened(build: Build, what: Any) -> None:
    async with build(faults=faults(Endpoint.RUN, what)) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}
        assert len(home.room.videos) == 1


@pytest.mark.parametrize("what", [Drop(), Answer(502), Answer(200, html="<html>oops</html>"), Answer(200, json={})])
async def test_a_lost_message_without_effect_is_told_as_unknown_and_never_sent_again(build: Build, what: Any) -> None:
    async with build(faults=faults(Endpoint.RUN, what)) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.UNKNOWN)
        told = await anna.sees("I can't tell whether it worked; I did not send it again. Try again?")
        assert home.wishes == {WISH: 1}
        assert told.labels == ["Try again"]
        await anna.presses("Try again")
        await anna.gets_video()
        assert home.wishes == {WISH: 2}


async def test_silence_counts_as_lost(build: Build) -> None:
    async with build(faults=faults(Endpoint.RUN, Hang(after=True)), nemo={"silence_seconds": 0.5}) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}


async def test_endless_heartbeats_count_as_lost(build: Build) -> None:
    stall = faults(Endpoint.RUN, Heartbeats(after=True))
    async with build(faults=stall, nemo={"heartbeat_seconds": 0.5}) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.DONE)
        assert home.wishes == {WISH: 1}


async def test_a_backend_that_goes_away_altogether_after_the_send_leaves_the_outcome_unknown(build: Build) -> None:
    broken = (Fault(Endpoint.RUN, Drop()), Fault(Endpoint.STATE, Answer(502), times=100, skip=1))
    async with build(faults=broken) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.UNKNOWN)
        await anna.sees("I can't tell whether it worked; I did not send it again.")
        assert home.wishes == {WISH: 1}


async def test_a_model_error_is_told_once_with_a_button(build: Build) -> None:
    async with build(faults=faults(Endpoint.RUN, ModelError(before=True))) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("The video service had a problem and stopped. Try again?")
        assert told.labels == ["Try again"]
        assert "503" not in home.room.everything


async def test_an_apology_after_a_good_answer_is_dropped(build: Build) -> None:
    async with build(faults=faults(Endpoint.RUN, Trouble())) as home:
        await made(home)
        assert "temporary issue" not in home.room.everything
        assert len(home.room.videos) == 1


async def test_noise_in_the_stream_harms_nothing(build: Build) -> None:
    async with build(faults=faults(Endpoint.RUN, Noise())) as home:
        await made(home)
        assert home.wishes == {WISH: 1}


# --- rendering --------------------------------------------------------------------------------------------------------


class Failing(QuickRenderer):
    left = 0

    async def run(self, plan: Plan, output: Any, work: Any, on_progress: Any) -> RenderResult:
        if type(self).left:
            type(self).left -= 1
            raise RenderError("no")
        return await super().run(plan, output, work, on_progress)


async def test_a_render_that_fails_once_is_tried_again_under_a_new_id(build: Build) -> None:
    Failing.left = 1
    async with build(renderer=Failing) as home:
        await made(home)
        assert home.studio.ledger.count(Endpoint.RENDER) == 2
        assert len(home.room.videos) == 1


async def test_a_render_that_fails_twice_is_told_and_can_be_tried_again_without_the_agent(build: Build) -> None:
    Failing.left = 2
    async with build(renderer=Failing) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("The video could not be rendered, twice.")
        assert "Your video is ready" in told.text
        await anna.presses("Try again")
        await anna.gets_video()
        assert home.wishes == {WISH: 1}


async def test_a_blocked_export_is_told_and_the_answer_stays(build: Build) -> None:
    async with build(faults=faults(Endpoint.RENDER, Answer(402, json={"code": 402}))) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        told = await anna.sees("This account's plan does not allow exports.")
        assert "Your video is ready" in told.text


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (Endpoint.RENDER, Drop()),
        (Endpoint.RENDER, Drop(after=True)),
        (Endpoint.LOOK, Answer(502)),
        (Endpoint.LOOK, Answer(200, html="<html>?</html>")),
        (Endpoint.FILE, Answer(502)),
        (Endpoint.FILE, Cut(100, End.RESET)),
        (Endpoint.FILE, Cut(100, End.CLEAN)),
    ],
    ids=str,
)
async def test_a_fault_while_rendering_costs_no_second_message_and_no_second_render(
    build: Build, where: Endpoint, what: Any
) -> None:
    async with build(faults=faults(where, what)) as home:
        await made(home)
        assert home.wishes == {WISH: 1}
        assert len(home.room.videos) == 1
        assert len(home.studio.backend.renders._renders) == 1


async def test_a_render_that_never_ends_is_given_up(build: Build) -> None:
    class Endless(QuickRenderer):
        async def run(self, plan: Plan, output: Any, work: Any, on_progress: Any) -> RenderResult:
            await asyncio.Event().wait()
            raise AssertionError

    async with build(renderer=Endless, times=replace(TIMES, render_deadline=0.5)) as home:
        anna, message = await asked(home)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("could not be rendered")
