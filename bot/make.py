"""`photoreel make`: the main job from a shell, through the same core as every chat."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path

from adapters.console.screen import Screen
from adapters.console.sender import ConsoleSender
from adapters.console.translate import message_of
from bot import wiring
from bot.processes import stop_signals
from bot.settings import Settings
from core import errors
from core.jobs import Job, Phase
from core.messages import InboundMessage
from core.records import Preferences
from core.skills import Skill, Skills
from core.store.mailbox import job_id_of
from core.workshop import DEFAULT_SKILL, Workshop

FILES = 60
PROMPT_CHARS = 20_000
LOOK = 0.1  # seconds between looks at the job's phase
STORE_SECONDS = 10.0  # that the store may be away
CANCEL_SECONDS = 5.0  # for the backend to be told, once Ctrl-C was pressed


class Exit(IntEnum):
    """What a script is told."""

    DONE = 0
    USAGE = 2
    BACKEND = 3
    FILE = 4
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Order:
    """What was typed. `skill` and `prompt` may be empty: then the default skill and its first suggestion count."""

    files: Sequence[Path]
    prompt: str
    output: Path
    skill: str = ""
    facts: bool = False


class BadOrder(Exception):
    """What was typed makes no sense. The text says what, and what would."""


def check(order: Order) -> None:
    """Raise `BadOrder` for what can be known before anything is started."""
    for file in order.files:
        if not file.is_file():
            raise BadOrder(f"{file}: there is no such file" if not file.exists() else f"{file}: this is not a file")
    if len(order.files) > FILES:
        raise BadOrder(f"{len(order.files)} files are too many: a video is made of at most {FILES}")
    if order.output.suffix.lower() != ".mp4":
        raise BadOrder(f"{order.output}: the video is an MP4, so its name ends in .mp4")
    if not order.output.absolute().parent.is_dir():
        raise BadOrder(f"{order.output.absolute().parent}: there is no such folder")
    if order.output.is_dir():
        raise BadOrder(f"{order.output}: this is a folder")
    _check_writable(order.output)
    if len(order.prompt) > PROMPT_CHARS:
        raise BadOrder(f"the sentence is longer than {PROMPT_CHARS} characters")


def _check_writable(output: Path) -> None:
    """Whether the video can be put there is better known before it is paid for."""
    try:
        with tempfile.NamedTemporaryFile(dir=output.absolute().parent, prefix=f".{output.name[:100]}."):
            pass
    except OSError as error:
        raise BadOrder(f"{output}: nothing can be written there ({error.strerror})") from error


async def make(settings: Settings, order: Order) -> Exit:
    """Carry the order out, and say how it ended. Raises `BadOrder`."""
    check(order)
    skill = _skill(wiring.skills_of(settings), order.skill)
    stop = asyncio.Event()
    with stop_signals(stop), Screen(sys.stderr) as screen:
        sender = ConsoleSender(screen, order.output)
        async with AsyncExitStack() as stack:
            ground = await stack.enter_async_context(wiring.open_ground(settings))
            await ground.leftovers.sweep()
            scope = f"make-{uuid.uuid4().hex}"
            api_url = await stack.enter_async_context(wiring.open_own_backend(settings, scope))
            outbounds = {"console": sender}
            shop = await stack.enter_async_context(
                wiring.open_workshop(ground, api_url, outbounds, scope=scope, shared=False)
            )
            message = message_of(order.files, order.prompt or next(iter(skill.suggestions), skill.title))
            await shop.records.prefer(message.key, Preferences(skill=skill.name))
            job = await _carry_out(ground, shop, message, stop)
    return _tell(order, sender, job, interrupted=stop.is_set())


def _skill(skills: Skills, name: str) -> Skill:
    known = skills.get(name or DEFAULT_SKILL)
    if known is None:
        raise BadOrder(f"there is no skill {name!r}; there are: " + ", ".join(one.name for one in skills.all))
    return known


async def _carry_out(ground: wiring.Ground, shop: Workshop, message: InboundMessage, stop: asyncio.Event) -> Job | None:
    await wiring.intake_of(shop).receive(message)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(wiring.worker_of(shop, ground.settings).run(over))
        watching = group.create_task(_watch_store(ground, over))
        job = await _until_ended(shop, message, stop, watching.done)
        over.set()
    return job


async def _watch_store(ground: wiring.Ground, over: asyncio.Event) -> None:
    """Raise `StoreAway` when the store has failed for so long that waiting makes no sense to somebody at a shell."""
    loop = asyncio.get_running_loop()
    well = loop.time()
    while not over.is_set():
        try:
            await ground.connection.probe()
            well = loop.time()
        except errors.StoreAway:
            if loop.time() - well > STORE_SECONDS:
                raise
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await over.wait()


async def _until_ended(
    shop: Workshop, message: InboundMessage, stop: asyncio.Event, given_up: Callable[[], bool]
) -> Job | None:
    """The job once it has ended; soon after Ctrl-C in any case."""
    job_id = job_id_of(message.key, message.id)
    asked = False
    loop = asyncio.get_running_loop()
    until = float("inf")
    while loop.time() < until and not given_up():
        job = await shop.mailbox.job(message.key, job_id)
        if job is None or job.phase.ended:
            return job
        if stop.is_set() and not asked:
            asked, until = True, loop.time() + CANCEL_SECONDS
            await shop.mailbox.cancel(message.key)
        await asyncio.sleep(LOOK)
    return None


def _tell(order: Order, sender: ConsoleSender, job: Job | None, *, interrupted: bool) -> Exit:
    if sender.sent is not None and job is not None and job.phase is Phase.DONE:
        clip = sender.sent
        facts = {"output": str(order.output), "render": job.notes.get("render", ""), **_facts(clip)}
        line = f"{order.output} · {clip.seconds:.1f} s · {clip.width}×{clip.height} · {clip.size / 1e6:.1f} MB"
        print(json.dumps(facts, ensure_ascii=False) if order.facts else line)  # noqa: T201  # the result, for scripts
        return Exit.DONE
    code = Exit.INTERRUPTED if interrupted else _code_of(job)
    if order.facts:
        print(json.dumps({"output": None, "error": _error_of(job), "code": int(code)}))  # noqa: T201  # for scripts
    return code


def _facts(clip: object) -> dict[str, object]:
    facts = asdict(clip)  # type: ignore[call-overload]
    return {name: facts[name] for name in ("width", "height", "seconds", "size")}


def _error_of(job: Job | None) -> str:
    """The name of the error; "NoVideo" where the turn ended well, but with nothing to show for it."""
    if job is None or job.phase is Phase.UNKNOWN:
        return "Unknown"
    return job.notes.get("error", "NoVideo" if job.phase is Phase.DONE else job.phase.value.capitalize())


def _code_of(job: Job | None) -> Exit:
    """A refused file is the person's to mend, everything else the backend's."""
    kind = getattr(errors, _error_of(job), Exception)
    files = (errors.FileError, errors.UnsupportedFile, errors.FileTooLarge, errors.AttachmentGone)
    return Exit.FILE if issubclass(kind, files) else Exit.BACKEND
