"""What a person can answer with a press: the options of the editor's question, and what the active skill suggests."""

from __future__ import annotations

from core.desk import Desk
from core.nemo.questions import options
from core.nemo.talk import translate
from core.records import Act, Button
from core.routing import Action, classify


def choices(desk: Desk) -> tuple[Button, ...]:
    """A button for each option of the question that the answer ends with. They are for the person who was asked, as
    long as the project is as it was then; whoever rather writes answers all the same."""
    person, revision = desk.job.message.sender.id, desk.record.revision
    asked = options(translate(desk.notes.get("answer", "")).text)
    return tuple(Button(Act.SAY, option, option, "", person, revision) for option in asked)


def suggestions(desk: Desk) -> tuple[Button, ...]:
    """A button for each suggestion of the skill. "Give me the file" is none before there is a video."""
    person, made = desk.job.message.sender.id, desk.record.video is not None
    fitting = (wish for wish in desk.skill.suggestions if made or classify(wish) is Action.MESSAGE)
    return tuple(Button(Act.SAY, wish, wish, "", person) for wish in fitting)
