"""How well people's and the editor's words are understood, set by set: `python -m bench.words`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from bench.figures import Figure, options, report
from core.nemo.talk import translate
from core.routing import Action, classify

DATA: Final = Path(__file__).parents[1] / "tests" / "data"
SETS: Final = ("tune", "check", "blind")
KINDS: Final = ("content", "instruction", "mixed")
GOAL: Final = 98.0  # percent
MOST_KEPT: Final = 0.5


def main() -> int:
    """Print a line for each set and action."""
    parser = options("words", __doc__)
    parser.add_argument("--wrong", action="store_true", help="name each sentence that is not understood as labelled")
    wanted = parser.parse_args()
    figures = []
    for part in SETS:
        routed, told = list(routing(part)), list(talk(part))
        figures += [*routing_figures(part, routed), *talk_figures(part, told)]
        if wanted.wrong:
            for meant, understood, text in [one for one in (*routed, *told) if one[0] != one[1]]:
                print(f"{part}: {meant} taken for {understood}: {text}")
    return report(figures, check=wanted.check)


def routing(part: str) -> Iterator[tuple[str, str, str]]:
    """What each sentence of a set means, what it is taken for, and the sentence."""
    for line in (DATA / f"routing.{part}.tsv").read_text("utf-8").splitlines()[1:]:
        action, files, text = line.split("\t")
        yield action, classify(text, has_files=files == "files").value, text


def talk(part: str) -> Iterator[tuple[str, str, str]]:
    """The kind of each sample, the same again if it was understood to the letter, and the sample."""
    for line in (DATA / f"talk.{part}.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        told = translate(one["text"])
        right = told.text == one["kept"] and sorted(told.actions) == sorted(one["actions"])
        yield one["kind"], one["kind"] if right else "something else", one["text"]


def routing_figures(part: str, said: Sequence[tuple[str, str, str]]) -> Iterator[Figure]:
    """Precision and recall of each action, and the messages that never reached the editor."""
    for action in Action:
        meant = sum(one == action for one, _, _ in said)
        taken = sum(one == action for _, one, _ in said)
        right = sum(one == other == action for one, other, _ in said)
        what = f"{part}: {action.value}"
        yield Figure(f"{what}, precision over {taken}", 100 * right / max(1, taken), "%", GOAL, least=True)
        yield Figure(f"{what}, recall over {meant}", 100 * right / max(1, meant), "%", GOAL, least=True)
    messages = [one for _, one, _ in (line for line in said if line[0] == Action.MESSAGE)]
    kept = sum(one != Action.MESSAGE for one in messages)
    yield Figure(f"{part}: messages wrongly kept of {len(messages)}", 100 * kept / len(messages), "%", MOST_KEPT)


def talk_figures(part: str, said: Sequence[tuple[str, str, str]]) -> Iterator[Figure]:
    """How many samples of each kind came out to the letter, with the right actions."""
    total, right = Counter(kind for kind, _, _ in said), Counter(kind for kind, got, _ in said if kind == got)
    for kind in KINDS:
        share = 100 * right[kind] / total[kind]
        yield Figure(f"{part}: talk, {kind}, to the letter of {total[kind]}", share, "%", GOAL, least=True)


if __name__ == "__main__":
    raise SystemExit(main())
