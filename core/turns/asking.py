"""The editor asks something: its options become buttons, whose words go back to it as the person's own."""

from __future__ import annotations

from core.desk import Desk
from core.nemo.questions import options
from core.nemo.talk import translate
from core.records import Act, Button


def choices(desk: Desk) -> tuple[Button, ...]:
    """A button for each option of the question that the answer ends with. They are for the person who was asked, as
    long as the project is as it was then; whoever rather writes answers all the same."""
    person, revision = desk.job.message.sender.id, desk.record.revision
    asked = options(translate(desk.notes.get("answer", "")).text)
    return tuple(Button(Act.SAY, option, option, "", person, revision) for option in asked)
