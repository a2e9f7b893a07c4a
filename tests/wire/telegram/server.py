"""A strict Bot API server on loopback: real HTTP for the bot, people for the tests.

async with bot_api() as telegram:
    alice = telegram.person("Alice")
    alice.sends_photo(jpeg, "make a video of it")
    video = await telegram.until(lambda: alice.chat.videos)
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from tests.wire.telegram.errors import Refusal
from tests.wire.telegram.faults import Fault
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.methods import Answer, answers
from tests.wire.telegram.people import Society
from tests.wire.telegram.requests import MOST, Request, read
from tests.wire.telegram.table import checked
from tests.wire.telegram.webhooks import deliver

T = TypeVar("T")

LOCAL_MOST = 2000 * 1024 * 1024


@dataclass
class BotApi(Society):
    """The server. `url` is the root, without `/bot`."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=answers)

    async def until(self, look: Callable[[], T | None], what: str = "", *, within: float = 20.0) -> T:
        """What `look` finds, as soon as it finds something."""
        end = time.monotonic() + within
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"waited {within:g} s in vain: {what}\n{self.picture()}")
            await asyncio.sleep(0.01)
        return found

    async def serve(self, http: web.Request) -> web.StreamResponse:
        """One call."""
        call = Call(self._method(http.match_info["method"]), address=_address(http))
        self.ledger.calls.append(call)
        fault = None
        try:
            self._admit(http)
            request = await self._read(http, call)
            fault = self.faults.take(call)
            if fault and (early := await self._strike(http, call, fault, done=False)):
                return early
            await self._do(call, request, http)
            body: dict[str, Any] = {"ok": True, "result": call.result}
        except Refusal as refusal:
            call.code, call.description = refusal.code, refusal.description
            body = refusal.body()
        except ConnectionError:  # the caller has gone
            raise
        except Exception as error:
            self.wrong.append(f"the server itself broke in {call.method}: {error!r}")
            raise
        if fault and call.effect and (late := await self._strike(http, call, fault, done=True)):
            return late
        return self._answer(call, call.code or 200, _json(body), "application/json")

    def _admit(self, http: web.Request) -> None:
        if http.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")

    def _method(self, asked: str) -> str:
        return next((name for name in self.answers if name.lower() == asked.lower()), asked)

    async def _read(self, http: web.Request, call: Call) -> Request:
        most = LOCAL_MOST if self.local else MOST
        request = await read(http, most=most, pace=self.faults.pace(call.method))
        try:
            call.values, call.files = checked(call.method, request), request.files
        except Refusal as refusal:
            self.wrong.append(f"{call.method}: {refusal.description}")
            raise
        return request

    async def _do(self, call: Call, request: Request, http: web.Request) -> None:
        if call.method == "getUpdates":
            call.result = await self.updates.poll(call.values, lambda: http.transport is None)
        else:
            self.floods.check(call)
            call.result = await self.answers[call.method](self, call)
        call.effect = True

    async def _strike(self, http: web.Request, call: Call, fault: Fault, *, done: bool) -> web.StreamResponse | None:
        """What the fault makes of the answer, before (`done` is false) or after the effect."""
        if fault.after is not done:
            return None
        match fault.kind:
            case "refusal":
                assert fault.refusal is not None
                self._ordered(call, fault.refusal)
                call.description = fault.refusal.description
                return self._answer(call, fault.refusal.code, _json(fault.refusal.body()), "application/json")
            case "cut":
                call.answered = time.monotonic()
                return _hang_up(http)
            case "status" | "garbage":
                return self._answer(call, fault.status, fault.body, "text/html")
            case "held":
                assert fault.gate is not None
                await fault.gate.wait()
                return None
            case _:
                await asyncio.sleep(fault.seconds)
                return None

    def _ordered(self, call: Call, refusal: Refusal) -> None:
        if "retry_after" in refusal.parameters:
            self.floods.order(call.chat, refusal.parameters["retry_after"])

    @staticmethod
    def _answer(call: Call, status: int, body: bytes, mime: str) -> web.Response:
        call.answered, call.code = time.monotonic(), status
        return web.Response(status=status, body=body, content_type=mime)

    async def serve_file(self, http: web.Request) -> web.StreamResponse:
        """The download of a file."""
        call = Call("file", {"path": http.match_info["path"]}, address=_address(http))
        self.ledger.calls.append(call)
        stored = self.shelf.at(http.match_info["path"])
        if http.match_info["token"] != self.token or stored is None or self.local:
            return self._answer(call, 404, _json(Refusal(404, "Not Found").body()), "application/json")
        if (fault := self.faults.take(call)) and (struck := await self._strike(http, call, fault, done=fault.after)):
            return struck
        reply = web.StreamResponse(headers={"content-type": "application/octet-stream"})
        if stored.delivered < 0:
            reply.content_length = len(stored.data)
        await reply.prepare(http)
        call.code = 200
        for piece in stored.pieces():
            await reply.write(piece)
        call.answered = time.monotonic()
        return reply


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


def _address(http: web.Request) -> str:
    return f"{http.path_qs} {dict(http.headers)}"


def _hang_up(http: web.Request) -> web.Response:
    if http.transport is not None:
        no_lingering = struct.pack("ii", 1, 0)
        http.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_lingering)
        http.transport.abort()
    return web.Response()


@asynccontextmanager
async def bot_api(*, port: int = 0, **told: Any) -> AsyncIterator[BotApi]:
    """A server for the time of the block; `told` are fields of `World`.

    Leaving it fails if any call was one that a careful person would not have made (`BotApi.wrong`).
    """
    with tempfile.TemporaryDirectory() as folder:
        server = BotApi(folder=Path(folder), **told)
        app = web.Application(client_max_size=LOCAL_MOST)
        app.router.add_route("*", "/bot{token}/{method}", server.serve)
        app.router.add_get("/file/bot{token}/{path:.+}", server.serve_file)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        server.updates.live_on(asyncio.get_running_loop())
        delivering = asyncio.create_task(deliver(server))
        try:
            yield server
        finally:
            delivering.cancel()
            await asyncio.wait({delivering})
            await runner.cleanup()
    assert server.wrong == []
