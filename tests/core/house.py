"""The whole house on loopback: a real store, a real client, a real studio, real children; only the chat is made up."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from core.accounts import Accounts, AccountSettings
from core.control import Control
from core.intake import Intake
from core.jobs import Job, Phase
from core.media.pictures import Pictures, open_pictures
from core.media.storyboard import Storyboards, open_storyboards
from core.media.videos import Videos, open_videos
from core.messages import Attachment, Command, ConversationKey, InboundMessage, Kind, MessageRef, Press, Sender
from core.nemo.client import open_client
from core.nemo.patience import NemoSettings
from core.nemo.transport import Network
from core.records import Record
from core.skills import load
from core.store.accounts import StoredAccounts
from core.store.connection import Connection, StoreSettings, open_store
from core.store.durations import Durations
from core.store.keys import Keys
from core.store.mailbox import Mailbox, job_id_of
from core.store.records import Records
from core.store.secrets import Sealer
from core.turns import Turns
from core.worker import Worker, WorkerSettings
from core.workshop import Times, Workshop
from studio.render import Plan, RenderResult
from studio.serve import Studio
from tests.core.chat import ChatRoom, Shown
from tests.core.fuses import FragileMailbox, FragileRoom, Fuse
from tests.core.media.album import quadrants, saved
from tests.wire.studio import QuickRenderer, studio
from tests.wire.valkey import valkey

T = TypeVar("T")

TIMES = Times(
    album=0.12,
    single=0.12,
    announced=0.4,
    looks=(0.1, 0.1, 0.1),
    away=0.15,
    away_tries=3,
    render_poll=0.2,
    render_tempo=0.01,
    render_deadline=60.0,
    rate_limit_wait=0.1,
    term=1.0,
)
WEB = "https://web.example"


@cache
def photo(number: int = 0) -> bytes:
    """A small JPEG; each number gives another."""
    return saved(quadrants(160 + 2 * number), "JPEG")


class SlowRenderer(QuickRenderer):
    """Renders until it is cancelled or `finish` is set."""

    finish = asyncio.Event()
    begun = 0
    cancelled = 0
    share = 0.4  # of the work, when it stands still

    async def run(self, plan: Plan, output: Path, work: Path, on_progress: Callable[[float], None]) -> RenderResult:
        type(self).begun += 1
        on_progress(self.share)
        try:
            await type(self).finish.wait()
        except asyncio.CancelledError:
            type(self).cancelled += 1
            raise
        return await super().run(plan, output, work, on_progress)


@dataclass(frozen=True, slots=True)
class Premises:
    """What costs time to set up and is shared by many tests."""

    connection: Connection
    pictures: Pictures
    videos: Videos
    storyboards: Storyboards
    network: Network


@asynccontextmanager
async def premises(folder: Path) -> AsyncIterator[Premises]:
    """A store, and children that work on pictures and videos."""
    async with AsyncExitStack() as stack:
        server = stack.enter_context(valkey())
        yield Premises(
            await stack.enter_async_context(open_store(StoreSettings(server.url, folder))),
            await stack.enter_async_context(open_pictures()),
            await stack.enter_async_context(open_videos()),
            await stack.enter_async_context(open_storyboards(folder)),
            Network(),
        )


class Person:
    """Somebody in the chat. What they send has ids in order, as a platform gives them."""

    numbers = count(1)

    def __init__(
        self,
        house: House,
        name: str,
        key: ConversationKey,
        *,
        private: bool = True,
        roles: frozenset[str] = frozenset(),
        locale: str = "en",
    ) -> None:
        self.house = house
        self.key = key
        self.sender = Sender(name, name.title(), roles, locale)
        self.private = private

    def photos(self, number: int = 1, data: bytes = b"") -> tuple[Attachment, ...]:
        """Photos that can be sent; each has a handle of its own."""
        refs = [f"photo{next(self.numbers)}" for _ in range(number)]
        self.house.room.files |= {ref: data or photo(int(ref[5:]) % 100) for ref in refs}
        return tuple(Attachment(Kind.PHOTO, ref, f"{ref}.jpg", "image/jpeg") for ref in refs)

    async def sends(self, text: str = "", photos: int = 0, **more: Any) -> InboundMessage:
        """Say something, hand in photos, or both. Where both come at once, nothing more is to be waited for (`whole`),
        unless the test says otherwise."""
        more.setdefault("whole", bool(text and photos and "album" not in more))
        minutes = more.pop("minutes_ago", 0)
        message = InboundMessage(
            key=self.key,
            id=more.pop("id", "") or f"in{next(self.numbers)}",
            sender=self.sender,
            sent_at=datetime.now(UTC) - timedelta(minutes=minutes),
            private=self.private,
            text=text,
            attachments=more.pop("attachments", self.photos(photos)),
            **more,
        )
        await self.hands_in(message)
        return message

    async def hands_in(self, inbound: InboundMessage | Press) -> None:
        """Do it, as far as the front door is concerned."""
        await self.house.intake.receive(inbound)

    async def commands(self, name: str, text: str = "") -> InboundMessage:
        """Give a command."""
        return await self.sends(command=Command(name, text), addressed=True)

    async def presses(
        self,
        label: str,
        *,
        on: Shown | None = None,
        text: str = "",
        token: str = "",
        press_id: str = "",
        seconds: float = 30.0,
    ) -> str:
        """Press the newest button of that label; returns what the presser is told."""
        room, told = self.house.room, len(self.house.room.answers)
        found = [(one, choice) for one in room.messages for choice in one.choices if choice.label == label]
        chosen = [(one, choice) for one, choice in found if on is None or one is on]
        message, choice = chosen[-1]
        await self.hands_in(
            Press(
                key=self.key,
                id=press_id or f"press{next(self.numbers)}",
                sender=self.sender,
                sent_at=datetime.now(UTC),
                token=token or choice.token,
                message=_ref(message),
                text=text,
                private=self.private,
            )
        )
        await room.until(lambda: len(room.answers) > told, what="an answer to the press", seconds=seconds)
        return room.answers[-1]

    async def sees(self, text: str, *, seconds: float = 30.0) -> Shown:
        """Wait until a message with that in it stands in the chat."""
        room = self.house.room
        [message, *_] = await room.until(
            lambda: [one for one in room.messages if text in one.text], what=text, seconds=seconds
        )
        return message

    async def saw(self, text: str) -> str:
        """Wait until that stands, or has stood, in the chat."""
        room = self.house.room
        return await room.until(lambda: room.everything if text in room.everything else "", what=text)

    async def gets_video(self, number: int = 1) -> Shown:
        """Wait for the `number`-th video."""
        room = self.house.room
        await room.until(lambda: len(room.videos) >= number, what=f"video {number}")
        return room.videos[number - 1]

    async def job(self, message: InboundMessage) -> Job | None:
        """How far the message has come."""
        return await self.house.shop.mailbox.job(self.key, job_id_of(self.key, message.id))

    async def is_done_with(self, message: InboundMessage, phase: Phase | None = None) -> Job:
        """Wait until nothing more will be done about the message."""
        deadline = time.monotonic() + 60
        while (job := await self.job(message)) is None or not job.phase.ended:
            assert time.monotonic() < deadline, f"not done: {job}; in the chat: {self.house.room.texts}"
            await asyncio.sleep(0.02)
        assert phase is None or job.phase is phase, (job.phase, self.house.room.texts)
        return job


@dataclass(slots=True)
class House:
    """A house at work. `shop` belongs to the tests and to the front door; each worker has one of its own."""

    room: ChatRoom
    studio: Studio
    shop: Workshop
    intake: Intake
    workers: list[asyncio.Task[None]] = field(default_factory=list)
    settings: WorkerSettings = field(default_factory=lambda: WorkerSettings(lease=1.0, drain=0.5, block=0.05))
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    connection: Connection | None = None
    keys: Keys = field(default_factory=Keys)

    @property
    def wishes(self) -> Counter[str]:
        """What the agent was asked, and how often, without the line that names the photos."""
        return Counter(run.text.partition("\n[Photo")[0] for run in self.studio.ledger.runs)

    def person(self, name: str = "anna", chat: str = "1", thread: str = "", **more: Any) -> Person:
        """Somebody, in a chat."""
        return Person(self, name, ConversationKey("room", chat, thread), **more)

    async def record(self, person: Person) -> Record:
        """What is remembered of the person's conversation."""
        return await self.shop.records.load(person.key)

    def start(self, fuse: Fuse | None = None) -> asyncio.Task[None]:
        """Start a worker; with a fuse it can be killed at any point."""
        shop = self.shop
        if fuse is not None:
            assert self.connection is not None
            mailbox = FragileMailbox(self.connection, self.keys, fuse)
            shop = replace(shop, mailbox=mailbox, outbounds={"room": FragileRoom(self.room, fuse)})
        turns = Turns(shop, Control(shop).handle)
        worker = Worker(shop.mailbox, turns, self.settings, name=uuid4().hex, now=shop.now)
        task = asyncio.create_task(worker.run(self.stop))
        self.workers.append(task)
        return task

    async def kill(self, worker: asyncio.Task[None], fuse: Fuse) -> None:
        """End a worker without a farewell."""
        fuse.blown.set()
        worker.cancel()
        fuse.over.set()
        await asyncio.wait([worker])
        self.workers.remove(worker)

    async def outlives(self, worker: asyncio.Task[None], fuse: Fuse, end: Awaitable[T]) -> T:
        """Kill the worker where its fuse says, at the end at the latest; let another go on, and wait for that end."""
        ended, blown = asyncio.ensure_future(end), asyncio.create_task(fuse.blown.wait())
        await asyncio.wait({ended, blown}, return_when=asyncio.FIRST_COMPLETED)
        blown.cancel()
        await self.kill(worker, fuse)
        self.start()
        return await ended

    async def close(self) -> None:
        """End all workers."""
        self.stop.set()
        if self.workers:
            done, pending = await asyncio.wait(self.workers, timeout=5)
            assert not pending, "a worker does not stop"
            for task in done:
                task.result()


