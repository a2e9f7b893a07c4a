"""`photoreel make`: the main job from a shell, through the same core as every chat."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack

from adapters.console.screen import Screen
from adapters.console.sender import ConsoleSender
from adapters.console.translate import message_of
from bot import wiring
from bot.backends import open_own_backend
from bot.order import BadOrder, Exit, Order
from bot.processes import stop_signals
from bot.settings import Settings
from core import errors
from core.jobs import Job, Phase
from core.messages import InboundMessage, LocalClip
from core.records import Preferences
from core.skills import Skill, Skills
from core.store.mailbox import job_id_of
from core.workshop import DEFAULT_SKILL, Workshop

LOOK = 0.1  # seconds between looks at the job's phase
STORE_SECONDS = 10.0  # that the store may be away
CANCEL_SECONDS = 5.0  # for the backend to be told, once Ctrl-C was pressed


async def make(settings: Settings, order: Order) -> Exit:
    """Carry out an order that was checked, and say how it ended. Raises `BadOrder`."""
    skill = _skill(wiring.skills_of(settings), order.skill)
    stop = asyncio.Event()
    with stop_signals(stop), Screen(sys.stderr) as screen:
        sender = ConsoleSender(screen, order.output)
        async with AsyncExitStack() as stack:
            ground = await stack.enter_async_context(wiring.open_ground(settings))
            await ground.leftovers.sweep()
            scope = f"make-{uuid.uuid4().hex}"
            api_url = await stack.enter_async_context(open_own_backend(settings, scope))
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


def _facts(clip: LocalClip) -> dict[str, object]:
    return {"width": clip.width, "height": clip.height, "seconds": clip.seconds, "size": clip.size}


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
