"""The program that runs in a child process: it takes orders from its standard input and does them, under limits."""

from __future__ import annotations

import importlib
import io
import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from typing import BinaryIO, Protocol, cast

from core.media import wire

READY = b"ready\n"

Job = Callable[..., wire.Facts]


class Workshop(Protocol):
    """A module of jobs. `set_up` is called once, before the first of them."""

    JOBS: Mapping[str, Job]

    def set_up(self) -> None:
        """Switch on what the jobs need."""


def main(arguments: list[str]) -> None:
    """Work through orders. The end of the input ends everything at once: it comes when the parent dies, too."""
    workshop, memory, cpu_seconds = arguments[0], int(arguments[1]), int(arguments[2])
    confine(memory)
    with os.fdopen(os.dup(1), "wb", buffering=0) as answers:
        os.dup2(2, 1)  # what a library prints must not get between the answers
        jobs = open_workshop(workshop)
        answers.write(READY)
        silence()
        orders: SimpleQueue[bytes] = SimpleQueue()
        threading.Thread(target=read, args=(orders,), daemon=True).start()
        while line := orders.get():
            allow_cpu(cpu_seconds)
            send(answers, answer(jobs, wire.Order.decode(line)))


def read(orders: SimpleQueue[bytes]) -> None:
    """Pass on what comes in, and notice in the middle of a job that nobody is waiting for it any more."""
    for line in sys.stdin.buffer:
        orders.put(line)
    os._exit(0)


def open_workshop(name: str) -> Mapping[str, Job]:
    """The jobs of a module, ready to be done."""
    workshop = cast(Workshop, importlib.import_module(name))
    workshop.set_up()
    return workshop.JOBS


def answer(jobs: Mapping[str, Job], order: wire.Order) -> bytes:
    """Do what is ordered; whatever happens is an answer."""
    try:
        return wire.encode_result(jobs[order.job](name=order.name, **order.arguments))
    except Exception as error:  # noqa: BLE001  decoders fail on hostile bytes in every way there is
        return wire.encode_error(error)


def send(answers: io.RawIOBase | BinaryIO, line: bytes) -> None:
    """Write the whole line, unless nobody is there any more to read it."""
    with suppress(BrokenPipeError):
        answers.write(line)


def silence() -> None:
    """Decoders complain on the error stream about broken files; a person's terminal is not the place for that."""
    warnings.simplefilter("ignore")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)


if sys.platform == "win32":

    def confine(memory: int) -> None:
        """Windows has no such limits: the size checks before decoding and the clock must do."""

    def allow_cpu(seconds: int) -> None:
        """Windows has no such limit."""

else:
    import resource

    def confine(memory: int) -> None:
        """Cap the address space, leave no core dumps of people's photos, and let the event loop go first."""
        with suppress(ValueError, OSError):  # macOS refuses to cap the address space
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(5)

    def allow_cpu(seconds: int) -> None:
        """From now on, so much more processor time; beyond it the kernel ends this process."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime) + 1 + seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


if __name__ == "__main__":
    main(sys.argv[1:])
