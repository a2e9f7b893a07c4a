"""The product with an eye on its event loop: `python -m bench.watched FILE work` writes to the file how late it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from bench.lag import Lag, lags_for


def main() -> None:
    """Run it."""
    from bot import cli

    path, run = Path(sys.argv.pop(1)), asyncio.Runner.run

    def watched(runner: asyncio.Runner, work: Coroutine[Any, Any, Any], **more: Any) -> Any:
        return run(runner, _beside(work, path), **more)

    asyncio.Runner.run = watched  # type: ignore[method-assign, assignment]
    cli.main()


async def _beside(work: Coroutine[Any, Any, Any], path: Path) -> Any:
    noting = asyncio.create_task(_note(path))
    try:
        return await work
    finally:
        noting.cancel()


async def _note(path: Path) -> None:
    with path.open("a", encoding="ascii", buffering=1) as file:
        while True:
            file.writelines(f"{lag.wall} {lag.own}\n" for lag in await lags_for(1.0))


def read(path: Path) -> list[Lag]:
    """What has been written so far."""
    return [Lag(*map(float, line.split())) for line in path.read_text("ascii").splitlines()]


if __name__ == "__main__":
    main()
