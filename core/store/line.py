"""A line to the store that all tasks of a process share: their commands go out together, replies come in order."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as NoAnswer


class SharedRedis(Redis):
    """A client whose commands share one connection; pipelines take theirs from the pool. Not for reads that block.

    A turn asks the store dozens of things. redis-py takes a connection from a pool for each, under locks and timers of
    its own, which costs twice what is done here; and what a thousand tasks ask at one moment leaves in one piece.
    """

    def __init__(self, pool: BlockingConnectionPool, *, patience: float) -> None:
        super().__init__(connection_pool=pool)
        self.auto_close_connection_pool = True
        self._line = Line(pool.make_connection, patience)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Ask, and decode the reply as redis-py does."""
        reply = await self._line.ask(args)
        options.pop("keys", None)
        decode = self.response_callbacks.get(args[0])
        return reply if decode is None else decode(reply, **options)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Close all connections."""
        await self._line.close()
        await super().aclose(close_connection_pool)


@dataclass(frozen=True, slots=True)
class _Question:
    asked: float  # by the loop's clock
    reply: asyncio.Future[Any]


class Line:
    """One connection, opened when it is needed. Nothing is sent twice: when it breaks, or nothing comes back for
    `patience` seconds, all who wait for a reply are told. Whoever is cancelled leaves the others alone."""

    def __init__(self, make: Callable[[], AbstractConnection], patience: float) -> None:
        self._make = make
        self._patience = patience
        self._connection: AbstractConnection | None = None
        self._opening: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._going: list[bytes] = []
        self._questions: deque[_Question] = deque()

    async def ask(self, command: Sequence[Any]) -> Any:
        """The reply to a command. Raises redis-py's errors."""
        connection = self._usable() or await self._open()
        packed = connection.pack_command(*command)
        loop = asyncio.get_running_loop()
        if not self._going:
            loop.call_soon(self._send)
        self._going += packed
        question = _Question(loop.time(), loop.create_future())
        self._questions.append(question)
        if self._watch is None:
            self._watch = loop.call_later(self._patience, self._look)
        return await question.reply

    async def close(self) -> None:
        """Hang up."""
        tasks = [task for task in (self._opening, self._hearing) if task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._hang_up(NoConnection("the line was closed"))

    # --- opening ------------------------------------------------------------------------------------------------------

    def _usable(self) -> AbstractConnection | None:
        """The connection, unless the server has hung up."""
        connection = self._connection
        reader = connection._reader if connection else None
        return None if reader is None or reader.at_eof() else connection

    async def _open(self) -> AbstractConnection:
        """All who come while it is being opened share one attempt."""
        if self._opening is None:
            self._opening = asyncio.create_task(self._connect())
            self._opening.add_done_callback(self._opened)
        await asyncio.shield(self._opening)
        if self._connection is None:
            raise NoConnection("the store hung up")
        return self._connection

    async def _connect(self) -> None:
        if self._hearing is not None:
            await asyncio.wait([self._hearing])  # it has met the end, or is about to
        await self._hang_up(NoConnection("the store hung up"))
        connection = self._make()
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._connection = connection
        self._hearing = asyncio.create_task(self._hear(connection))

    def _opened(self, opening: asyncio.Task[None]) -> None:
        self._opening = None
        if not opening.cancelled():
            opening.exception()  # whoever waited has got it; perhaps nobody waits any more

    # --- asking and hearing -------------------------------------------------------------------------------------------

    def _send(self) -> None:
        """All that was asked at this moment, in one piece. Whether it arrives, the reply tells."""
        going, self._going = self._going, []
        writer = self._connection._writer if self._connection else None
        if going and writer is not None:
            writer.writelines(going)

    async def _hear(self, connection: AbstractConnection) -> None:
        try:
            while True:
                self._answer(await _reply_of(connection))
        except (RedisError, OSError) as error:
            if self._connection is connection:
                await self._hang_up(error)

    def _answer(self, reply: Any) -> None:
        if not self._questions:
            raise NoConnection("a reply that nobody asked for")
        future = self._questions.popleft().reply
        if future.done():  # whoever asked was cancelled
            return
        if isinstance(reply, ResponseError):
            future.set_exception(reply)
        else:
            future.set_result(reply)

    def _look(self) -> None:
        """Whether the oldest question has waited for too long."""
        self._watch = None
        if not self._questions:
            return
        loop = asyncio.get_running_loop()
        due = self._questions[0].asked + self._patience
        if loop.time() < due:
            self._watch = loop.call_at(due, self._look)
        elif self._hearing is not None:
            self._tell(NoAnswer("the store does not answer"))
            self._hearing.cancel()
            if self._connection is not None:
                self._connection._close()  # type: ignore[no-untyped-call]
                self._connection = None

    async def _hang_up(self, error: Exception) -> None:
        connection, self._connection = self._connection, None
        self._tell(error)
        if connection is not None:
            await connection.disconnect(nowait=True)

    def _tell(self, error: Exception) -> None:
        """Nobody waits for a reply that cannot come any more."""
        questions, self._questions = self._questions, deque()
        self._going = []
        for question in questions:
            if not question.reply.done():
                question.reply.set_exception(type(error)(*error.args))


async def _reply_of(connection: AbstractConnection) -> Any:
    """The next reply; a refusal is one, too."""
    try:
        return await connection.read_response(timeout=math.inf, disconnect_on_error=False)
    except ResponseError as refusal:
        return refusal
