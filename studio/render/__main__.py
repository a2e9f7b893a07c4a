"""The rendering process: takes an order on standard input, tells its news on standard output."""

from __future__ import annotations

import ctypes
import io
import os
import sys
import threading

from studio.render import render
from studio.render.faults import RenderError
from studio.render.wire import Done, Failed, News, Progressed, pack_news, unpack_order

NICENESS = 5
"""A chat is answered before a video is drawn."""

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # mallopt(3)


def main() -> int:
    """Render one order. Exit code 0: the last line tells how it ended."""
    orders = io.FileIO(0, closefd=False)  # without a buffer: a thread that waits in one would hinder the exit
    order = unpack_order(orders.readline())
    threading.Thread(target=_die_with_parent, args=(orders,), daemon=True).start()
    _be_modest()
    try:
        _tell(Done(render(order.plan, order.output, order.work, lambda share: _tell(Progressed(share)))))
    except RenderError as error:
        _tell(Failed.of(error))
    return 0


def _tell(news: News) -> None:
    sys.stdout.buffer.write(pack_news(news))
    sys.stdout.buffer.flush()


def _die_with_parent(orders: io.FileIO) -> None:
    while orders.read(1024):
        pass
    os._exit(1)  # nobody is left to hand the video to; the segments stay for the next try


def _be_modest() -> None:
    """Yield to others, and give memory back: by default the C library keeps what pictures leave behind, which was
    100 MB more at the peak (2 cores, five photos of 12 megapixels)."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.platform == "linux":
        library = ctypes.CDLL(None)
        if hasattr(library, "mallopt"):
            library.mallopt(_MMAP_THRESHOLD, 1 << 20)
            library.mallopt(_ARENA_MAX, 2)


if __name__ == "__main__":
    sys.exit(main())
