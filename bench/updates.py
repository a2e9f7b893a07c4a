"""Updates from Telegram, taken in and stored, and how soon a person sees a reaction: `python -m bench.updates`.

Beside it, in the same run and from the same server: a bare echo bot on the SDK's own polling, which stores nothing. The
server, the bot and our program are processes of their own.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bench.backend import backend
from bench.figures import Figure, machine, options, percentile, report
from bench.product import stage
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi, bot_api

GOAL: Final = 0.5
PATIENCE: Final = 120.0
REACTIONS: Final = ("sendMessage", "sendChatAction", "sendMessageDraft")
SPAWN: Final = multiprocessing.get_context("spawn")


def main() -> int:
    """Measure and print."""
    parser = options("updates", __doc__)
    parser.add_argument("--updates", type=int, default=3000)
    parser.add_argument("--chats", type=int, default=1000)
    parser.add_argument("--people", type=int, default=40, help="people whose reaction is waited for")
    chosen = parser.parse_args()
    print(machine())
    with telegram() as server, backend() as address:
        burst = ("burst", chosen.updates, chosen.chats)
        with echo_bot(server, every=chosen.updates):
            silent = server.ask(*burst, "sendMessage", 1)
        with echo_bot(server, every=1):
            echoed = server.ask(*burst, "sendMessage", chosen.updates)
            bare = server.ask("reactions", chosen.people)
        with product(address, server, "listen"):
            stored = server.ask(*burst, "", 0)
        with product(address, server, "run"):
            ours = server.ask("reactions", chosen.people)
    return report(figures(chosen.updates, silent, echoed, stored, bare, ours), check=chosen.check)


def figures(
    updates: int, silent: float, echoed: float, stored: float, bare: list[float], ours: list[float]
) -> list[Figure]:
    """The times as figures."""
    return [
        Figure("updates taken in and stored, beside a bare echo bot", echoed / stored, "x", GOAL, least=True),
        Figure("  ours", updates / stored, "updates/s"),
        Figure("  the echo bot's, which stores nothing", updates / echoed, "updates/s"),
        Figure("  the same without echo: it counts and forgets", updates / silent, "updates/s"),
        Figure("from an update to the first visible reaction, idle: half within", 1000 * percentile(ours, 0.5), "ms"),
        Figure("  95 % within", 1000 * percentile(ours, 0.95), "ms"),
        Figure("  the echo bot: half within", 1000 * percentile(bare, 0.5), "ms"),
    ]


# --- the server -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """The server in its process."""

    url: str
    token: str
    pipe: Pipe

    def ask(self, *order: Any) -> Any:
        """Let it do something; returns what came of it."""
        self.pipe.send(order)
        if not self.pipe.poll(PATIENCE):
            raise TimeoutError(f"the server has no end of {order}")
        return self.pipe.recv()


@contextmanager
def telegram() -> Iterator[Server]:
    """A server for the time of the block."""
    here, there = SPAWN.Pipe()
    process = SPAWN.Process(target=serve, args=(there,))
    process.start()
    try:
        url, token = here.recv()
        yield Server(url, token, here)
    finally:
        process.terminate()
        process.join()


def serve(pipe: Pipe) -> None:
    """The server's process."""
    asyncio.run(_serve(pipe))


async def _serve(pipe: Pipe) -> None:
    async with bot_api() as server:
        pipe.send((server.url, server.token))
        while True:
            name, *values = await asyncio.to_thread(pipe.recv)
            pipe.send(await (burst if name == "burst" else reactions)(server, *values))


async def burst(server: BotApi, updates: int, chats: int, method: str, calls: int) -> float:
    """Seconds from the moment at which so many messages wait to that at which all are taken: confirmed and, where a
    method is named, answered by so many calls of it."""
    people = [server.person(f"P{number}") for number in range(chats)]
    async with polled(server):
        said, began = server.ledger.count(method), time.monotonic()
        for number in range(updates):
            people[number % chats].says(f"message {number}")
        await server.until(lambda: not server.updates.pending, within=PATIENCE)
        if method:
            await server.until(lambda: server.ledger.count(method) >= said + calls, within=PATIENCE)
        return time.monotonic() - began


async def reactions(server: BotApi, people: int) -> list[float]:
    """Seconds until each of so many people sees something, one after the other."""
    waits = []
    async with polled(server):
        for number in range(people):
            waits.append(await _reaction(server, server.person(f"R{number}")))
            await asyncio.sleep(0.2)
    return waits


async def _reaction(server: BotApi, person: Person) -> float:
    message = person.says("make a calm slideshow of my photos")
    call = (await server.until(lambda: server.ledger.of(*REACTIONS, chat=person.id), within=PATIENCE))[0]
    return call.answered - message.at if call.answered else time.monotonic() - message.at


@asynccontextmanager
async def polled(server: BotApi) -> AsyncIterator[None]:
    """Begin when somebody waits for updates."""
    polls = server.ledger.count("getUpdates")
    await server.until(lambda: server.ledger.count("getUpdates") > polls, within=PATIENCE)
    await asyncio.sleep(1.0)
    yield


# --- who takes them ---------------------------------------------------------------------------------------------------


@contextmanager
def product(backend: str, server: Server, part: str) -> Iterator[None]:
    """Our program, polling, on a store of its own."""
    with stage(backend) as ground, ground.started(part, TELEGRAM_BOT_TOKEN=server.token, TELEGRAM_API_URL=server.url):
        yield


@contextmanager
def echo_bot(server: Server, *, every: int) -> Iterator[None]:
    """The bare bot in its process."""
    process = SPAWN.Process(target=echo, args=(server.url, server.token, every))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def echo(url: str, token: str, every: int) -> None:
    """The bare bot: of all that it hears it says every so-manieth again, the rest it counts."""
    counted = 0

    async def handle(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        nonlocal counted
        counted += 1
        if update.message and counted % every == 0:
            await update.message.reply_text(update.message.text or "")

    bot = Application.builder().token(token).base_url(f"{url}/bot").build()
    bot.add_handler(MessageHandler(filters.TEXT, handle))
    bot.run_polling()


if __name__ == "__main__":
    sys.exit(main())
