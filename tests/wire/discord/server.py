"""A strict Discord on loopback: REST, gateway and CDN over real sockets, with one app whose bot is under test."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.wire.discord.asked import REQUEST_BYTES, Answer, Asked, read_body
from tests.wire.discord.budgets import Budgets
from tests.wire.discord.faults import Faults
from tests.wire.discord.gateway import CONTENT, Gateway, GatewayRules
from tests.wire.discord.objects import interaction_json, whole_guild_json
from tests.wire.discord.people import Person
from tests.wire.discord.posts import Posts
from tests.wire.discord.refusals import Refusal, form, refused
from tests.wire.discord.routes import QUERIES, ROUTES, WITHOUT_TOKEN, Handler
from tests.wire.discord.shapes import problem
from tests.wire.discord.world import (
    DM,
    FORUM,
    GROUP,
    TEXT,
    Channel,
    File,
    Guild,
    Interaction,
    Json,
    Message,
    World,
    told_time,
)

TOKEN = "MTA0.made-up.bot-token-for-tests"


@dataclass(slots=True)
class Lives:
    """How long things live, in seconds: the token of an interaction, the time for its first answer, the memory of a
    nonce, the age from which edits are counted, the pause then ordered, the life of a link."""

    first_answer: float = 3.0
    token: float = 900.0
    nonce: float = 300.0
    old: float = 3600.0
    old_pause: float = 0.05
    link: float = 86_400.0


@dataclass(slots=True)
class Rules:
    """Numbers that a test may want to be otherwise."""

    old_edits: int = 30


class DiscordServer:
    """Made by `discord_server` or `discord_in_thread`.

    `api_url` is what DISCORD_API_URL must be; `calls` is the ledger; `person`, `guild`, `channel` make who and what
    is there. What a test does here may be done from any thread.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.world = World()
        self.times = Lives()
        self.rules = Rules()
        self.budgets = Budgets()
        self.faults = Faults()
        self.gateway = Gateway(self.world, token, GatewayRules())
        self.posts = Posts(self.world, self.gateway, self.link)
        self.calls: list[Asked] = []
        self.unknown: list[str] = []
        self.commands: dict[int, dict[int, Json]] = {}
        self.command_writes = 0
        self.installs = {0, 1}
        self.interactions_endpoint: str | None = None
        self.old_edits: dict[int, int] = {}
        self.url = ""
        self._secret = secrets.token_bytes(16)

    # --- addresses ---

    @property
    def api_url(self) -> str:
        """The root of the API."""
        return f"{self.url}/api/v10"

    @property
    def application_id(self) -> int:
        """The id of the app and of its bot."""
        return self.world.bot.id

    @property
    def sees_content(self) -> bool:
        """Whether the app may ask for the message-content intent."""
        return bool(self.gateway.rules.privileged & CONTENT)

    def allow_content(self) -> None:
        """Grant the message-content intent."""
        self.gateway.rules.privileged |= CONTENT

    # --- who and what is there ---

    def guild(self, name: str = "Guild", *, shard: tuple[int, int] | None = None, **about: Any) -> Guild:
        """A new guild with the bot in it (`has_bot=False` for one without); `shard` (k, n) is where it belongs."""
        owner = about.pop("owner", None) or self.world.user(f"{name}Owner")
        guild = Guild(self.world.ids.new(shard=shard), name, owner, members={owner.id: owner}, **about)
        self.world.guilds[guild.id] = guild
        if guild.has_bot:
            self.gateway.tell("GUILD_CREATE", whole_guild_json(self.world, guild), guild=guild, intents=1)
        return guild

    def channel(self, guild: Guild, name: str = "general", kind: int = TEXT) -> Channel:
        """A new channel in a guild."""
        channel = self.world.channel(kind, name, guild=guild)
        self.posts.tell_channel("CHANNEL_CREATE", channel)
        return channel

    def forum(self, guild: Guild, name: str = "forum") -> Channel:
        """A new forum in a guild."""
        return self.channel(guild, name, FORUM)

    def person(self, name: str = "Anna", *guilds: Guild, admin: bool = False, **about: Any) -> Person:
        """Somebody, who is a member of these guilds."""
        user = self.world.user(name, **about)
        for guild in guilds:
            guild.members[user.id] = user
            if admin:
                guild.admins.add(user.id)
        return Person(self, user)

    def group(self, *people: Person) -> Channel:
        """A private chat among people, in which the bot is no member: apps are used there by who installed them."""
        return self.world.channel(GROUP if len(people) > 2 else DM, people=tuple(one.user for one in people))

    def delete_channel(self, channel: Channel) -> None:
        """Somebody deletes a channel or a thread."""
        channel.deleted = True
        is_thread = channel.parent is not None and channel.kind in (10, 11, 12)
        self.posts.tell_channel("THREAD_DELETE" if is_thread else "CHANNEL_DELETE", channel)

    def kick_bot(self, guild: Guild) -> None:
        """The bot is no member any more."""
        guild.has_bot = False
        self.gateway.tell("GUILD_DELETE", {"id": str(guild.id)}, guild=guild, intents=1)

    def announce(self, one: Interaction) -> None:
        """Tell the app of an interaction."""
        self.gateway.tell("INTERACTION_CREATE", interaction_json(self.world, one, self.link), guild=one.channel.guild)

    def sent_at(self, message: Message) -> float:
        """When a message was sent, in seconds of the clock on the wall."""
        return told_time(message.id).timestamp()

    # --- the ledger ---

    def called(self, route: str) -> list[Asked]:
        """All calls of a route so far, written as in `routes.ROUTES`."""
        return [one for one in self.calls if one.route == route]

    async def until(self, condition: Callable[[], Any], what: str = "a condition", seconds: float = 30.0) -> Any:
        """Wait for something to be true; returns it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := condition():
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"not in {seconds} s: {what}")

    # --- files ---

    def link(self, file: File) -> str:
        """A signed address of a file, good for a while."""
        issued = int(time.time())
        until = int(issued + self.times.link)
        return f"{self.url}{file.path}?ex={until:x}&is={issued:x}&hm={self._signature(file.path, until, issued)}&"

    def expire_links(self) -> None:
        """All links that were given out so far are dead."""
        self._secret = secrets.token_bytes(16)

    def _signature(self, path: str, until: int, issued: int) -> str:
        return hmac.new(self._secret, f"{path}{until:x}{issued:x}".encode(), hashlib.sha256).hexdigest()

    async def download(self, request: web.Request) -> web.StreamResponse:
        """GET of a file."""
        path, query = request.path, request.query
        for fault in self.faults.due("GET /attachments", after=False):
            await asyncio.sleep(fault.seconds)
            if not fault.only_slow:
                return self._cut(request) if not fault.status else web.Response(status=fault.status)
        file = self.world.files.get(path)
        if file is None or file.gone:
            return web.Response(status=404, text="")
        if not self._is_signed(path, query):
            return web.Response(status=404, text="This content is no longer available.")
        file.downloads += 1
        headers = {"Content-Type": file.mime, "Accept-Ranges": "bytes"}
        chosen = request.http_range
        if chosen.start is None and chosen.stop is None:
            return web.Response(body=file.data, headers=headers)
        data = file.data[chosen.start : chosen.stop]
        headers["Content-Range"] = f"bytes {chosen.start or 0}-{(chosen.start or 0) + len(data) - 1}/{len(file.data)}"
        return web.Response(status=206, body=data, headers=headers)

    def _is_signed(self, path: str, query: Any) -> bool:
        try:
            until, issued = int(query.get("ex", ""), 16), int(query.get("is", ""), 16)
        except ValueError:
            return False
        right = hmac.compare_digest(query.get("hm", ""), self._signature(path, until, issued))
        return right and time.time() < until

    # --- calls ---

    def app(self) -> web.Application:
        """The routes as an application."""
        app = web.Application(client_max_size=1 << 30)
        for route, handler in ROUTES.items():
            method, path = route.split(" ")
            app.router.add_route(method, f"/api/v10{path}", self._door(route, handler))
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get("/{folder:attachments|ephemeral-attachments}/{place}/{id}/{name}", self.download)
        app.router.add_route("*", "/{anything:.*}", self._nowhere)
        return app

    def _door(self, route: str, handler: Handler) -> Callable[[web.Request], Any]:
        async def enter(request: web.Request) -> web.StreamResponse:
            asked = Asked(route, request.path, request.match_info, request.query, time.monotonic(), request.headers)
            self.calls.append(asked)
            if self.budgets.is_banned:
                return web.Response(status=429, text="error code: 1015", headers={"Server": "cloudflare"})
            headers = {"Via": "1.1 google", "Server": "cloudflare"}
            try:
                if await self._mishap(request, asked, after=False):
                    return self._cut(request)
                headers |= await self._admit(request, asked)
                answer = handler(self, asked)
                if await self._mishap(request, asked, after=True):
                    return self._cut(request)
            except Refusal as refusal:
                return self._refuse(asked, refusal, headers)
            return self._reply(asked, answer, headers)

        return enter

    async def _admit(self, request: web.Request, asked: Asked) -> dict[str, str]:
        open_to_all = asked.route.split(" ")[1].startswith(WITHOUT_TOKEN)
        if not open_to_all and request.headers.get("Authorization") != f"Bot {self.token}":
            raise refused("unauthorized")
        if not open_to_all and not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
            raise Refusal(403, 40333, "internal network error")
        headers = self.budgets.take(asked.route, asked.args)
        if strange := set(asked.query) - QUERIES.get(asked.route, set()):
            raise form(dict.fromkeys(strange, problem("UNKNOWN_FIELD", "There is no such parameter.")))
        await read_body(request, asked, REQUEST_BYTES)
        if asked.json is None and asked.route.split(" ")[0] in ("PATCH", "POST") and "typing" not in asked.route:
            raise refused("json")
        return headers

    async def _mishap(self, request: web.Request, asked: Asked, *, after: bool) -> bool:
        """Let a planned fault happen; true if the connection is to be cut."""
        for fault in self.faults.due(asked.route, after=after):
            if fault.seconds:
                await asyncio.sleep(fault.seconds)
            if fault.only_slow:
                continue
            if not fault.status:
                return True
            raise Refusal(fault.status, 0, f"{fault.status}: by plan")
        return False

    def _cut(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=499)

    def _refuse(self, asked: Asked, refusal: Refusal, headers: dict[str, str]) -> web.Response:
        asked.code = refusal.code
        self.budgets.count(refusal.status)
        if refusal.status == 429:
            wait = refusal.more["retry_after"]
            scope = "global" if refusal.more["global"] else "user"
            headers |= {"Retry-After": str(int(wait) + 1), "X-RateLimit-Scope": scope}
            headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": str(wait)}
            headers |= {"X-RateLimit-Global": "true"} if scope == "global" else {}
        return self._reply(asked, Answer(refusal.status, refusal.body), headers)

    def _reply(self, asked: Asked, answer: Answer, headers: dict[str, str]) -> web.Response:
        asked.status, asked.took, asked.answer = answer.status, time.monotonic() - asked.at, answer.body
        if answer.status == 204:
            return web.Response(status=204, headers=headers)
        data = json.dumps(answer.body).encode()
        return web.Response(status=answer.status, body=data, headers=headers | {"Content-Type": "application/json"})

    async def _nowhere(self, request: web.Request) -> web.Response:
        self.unknown.append(f"{request.method} {request.path}")
        return web.json_response(refused("not found").body, status=404, headers={"Via": "1.1 google"})


@asynccontextmanager
async def discord_server(token: str = TOKEN, *, port: int = 0) -> AsyncIterator[DiscordServer]:
    """A server in this event loop."""
    server = DiscordServer(token)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    address = runner.addresses[0]
    server.url = f"http://127.0.0.1:{address[1]}"
    server.gateway.url = f"ws://127.0.0.1:{address[1]}/gateway"
    try:
        yield server
    finally:
        server.gateway.cut()
        await runner.cleanup()


@contextmanager
def discord_in_thread(token: str = TOKEN) -> Iterator[DiscordServer]:
    """A server in a thread with an event loop of its own, for tests that block theirs."""
    started: list[DiscordServer] = []
    ready, stops = threading.Event(), list[Callable[[], object]]()

    async def live() -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(over.set))
        async with discord_server(token) as server:
            started.append(server)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    ready.wait(10)
    if not started:
        raise RuntimeError("the server did not start")
    try:
        yield started[0]
    finally:
        stops[0]()
        thread.join(10)
