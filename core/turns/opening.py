"""The beginning of a turn: what is meant, which files belong to it, and bringing those to the project."""

from __future__ import annotations

from collections.abc import Sequence

from core import conversations, uploads
from core.desk import Desk
from core.jobs import Ended, Parked, Phase
from core.messages import Attachment
from core.records import Act, Button, Project
from core.routing import Action, classify
from core.turns import errands, queueing, series
from core.turns.asking import suggestions
from core.turns.gathering import Gathered, added, awaits_photos, gather, meant_for_us, noun_of, words_of
from core.turns.instructing import instruction_of, is_asked, noted, steps_to_quoted, wants_back
from core.turns.settling import export
from core.turns.talking import address


async def open_turn(desk: Desk) -> Ended | Parked | None:
    """From a new message to an answer of the agent, or to something that needs none."""
    message = desk.job.message
    if part := series.part_of(desk):
        return await series.make_one(desk, part)
    if _stale(desk):
        return await _ask_about_stale(desk)
    if message.command is not None:
        done = await errands.run(desk, message.command)
        if done is not None:
            return done
    elif not message.attachments:
        match classify(message.text):
            case Action.EXPORT:
                return await export(desk)
            case Action.UPLOAD:
                await desk.posting.say("answer", desk.words.send_photos_first())
                return Ended(Phase.DONE)
            case _:
                pass
    gathered = await gather(desk, lambda attachments: _bring(desk, attachments))
    if isinstance(gathered, Parked):
        return gathered
    return await _proceed(desk, gathered)


async def _proceed(desk: Desk, gathered: Gathered) -> Ended | Parked | None:
    if not meant_for_us(desk):
        return Ended(Phase.DONE)
    if gathered.attachments or desk.record.pending:
        await desk.save(phase=Phase.UPLOADING)
    instruction = instruction_of(desk, gathered)
    if not gathered.attachments and not instruction:
        await desk.progress.finish(desk.words.send_photos_first())
        return Ended(Phase.DONE)
    if awaits_photos(desk):
        await desk.save(wish=instruction)
        await desk.progress.finish(desk.words.send_photos_and_go())
        return Ended(Phase.DONE)
    if not gathered.attachments:
        desk.progress.show(desk.words.sent(first=False) if desk.record.video else desk.words.connecting())
    usable = [one for one in gathered.attachments if one.ref not in desk.refused]
    await _refuse(desk, usable)
    if not instruction:
        return await _ask_what(desk, usable, gathered.album)
    if wait := await queueing.enter(desk, since=desk.job.accepted_at):
        return wait
    project = await conversations.project_of(desk)
    await _bring(desk, desk.record.pending)  # what a lost session had is brought again, too
    return await series.begin(desk, instruction, usable) or await _address(desk, project, instruction, gathered)


async def _address(desk: Desk, project: Project, instruction: str, gathered: Gathered) -> Ended | Parked | None:
    """Tell the agent; of going back, how far. What is too far back is asked about, and what nothing is behind of needs
    no agent."""
    steps = steps_to_quoted(desk)
    if steps is None:
        return await _ask_about_newest(desk, instruction)
    if wants_back(desk, gathered):
        steps, past = steps or 1, desk.record.past
        if len(past) <= steps:
            await desk.progress.finish(desk.words.nothing_to_undo())
            return Ended(Phase.DONE)
        await desk.save(notes={"went_back": past[-1 - steps]})
        instruction = desk.words.go_back(steps)
    elif steps:
        instruction = f"{desk.words.go_back(steps)}\n{instruction}"
    asked = None if is_asked(desk) else desk.record.asked
    told = {"pending": (), "wish": "", "asked": asked, "album": gathered.album}
    return await address(desk, project, noted(desk, instruction), **told)


async def _ask_about_newest(desk: Desk, instruction: str) -> Ended:
    person = desk.job.message.sender.id
    buttons = (
        Button(Act.SAY, desk.words.button("yes"), instruction, "", person),
        Button(Act.DROP, desk.words.button("no"), "", "", person),
    )
    await desk.progress.finish(desk.words.too_far_back(), buttons)
    return Ended(Phase.DONE)


async def _refuse(desk: Desk, usable: Sequence[Attachment]) -> None:
    """Name the files that cannot be used. Nothing is made of the rest where nobody could say more, or there is none."""
    refused = list(desk.refused.values())
    if not refused:
        return
    if desk.posting.limits.one_shot:
        raise refused[0]
    named = refused if usable else refused[:-1]
    if named and "refused" not in desk.notes:
        await desk.posting.say("refused", "\n".join(desk.words.trouble(error) for error in named))
        await desk.save(notes={"refused": "1"})
    if not usable:
        raise refused[-1]


async def _bring(desk: Desk, attachments: Sequence[Attachment]) -> None:
    if attachments or desk.record.files:
        await uploads.bring(desk, await conversations.project_of(desk), attachments)


async def _ask_what(desk: Desk, attachments: Sequence[Attachment], album: str) -> Ended:
    """Files without a word: offer what the skill suggests; or, after an instruction, ask whether to add them."""
    noun, count = noun_of(attachments), len(attachments)
    person = desk.job.message.sender.id
    if _late(desk, album):
        add = Button(Act.SAY, desk.words.button("add"), desk.words.add_them(count, noun), "", person)
        drop = Button(Act.DROP, desk.words.button("drop"), "", "", person)
        await desk.progress.finish(desk.words.more_came(count, noun), (add, drop))
        return Ended(Phase.DONE)
    pending = added(desk.record.pending, attachments)
    question = desk.words.what_to_make(len(pending), noun_of(pending))
    tips = desk.record.tips
    if desk.skill.tip and desk.skill.name not in tips:
        question, tips = f"{question}\n{desk.words.tip(desk.skill.tip)}", (*tips, desk.skill.name)
    await desk.progress.finish(question, suggestions(desk))
    await desk.save(pending=pending, tips=tips)
    return Ended(Phase.DONE)


def _late(desk: Desk, album: str) -> bool:
    """Whether these belong to what the agent was told already: of the same album, or sent before it had answered."""
    return (bool(album) and album == desk.record.album) or desk.job.accepted_at <= desk.record.answered_at


def _stale(desk: Desk) -> bool:
    message = desk.job.message
    late = desk.job.accepted_at - message.sent_at.timestamp() > desk.shop.times.stale
    costs = message.command is None or message.command.name == "video"
    return late and desk.job.phase is Phase.ACCEPTED and costs and bool(words_of(message))


async def _ask_about_stale(desk: Desk) -> Ended:
    message = desk.job.message
    person = message.sender.id
    await desk.save(pending=added(desk.record.pending, message.attachments))
    buttons = (
        Button(Act.SAY, desk.words.button("yes"), words_of(message), "", person),
        Button(Act.DROP, desk.words.button("no"), "", "", person),
    )
    await desk.posting.say("stale", desk.words.still_do_it(words_of(message)), buttons)
    return Ended(Phase.DONE)
