"""What a status message went through, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence

OURS = ("Uploading", "Ready!", "Working on it", "The connection broke", "Connecting", "Rendering", "Almost there")


def stages_of(texts: Sequence[str]) -> list[str]:
    """The texts with the agent's own words left out, and repeats of a stage told once."""
    stages: list[str] = []
    for text in texts:
        stage = text.rpartition("\n\n")[2]
        if stage.startswith("Got "):  # told at once, and again when all parts are there: how often depends on the clock
            continue
        if stage.startswith(("Rendering", "Almost there")):
            stage = " ".join(stage.split()[:2]) if stage.startswith("Almost") else "Rendering"
            stage = stage.rstrip(":")
        elif not stage.startswith(OURS):
            stage = "(the agent's words)"
        if not stages or stages[-1] != stage:
            stages.append(stage)
    return stages
