"""Controls: each switches one named guard of the product off, in this process, and says what a campaign must then find.

A campaign that finds nothing with a guard switched off would find nothing if the guard were not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from adapters.discord.active import Active, Seen
from core import uploads
from core.desk import Desk
from core.errors import StoreAway
from core.jobs import Erased, Parked, Phase
from core.messages import ConversationKey, InboundMessage
from core.nemo import transport
from core.nemo.patience import NemoSettings
from core.posting import Posting
from core.store import scripts
from core.store.accounts import StoredAccounts
from core.store.feed import StoreFeed
from core.store.lease import Lease
from core.store.mailbox import Control, Lane, Mailbox, Token
from core.store.pace import StorePace
from core.store.secrets import Sealer
from core.turns import turn
from core.worker import Worker
from tests.chaos.story import Plan

Patch = Callable[[pytest.MonkeyPatch], None]

SMALL = partial(
    Plan, real=False, chats=4, messages=3, web=1, work=2, broken=0.0, copies=1, poison=0, forgetful=0, settle=6.0
)


@dataclass(frozen=True, slots=True)
class Guard:
    """`off` switches it off. `finds` are the invariants of which at least one must be seen violated under `plan`."""

    off: Patch
    finds: Sequence[str]
    plan: Plan = field(default_factory=lambda: SMALL(seed=1))


def _unrecorded(patch: pytest.MonkeyPatch) -> None:
    """A message is confirmed first and recorded a moment later."""
    enqueue = Mailbox.enqueue

    async def later(self: Mailbox, message: InboundMessage, *, now: float) -> int:
        async def record() -> None:
            await asyncio.sleep(4.0)
            with suppress(StoreAway):
                await enqueue(self, message, now=now)

        TASKS.add(task := asyncio.create_task(record()))
        task.add_done_callback(TASKS.discard)
        return 0

    patch.setattr(Mailbox, "enqueue", later)


TASKS: set[asyncio.Task[None]] = set()


def _unrecovered(patch: pytest.MonkeyPatch) -> None:
    """What a dead worker held is taken over by nobody."""

    async def nothing(
        self: Mailbox, consumer: str, lane: Lane, *, idle: float, count: int
    ) -> Sequence[Token | Control]:
        return ()

    patch.setattr(Mailbox, "recover", nothing)


def _unnoted(patch: pytest.MonkeyPatch) -> None:
    """The message goes to the agent without a record that it does."""
    save = Lease.save

    async def forgetful(
        self: Lease, *, phase: Phase | None = None, notes: Mapping[str, str] | None = None, record: Any = None
    ) -> None:
        await save(self, phase=None if phase is Phase.SENT else phase, notes=notes, record=record)

    patch.setattr(Lease, "save", forgetful)


def _endless(patch: pytest.MonkeyPatch) -> None:
    """A lost answer is looked for again and again."""

    async def look(desk: Desk) -> Parked:
        return Parked(desk.shop.now() + 0.3)

    patch.setattr(turn, "STEPS", {**turn.STEPS, Phase.SENT: look})


def _unlocked(patch: pytest.MonkeyPatch) -> None:
    """Every worker fetches a token when it has none."""

    async def lock(self: StoredAccounts) -> bool:
        return True

    patch.setattr(StoredAccounts, "lock", lock)


def _keyless(patch: pytest.MonkeyPatch) -> None:
    """Every send is a new one."""
    patch.setattr(Posting, "key", lambda _self, kind: f"{uuid4().hex}:{kind}")


def _script(name: str, old: str, new: str) -> Patch:
    def off(patch: pytest.MonkeyPatch) -> None:
        source = getattr(scripts, name)
        assert old in source, name
        patch.setattr(scripts, name, source.replace(old, new))

    return off


def _undeduped(patch: pytest.MonkeyPatch) -> None:
    """Each copy of a message counts."""
    _script("ENQUEUE", "if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end", "")(patch)
    _script("ENQUEUE", "'NX', ", "")(patch)


def _unfenced(patch: pytest.MonkeyPatch) -> None:
    """Whoever had the conversation once may go on."""
    owned = scripts.OWNED
    for name, source in list(vars(scripts).items()):
        if name.isupper() and isinstance(source, str) and owned in source:
            patch.setattr(scripts, name, source.replace(owned, ""))
    _script("RENEW", "'JUSTID') == 0 then return 0 end", "'JUSTID') == 0 then return 1 end")(patch)

    async def check(self: Lease, term: float) -> None:
        pass

    patch.setattr(Lease, "check", check)


def _unsealed(patch: pytest.MonkeyPatch) -> None:
    """Secrets are stored as they are."""

    def seal(self: Sealer, plain: bytes | str, owner: str) -> bytes:
        return plain.encode() if isinstance(plain, str) else plain

    patch.setattr(Sealer, "seal", seal)
    patch.setattr(Sealer, "open", lambda _self, sealed, _owner: sealed)


def _undrained(patch: pytest.MonkeyPatch) -> None:
    """A stop drops what runs."""

    async def drain(self: Worker) -> None:
        self._stopping = True
        self._drop_all()

    patch.setattr(Worker, "_drain", drain)


def _unending(patch: pytest.MonkeyPatch) -> None:
    """A stop waits for as long as anything runs."""
    drain = Worker._drain

    async def patiently(self: Worker) -> None:
        while tasks := self._running():
            await asyncio.wait(tasks)
        await drain(self)

    patch.setattr(Worker, "_drain", patiently)


def _storeless(patch: pytest.MonkeyPatch) -> None:
    """A store that is away is passed over."""
    enqueue, put, swap = Mailbox.enqueue, StoreFeed.put, StoreFeed.swap

    async def careless(self: Mailbox, message: InboundMessage, *, now: float) -> int | None:
        try:
            return await enqueue(self, message, now=now)
        except StoreAway:
            return 0

    async def put_if_possible(self: StoreFeed, chat: str, item: str, body: bytes) -> None:
        with suppress(StoreAway):
            await put(self, chat, item, body)

    async def swap_if_possible(self: StoreFeed, chat: str, item: str, old: bytes | None, new: bytes) -> bytes | None:
        try:
            return await swap(self, chat, item, old, new)
        except StoreAway:
            return None

    patch.setattr(Mailbox, "enqueue", careless)
    patch.setattr(StoreFeed, "put", put_if_possible)
    patch.setattr(StoreFeed, "swap", swap_if_possible)


def _poisonous(patch: pytest.MonkeyPatch) -> None:
    """A job that cannot be read stays where it is."""
    run = Mailbox._run

    async def without(self: Mailbox, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        if script == "FINISH" and Phase.FAILED.value in args:
            return 1
        return await run(self, script, keys, args)

    patch.setattr(Mailbox, "_run", without)


def _heedless(patch: pytest.MonkeyPatch) -> None:
    """An order to wait is nobody's concern but that of who got it."""

    async def hold(self: StorePace, budget: str, seconds: float) -> None:
        pass

    patch.setattr(StorePace, "hold", hold)


