"""A worker takes no more turns than it can hold connections for, and says so."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from bot import descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
print(descriptors.room_for_turns(2000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def room(soft: int, hard: int) -> tuple[int, int, str]:
    """Turns at once, the soft limit afterwards, and what was said, in a process with these limits."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(soft=soft, hard=hard)], capture_output=True, text=True, check=True
    )
    *said, last = done.stdout.splitlines()
    turns, limit = map(int, last.split())
    return turns, limit, "\n".join(said)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "turns", "limit"),
    [(1024, 4096, 2000, 4096), (1024, 1024, 524, 1024), (256, 600, 300, 600), (64, 64, 32, 64)],
)
def test_the_limit_is_raised_and_kept_to(soft: int, hard: int, turns: int, limit: int) -> None:
    told = room(soft, hard)
    assert told[:2] == (turns, limit)
    assert ("few_open_files" in told[2]) == (turns < 2000)
