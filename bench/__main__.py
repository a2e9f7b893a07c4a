"""All benchmarks, one after the other: `make bench`, or `python -m bench [name …]`."""

from __future__ import annotations

import subprocess
import sys
import time

NAMES = (
    "start",
    "turns",
    "waiting",
    "first_answer",
    "mailbox",
    "idle",
    "recovery",
    "growth",
    "soak",
    "updates",
    "interactions",
    "looks",
    "calls",
    "streams",
    "storyboard",
    "words",
    "render",
)


def main() -> int:
    """Run them, each in a process of its own. What misses its goal is marked, and no reason to stop."""
    broken = []
    for name in sys.argv[1:] or NAMES:
        print(f"\n--- bench.{name}", flush=True)
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)
        print(f"--- {time.monotonic() - began:.0f} s", flush=True)
        if done.returncode not in (0, 1):
            broken.append(name)
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
