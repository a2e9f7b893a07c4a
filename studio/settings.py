"""Everything about the local backend that can be chosen, as one value."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.faults import Fault

WEEK = 7 * 24 * 3600.0
MEGABYTE = 1024 * 1024


class Dialect(StrEnum):
    """The two languages in which the agent's stream is known to speak."""

    AGENT = "agent"
    TYPED = "typed"


class Waiting(StrEnum):
    """What the stream says while nothing happens; `MIXED` takes turns."""

    COMMENT = "comment"
    EVENT = "event"
    EMPTY = "empty"
    TYPED = "typed"
    MIXED = "mixed"


class RenderShape(StrEnum):
    """The shapes of a reply about a render: bare, with `success`, and each of them inside `code` and `data`."""

    BARE = "bare"
    SUCCESS = "success"
    CODE_BARE = "code_bare"
    CODE_SUCCESS = "code_success"


@dataclass(frozen=True, slots=True)
class StudioSettings:
    """How the studio behaves. Times are in seconds, sizes in bytes.

    The defaults suit a demo: generous credits, short waits, everything else as strict as the contract.
    """

    folder: Path
    # accounts
    credits: int = 100_000
    generation_cost: int = 100
    edit_cost: int = 50
    token_seconds: float = WEEK  # a token's life, and the window in which a client id gets only one
    tokens_per_address: int = 10
    tokens: tuple[str, ...] = ()  # registered accounts' tokens, good for ever
    claim: bool = True  # not every deployment can make browser links
    statuses: bool = False  # errors with a code of their own: with the HTTP status that fits, instead of 200
    # the agent
    dialect: Dialect = Dialect.AGENT
    deltas: bool = True  # False: whole texts only
    crlf: bool = False
    thoughts: bool = True
    waiting: Waiting = Waiting.MIXED
    heartbeat_seconds: float = 5.0
    generation_seconds: float = 4.0
    edit_seconds: float = 1.2
    answer_seconds: float = 0.6
    delta_seconds: float = 0.04
    silent_edits: bool = True  # a change of volume or title ends without a word
    gui_talk: bool = True
    keeps_working: bool = True  # after the reader of a stream has left
    afterthought_seconds: float | None = None  # set: music and titles follow so long after a generation has ended
    turn_seconds: float = 900.0  # no stream lasts longer
    # files
    upload_bytes: int = 200 * MEGABYTE
    picture_pixels: int = 100_000_000
    fetch_seconds: float = 60.0
    fetch_beyond_loopback: bool = False
    # renders
    render_shape: RenderShape = RenderShape.BARE
    render_slots: int = 1
    render_seconds: float = 1800.0
    keep_seconds: float = WEEK  # what has not been touched for so long is removed
    # for tests
    faults: tuple[Fault, ...] = ()
    clock: Callable[[], float] = time.time
