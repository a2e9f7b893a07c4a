"""The gateway: sessions, shards, heartbeats, what is told to whom, and what is told again after a cut."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import zlib
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from tests.wire.discord.objects import user_json, whole_guild_json
from tests.wire.discord.shapes import Tree, flag, many, table, text, whole
from tests.wire.discord.world import Guild, Json, World

GUILDS, MEMBERS, PRESENCES, GUILD_MESSAGES, DIRECT_MESSAGES, CONTENT = (1 << bit for bit in (0, 1, 8, 9, 12, 15))


class Op(IntEnum):
    """What a payload is."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    RESUME = 6
    RECONNECT = 7
    CHUNKS = 8
    INVALID = 9
    HELLO = 10
    ACK = 11


class Close(IntEnum):
    """Why a connection is closed."""

    UNKNOWN = 4000
    BAD_OPCODE = 4001
    DECODE = 4002
    NOT_AUTHENTICATED = 4003
    BAD_TOKEN = 4004
    ALREADY = 4005
    BAD_SEQUENCE = 4007
    TIMED_OUT = 4009
    BAD_SHARD = 4010
    SHARDING_REQUIRED = 4011
    BAD_VERSION = 4012
    BAD_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


def _any_object(value: Any) -> Tree:
    return {}


_IDENTIFY = table(
    {
        "token": text(200, 1),
        "properties": table({"os": text(50), "browser": text(50), "device": text(50)}),
        "intents": whole(0, 1 << 27),
    },
    {
        "compress": flag,
        "large_threshold": whole(50, 250),
        "shard": many(whole(0), 2, 2),
        "presence": _any_object,
    },
)
_RESUME = table({"token": text(200, 1), "session_id": text(64, 1), "seq": whole(0)})


class _Closing(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True, eq=False)
class Session:
    """What a shard has been told, by number, so that it can be told again."""

    id: str
    shard: tuple[int, int]
    intents: int
    sent: list[Json] = field(default_factory=list)
    line: Line | None = None

    def tell(self, event: str, data: Any) -> None:
        """Dispatch an event; kept for a resume."""
        payload = {"op": Op.DISPATCH, "s": len(self.sent) + 1, "t": event, "d": data}
        self.sent.append(payload)
        if self.line is not None:
            self.line.send(payload)


@dataclass(slots=True, eq=False)
class Line:
    """A connection. A silent one takes everything in and says nothing, as a dead one does."""

    socket: web.WebSocketResponse
    request: web.Request
    loop: asyncio.AbstractEventLoop
    packer: Any = None
    queue: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    session: Session | None = None
    silent: bool = False
    beats: int = 0
    heard_at: float = field(default_factory=time.monotonic)

    def send(self, payload: Json) -> None:
        """Send in order, from any thread."""
        self.loop.call_soon_threadsafe(self.queue.put_nowait, payload)

    async def deliver(self) -> None:
        """Write what is to be sent."""
        while True:
            payload = await self.queue.get()
            if self.silent:
                continue
            data = json.dumps(payload)
            if self.packer is None:
                await self.socket.send_str(data)
                continue
            packed = self.packer.compress(data.encode()) + self.packer.flush(zlib.Z_SYNC_FLUSH)
            for piece in _pieces(packed):
                await self.socket.send_bytes(piece)

    def cut(self) -> None:
        """Let the connection drop without a word."""

        def drop() -> None:
            if self.request.transport is not None:
                self.request.transport.abort()

        self.loop.call_soon_threadsafe(drop)


def _pieces(packed: bytes) -> list[bytes]:
    """Long payloads come in several frames; only the last one ends with the mark."""
    return [packed[at : at + 16_384] for at in range(0, len(packed), 16_384)]


@dataclass(slots=True)
class GatewayRules:
    """What a test may want to be otherwise. Times in seconds."""

    heartbeat: float = 41.25
    shards: int = 1
    identifies_a_day: int = 1000
    max_concurrency: int = 1
    identify_window: float = 0.0
    guilds_per_shard: int = 2500
    privileged: int = 0
    resume_life: float = 120.0


