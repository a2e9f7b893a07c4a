"""A backend with a ledger of its own: does what it is asked, and now and then answers as no backend should."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.chaos.pictures import owner
from tests.wire.backend import (
    LAST_CHUNK,
    Backend,
    Ending,
    Heard,
    Script,
    Wire,
    answer,
    chunk,
    event,
    html_answer,
    json_answer,
    stream_head,
)

SECRET_HEADERS = ("authorization", "x-client-id")  # `tests.wire.backend` says where they belong
MARK = re.compile(r"#\d+\.\d+")
TOKEN = "nmv_usr_canary_4711"
PHOTO = "https://cdn.example/p.jpg"
HANG_SECONDS = 3.0
RENDER_SECONDS = 0.5


class Fault(StrEnum):
    """What goes wrong with an answer of the agent."""

    JSON = "JSON with 200"
    BAD_GATEWAY = "502"
    CUT = "cut chunk"
    CLOSE = "silent close"
    RESET = "reset"
    SILENCE = "no answer"
    HEARTBEATS = "heartbeats only"


@dataclass(frozen=True, slots=True)
class Run:
    """A message that reached the agent: in which session, which mark it bears, and when (monotonic)."""

    session: str
    mark: str
    at: float


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture that reached a session: of which message (chat and number), and when (monotonic)."""

    session: str
    picture: tuple[int, int]
    at: float


@dataclass(slots=True)
class Session:
    """A project: how often it was edited."""

    edits: int = 0


@dataclass(slots=True)
class Agent(Backend):
    """`faults` says by mark what goes wrong. The ledger: `runs`, `uploads`, `tokens` by client id, `renders` by id."""

    film: bytes = b""
    seed: int = 0
    faults: Mapping[str, Fault] = field(default_factory=dict)
    slowness: float = 1.0
    lag: float = 0.0  # seconds that a look at a project takes
    runs: list[Run] = field(default_factory=list)
    uploads: list[Upload] = field(default_factory=list)
    tokens: Counter[str] = field(default_factory=Counter)
    renders: dict[str, float] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    lost_tokens: int = 0

    @property
    def addresses(self) -> Sequence[str]:
        """Where every call went, with the headers that have no right to a secret."""
        return [f"{one.target} { {**one.headers, **dict.fromkeys(SECRET_HEADERS, '')} }" for one in self.heard]

    def _script(self, heard: Heard) -> Script:
        place = heard.target.partition("?")[0].removeprefix("/").split("/")
        match heard.method, place:
            case "POST", ["run_sse"]:
                return self._run
            case "POST", ["api", "auth", "anonymous-token"]:
                return self._token
            case _:
                return _says(self._answer(heard, place), self.lag if "state" in place else 0.0)

    def _answer(self, heard: Heard, place: list[str]) -> bytes:
        match heard.method, place[1:]:
            case "POST", ["auth", "claim-token"]:
                return _data({"claim_token": f"clm_{len(self.heard)}", "expires_in": 604800})
            case "POST", ["tasks", "me", "with-session", _]:
                name = f"s{len(self.sessions)}"
                self.sessions[name] = Session()
                return _data({"task_id": f"t-{name}", "session_id": name, "user_id": "anon_canary"})
            case "POST", ["upload-video", _, _, session] if session in self.sessions:
                self.uploads.append(Upload(session, owner(heard.body), time.monotonic()))
                return _data({"files": [{"filename": "photo.jpg", "file_type": "image", "cdn_url": PHOTO}]})
            case "GET", ["state", _, _, session, _] if session in self.sessions:
                return _data({"session_id": session, "state": _state(self.sessions[session])})
            case "GET", ["credits", *_]:
                return _data({"available": 1_000_000, "frozen": 0, "total": 1_000_000})
            case "POST", ["render", "proxy", "lambda"]:
                render = heard.json["id"]
                self.renders.setdefault(render, time.monotonic())
                return json_answer({"taskId": render, "status": "processing", "progress": 90})
            case "GET", ["render", "proxy", "lambda", render] if render in self.renders:
                return self._render(render)
            case "POST", ["render", "proxy", "lambda", _, "cancel"]:
                return _data({})
            case "GET", [_] if place[0] == "film":
                return answer(200, self.film, "video/mp4")
            case _:
                return json_answer({"detail": "Not Found"}, 404)

    def _render(self, render: str) -> bytes:
        if time.monotonic() - self.renders[render] < RENDER_SECONDS:
            return json_answer({"taskId": render, "status": "processing", "progress": 90})
        output = {"url": f"{self.url}/film/{render}"}
        return json_answer({"taskId": render, "status": "completed", "progress": 100, "output": output})

    async def _token(self, heard: Heard, wire: Wire) -> Ending:
        self.tokens[heard.headers["x-client-id"]] += 1
        await asyncio.sleep(0.2)
        if self.lost_tokens:
            self.lost_tokens -= 1
            return Ending.RESET
        await wire.send(_data({"token": TOKEN, "user_id": "anon_canary", "credits": 1000}))
        return Ending.KEEP

    async def _run(self, heard: Heard, wire: Wire) -> Ending:
        message = heard.json
        session, text = message["session_id"], message["new_message"]["parts"][0]["text"]
        found = MARK.search(text)
        mark = found[0] if found else text
        self.runs.append(Run(session, mark, time.monotonic()))
        chance = random.Random(f"{self.seed}{mark}")
        seconds, works = self.slowness * chance.uniform(0.1, 1.0), chance.random() < 0.5
        fault = self.faults.get(mark)
        try:
            ending = await (_finished(wire, mark, seconds) if fault is None else _broken(wire, fault, seconds))
        except ConnectionError:  # the reader left
            ending = Ending.CLOSE
        if f"edit {mark}" in text and (works or fault is None):
            self.sessions[session].edits += 1
        return ending


