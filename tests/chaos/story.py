"""What a campaign is to be, and what it has seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.jobs import Job
from tests.chaos.agent import TOKEN, Agent
from tests.chaos.fleets import KEY
from tests.chaos.keys import Key
from tests.chaos.places import Chat, Said, Witness

Mark = tuple[int, int]
"""A message: the chat's number, and its own in the chat."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens. `strikes` are weights of the faults, `most` how often some of them strike at most, `pause` the mean
    time (s) between two of them, `rounds` caps their number; `broken` is the share of the agent's answers that go
    wrong. Of all `chats` the last ones are on chat platforms, the others on the page. `photos` is the share of the
    messages with a picture; `forgetful` chats use `/forget`. `settle` is how long (s) nothing may move at the end.
    `machines`: the workers and listeners are on two machines, and the store is on a third. `rest` is the longest
    time (s) between two messages of a person. `without` names a guard that is switched off everywhere (`guards`)."""

    seed: int
    chats: int = 8
    messages: int = 5
    strikes: dict[str, float] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    pause: float = 0.7
    rounds: int = 12
    broken: float = 0.25
    videos: float = 0.4
    photos: float = 0.0
    copies: int = 3
    forgetful: int = 1
    poison: int = 1
    settle: float = 60.0
    slowness: float = 1.0
    real: bool = True
    machines: bool = False
    web: int = 2
    work: int = 4
    listen: int = 0
    telegram: int = 0
    discord: int = 0
    lost_tokens: int = 0
    drain: float = 1.5
    lag: float = 0.0
    rest: float = 1.0
    without: str = ""


@dataclass(slots=True)
class Story:
    """What a campaign has seen; `verdicts` looks through it. Times are of the monotonic clock."""

    plan: Plan
    agent: Agent
    chats: Sequence[Chat]
    accepted: set[Mark] = field(default_factory=set)
    brought: int = 0  # messages, every copy counted
    unstarted: set[Mark] = field(default_factory=set)  # their people know that nothing was begun
    pictures: set[Mark] = field(default_factory=set)  # of these a photo is a part
    forgotten: dict[int, int] = field(default_factory=dict)  # chat → the first number that was written afterwards
    unanswered: list[str] = field(default_factory=list)  # what was asked in vain, again and again
    struck: Counter[str] = field(default_factory=Counter)
    deaths: list[float] = field(default_factory=list)  # of receiving processes
    stops: list[float] = field(default_factory=list)  # seconds from SIGTERM to the end
    recoveries: list[float] = field(default_factory=list)  # seconds from a worker's death until its chats went on
    changed: Sequence[str] = ()  # what befell ended jobs
    fallen: Sequence[str] = ()  # processes that ended by themselves
    said: dict[int, Sequence[Said]] = field(default_factory=dict)
    jobs: dict[Mark, Job | None] = field(default_factory=dict)
    keys: Sequence[Key] = ()
    logs: str = ""
    witnesses: Sequence[Witness] = ()
    quiet: bool = False

    @property
    def secrets(self) -> set[str]:
        """What nobody may read anywhere."""
        return {TOKEN, KEY, *self.agent.tokens, *(secret for one in self.witnesses for secret in one.secrets)}

    @property
    def addresses(self) -> Sequence[str]:
        """Where every call went, with the headers that have no right to a secret."""
        return [*self.agent.addresses, *(address for one in self.witnesses for address in one.addresses)]


def mark(chat: int, number: int) -> str:
    """How a message is known again at the backend and in the chat."""
    return f"#{chat}.{number}"
