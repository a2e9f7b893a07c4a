"""The mailbox: messages of one conversation in order, of all conversations at once, each by one worker at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import blake2b
from math import ceil
from random import sample
from time import monotonic
from typing import Any

from redis.exceptions import ResponseError

from core.errors import MailboxFull, StoreAway
from core.jobs import Erased, Job, Phase, Waiting
from core.messages import ConversationKey, Inbound, InboundMessage
from core.store import connection, scripts
from core.store.codec import SCHEMA, read, read_inbound, unpack, write, write_inbound
from core.store.connection import BLOCK, Connection
from core.store.keys import PARTITIONS, Keys, key_of, name_of, partition_of
from core.store.lease import Lease
from core.store.reading import Apart, Reader, Together

GROUP = "work"
GLANCE = 0.02  # seconds spent on some of the streams when there is no room for something out of each
DAY = 24 * 3600


class Lane(StrEnum):
    """What waits for its conversation's turn, and what does not. The values are the names of the streams."""

    WORK = "ready"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long things are kept, in seconds."""

    seen: int = 2 * DAY
    open_job: int = 30 * DAY
    ended_job: int = 7 * DAY


@dataclass(frozen=True, slots=True)
class Token:
    """A busy conversation, up for one worker. `entry` is its place in the stream `ready`."""

    name: str
    entry: str
    deliveries: int = 1


@dataclass(frozen=True, slots=True)
class Control:
    """Something of the control lane. `deliveries` counts how often it was handed out."""

    partition: int
    entry: str
    inbound: Inbound
    deliveries: int = 1


def job_id_of(key: ConversationKey, inbound_id: str) -> str:
    """A job's id: the same for every redelivery of a message; its first letter tells the partition."""
    name = name_of(key)
    digest = blake2b(f"{name}\0{inbound_id}".encode(), digest_size=10).hexdigest()
    return f"{partition_of(name):x}{digest}"


