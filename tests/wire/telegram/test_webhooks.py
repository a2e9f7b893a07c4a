"""Updates come to a webhook in the order of their chats, with the secret, until they are taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from telegram.error import Conflict

from tests.wire.films import jpeg
from tests.wire.sites import page
from tests.wire.telegram.scene import Scene

pytestmark = pytest.mark.anyio


async def test_updates_come_with_the_secret_again_and_again_until_they_are_taken(at: Scene) -> None:
    came: list[tuple[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        text = (await request.json())["message"]["text"]
        came.append((text, request.headers["X-Telegram-Bot-Api-Secret-Token"]))
        return web.Response(status=500 if len(came) < 3 else 200)

    async with page(take) as url:
        await at.bot.set_webhook(url, secret_token="s3cret")
        at.alice.says("one")
        at.alice.says("two")
        await at.server.until(lambda: not at.server.updates.pending)
        assert came == [("one", "s3cret")] * 3 + [("two", "s3cret")]
        assert "500" in ((await at.bot.get_webhook_info()).last_error_message or "")


async def test_one_chat_waits_for_its_own_and_for_no_other(at: Scene) -> None:
    came: list[str] = []
    held = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        came.append((await request.json())["message"]["text"])
        if came[-1] == "a1":
            await held.wait()
        return web.Response()

    async with page(take) as url:
        await at.bot.set_webhook(url)
        bob = at.server.person("Bob")
        for person, text in ((at.alice, "a1"), (at.alice, "a2"), (bob, "b1"), (bob, "b2")):
            person.says(text)
        await at.server.until(lambda: came[-1:] == ["b2"])
        assert "a2" not in came
        held.set()
        await at.server.until(lambda: came[-1:] == ["a2"])


async def test_an_answer_may_be_a_call(at: Scene) -> None:
    async def take(request: web.Request) -> web.Response:
        return web.json_response({"method": "sendMessage", "chat_id": at.alice.id, "text": "by the way"})

    async with page(take) as url:
        await at.bot.set_webhook(url)
        at.alice.sends_photo(jpeg())
        await at.server.until(lambda: at.alice.chat.texts == ["by the way"])


async def test_while_a_webhook_is_set_nobody_polls(at: Scene) -> None:
    async def take(request: web.Request) -> Any:
        return web.Response()

    async with page(take) as url:
        await at.bot.set_webhook(url)
        with pytest.raises(Conflict, match="webhook is active"):
            await at.bot.get_updates()
        await at.bot.delete_webhook()
        assert await at.bot.get_updates() == ()
