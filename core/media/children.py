"""The child processes that decode and encode: started, lent out one job at a time, ended without leaving a trace."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.media import child as program
from core.media import wire

START_SECONDS = 60.0
"""A child that is not ready by then will never be."""

_ENVIRONMENT = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1"}
"""All that a child inherits: no token can be read out of a decoder. The two settings save address space."""


class ChildLost(Exception):
    """A child ended in the middle of a job, or had to be ended. The text says why."""


@asynccontextmanager
async def open_children(
    workshop: str, confinement: wire.Confinement, *, at_once: int, spare: int, warm: bool
) -> AsyncIterator[Children]:
    """Children that do the jobs of the module `workshop`; leaving the block ends every one of them.

    At most `at_once` work at the same time, at most `spare` are kept while there is nothing to do. With `warm` the
    first one is started now, so that nobody waits for it later.
    """
    children = Children(workshop, confinement, at_once=at_once, spare=spare)
    try:
        if warm:
            children.warm()
        yield children
    finally:
        await children.close()


class Children:
    """Children of one workshop; made by `open_children`."""

    def __init__(self, workshop: str, confinement: wire.Confinement, *, at_once: int, spare: int) -> None:
        self._workshop = workshop
        self._confinement = confinement
        self._places = asyncio.Semaphore(at_once)
        self._spare = spare
        self._idle: list[Child] = []
        self._alive: set[Child] = set()
        self._warming: asyncio.Task[None] | None = None
        self._closed = False

    def warm(self) -> None:
        """Start a child in the background."""
        self._warming = asyncio.create_task(self._start_spare())

    async def do(self, job: str, *, name: str, seconds: float | None = None, **arguments: object) -> wire.Facts:
        """Have a job done. `seconds` overrides the clock's limit.

        Raises what the job raises (`errors.FileError`, `OSError`), `ChildLost`, and `ChildProcessError` where no child
        can be started at all. A child that failed, was too slow or whose order was cancelled is ended, not used again.
        """
        order = wire.Order(job, name, arguments)
        async with self._places:
            child = await self._take()
            try:
                facts = _read(await child.do(order, seconds or self._confinement.seconds), name)
            except BaseException:
                await self._end(child)
                raise
            await self._give_back(child)
            return facts

    async def close(self) -> None:
        """End all children, working or not. None is started after that."""
        self._closed = True
        if self._warming:
            self._warming.cancel()
            await asyncio.wait({self._warming})
        for child in list(self._alive):
            await self._end(child)

    async def _take(self) -> Child:
        if self._warming and not self._idle:
            await asyncio.wait({self._warming})
        while self._idle:
            child = self._idle.pop()
            if child.lives:
                return child
            await self._end(child)
        return await self._start()

    async def _give_back(self, child: Child) -> None:
        if child.jobs_done < self._confinement.jobs and len(self._idle) < self._spare:
            self._idle.append(child)
        else:
            await self._end(child)

    async def _start_spare(self) -> None:
        with suppress(OSError):  # the first one who needs a child will learn of it
            self._idle.append(await self._start())

    async def _start(self) -> Child:
        child = await Child.start(self._workshop, self._confinement)
        self._alive.add(child)
        try:
            await child.get_ready()
        except BaseException:
            await self._end(child)
            raise
        if self._closed:
            await self._end(child)
            raise ChildProcessError("nobody starts child processes any more")
        return child

    async def _end(self, child: Child) -> None:
        await child.end()
        self._alive.discard(child)


def _read(line: bytes, name: str) -> wire.Facts:
    try:
        return wire.decode_answer(line, name)
    except (ValueError, KeyError, TypeError) as error:
        raise ChildLost("the child process answered nonsense") from error


class Child:
    """One child process, which does one job at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._reading = asyncio.Lock()
        self.jobs_done = 0

    @classmethod
    async def start(cls, workshop: str, confinement: wire.Confinement) -> Child:
        """Start the program, in a session of its own: Ctrl-C in a terminal is for the parent, who ends its children."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            program.__name__,
            workshop,
            str(confinement.memory),
            str(confinement.cpu_seconds),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL if sys.platform == "win32" else None,
            start_new_session=True,
            env=None if sys.platform == "win32" else _ENVIRONMENT,
        )
        return cls(process)

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._process.returncode is None

    async def get_ready(self) -> None:
        """Wait until it takes orders. Raises `ChildProcessError`; the child has said why on the error stream."""
        try:
            async with asyncio.timeout(START_SECONDS):
                line = await self._exchange(b"")
                if line != program.READY:
                    raise ChildProcessError(f"a child process cannot be started: {await self._last_words()}")
        except TimeoutError as error:
            raise ChildProcessError("a child process does not get ready") from error

    async def do(self, order: wire.Order, seconds: float) -> bytes:
        """The answer to an order, as a line. Raises `ChildLost`."""
        self.jobs_done += 1
        try:
            async with asyncio.timeout(seconds):
                line = await self._exchange(order.encode())
        except TimeoutError as error:
            raise ChildLost(f"took longer than {seconds:g} s") from error
        except ValueError as error:  # longer than the reader takes
            raise ChildLost("the child process answered nonsense") from error
        if not line.endswith(b"\n"):
            raise ChildLost(await self._last_words())
        return line

    async def end(self) -> None:
        """End it at once and wait until nothing is left of it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        _, stdout = self._pipes()
        async with self._reading:  # who is waiting for an answer learns first that there will be none
            while await stdout.read(65_536):
                pass
        await self._process.wait()

    async def _exchange(self, line: bytes) -> bytes:
        stdin, stdout = self._pipes()
        async with self._reading:
            with suppress(ConnectionError):  # gone already: the empty answer tells
                stdin.write(line)
                await stdin.drain()
            return await stdout.readline()

    async def _last_words(self) -> str:
        code = await self._process.wait()
        return f"the child process ended by {signal.Signals(-code).name if code < 0 else f'exit code {code}'}"

    def _pipes(self) -> tuple[asyncio.StreamWriter, asyncio.StreamReader]:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise ChildProcessError("a child process without pipes")
        return stdin, stdout
