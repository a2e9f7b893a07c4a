"""One connection that many tasks share: what they ask at the same time leaves in one piece, the answers come in order.

A connection for each command costs a place in the pool, two timers, and a system call at either end. Those were most of
what a worker did for a job.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha1
from typing import Any, Final

import hiredis
from redis._parsers.base import BaseParser
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import InvalidResponse, NoScriptError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as NoAnswer

from core.tasks import heeded

NOTHING: Final = object()  # no whole answer has come


class Shared(Redis):
    """A client whose single commands share one connection; pipelines and subscriptions take theirs from the pool.

    No command may block, for all others would wait behind it. A command whose caller is cancelled is carried out all
    the same and its answer dropped. When the connection breaks, or the server is silent for `socket_timeout`, whatever
    was asked and not answered fails.
    """

    _connection: AbstractConnection | None = None
    _line: Line | None = None
    _opening: asyncio.Task[Line] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """One command, asked once. Raises what redis-py raises."""
        line = self._line
        if line is None or line.broken:
            line = await self._opened()
        answer = await line.ask(hiredis.pack_command((*args[0].split(), *args[1:])))
        options.pop("keys", None)
        read: Callable[..., Any] | None = self.response_callbacks.get(args[0])
        return answer if read is None else read(answer, **options)

    def register_script(self, script: Any) -> Script:  # type: ignore[override]  # called as redis-py's own
        """A script to call."""
        return Script(self, script)

    async def _opened(self) -> Line:
        """A line that was opened for all who wait for one. If it cannot be, each of them is told."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._over)
        return await asyncio.shield(self._opening)

    async def _open(self) -> Line:
        if self._connection is None:
            self._connection = self.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        await self._connection.disconnect(nowait=True)
        await self._connection.connect()
        if await self._connection.can_read():
            raise NoConnection("the store turns us away")
        self._line = Line(self._connection)
        return self._line

    def _over(self, opening: asyncio.Task[Line]) -> None:
        self._opening = None
        heeded(opening)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close every connection."""
        if self._opening is not None:
            self._opening.cancel()
        if self._connection is not None:
            await self._connection.disconnect()
        await super().aclose(close_connection_pool)


class Blocking(Shared):
    """A client for one task at a time, whose commands may block. One that nobody waits for any more is broken off: what
    the server has handed out to it would be lost."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """One command, asked once. Raises what redis-py raises."""
        try:
            return await super().execute_command(*args, **options)
        except asyncio.CancelledError:
            if self._line is not None:
                self._line.hang_up()
            raise


class Script:
    """A script that the server is told in full only where it does not know it. redis-py's own asks each time whether it
    is for a pipeline, in a way that takes as long as all the rest."""

    def __init__(self, client: Shared, source: str) -> None:
        self._client = client
        self._source = source
        self._hash = sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[Any] = (), args: Sequence[Any] = ()) -> Any:
        """Run it. Raises what redis-py raises."""
        rest = (len(keys), *keys, *args)
        try:
            return await self._client.execute_command("EVALSHA", self._hash, *rest)
        except NoScriptError:
            return await self._client.execute_command("EVAL", self._source, *rest)


class Line(asyncio.Protocol):
    """An open connection, taken over from redis-py once that has opened it and said who we are."""

    def __init__(self, connection: AbstractConnection) -> None:
        """Within the turn of the loop in which it was found open and silent."""
        writer, patience = connection._writer, connection.socket_timeout
        if writer is None or patience is None or writer.is_closing():
            raise NoConnection("the store hung up")
        self.broken = False
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=BaseParser.parse_error, notEnoughData=NOTHING
        )
        self._unsent: list[bytes] = []
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._heard = 0.0  # when it last answered, or was asked after it had answered all
        self._watch: asyncio.TimerHandle | None = None
        self._transport = writer.transport
        self._before = self._transport.get_protocol()  # redis-py waits for its end when it disconnects
        self._transport.set_protocol(self)

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """Send the command, with all others of this turn of the loop. The future brings the answer."""
        if self.broken:
            raise NoConnection("the store hung up")
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(command)
        answer = self._loop.create_future()
        self._asked.append(answer)
        return answer

    def hang_up(self) -> None:
        """Have nothing more to do with it. Whatever was not answered will not be."""
        self._break(NoConnection("we hung up"))

    def _send(self) -> None:
        commands, self._unsent = self._unsent, []
        if self.broken:
            return
        if len(self._asked) == len(commands):
            self._heard = self._loop.time()
        if self._watch is None:
            self._watch = self._loop.call_later(self._patience, self._look)
        self._transport.writelines(commands)

    def _look(self) -> None:
        """Whether it still answers. A queue of any length is well as long as it moves."""
        self._watch = None
        until = self._heard + self._patience
        if self._asked and until <= self._loop.time():
            self._break(NoAnswer("the store does not answer"))
        elif self._asked:
            self._watch = self._loop.call_at(until, self._look)

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that are whole."""
        self._heard = self._loop.time()
        try:
            self._reader.feed(data)
            while self._asked and (answer := self._reader.gets()) is not NOTHING:
                self._hand_out(answer)
        except InvalidResponse as error:
            self._break(NoConnection(f"not a store's answer: {error}"))
        if not self._asked and self._reader.has_data():  # the next one to ask must not take it for an answer
            self._break(NoConnection("the store says what nobody asked"))

    def _hand_out(self, answer: Any) -> None:
        asked = self._asked.popleft()
        if asked.done():
            return
        if isinstance(answer, Exception):
            asked.set_exception(answer)
        else:
            asked.set_result(answer)
        if isinstance(answer, ReadOnlyError):  # sentinels may have another server for us by now
            self._break(NoConnection("the store has become a replica"))

    def eof_received(self) -> None:
        """The server hangs up."""
        self.broken = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Whatever was not answered will not be."""
        self._break(NoConnection(f"the store hung up: {exc}" if exc else "the store hung up"))
        self._before.connection_lost(exc)

    def _break(self, error: RedisError) -> None:
        self.broken = True
        self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
        while self._asked:
            asked = self._asked.popleft()
            if not asked.done():
                asked.set_exception(type(error)(*error.args))
