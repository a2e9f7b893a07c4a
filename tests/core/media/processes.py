"""Looking at the processes of this machine from outside, through /proc."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc, which only Linux has")


Ours = Callable[[], set[int]]
"""The children that this process has started since the test began; others, of earlier tests, may live on."""


def children_of(pid: int | None = None) -> set[int]:
    """The processes that `pid` (this one) has started and that still are, zombies included."""
    own = pid or os.getpid()
    tasks = Path(f"/proc/{own}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def state_of(pid: int) -> str:
    """One letter: R runs, S sleeps, T is stopped, Z is a zombie; empty for one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for a condition, with an end."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