async def _finished(wire: Wire, mark: str, seconds: float) -> Ending:
    await wire.send(stream_head(), chunk(event({"type": "tool_call", "name": "read_timeline", "args": {}})))
    for words in ("I have looked at it. ", "The second one comes first now. "):
        await wire.send(chunk(event({"type": "text", "content": words})))
        await asyncio.sleep(seconds / 2)
    await wire.send(chunk(event({"type": "text", "content": f"Finished {mark}."})), LAST_CHUNK)
    return Ending.KEEP


async def _broken(wire: Wire, fault: Fault, seconds: float) -> Ending:
    words = chunk(event({"type": "text", "content": "I have looked at it. "}))
    match fault:
        case Fault.JSON:
            await wire.send(json_answer({"code": 0, "data": {}}))
            return Ending.KEEP
        case Fault.BAD_GATEWAY:
            await wire.send(html_answer(502))
            return Ending.KEEP
        case Fault.CUT:
            await wire.send(stream_head(), words, words[:9])
        case Fault.CLOSE:
            await wire.send(stream_head(), words)
        case Fault.RESET:
            await asyncio.sleep(seconds)
            return Ending.RESET
        case Fault.SILENCE:
            await asyncio.sleep(HANG_SECONDS)
        case Fault.HEARTBEATS:
            await wire.send(stream_head())
            for _ in range(10):
                await wire.send(chunk(b": keep-alive\n\n"))
                await asyncio.sleep(HANG_SECONDS / 10)
    return Ending.CLOSE


def _state(session: Session) -> dict[str, Any]:
    clip = {"id": "clip", "d": 3000, "m": {"name": "photo.jpg", "url": PHOTO}}
    title = {"id": "title", "d": 3000, "m": {"text": f"Edit {session.edits}"}}
    tracks = [{"tt": 0, "sg": [clip]}, {"tt": 7, "sg": [title]}]
    return {"draft": {"t": tracks, "d": 3000}, "canvas_config": {"width": 1920, "height": 1080}}


def _data(value: Any) -> bytes:
    return answer(200, json.dumps({"code": 0, "data": value}).encode(), "application/json")


def _says(data: bytes, lag: float) -> Script:
    async def script(_: Heard, wire: Wire) -> Ending:
        await asyncio.sleep(lag)
        await wire.send(data)
        return Ending.KEEP

    return script


@asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[None]:
    """The agent on a socket of its own, which is its `url` from then on."""
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(asyncio.CancelledError):
            await agent.serve(reader, writer)
        connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    agent.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield
    finally:
        server.close()
        for connection in list(connections):
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
