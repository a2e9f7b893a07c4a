"""The answers to commands that do not wait for their turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from core.choosing import choose_skill
from core.commands import rows
from core.counter import Counter
from core.drafts import read
from core.errors import BackendError, OutOfCredits
from core.jobs import Phase
from core.linking import link, unlink
from core.messages import Picture
from core.records import Act, Button
from core.store.mailbox import job_id_of
from core.wording import speaks

Answer = Callable[[Counter], Awaitable[None]]


async def greet(counter: Counter) -> None:
    """The first words."""
    await counter.say(counter.words.greeting())


async def help_out(counter: Counter) -> None:
    """All commands."""
    private = counter.inbound.private
    table = [row for row in rows(counter.words) if private or not row.private_only]
    await counter.say(counter.words.help([(row.name, row.summary) for row in table]))


async def tell_status(counter: Counter) -> None:
    """The timeline, and what is running."""
    words, project = counter.words, counter.record.project
    job = await counter.shop.mailbox.running(counter.inbound.key)
    running = words.busy(int((counter.shop.now() - job.accepted_at) / 60)) if job else words.idle()
    if project is None:
        await counter.say(f"{running}\n{words.no_project()}" if job else words.no_project())
        return
    session = project.session_id
    try:
        state = await counter.call(lambda credential: counter.shop.nemo.state(credential, session), project)
    except BackendError as error:
        await counter.say(f"{words.trouble(error)}\n{running}")
        return
    timeline = read(state.draft, state.canvas)
    told = words.timeline(timeline)
    drawn = await counter.shop.storyboards.draw(timeline, counter.shop.nemo.save_source)
    if drawn is None:
        await counter.say(f"{told}\n{running}")
    else:
        await counter.show(Picture(drawn, "image/jpeg", told), f"{told}\n{running}")


async def tell_credits(counter: Counter) -> None:
    """The balance, and where more is to be had."""
    try:
        balance = await counter.call(counter.shop.nemo.credits)
    except BackendError as error:
        register = await _more_at(counter, error.user_id) if isinstance(error, OutOfCredits) else ""
        await counter.say(counter.words.trouble(error, register=register))
        return
    more = await _more_at(counter)
    text = counter.words.balance(balance)
    await counter.say(f"{text}\n{counter.words.more_credits(more)}" if more else text)


async def _more_at(counter: Counter, user_id: str = "") -> str:
    return counter.shop.more_credits_at(await counter.account(), counter.record.project, user_id)


async def cancel(counter: Counter) -> None:
    """Ask what runs to stop; the turn itself says what could not be stopped."""
    stopped = await counter.shop.mailbox.cancel(counter.inbound.key)
    await counter.say(counter.words.stopping() if stopped else counter.words.nothing_runs())


async def set_up(counter: Counter) -> None:
    """Show the settings, or change one."""
    what, _, value = counter.text.partition(" ")
    wish = _wish(what.lower(), value.strip())
    if counter.text and wish is None:
        await counter.say(counter.words.not_understood_setting())
        return
    if wish:
        await counter.prefer(**wish)
    now = counter.record.preferences
    await counter.say(counter.words.settings(language=now.language, auto_export=now.auto_export, ratio=now.ratio))


def _wish(what: str, value: str) -> dict[str, object] | None:
    """What is to be set; empty to show, None for what is not known."""
    match what, value.lower():
        case "", _:
            return {}
        case "language", "auto":
            return {"language": ""}
        case "language", tag if speaks(tag):
            return {"language": value}
        case "export", "on" | "off" as state:
            return {"auto_export": state == "on"}
        case "ratio", "16:9" | "9:16" | "1:1" as ratio:
            return {"ratio": ratio}
        case "ratio", "auto":
            return {"ratio": ""}
        case _:
            return None


async def tell_privacy(counter: Counter) -> None:
    """What is kept, and how long."""
    await counter.say(counter.words.privacy())


async def ask_to_forget(counter: Counter) -> None:
    """Everything is deleted only after a press; in a group, of one of its admins."""
    if not counter.inbound.private and "admin" not in counter.inbound.sender.roles:
        await counter.say(counter.words.group_admins_only())
        return
    button = Button(Act.FORGET, counter.words.button("forget"), person=counter.inbound.sender.id)
    await counter.say(counter.words.really_forget(), (button,))


async def note(counter: Counter) -> None:
    """Say that an instruction waits behind another, unless it may yet become a part of that one."""
    key = counter.inbound.key
    mailbox, noted = counter.shop.mailbox, job_id_of(key, counter.text)
    front, waiting = await mailbox.running(key), await mailbox.job(key, noted)
    if front is None or waiting is None or front.id == noted or waiting.phase is not Phase.ACCEPTED:
        return
    spoken = front.message.text or front.message.command or any(part.text for part in front.parts)
    if spoken or front.phase not in (Phase.ACCEPTED, Phase.UPLOADING):
        await counter.say(counter.words.next_in_line())


async def turn_away(counter: Counter) -> None:
    """The mailbox is full."""
    await counter.say(counter.words.mailbox_full())


ANSWERS: Final[Mapping[str, Answer]] = {
    "start": greet,
    "help": help_out,
    "status": tell_status,
    "credits": tell_credits,
    "cancel": cancel,
    "skill": choose_skill,
    "endframe": choose_skill,
    "slideshow": choose_skill,
    "extend": choose_skill,
    "settings": set_up,
    "link": link,
    "unlink": unlink,
    "privacy": tell_privacy,
    "forget": ask_to_forget,
    "noted": note,
    "full": turn_away,
}