class Mailbox:
    """All mailboxes of an installation. Raises `StoreAway` when the server cannot do its part."""

    def __init__(
        self, connection: Connection, keys: Keys, *, lifetimes: Lifetimes | None = None, cap: int = 100
    ) -> None:
        self._connection = connection
        self._redis = connection.commands
        self._reader: Reader = (
            Apart(connection.blocking(), GROUP) if connection.clustered else Together(connection.reader, GROUP)
        )
        self._keys = keys
        self._streams = {lane: [keys.in_partition(one, lane.value) for one in range(PARTITIONS)] for lane in Lane}
        self._lifetimes = lifetimes or Lifetimes()
        self._cap = cap
        self._scripts = {
            name: self._redis.register_script(source) for name, source in vars(scripts).items() if name.isupper()
        }

    # --- the way in ---------------------------------------------------------------------------------------------------

    async def enqueue(self, message: InboundMessage, *, now: float) -> int | None:
        """Put a message into its conversation's mailbox. Returns how many stand in front of it; None for a repeat.
        Raises `MailboxFull`."""
        name, job = name_of(message.key), job_id_of(message.key, message.id)
        keys = [
            self._key(name, "seen", self._keys.hashed(job)),
            *self.keys_of(name, "job", "jobs", "box", "ready", "due", "owned", job=job),
        ]
        lives = self._lifetimes
        args = [job, name, write(message), now, lives.seen, self._cap, lives.open_job, SCHEMA]
        ahead = int(await self._run("ENQUEUE", keys, args))
        if ahead == -2:
            raise MailboxFull(name)
        return None if ahead < 0 else ahead

    async def post_control(self, inbound: Inbound) -> bool:
        """Put something into the control lane. False for a repeat."""
        name = name_of(inbound.key)
        seen = self._keys.hashed("c" + job_id_of(inbound.key, inbound.id))
        keys = [self._key(name, "seen", seen), self._key(name, "control")]
        return bool(await self._run("POST_CONTROL", keys, [write_inbound(inbound), self._lifetimes.seen]))

    async def edit(self, key: ConversationKey, message_id: str, text: str) -> bool:
        """Replace the text of a message that nobody was told of yet. False when it is too late."""
        job = job_id_of(key, message_id)
        return bool(await self._run("EDIT", [self._key(name_of(key), "job", job)], ["edited", text]))

    async def cancel(self, key: ConversationKey) -> Sequence[str]:
        """Ask everything that the conversation has waiting or running to stop. Returns the ids of those jobs."""
        name = name_of(key)
        keys = self.keys_of(name, "box", "jobs", "ready", "due")
        ids: list[bytes] = await self._run("CANCEL", keys, [name, self._key(name, "job") + ":"])
        if ids:
            await self.signal(name)
        return [one.decode() for one in ids]

    async def forget(self, key: ConversationKey, *, term: float, spared: Sequence[str] = ()) -> Erased:
        """Erase all that is kept of a conversation: jobs, record, buttons. A worker that is at it is sent away, and
        waited for as long as it may yet send (half the lease's `term`, in seconds). Handled ids stay as hashes, so that
        a redelivery has no effect. `spared` are tokens of buttons that stay. Repeating it is harmless."""
        name = name_of(key)
        keys = self.keys_of(name, "box", "jobs", "ready", "due", "record", "owned", "leaving")
        job, button = self._key(name, "job") + ":", self._key(name, "button", name) + ":"
        args = [name, job, button, ceil(term), *(f"b{token}" for token in spared)]
        ids, front, *fence = await self._run("FORGET", keys, args)
        if any(fence):
            await self.signal(name)
            await self._gone(keys[-1], term / 2)
        erased = [one.decode() for one in ids]
        return Erased(erased, _known(erased[0], name, _fields(front)) if erased else None)

    async def _gone(self, leaving: str, patience: float) -> None:
        until = monotonic() + patience
        while monotonic() < until:
            with translated():
                if not await self._redis.exists(leaving):
                    return
            await asyncio.sleep(GLANCE)

    async def running(self, key: ConversationKey) -> Job | None:
        """The job in front, as it is now; None for a conversation at rest, or where it cannot be read."""
        name = name_of(key)
        with translated():
            ids: Any = await self._redis.lrange(self._key(name, "jobs", name), 0, 0)
            if not ids:
                return None
            fields: Any = await self._redis.hgetall(self._key(name, "job", ids[0].decode()))
        return _known(ids[0].decode(), name, fields)

    async def job(self, key: ConversationKey, job_id: str) -> Job | None:
        """A job, running or ended; None once it is no longer kept, or where it cannot be read."""
        name = name_of(key)
        with translated():
            fields: Any = await self._redis.hgetall(self._key(name, "job", job_id))
        return _known(job_id, name, fields)

    # --- signals ------------------------------------------------------------------------------------------------------

    async def signal(self, name: str) -> None:
        """Tell whoever works on the conversation to look whether it is still wanted. A hint: nothing depends on it."""
        with translated():
            await self._redis.publish(self._channel, name)

    async def signals(self) -> AsyncGenerator[str, None]:
        """The conversations that somebody ought to look at, until closed."""
        with translated():
            async with (await self._connection.hearing(BLOCK)).pubsub() as listener:
                await listener.subscribe(self._channel)
                while True:
                    message = await listener.get_message(ignore_subscribe_messages=True, timeout=1.0)
                    if message is not None:
                        yield message["data"].decode()

    @property
    def _channel(self) -> str:
        return self._keys.in_partition(0, "signals")

    # --- the way out --------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Make the streams and their group, where they are not there yet."""
        for stream in (*self._streams[Lane.CONTROL], *self._streams[Lane.WORK]):
            try:
                with translated():
                    await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def take(self, consumer: str, lane: Lane, *, count: int, block: float) -> Sequence[Token | Control]:
        """Wait up to `block` seconds for work, at most `count` pieces of it."""
        streams = self._streams[lane]
        if count < len(streams):  # the server counts for each stream by itself: some of them now, others in a moment
            streams, block = sample(streams, count), min(block, GLANCE)
        with translated():
            found = await self._reader.read(consumer, streams, count=count // len(streams), block=block)
        return [
            item for stream, entry, fields in found if (item := await self._item(stream, entry, fields, 1)) is not None
        ]

    async def recover(self, consumer: str, lane: Lane, *, idle: float, count: int) -> Sequence[Token | Control]:
        """Take over what others have not renewed for `idle` seconds, at most `count` pieces."""
        found: list[Token | Control] = []
        streams, ms = self._streams[lane], int(idle * 1000)
        left = await asyncio.gather(*(self._left(stream, ms, count) for stream in streams))
        for stream, deliveries in zip(streams, left, strict=True):
            wanted: list[Any] = list(deliveries)[: count - len(found)]
            if not wanted:
                continue
            with translated():
                claimed: Any = await self._redis.xclaim(stream, GROUP, consumer, ms, wanted)
            for entry, fields in claimed:
                item = await self._item(stream, entry.decode(), fields, deliveries[entry] + 1)
                found += [item] if item is not None else []
        return found

    async def _left(self, stream: str, idle: int, count: int) -> Mapping[bytes, int]:
        """Entries of a stream that nobody has renewed for `idle` ms, with how often each was handed out."""
        with translated():
            rows: Any = await self._redis.xpending_range(stream, GROUP, "-", "+", count=count, idle=idle)
        return {row["message_id"]: int(row["times_delivered"]) for row in rows}

    async def begin(self, token: Token, *, owner: str) -> Lease | None:
        """Take the conversation's lease and the job in front; None where there is nothing to do any more."""
        name = token.name
        keys = self.keys_of(name, "box", "jobs", "ready")
        args = [token.entry, name, owner, self._key(name, "job") + ":", self._lifetimes.open_job]
        asked = monotonic()
        answer = await self._run("BEGIN", keys, args)
        if answer is None:
            return None
        fence, job, flat_hash = answer
        fields = _fields(flat_hash)
        try:
            return Lease(self, name, token.entry, int(fence), owner, job_of(job.decode(), name, fields), asked)
        except (KeyError, ValueError):
            if int(fields.get(b"v", b"0")) > SCHEMA:  # a newer worker's: it finds the job once our lease is over
                await self._run("EXCUSE", self.keys_of(name, "box", "job", job=job.decode()), [fence])
                return None
            # Poison: it can never be understood, so it must not stand in the way.
            keys = self.keys_of(name, "box", "job", "jobs", "ready", "owned", job=job.decode())
            args = [fence, token.entry, name, job, Phase.FAILED.value, self._lifetimes.ended_job]
            await self._run("FINISH", keys, args)
            return None

    async def wake(self, partition: int, *, now: float, most: int = 500) -> float | None:
        """Hand out the conversations whose time has come. Returns when the next one is due."""
        keys = [self._keys.in_partition(partition, "due"), self._keys.in_partition(partition, "ready")]
        box = self._keys.in_partition(partition, "box") + ":"
        _, due = await self._run("WAKE", keys, [int(now * 1000), most, box])
        return None if int(float(due)) < 0 else float(due) / 1000

    async def done_with(self, control: Control) -> None:
        """Strike off something of the control lane."""
        await self._strike(self._keys.in_partition(control.partition, "control"), control.entry)

    async def keep(self, control: Control, consumer: str) -> None:
        """Go on holding something of the control lane."""
        stream = self._keys.in_partition(control.partition, "control")
        with translated():
            await self._redis.xclaim(stream, GROUP, consumer, 0, [control.entry], justid=True)

    # --- for the lease ------------------------------------------------------------------------------------------------

    async def waiting(self, name: str) -> Sequence[Waiting]:
        """What stands behind the job in front, in order."""
        with translated():
            ids: Any = await self._redis.lrange(self._key(name, "jobs", name), 1, -1)
            if not ids:
                return ()
            async with self._redis.pipeline(transaction=False) as pipe:
                for one in ids:
                    pipe.hmget(self._key(name, "job", one.decode()), ["message", "at"])
                rows = await pipe.execute()
        return [
            Waiting(one.decode(), message, float(at))
            for one, (written, at) in zip(ids, rows, strict=True)
            if (message := _readable(written)) is not None
        ]

    def keys_of(self, name: str, *kinds: str, job: str = "") -> list[str]:
        """The conversation's keys of these kinds."""
        partition, named = partition_of(name), {"job": job, "ready": "", "due": "", "control": ""}
        return [self._keys.in_partition(partition, kind, named.get(kind, name)) for kind in kinds]

    async def run(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run one of `core.store.scripts`."""
        return await self._run(script, keys, args)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long things are kept."""
        return self._lifetimes

    @property
    def schema(self) -> int:
        """The number under which jobs are written down."""
        return SCHEMA

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _run(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        with translated():
            return await self._scripts[script](keys=list(keys), args=list(args))

    async def _strike(self, stream: str, entry: str) -> None:
        with translated():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.xack(stream, GROUP, entry)
                pipe.xdel(stream, entry)
                await pipe.execute()

    async def _item(
        self, stream: str, entry: str, fields: Mapping[bytes, bytes] | None, deliveries: int
    ) -> Token | Control | None:
        if fields is None:  # struck off between two commands
            return None
        if b"c" in fields:
            return Token(fields[b"c"].decode(), entry, deliveries)
        try:
            inbound = read_inbound(fields[b"i"])
        except (KeyError, ValueError):  # poison: it can never be understood, so it must not come again
            await self._strike(stream, entry)
            return None
        return Control(partition_of(name_of(inbound.key)), entry, inbound, deliveries)

    def _key(self, name: str, kind: str, of: str = "") -> str:
        return self._keys.in_partition(partition_of(name), kind, of)


def _fields(flat_hash: Sequence[bytes]) -> Mapping[bytes, bytes]:
    return dict(zip(flat_hash[::2], flat_hash[1::2], strict=True))


def _known(job_id: str, name: str, fields: Mapping[bytes, bytes]) -> Job | None:
    try:
        return job_of(job_id, name, fields) if fields else None
    except (KeyError, ValueError):
        return None


def _readable(written: bytes | None) -> InboundMessage | None:
    """None for poison: it costs itself, when its turn comes, and nobody else."""
    try:
        message: InboundMessage | None = None if written is None else read(InboundMessage, written)
    except ValueError:
        return None
    return message


@contextmanager
def translated() -> Iterator[None]:
    """The store's errors as `StoreAway`. A server that lost its streams (emptied, restored) is away as well, until
    `Mailbox.open` has made them anew."""
    try:
        with connection.translated():
            yield
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        raise StoreAway("the streams are gone") from error


def job_of(job_id: str, name: str, fields: Mapping[bytes, bytes]) -> Job:
    """A job out of its hash."""
    text = {field.decode(): unpack(value).decode() for field, value in fields.items()}
    message = read(InboundMessage, text["message"])
    if "edited" in text:
        message = replace(message, text=text["edited"])
    return Job(
        id=job_id,
        key=key_of(name),
        message=message,
        phase=Phase(text["phase"]),
        accepted_at=float(text["at"]),
        attempts=int(text.get("attempts", "0")),
        cancelled=text.get("cancel") == "1",
        notes={field[5:]: value for field, value in text.items() if field.startswith("note:")},
        parts=tuple(read(InboundMessage, text[field]) for field in sorted(text) if field.startswith("part:")),
    )
