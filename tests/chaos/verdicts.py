"""What must hold at the end of a campaign: each violation is a sentence that begins with its invariant."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from core.jobs import Job, Phase
from core.store.mailbox import job_id_of
from core.wording import words_for
from tests.chaos.fleets import LEASE
from tests.chaos.keys import Key, overdue
from tests.chaos.story import Mark, Story, mark

UNFINISHED = re.compile(r"(Connecting…|(?:Ready! )?Working|Rendering|Almost there|⏳|I'll try again at)[^\n]*$")
GAVE_UP = words_for("en").gave_up()
KINDS = ("status", "last", "answer", "stale", "gave_up", "unknown", "notify", "link")
SLACK = 2.0  # seconds
FINISHED = re.compile(r"Finished (#\d+\.\d+)\.")


def violations(story: Story) -> list[str]:
    """Everything that should not be."""
    checks = (
        _fallen,
        _lost,
        _begun_unannounced,
        _sent_twice,
        _pictures,
        _tokens,
        _undecided,
        _videos,
        _order,
        _effects,
        _afterwards,
        _behind_poison,
        _secrets,
        _early,
        _credentials,
        _wrong,
        _forgotten,
        _stopped,
    )
    return [fault for check in checks for fault in check(story)] + [
        f"lifetimes: {one}" for one in overdue(list(story.keys))
    ]


def late(story: Story) -> list[str]:
    """What took longer than is promised: for campaigns in which nothing else strikes, on a machine that has time."""
    stops = [f"I12: a stop took {one:.1f} s" for one in story.stops if one > story.plan.drain + SLACK]
    return stops + [f"recovery: it took {one:.1f} s" for one in story.recoveries if one > LEASE + SLACK]


def open_work(keys: Sequence[Key]) -> list[str]:
    """Queues that are not empty."""
    waiting = [one.name for one in keys if one.kind in ("jobs", "due")]
    queued = [one.name for one in keys if one.kind in ("ready", "control") and one.value != "[]"]
    held = [one.name for one in keys if one.kind == "box" and "token" in one.value]
    return [*waiting, *queued, *held]


def _mine(story: Story) -> list[Mark]:
    """Accepted messages that were not forgotten later."""
    return sorted(one for one in story.accepted if one[1] >= story.forgotten.get(one[0], 0))


def _fallen(story: Story) -> Iterator[str]:
    yield from (f"fleet: {one} ended by itself" for one in story.fallen)


def _lost(story: Story) -> Iterator[str]:
    for chat in set(range(len(story.chats))) - {one for one, _ in story.accepted | story.unstarted}:
        yield f"I1: of chat {chat} nothing was ever accepted"
    untold: dict[int, list[str]] = {}
    for chat, number in _mine(story):
        job = story.jobs[chat, number]
        if job is None:
            yield f"I1: {mark(chat, number)} was accepted and is nowhere"
        elif job.phase.ended and not _told(story, chat, number):
            said = f"I1: {mark(chat, number)} ended as {job.phase} and nobody was told"
            untold.setdefault(chat, []).append(said)
    for chat, found in untold.items():
        yield from found[_apologies(story, chat) :]


def _apologies(story: Story, chat: int) -> int:
    """How often it was said that something had to be given up, where nothing tells for which message."""
    told = sum(GAVE_UP in one.text for one in story.said[chat])
    return 0 if story.chats[chat].delivery("any") else told


def _told(story: Story, chat: int, number: int) -> bool:
    """Its outcome stands in the chat, or that of the message into which it was gathered: photos that come at once."""
    into = _gathered_into(story, chat, number)
    if into is not None:
        return _told(story, chat, into)
    ids, finished = _ids(story, chat, number), f"Finished {mark(chat, number)}."
    return any(
        finished in one.text or (one.id in ids and one.text and not UNFINISHED.search(one.text))
        for one in story.said[chat]
    )


def _gathered_into(story: Story, chat: int, number: int) -> int | None:
    name = story.chats[chat].inbound_id(number)
    leads = (at for (place, at), job in story.jobs.items() if place == chat and job and name in _parts(job))
    return next(leads, None)


def _parts(job: Job) -> set[str]:
    return {one.id for one in job.parts}


def _ids(story: Story, chat: int, number: int) -> set[str]:
    """The messages that may tell an outcome: by their delivery keys, or the one that the job notes as its status."""
    place, job = story.chats[chat], story.jobs[chat, number]
    name = job_id_of(place.key, place.inbound_id(number))
    noted = job.notes.get("status", "") if job else ""
    return {noted, *(place.delivery(f"{name}:{kind}") for kind in KINDS)} - {""}


def _begun_unannounced(story: Story) -> Iterator[str]:
    """Who was told that nothing was begun says it again: then it had better be true."""
    runs = {run.mark for run in story.agent.runs}
    for chat, number in sorted(story.unstarted):
        if mark(chat, number) in runs:
            yield f"I2: {mark(chat, number)} was said not to be started, and reached the agent"


def _sent_twice(story: Story) -> Iterator[str]:
    for one, times in Counter(run.mark for run in story.agent.runs).items():
        if times > 1:
            yield f"I2: {one} reached the agent {times} times"


def _pictures(story: Story) -> Iterator[str]:
    """Each picture is in its project once, before the agent is told what to do with it."""
    uploads = Counter((one.session, one.picture) for one in story.agent.uploads)
    for (_, picture), times in uploads.items():
        if times > 1 + _unnoted(story):
            yield f"I7: the picture of {mark(*picture)} was uploaded {times} times"
    for run in story.agent.runs:
        for picture in story.pictures:
            there = any(one.session == run.session and one.picture == picture for one in story.agent.uploads)
            if run.mark == mark(*picture) and not there:
                yield f"I1: {run.mark} reached the agent without its picture"


def _unnoted(story: Story) -> int:
    """How often a thing may be done again: a kill may have come between it and its record."""
    kills = sum(many for kind, many in story.struck.items() if kind.partition(" ")[0] not in ("term", "pause", "slow"))
    return min(kills, 3)


def _tokens(story: Story) -> Iterator[str]:
    most = 1 + bool(story.plan.lost_tokens)
    again = _unnoted(story)
    fetched = story.agent.tokens
    if len(fetched) > most + bool(again) or any(times > 1 + again for times in fetched.values()):
        yield f"I3: tokens were fetched {list(fetched.values())} times by {len(fetched)} client ids"


def _undecided(story: Story) -> Iterator[str]:
    yield from (f"I4: nobody answered {one}" for one in story.unanswered)
    if not story.quiet:
        yield f"I4: still open: {open_work(story.keys)}"
    for chat, number in _mine(story):
        job = story.jobs[chat, number]
        if job is not None and not job.phase.ended:
            yield f"I4: #{chat}.{number} is still {job.phase}"
        if job is not None and job.phase is Phase.UNKNOWN and not _asked(story, chat, number):
            yield f"I4: #{chat}.{number} is unknown and nobody was asked"


def _asked(story: Story, chat: int, number: int) -> bool:
    ids = _ids(story, chat, number)
    return any(one.id in ids and one.buttons for one in story.said[chat])


def _videos(story: Story) -> Iterator[str]:
    for chat, said in story.said.items():
        shown = [one for one in said if one.video and "Sent again in case" not in one.text]
        place = story.chats[chat]
        jobs = [job_id_of(place.key, place.inbound_id(number)) for number in range(story.plan.messages + 2)]
        known = {place.delivery(f"{job}:{kind}") for job in jobs for kind in ("video", "smaller")}
        if known == {""}:  # the platform names its messages itself: at most one for each that was rendered
            rendered = sum("render" in job.notes for (at, _), job in story.jobs.items() if at == chat and job)
            if len(shown) > rendered:
                yield f"I5: chat {chat} has {len(shown)} videos of {rendered} renders"
        elif len(shown) > sum(one.id in known for one in shown):
            yield f"I5: chat {chat} has a video that belongs to no message, or a second one"


def _order(story: Story) -> Iterator[str]:
    last: dict[str, int] = {}
    for run in story.agent.runs:
        chat, _, number = run.mark.removeprefix("#").partition(".")
        if int(number) < last.get(chat, -1):
            yield f"I6: {run.mark} came after number {last[chat]}"
        last[chat] = max(last.get(chat, -1), int(number))


def _effects(story: Story) -> Iterator[str]:
    for chat, said in story.said.items():
        for one, times in Counter(found for text in said for found in FINISHED.findall(text.text)).items():
            if times > 1:
                yield f"I7: {one} was answered {times} times"
        for text, times in Counter(one.text for one in said if one.text.startswith("Stopp")).items():
            if times > 1:
                yield f"I7: chat {chat} was told {text!r} {times} times"


def _afterwards(story: Story) -> Iterator[str]:
    """Who has lost a conversation writes nothing in it: what another has ended stays as it is."""
    yield from (f"I8: {one}" for one in story.changed)


def _behind_poison(story: Story) -> Iterator[str]:
    job = story.jobs.get((0, story.plan.messages + 1))
    if story.plan.poison and (job is None or not job.phase.ended):
        yield "I14: what came behind poison was not done"


def _secrets(story: Story) -> Iterator[str]:
    for secret in story.secrets:
        if secret in story.logs:
            yield f"I10: a secret stands in the logs: …{secret[-4:]}"
        for key in story.keys:
            if secret in key.value or secret in key.name:
                yield f"I10: a secret can be read in the store: {key.name}"
        for chat, said in story.said.items():
            if any(secret in one.text for one in said):
                yield f"I10: a secret was said in chat {chat}"


def _early(story: Story) -> Iterator[str]:
    for one in story.witnesses:
        yield from (f"I9: {call} before its time" for call in one.early)


def _credentials(story: Story) -> Iterator[str]:
    for address in story.addresses:
        for secret in story.secrets:
            if secret in address:
                yield f"I11: a secret in {address.replace(secret, '…')}"


def _wrong(story: Story) -> Iterator[str]:
    for wrong in (story.agent.wrong, *(one.wrong for one in story.witnesses)):
        yield from (f"wire: {fault}" for fault in wrong)


def _forgotten(story: Story) -> Iterator[str]:
    for chat, first in story.forgotten.items():
        before = {mark(chat, number) for number in range(first)}
        key = story.chats[chat].key
        for kept in story.keys:
            if any(re.search(re.escape(one) + r"\b", kept.value) for one in before):
                yield f"I15: {kept.name} still holds what was forgotten"
        for one in story.said[chat]:
            if any(re.search(re.escape(earlier) + r"\b", one.text) for earlier in before):
                yield f"I15: {one.text!r} arrived in {key.chat} after everything was forgotten"


def _stopped(story: Story) -> Iterator[str]:
    """Where nothing worse befell than being told to stop, nothing is left unknown."""
    if set(story.struck) != {"term work"} or story.plan.broken:
        return
    for (chat, number), job in sorted(story.jobs.items()):
        if job is not None and job.phase is Phase.UNKNOWN:
            yield f"I12: #{chat}.{number} was cut off by a stop"
