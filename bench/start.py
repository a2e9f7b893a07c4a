"""How long a person waits for the program itself: its help, its page, its end. `python -m bench.start`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from urllib.request import urlopen

from bench.backend import backend
from bench.figures import Figure, machine, options, report
from bench.product import PROGRAM, stage

HELP, PAGE, END = 0.3, 5.0, 10.0
ROUNDS = 5


def main() -> int:
    """Measure and print."""
    parser = options("start", __doc__)
    chosen = parser.parse_args()
    print(machine())
    told_help = sorted(help_cpu() for _ in range(ROUNDS))
    with backend() as address:
        rounds = [page(address) for _ in range(ROUNDS)]
    until_page, cpu, until_end = (sorted(values) for values in zip(*rounds, strict=True))
    figures = [
        Figure("CPU of `photoreel --help`", middle(told_help), "s", HELP),
        Figure("`photoreel demo` until its page answers", middle(until_page), "s", PAGE),
        Figure("  CPU of that", middle(cpu), "s"),
        Figure("SIGTERM until an idle `photoreel demo` has ended (DRAIN_SECONDS + 2)", middle(until_end), "s", END),
    ]
    return report(figures, check=chosen.check)


def middle(ordered: Sequence[float]) -> float:
    """The median."""
    return ordered[len(ordered) // 2]


def help_cpu() -> float:
    """Seconds of CPU."""
    child = subprocess.Popen([str(PROGRAM), "--help"], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime


def page(address: str) -> tuple[float, float, float]:
    """Seconds from the command to a page that answers, the CPU of that, and seconds from SIGTERM to the end."""
    with stage(address) as ground:
        began = time.perf_counter()
        with ground.started("demo") as demo:
            with urlopen(demo.address()) as answer:
                assert b"Photoreel" in answer.read()
            until_page, cpu = time.perf_counter() - began, demo.process.cpu()
            time.sleep(1.0)
            began = time.perf_counter()
            demo.popen.send_signal(signal.SIGTERM)
            assert demo.popen.wait(30) == 0, demo.said()
            return until_page, cpu, time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
