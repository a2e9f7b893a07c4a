"""Skill files dropped into folders are picked up by the real program, offered, and named to the backend."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from studio.faults import Endpoint
from studio.serve import Studio
from tests.e2e.program import Stage, Visitor, until
from tests.wire.studio import studio_in_thread

WRITTEN = Path(__file__).parents[1] / "data" / "skills"
FILE = """---
name: {name}
version: "3.1.4"
displayName: {title}
description: Makes videos of {name}.
---

## Try saying
- "make a 3-second video of {name}"

## Tip
Mind the light on {name}.
"""


def put(folder: Path, name: str) -> None:
    """A skill file as the vendor's tools leave it."""
    path = folder / name / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(FILE.format(name=name, title=name.title()), "utf-8")


def platforms(running: Studio, skill: str) -> set[tuple[str, str]]:
    """Version and platform that were told with messages and renders in the name of a skill."""
    calls = [call for call in running.ledger.calls if call.endpoint in (Endpoint.RUN, Endpoint.RENDER)]
    told = [call.headers for call in calls if call.headers["x-skill-source"] == skill]
    return {(headers["x-skill-version"], headers["x-skill-platform"]) for headers in told}


def offers(visitor: Visitor, suggestion: str) -> bool:
    """Whether there is a message with this as its only button."""
    return [suggestion] in labels_of(visitor)


def labels_of(visitor: Visitor) -> list[list[str]]:
    """What stands on the buttons, message by message."""
    return [[choice["label"] for choice in item["choices"]] for item in visitor.items() if item.get("choices")]


@pytest.mark.parametrize("override", ["", "hub"])
def test_skills_of_all_folders_are_offered_and_named(
    stage: Stage, samples: list[Path], tmp_path: Path, override: str
) -> None:
    home = tmp_path / "home"
    put(home / ".clawhub" / "skills", "birds")
    put(home / ".cursor" / "skills", "boats")
    put(tmp_path / "own", "bikes")
    shutil.copytree(WRITTEN, tmp_path / "wild")
    folders = f"{tmp_path / 'own'}:{tmp_path / 'wild'}"
    with studio_in_thread(tmp_path / "backend") as backend:
        program = stage.start("run", NEMO_API_URL=backend.url, PHOTOREEL_SKILLS=folders, SKILL_SOURCE=override)
        anna = Visitor(program.address())
        anna.say("/skill")
        until(lambda: anna.sees("Now: Photo Slideshow."), "the menu")
        [labels] = labels_of(anna)
        assert len(labels) == 24
        assert "Bikes" in labels
        assert anna.sees("boats"), "what does not fit on buttons is named"
        places = {"birds": "clawhub"} if override else {"birds": "clawhub", "boats": "cursor", "bikes": "unknown"}
        fans = {name: Visitor(program.address()) for name in places}
        for name, fan in fans.items():
            fan.say(f"/skill {name}")
            until(partial(fan.sees, f"Tip: Mind the light on {name}."), "the tip")
            fan.say("", samples[:1])
            suggestion = f"make a 3-second video of {name}"
            until(partial(offers, fan, suggestion), "the suggestion")
            fan.say(suggestion)
        for name, fan in fans.items():
            fan.next_video(0)
            assert platforms(backend, name) == {("3.1.4", override or places[name])}
