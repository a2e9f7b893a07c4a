"""What conversations at rest cost: memory in the store, and a worker's CPU: `python -m bench.idle`.

Each has had one turn with five photos, a video and its buttons. What of it is gone after two days, after eight, and
after a month, is taken away as its lifetime would, and the rest is measured again.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex, token_urlsafe
from time import process_time

from bench.figures import Figure, machine, options, report
from bench.product import run
from core.jobs import Ended, Phase
from core.messages import Attachment, ConversationKey, InboundMessage, Kind, Sender
from core.records import Act, Button, Project, StoredFile, Video
from core.store.connection import Connection, StoreSettings, open_store
from core.store.lease import Lease
from core.store.mailbox import Lane, Mailbox, Token
from core.store.records import Records, written
from core.worker import Worker, WorkerSettings

GOAL = 1500.0  # bytes
CORE = 1.0  # per cent, as good as nothing
AGES = (("after the turn", ()), ("after 2 days", ("seen",)), ("after 8 days", ("seen", "job")))
MONTH = ("after a month", ("seen", "job", "button", "owned", "box"))
WATCHED = 5.0  # seconds


def main() -> int:
    """Measure and print."""
    parser = options("idle", __doc__)
    parser.add_argument("--chats", type=int, default=100_000)
    chosen = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        figures = run(measure(Path(folder), chosen.chats))
    return report(figures, check=chosen.check)


async def measure(folder: Path, chats: int) -> list[Figure]:
    """All figures."""
    async with open_store(StoreSettings(None, folder)) as store:
        empty = await used(store)
        for first in range(0, chats, 500):
            await asyncio.gather(*(lived(store, number) for number in range(first, min(first + 500, chats))))
            await finish_all(store)
        figures = []
        for age, gone in (*AGES, MONTH):
            await take_away(store, gone)
            figures.append(Figure(f"memory of a chat {age}", (await used(store) - empty) / chats, "bytes"))
        share = await watching(store)
    last = figures.pop()
    goal = Figure(f"{last.what}, of {chats} chats", last.value, last.unit, GOAL)
    return [*figures, goal, Figure(f"CPU of a worker with {chats} chats at rest", 100 * share, "% of a core", CORE)]


async def used(store: Connection) -> int:
    """Bytes of data in the server."""
    return (await store.durability()).used_bytes


async def lived(store: Connection, number: int) -> None:
    """A chat that has had a turn; it is finished by `finish_all`."""
    key = ConversationKey("bench", str(4_000_000_000 + number))
    handles = [f"AgACAgIAAxkBAAI{token_urlsafe(45)}" for _ in range(5)]
    photos = tuple(Attachment(Kind.PHOTO, handle, size=300_000) for handle in handles)
    now = datetime.now(UTC)
    message = InboundMessage(
        key, str(number), Sender("anna"), now, text="make a video of these", attachments=photos, whole=True
    )
    await Mailbox(store, store.keys).enqueue(message, now=now.timestamp())
    row = [Button(Act.SAY, label, "make it vertical", "", "anna", 1) for label in ("Change…", "9:16", "1:1", "Music")]
    await Records(store, store.keys).keep_buttons(key, "video", [*row, *row])


async def finish_all(store: Connection) -> None:
    """Every job that waits is begun, noted and ended as a turn would."""
    mailbox = Mailbox(store, store.keys)
    await mailbox.open()
    while taken := await mailbox.take("bench", Lane.WORK, count=1600, block=0.01):
        tokens = [one for one in taken if isinstance(one, Token)]
        leases = await asyncio.gather(*(mailbox.begin(token, owner="bench") for token in tokens))
        await asyncio.gather(*(noted(lease) for lease in leases if lease is not None))


async def noted(lease: Lease) -> None:
    """What a turn leaves behind."""
    photos = lease.job.message.attachments
    session = token_hex(16)
    files = tuple(StoredFile(one, session, f"photo{n}.jpg", "image") for n, one in enumerate(photos))
    record = written(
        project=Project(session, token_hex(16), "anonymous@bench", "image-video", 1.7e9, "anon_1"),
        files=files,
        video=Video(f"render_{token_hex(12)}", "1234", token_hex(16), 1920, 1080, 15.0, 9_000_000, token_urlsafe(54)),
        revision=1,
        tips=("image-video",),
    )
    before = '{"draft": ' + '{"clip": "photo", "d": 3000}, ' * 20 + "}"
    notes = {
        "status": "m0",
        "before": before,
        "answer": "Your video is ready. " * 4,
        "render": "render_0123456789abcdef",
    }
    await lease.save(phase=Phase.SENT, notes=notes, record=record)
    await lease.finish(Phase.DONE)


async def take_away(store: Connection, kinds: tuple[str, ...]) -> None:
    """What is gone by then."""
    async for batch in batches(store):
        gone = [key for key in batch if key.split(b":")[2].decode() in kinds]
        if gone:
            async with store.commands.pipeline(transaction=False) as pipe:
                for key in gone:
                    pipe.delete(key)
                await pipe.execute()


async def batches(store: Connection) -> AsyncIterator[list[bytes]]:
    """All keys, some at a time."""
    batch: list[bytes] = []
    async for key in store.commands.scan_iter(match=f"{store.keys.prefix}:*", count=2000):
        batch.append(key)
        if len(batch) == 2000:
            yield batch
            batch = []
    yield batch


class Nothing:
    """A handler that has nothing to do."""

    async def handle(self, lease: Lease) -> Ended:
        """Never needed."""
        return Ended(Phase.DONE)

    give_up = handle

    async def control(self, inbound: object) -> None:
        """Never needed."""

    apologise = control


async def watching(store: Connection) -> float:
    """The share of a core that a worker needs while nothing happens."""
    stop = asyncio.Event()
    worker = Worker(Mailbox(store, store.keys), Nothing(), WorkerSettings(), name="bench")
    working = asyncio.create_task(worker.run(stop))
    await asyncio.sleep(1)
    began = process_time()
    await asyncio.sleep(WATCHED)
    share = (process_time() - began) / WATCHED
    stop.set()
    await working
    return share


if __name__ == "__main__":
    sys.exit(main())
