"""What goes wrong by plan goes wrong as planned: before the effect or after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from tests.wire.films import jpeg
from tests.wire.telegram.faults import Fault, cut, garbage, gateway, held, pause, refuse, slow, slow_upload
from tests.wire.telegram.scene import Scene

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")]


@pytest.mark.parametrize(
    ("make", "error"),
    [(cut, NetworkError), (gateway, NetworkError), (garbage, TelegramError)],
)
async def test_before_the_effect_nothing_happens_and_after_it_all_has(
    at: Scene, make: Callable[..., Fault], error: type[TelegramError]
) -> None:
    at.server.faults.plan("sendMessage", make())
    at.server.faults.plan("sendMessage", make(after=True))
    for text in ("lost", "arrived"):
        with pytest.raises(error):
            await at.bot.send_message(at.alice.id, text)
    await at.bot.send_message(at.alice.id, "well")
    assert at.alice.chat.texts == ["arrived", "well"]
    assert [call.effect for call in at.server.ledger.of("sendMessage")] == [False, True, True]


async def test_a_pause_is_ordered_and_who_does_not_keep_it_is_noticed(at: Scene) -> None:
    at.server.faults.plan("sendMessage", pause(7))
    with pytest.raises(RetryAfter):
        await at.bot.send_message(at.alice.id, "a")
    await at.bot.send_message(at.alice.id, "b")
    assert [call.values["text"] for call in at.server.floods.early] == ["b"]


async def test_a_plan_is_for_its_chat_and_its_turn(at: Scene) -> None:
    bob = at.server.person("Bob")
    at.server.faults.plan("*", refuse(400, "Bad Request: no"), skip=1, chat=bob.id)
    await at.bot.send_message(at.alice.id, "a")
    await at.bot.send_message(bob.id, "b")
    with pytest.raises(BadRequest):
        await at.bot.send_message(bob.id, "c")
    assert bob.chat.texts == ["b"]


async def test_slow_answers_come_after_or_before_the_effect(at: Scene) -> None:
    at.server.faults.plan("sendMessage", slow(30, after=True))
    waiting = asyncio.create_task(at.bot.send_message(at.alice.id, "there already"))
    await at.server.until(lambda: at.alice.chat.texts == ["there already"])
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait({waiting})


async def test_what_is_held_comes_when_the_gate_is_opened(at: Scene) -> None:
    gate = asyncio.Event()
    at.server.faults.plan("sendMessage", held(gate))
    waiting = asyncio.create_task(at.bot.send_message(at.alice.id, "held"))
    await at.server.until(lambda: at.server.ledger.of("sendMessage"))
    await at.bot.send_message(at.alice.id, "before it")
    gate.set()
    await waiting
    assert at.alice.chat.texts == ["before it", "held"]


async def test_uploads_are_read_slowly(at: Scene) -> None:
    at.server.faults.plan("sendDocument", slow_upload(1_000_000))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await at.bot.send_document(at.alice.id, bytes(300_000), filename="x")
    assert loop.time() - began >= 0.2


async def test_downloads_break_off(at: Scene) -> None:
    at.alice.sends_photo(jpeg())
    [update] = await at.next()
    assert update.message
    at.server.faults.plan("file", cut())
    opened = await update.message.photo[-1].get_file()
    with pytest.raises(NetworkError):
        await opened.download_as_bytearray()
    assert len(await opened.download_as_bytearray()) > 0
