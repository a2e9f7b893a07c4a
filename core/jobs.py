"""The values of work in hand: a job, the phases it goes through, and how a piece of work can end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.messages import ConversationKey, InboundMessage


class Phase(StrEnum):
    """How far a job has come. Each phase is stored before the step that it names."""

    ACCEPTED = "accepted"
    UPLOADING = "uploading"
    SENT = "sent"
    ANSWERED = "answered"
    RENDERING = "rendering"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        """Whether nothing more will be done about the job."""
        return self in ENDED


ENDED = frozenset({Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Job:
    """A message in a conversation's mailbox, with what has been noted about it so far.

    `notes` are checkpoints by name, `parts` the later messages that were gathered into this one, in order of arrival.
    `attempts` counts how often work on it began without coming to a clean stop. Times are seconds since the epoch.
    """

    id: str
    key: ConversationKey
    message: InboundMessage
    phase: Phase
    accepted_at: float
    attempts: int = 0
    cancelled: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[InboundMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that stands behind the one in hand."""

    id: str
    message: InboundMessage
    accepted_at: float


@dataclass(frozen=True, slots=True)
class Follower:
    """A job that the one in hand leaves behind: it comes next, before what waits. `notes` are what it knows from the
    beginning."""

    message: InboundMessage
    phase: Phase = Phase.ACCEPTED
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was not over when everything about its conversation was erased: the ids of the jobs, and the one in front as
    it was at last; None where there was none, or where it cannot be read."""

    ids: Sequence[str]
    front: Job | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over, this way."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Parked:
    """Nothing to do before `until` (seconds since the epoch); with `stirs` the next message of the conversation wakes
    it earlier, `seen` being the number of waiting messages when that was decided."""

    until: float
    stirs: bool = False
    seen: int = 0


Verdict = Ended | Parked