class Gateway:
    """All sessions and connections."""

    def __init__(self, world: World, token: str, rules: GatewayRules) -> None:
        self.world = world
        self.token = token
        self.rules = rules
        self.sessions: dict[str, Session] = {}
        self.lines: list[Line] = []
        self.identifies: list[tuple[float, tuple[int, int]]] = []
        self.resumes: list[float] = []
        self.closed: list[int] = []
        self.url = ""

    @property
    def remaining(self) -> int:
        return max(0, self.rules.identifies_a_day - len(self.identifies))

    @property
    def is_heard(self) -> bool:
        """Whether somebody is connected and identified."""
        return any(line.session is not None for line in self.lines)

    # --- what a test does to it ---

    def cut(self) -> None:
        """Drop all connections. What happens meanwhile is told after a resume."""
        for line in list(self.lines):
            line.cut()

    def fall_silent(self) -> None:
        """All connections stay open and nothing comes through any more, not even acknowledgements."""
        for line in self.lines:
            line.silent = True

    def order_reconnect(self) -> None:
        """Ask every client to reconnect, as before a restart of the gateway."""
        for line in list(self.lines):
            line.send({"op": Op.RECONNECT, "d": None, "s": None, "t": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Say that the sessions are over."""
        for line in list(self.lines):
            if not resumable and line.session is not None:
                self.sessions.pop(line.session.id, None)
            line.send({"op": Op.INVALID, "d": resumable, "s": None, "t": None})

    # --- what the server tells ---

    def tell(self, event: str, data: Json, *, guild: Guild | None, intents: int = 0) -> None:
        """Dispatch to every session of the right shard that asked for it."""
        for session in list(self.sessions.values()):
            if self._concerns(session, guild) and session.intents & intents == intents:
                session.tell(event, data)

    def tell_message(self, event: str, whole: Json, open_anyway: Json, *, guild: Guild | None) -> None:
        """Dispatch a message; of it those without the message-content intent get what is open anyway."""
        wanted = GUILD_MESSAGES if guild is not None else DIRECT_MESSAGES
        for session in list(self.sessions.values()):
            if self._concerns(session, guild) and session.intents & wanted:
                session.tell(event, whole if session.intents & CONTENT else open_anyway)

    def _concerns(self, session: Session, guild: Guild | None) -> bool:
        number, count = session.shard
        return number == ((guild.id >> 22) % count if guild is not None else 0)

    # --- a connection ---

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A connection from hello to the end."""
        socket = web.WebSocketResponse(max_msg_size=4096, autoclose=True)
        await socket.prepare(request)
        query = request.query
        if query.get("v") != "10" or query.get("encoding") != "json":
            await socket.close(code=Close.BAD_VERSION)
            return socket
        if query.get("compress") not in (None, "zlib-stream"):
            await socket.close(code=Close.UNKNOWN)
            return socket
        line = Line(socket, request, asyncio.get_running_loop(), zlib.compressobj() if "compress" in query else None)
        self.lines.append(line)
        writer = asyncio.create_task(line.deliver())
        watch = asyncio.create_task(self._watch(line))
        try:
            await self._converse(line)
        finally:
            writer.cancel()
            watch.cancel()
            self.lines.remove(line)
            if line.session is not None and line.session.line is line:
                line.session.line = None
        return socket

    async def _watch(self, line: Line) -> None:
        """Close a connection whose client has stopped beating."""
        patience = self.rules.heartbeat * 1.5
        while (left := line.heard_at + patience - time.monotonic()) > 0:
            await asyncio.sleep(left)
        await self._close(line, Close.TIMED_OUT)

    async def _converse(self, line: Line) -> None:
        hello = {"heartbeat_interval": int(self.rules.heartbeat * 1000), "_trace": ["[]"]}
        line.send({"op": Op.HELLO, "d": hello, "s": None, "t": None})
        try:
            async for message in line.socket:
                self._hear(line, _decoded(message.data if message.type is WSMsgType.TEXT else ""))
        except _Closing as closing:
            await self._close(line, closing.code)

    async def _close(self, line: Line, code: int) -> None:
        self.closed.append(code)
        if line.session is not None and code in (Close.BAD_SEQUENCE, Close.TIMED_OUT):
            self.sessions.pop(line.session.id, None)
        await line.socket.close(code=code)

    def _hear(self, line: Line, payload: Json) -> None:
        match payload["op"]:
            case Op.HEARTBEAT:
                self._beat(line, payload)
            case Op.IDENTIFY:
                self._identify(line, _fitting(_IDENTIFY, payload["d"]))
            case Op.RESUME:
                self._resume(line, _fitting(_RESUME, payload["d"]))
            case Op.PRESENCE | Op.CHUNKS:
                if line.session is None:
                    raise _Closing(Close.NOT_AUTHENTICATED)
            case _:
                raise _Closing(Close.BAD_OPCODE)

    def _beat(self, line: Line, payload: Json) -> None:
        last = payload.get("d")
        if last is not None and line.session is not None and last > len(line.session.sent):
            raise _Closing(Close.BAD_SEQUENCE)
        line.beats += 1
        line.heard_at = time.monotonic()
        line.send({"op": Op.ACK, "d": None, "s": None, "t": None})

    def _identify(self, line: Line, data: Json) -> None:
        if line.session is not None:
            raise _Closing(Close.ALREADY)
        if data["token"] != self.token or not self.remaining:
            raise _Closing(Close.BAD_TOKEN)
        shard = tuple(data.get("shard") or (0, 1))
        self._must_be_a_shard(shard)
        if data["intents"] & (MEMBERS | PRESENCES | CONTENT) & ~self.rules.privileged:
            raise _Closing(Close.DISALLOWED_INTENTS)
        if self._too_many_at_once(shard[0]):
            line.send({"op": Op.INVALID, "d": False, "s": None, "t": None})
            return
        self.identifies.append((time.monotonic(), shard))
        line.session = Session(secrets.token_hex(16), shard, data["intents"], line=line)
        self.sessions[line.session.id] = line.session
        self._greet(line.session)

    def _must_be_a_shard(self, shard: tuple[int, ...]) -> None:
        if shard[1] < 1 or shard[0] >= shard[1]:
            raise _Closing(Close.BAD_SHARD)
        if len(self.world.guilds) > self.rules.guilds_per_shard * shard[1]:
            raise _Closing(Close.SHARDING_REQUIRED)

    def _too_many_at_once(self, number: int) -> bool:
        most, since = self.rules.max_concurrency, time.monotonic() - self.rules.identify_window
        return any(at > since and one[0] % most == number % most for at, one in self.identifies)

    def _greet(self, session: Session) -> None:
        mine = [one for one in self.world.guilds.values() if one.has_bot and self._concerns(session, one)]
        bot = self.world.bot
        ready: Json = {
            "v": 10,
            "user": user_json(bot) | {"verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": str(one.id), "unavailable": True} for one in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(bot.id), "flags": 1 << 19},
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "_trace": ["[]"],
        }
        session.tell("READY", ready)
        if session.intents & GUILDS:
            for guild in mine:
                session.tell("GUILD_CREATE", whole_guild_json(self.world, guild))

    def _resume(self, line: Line, data: Json) -> None:
        session = self.sessions.get(data["session_id"])
        if data["token"] != self.token:
            raise _Closing(Close.BAD_TOKEN)
        if session is None or data["seq"] > len(session.sent):
            line.send({"op": Op.INVALID, "d": False, "s": None, "t": None})
            return
        self.resumes.append(time.monotonic())
        line.session = session
        for missed in session.sent[data["seq"] :]:
            line.send(missed)
        session.line = line
        session.tell("RESUMED", {"_trace": ["[]"]})


def _decoded(data: str) -> Json:
    try:
        payload = json.loads(data)
    except ValueError:
        raise _Closing(Close.DECODE) from None
    if not isinstance(payload, dict) or "op" not in payload:
        raise _Closing(Close.DECODE)
    return payload


def _fitting(shape: Any, data: Any) -> Json:
    if shape(data):
        raise _Closing(Close.DECODE)
    return dict(data)
