"""Choosing a skill: by command, by name or title, by button; and the tip that each has, told once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.commands import row_of
from core.counter import Counter
from core.messages import InboundMessage
from core.records import Act, Button
from core.skills import Skill

NAMED: Final = 40  # skills beyond the buttons that are told by name


async def choose_skill(counter: Counter) -> None:
    """Switch to the skill that was named, or offer all of them."""
    command = counter.inbound.command if isinstance(counter.inbound, InboundMessage) else None
    row = row_of(command.name) if command else None
    name = row.skill if row and row.skill else counter.text
    skill = _called(counter, name)
    if skill is not None:
        await switch(counter, skill.name)
    else:
        await _offer(counter, name)


async def switch(counter: Counter, name: str) -> None:
    """From now on this skill. Its tip goes with it, unless it was told in this chat before."""
    skill = counter.shop.skills.get(name)
    if skill is None:
        return
    await counter.prefer(skill=name)
    said = skill.speaking(counter.words.language)
    text = counter.words.skill_chosen(said.title)
    fresh = bool(said.tip) and name not in counter.record.tips
    await counter.say(f"{text}\n{counter.words.tip(said.tip)}" if fresh else text)
    if fresh:  # not before it was said: an answer may be put off
        await counter.shop.records.tell(counter.inbound.key, (*counter.record.tips, name))


def _called(counter: Counter, name: str) -> Skill | None:
    """The skill of this name, or with this title in any of its languages."""
    wanted = name.strip().casefold()
    for skill in counter.shop.skills.all:
        titles = {skill.name, skill.title, *(one.title for one in skill.translations.values())}
        if wanted in {title.casefold() for title in titles}:
            return skill
    return None


async def _offer(counter: Counter, missed: str) -> None:
    """A button for each skill as far as there is room, the others by their names."""
    words, skills = counter.words, counter.shop.skills.all
    room = (await counter.limits()).choices
    lines = [words.no_such_skill(missed)] if missed else []
    lines.append(words.which_skill(counter.skill.title))
    if more := skills[room:]:
        lines.append(words.skills_by_name(_names(more)))
    titles = [(one.speaking(words.language).title, one.name) for one in skills[:room]]
    await counter.say("\n".join(lines), [Button(Act.SKILL, title, name) for title, name in titles])


def _names(skills: Sequence[Skill]) -> str:
    names = ", ".join(one.name for one in skills[:NAMED])
    return f"{names} …" if len(skills) > NAMED else names
