"""The rendering process: takes an order on standard input, tells its news on standard output."""

from __future__ import annotations

import os
import sys
import threading
from typing import BinaryIO

from studio.render import render
from studio.render.faults import RenderError
from studio.render.wire import Done, Failed, News, Progressed, pack_news, unpack_order

NICENESS = 5
"""A chat answers before a video is drawn."""


def main() -> int:
    """Render one order. Exit code 0: the last line tells how it ended."""
    order = unpack_order(sys.stdin.buffer.readline())
    threading.Thread(target=_die_with_parent, args=(sys.stdin.buffer,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        _tell(Done(render(order.plan, order.output, order.work, lambda share: _tell(Progressed(share)))))
    except RenderError as error:
        _tell(Failed.of(error))
    return 0


def _tell(news: News) -> None:
    sys.stdout.buffer.write(pack_news(news))
    sys.stdout.buffer.flush()


def _die_with_parent(stdin: BinaryIO) -> None:
    stdin.read()
    os._exit(1)  # nobody is left to hand the video to; the segments stay for the next try


if __name__ == "__main__":
    sys.exit(main())