def _indiscreet(patch: pytest.MonkeyPatch) -> None:
    """The token goes with the address, where every proxy writes it down."""
    request_of = transport.request_of

    def told(call: transport.Call, settings: NemoSettings) -> dict[str, Any]:
        request = request_of(call, settings)
        return request | {"url": request["url"].update_query({"token": call.token} if call.token else {})}

    patch.setattr(transport, "request_of", told)


def _forgetful(patch: pytest.MonkeyPatch) -> None:
    """That a file is in the project is written down nowhere."""
    patch.setattr(uploads, "_there", lambda *_: False)


def _deaf(patch: pytest.MonkeyPatch) -> None:
    """What was said while nobody listened is not read back."""

    async def nothing(self: Active, shard: int) -> list[Seen]:
        return []

    patch.setattr(Active, "load", nothing)


def _remembering(patch: pytest.MonkeyPatch) -> None:
    """`/forget` asks what runs to stop, and clears the project."""

    async def forget(self: Mailbox, key: ConversationKey, *, term: float, spared: Sequence[str] = ()) -> Erased:
        return Erased(await self.cancel(key), None)

    patch.setattr(Mailbox, "forget", forget)


KILLS = {"kill work": 1.0}

GUARDS = {
    "the record comes before the confirmation": Guard(
        _unrecorded, ["I1"], SMALL(seed=1, messages=6, strikes={"kill web": 1.0}, rounds=3, pause=1.5, settle=12.0)
    ),
    "work of the dead is taken over": Guard(_unrecovered, ["I1", "I4"], SMALL(seed=2, strikes=KILLS, rounds=4)),
    "the phase sent is stored first": Guard(
        _unnoted, ["I2"], SMALL(seed=3, messages=1, strikes=KILLS, rounds=3, pause=1.0, slowness=8.0)
    ),
    "looks at the state come to an end": Guard(_endless, ["I4"], SMALL(seed=4, broken=1.0, chats=2)),
    "one process at a time asks for a token": Guard(_unlocked, ["I3"], SMALL(seed=5, work=4)),
    "a delivery key names each send": Guard(_keyless, ["I1", "I5"], SMALL(seed=6, videos=1.0)),
    "a mailbox is a queue": Guard(
        _script("ENQUEUE", "'RPUSH'", "'LPUSH'"), ["I4", "I6"], SMALL(seed=7, messages=5, slowness=3.0)
    ),
    "a message is taken once": Guard(_undeduped, ["I2", "I4", "I7"], SMALL(seed=8, copies=5)),
    "what a worker writes is fenced": Guard(
        _unfenced, ["I8"], SMALL(seed=9, strikes={"freeze work": 1.0}, rounds=4, slowness=8.0)
    ),
    "secrets are sealed": Guard(_unsealed, ["I10"], SMALL(seed=10, chats=1, messages=1)),
    "a stop lets open streams end": Guard(
        _undrained,
        ["I12"],
        SMALL(seed=11, chats=8, strikes={"term work": 1.0}, rounds=8, pause=0.6, slowness=4.0, drain=6.0, settle=12.0),
    ),
    "nothing starts without its record": Guard(
        _storeless, ["I1"], SMALL(seed=12, messages=6, strikes={"readonly store": 1.0}, rounds=4, settle=12.0)
    ),
    "poison is struck off": Guard(_poisonous, ["I14"], SMALL(seed=13, poison=1, chats=2, messages=2)),
    "an ordered pause holds for everybody": Guard(
        _heedless,
        ["I9"],
        SMALL(seed=15, chats=3, telegram=3, listen=1, strikes={"pause platform": 1.0}, rounds=8, settle=12.0),
    ),
    "a credential goes in a header": Guard(_indiscreet, ["I11"], SMALL(seed=16, chats=1, messages=1)),
    "what was uploaded is noted": Guard(_forgetful, ["I7"], SMALL(seed=17, chats=2, photos=1.0)),
    "what was said to nobody is read back": Guard(
        _deaf,
        ["I1"],
        SMALL(seed=18, discord=4, listen=2, messages=8, strikes={"kill listen": 1.0}, rounds=3, settle=10.0),
    ),
    "forgetting reaches jobs and workers": Guard(_remembering, ["I15"], SMALL(seed=14, forgetful=2, chats=2)),
}
"""By what the guard holds. The plans are small and strike where the guard stands."""


LATE = {
    "the dead are missed soon": Guard(_unrecovered, ["recovery"]),
    "a stop comes to an end": Guard(_unending, ["I12"]),
}
"""What guards a promise in seconds: looked for where seconds count, in real processes."""


def switch_off(name: str) -> None:
    """Switch a guard off in this process, for good."""
    {**GUARDS, **LATE}[name].off(pytest.MonkeyPatch())
