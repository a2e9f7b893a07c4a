"""The webhook: who gets in, what is answered and when, and how it is registered."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from starlette.applications import Starlette

from adapters.telegram.webhook import ANSWERED_WITHIN, HEADER, PATH, TelegramWebhook, WebhookSecretMissing
from core.errors import OutboundError
from core.messages import InboundMessage
from tests.adapters.telegram.desk import COMMANDS, SECRET, Desk, Mailbox, desk
from tests.wire.telegram.faults import Fault, garbage, refuse

pytestmark = pytest.mark.anyio


@dataclass
class Site:
    """A webhook that is served, and a visitor."""

    hook: TelegramWebhook
    mailbox: Mailbox
    http: httpx.AsyncClient

    async def post(self, body: Any, *, secret: str | None = SECRET, path: str = PATH) -> int:
        """Bring something; the status of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if secret is None else {HEADER: secret}
        return (await self.http.post(path, content=content, headers=headers)).status_code


def site(hand: Desk, mailbox: Mailbox | None = None, **times: float) -> Site:
    """The webhook in an application of its own."""
    mailbox = mailbox or Mailbox()
    hook = TelegramWebhook(hand.line, hand.notes, COMMANDS, **times)
    transport = httpx.ASGITransport(Starlette(routes=[hook.route(mailbox.receive)]))
    return Site(hook, mailbox, httpx.AsyncClient(transport=transport, base_url="http://photoreel.example"))


@pytest.fixture
async def hand() -> AsyncIterator[Desk]:
    """A bot at its server."""
    async with desk(public_url="https://photoreel.example/") as made:
        yield made


def update(text: str = "hello", **body: Any) -> dict[str, Any]:
    """An update as it is brought."""
    chat = {"id": 7, "type": "private", "first_name": "Ann"}
    sender = {"id": 7, "is_bot": False, "first_name": "Ann"}
    message = {"message_id": 5, "date": 1_780_000_000, "chat": chat, "from": sender, "text": text}
    return {"update_id": 9, "message": {**message, **body}}


async def test_an_update_is_recorded_before_the_answer(hand: Desk) -> None:
    there = site(hand)
    assert await there.post(update()) == 200
    (found,) = there.mailbox.arrived
    assert isinstance(found, InboundMessage)
    assert found.text == "hello"


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "\u00fc" * 10])
async def test_without_the_secret_nobody_gets_in(hand: Desk, secret: str | None) -> None:
    there = site(hand)
    headers = [] if secret is None else [(HEADER.encode(), secret.encode("latin-1"))]
    assert (await there.http.post(PATH, json=update(), headers=headers)).status_code == 403
    assert there.mailbox.tries == 0


async def test_wrong_path_and_wrong_method(hand: Desk) -> None:
    there = site(hand)
    assert await there.post(update(), path=PATH + "/x") == 404
    assert (await there.http.get(PATH, headers={HEADER: SECRET})).status_code == 405


async def test_more_than_a_megabyte_is_not_read(hand: Desk) -> None:
    there = site(hand)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield bytes(100_000)

    reply = await there.http.post(PATH, content=endless(), headers={HEADER: SECRET})
    assert reply.status_code == 413
    assert await there.post(b" " * 1_000_001) == 413
    assert there.mailbox.tries == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b"null", b"7", b'"x"', b"{}", b'{"update_id": 1, "message": 7}', b"[" * 100_000],
)
async def test_what_cannot_be_read_is_put_aside_and_not_brought_again(hand: Desk, body: bytes) -> None:
    there = site(hand)
    assert await there.post(body) == 200
    assert there.mailbox.arrived == []


async def test_what_the_core_cannot_digest_is_put_aside(hand: Desk) -> None:
    there = site(hand, Mailbox(poison={"7:5"}))
    with structlog.testing.capture_logs() as log:
        assert await there.post(update("my secret is 1234")) == 200
    assert [line["event"] for line in log] == ["update_put_aside"]
    assert "1234" not in repr(log)


async def test_while_the_store_is_away_it_comes_again(hand: Desk) -> None:
    there = site(hand, Mailbox(away=True))
    assert await there.post(update()) == 503
    there.mailbox.away = False
    assert await there.post(update()) == 200
    assert len(there.mailbox.arrived) == 1


async def test_a_store_that_hangs_is_not_waited_for(hand: Desk) -> None:
    class Hanging(Mailbox):
        async def receive(self, inbound: Any) -> None:
            await asyncio.sleep(60)

    there = site(hand, Hanging(), answered_within=0.05)
    async with asyncio.timeout(2):
        assert await there.post(update()) == 503


def test_the_product_does_not_wait_two_seconds() -> None:
    assert ANSWERED_WITHIN < 2


async def test_a_webhook_without_secret_is_not_made() -> None:
    async with desk(webhook_secret="", public_url="https://photoreel.example") as hand:
        with pytest.raises(WebhookSecretMissing):
            TelegramWebhook(hand.line, hand.notes, COMMANDS)


# --- registering ------------------------------------------------------------------------------------------------------


async def test_it_is_registered_once_with_everything(hand: Desk) -> None:
    for _ in range(2):
        await site(hand).hook.register()
    (call,) = hand.server.ledger.of("setWebhook")
    assert call.values["url"] == f"https://photoreel.example{PATH}"
    assert call.values["secret_token"] == SECRET
    assert sorted(call.values["allowed_updates"]) == ["callback_query", "edited_message", "message", "my_chat_member"]
    assert not call.values.get("drop_pending_updates")
    assert hand.server.token not in call.values["url"]


async def test_a_new_secret_is_registered_anew(hand: Desk) -> None:
    await site(hand).hook.register()
    async with desk(public_url="https://photoreel.example/", webhook_secret="another", api_url=hand.server.url) as new:
        new.notes.kept = hand.notes.kept
        await TelegramWebhook(new.line, new.notes, COMMANDS).register()
    assert [call.values["secret_token"] for call in hand.server.ledger.of("setWebhook")] == [SECRET, "another"]


async def test_somebody_elses_webhook_is_replaced(hand: Desk) -> None:
    await site(hand).hook.register()
    hand.server.updates.webhook["url"] = "https://elsewhere.example"
    await site(hand).hook.register()
    assert hand.server.updates.webhook["url"] == f"https://photoreel.example{PATH}"


@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo", "setWebhook"])
@pytest.mark.parametrize("fault", [refuse(400, "Bad Request: bad webhook"), garbage(b"7")])
async def test_a_server_in_trouble_is_a_fact(hand: Desk, method: str, fault: Fault) -> None:
    hand.server.faults.plan(method, fault)
    with pytest.raises(OutboundError):
        await site(hand).hook.register()


# --- over sockets -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def served(hook: TelegramWebhook, mailbox: Mailbox, port: int) -> AsyncIterator[None]:
    """The webhook on a port."""
    app = Starlette(routes=[hook.route(mailbox.receive)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def test_telegram_brings_everything_in_order_through_a_short_outage(free_port: int) -> None:
    async with desk(public_url=f"http://127.0.0.1:{free_port}") as hand:
        mailbox = Mailbox(away=True)
        hook = TelegramWebhook(hand.line, hand.notes, COMMANDS)
        async with served(hook, mailbox, free_port):
            await hook.register()
            ann = hand.server.person("Ann")
            for number in range(3):
                ann.says(str(number))
            await hand.server.until(lambda: mailbox.tries >= 2)
            mailbox.away = False
            await hand.server.until(lambda: not hand.server.updates.pending)
        assert [one.text for one in mailbox.arrived if isinstance(one, InboundMessage)] == ["0", "1", "2"]


@pytest.fixture
def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
