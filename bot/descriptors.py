"""How many files and connections this process may have open: each turn that waits on the agent holds one."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Final

import structlog

log = structlog.get_logger(__name__)

WANTED: Final = 8192
OTHERS: Final = 500  # the store's, the backend's, the visitors' and everything else's connections, and files


def room_for_turns(most: int) -> int:
    """How many turns this process can have in hand at once, at most that many. Raises the soft limit of open files as
    far as the system lets it; says so where that is not enough."""
    limit = raise_limit()
    if limit >= most + OTHERS:
        return most
    room = max(1, limit - OTHERS, limit // 2)
    log.warning("few_open_files", limit=limit, turns_at_once=room, fix=f"ulimit -n {most + OTHERS}, or LimitNOFILE=")
    return room


def raise_limit() -> int:
    """Allow this process as many open files as it wants and the system lets it have; returns how many that are."""
    if sys.platform == "win32":  # there is no such limit on sockets
        return WANTED
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return WANTED if soft == resource.RLIM_INFINITY else soft
    with suppress(ValueError, OSError):  # macOS tells no limit and has one
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