@asynccontextmanager
async def house(
    ground: Premises,
    folder: Path,
    *,
    times: Times = TIMES,
    token: str = "",
    shared: bool = True,
    nemo: dict[str, Any] | None = None,
    at_work: bool = True,
    backend: Studio | None = None,
    skills: Sequence[Path] = (),
    room: ChatRoom | None = None,
    now: Callable[[], float] = time.time,
    **studio_settings: Any,
) -> AsyncIterator[House]:
    """A house with one worker. `studio_settings` are fields of `StudioSettings`, `nemo` of `NemoSettings`; `skills` are
    further folders of skill files; `now` is the clock that it goes by, in seconds since the epoch."""
    async with AsyncExitStack() as stack:
        running = (
            backend
            if backend is not None
            else await stack.enter_async_context(studio(folder / "studio", **studio_settings))
        )
        client = await stack.enter_async_context(
            open_client(replace(NemoSettings(running.url, WEB, silence_seconds=20.0), **(nemo or {})), ground.network)
        )
        keys = Keys(f"test-{uuid4().hex}")
        room = room or ChatRoom()
        accounts = StoredAccounts(ground.connection, keys, Sealer(bytes(range(32))), "studio", lock_seconds=0.5)
        shop = Workshop(
            mailbox=Mailbox(ground.connection, keys),
            records=Records(ground.connection, keys),
            accounts=Accounts(
                client, accounts, AccountSettings("studio", token=token, look=0.01, rate_limit_wait=0.1, patience=5.0)
            ),
            nemo=client,
            outbounds={"room": room},
            pictures=ground.pictures,
            videos=ground.videos,
            storyboards=ground.storyboards,
            skills=load(skills),
            durations=Durations(ground.connection, keys, "studio"),
            folder=folder / "work",
            web_url=WEB,
            shared=shared,
            times=times,
            now=now,
        )
        home = House(room, running, shop, Intake(shop), connection=ground.connection, keys=keys)
        try:
            if at_work:
                home.start()
            yield home
        finally:
            await home.close()


def _ref(message: Shown) -> MessageRef:
    return MessageRef(message.to, message.id)
