"""Brings updates to the webhook: those of one chat one after the other, again and again until they are taken."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import aiohttp

from tests.wire.telegram.errors import Refusal
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.methods import answers
from tests.wire.telegram.requests import Request
from tests.wire.telegram.table import checked
from tests.wire.telegram.world import World

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
PATIENCE = 60.0
"""So long the bot may take for its answer."""


async def deliver(world: World) -> None:
    """Until cancelled; does nothing while no webhook is set."""
    busy: dict[object, asyncio.Task[None]] = {}
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        while True:
            busy = {place: task for place, task in busy.items() if not task.done()}
            free = world.updates.webhook.get("max_connections", 0) - len(busy)
            for place, update in _next(world, set(busy), free):
                busy[place] = tasks.create_task(_bring(world, http, update))
            await world.updates.news(0.05 if busy else 1.0)


def _next(world: World, busy: set[object], free: int) -> Iterator[tuple[object, dict[str, Any]]]:
    for update in list(world.updates.pending):
        if free <= 0:
            return
        place = place_of(update)
        if place not in busy:
            busy.add(place)
            free -= 1
            yield place, update


def place_of(update: dict[str, Any]) -> object:
    """The chat that an update is about: only within it is there an order."""
    for body in update.values():
        if isinstance(body, dict):
            message = body.get("message", body)
            if isinstance(message, dict) and isinstance(message.get("chat"), dict):
                return message["chat"].get("id")
    return None


async def _bring(world: World, http: aiohttp.ClientSession, update: dict[str, Any]) -> None:
    pause = FIRST_PAUSE
    while world.updates.webhook and update in world.updates.pending:
        if await _taken(world, http, update):
            world.updates.forget([update])
            world.updates.wake()
            return
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


async def _taken(world: World, http: aiohttp.ClientSession, update: dict[str, Any]) -> bool:
    """Whether the bot took it. What it answers may be a call."""
    hook = world.updates.webhook
    headers = {"X-Telegram-Bot-Api-Secret-Token": hook["secret_token"]} if "secret_token" in hook else {}
    call = Call("webhook", {"update_id": update["update_id"]})
    world.ledger.calls.append(call)
    try:
        async with asyncio.timeout(PATIENCE), http.post(hook["url"], json=update, headers=headers) as reply:
            body = await reply.read()
            call.code = reply.status
    except (aiohttp.ClientError, TimeoutError) as error:
        call.description = f"{type(error).__name__}"
    call.answered = time.monotonic()
    if 200 <= call.code < 300:
        await _called_back(world, body)
        return True
    hook["last_error_date"] = int(time.time())
    hook["last_error_message"] = f"Wrong response from the webhook: {call.code or call.description}"
    return False


async def _called_back(world: World, body: bytes) -> None:
    try:
        asked = json.loads(body)
    except ValueError:
        return
    if not isinstance(asked, dict) or "method" not in asked:
        return
    call = Call(str(asked.pop("method")))
    world.ledger.calls.append(call)
    try:
        call.values = checked(call.method, Request(asked, json=True))
        call.result = await answers()[call.method](world, call)
    except Refusal as refusal:
        world.wrong.append(f"{call.method}: {refusal.description}")
