"""The agent understands what people say: sentences labelled by hand, in English and Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.agent.asking import Which
from studio.agent.endings import EndOn
from studio.agent.frames import Frame, NoSuchFrame
from studio.agent.lengths import Each, Last, Linger, Pace, Scale, Stretch
from studio.agent.looks import Drift, Fill, Join, JoinFor
from studio.agent.making import AddNew, Make
from studio.agent.music import Louder, Loudness, Own, Score, Silence
from studio.agent.orders import Drop, Keep, Move, MoveBeside, Reverse, Shuffle, Swap
from studio.agent.questions import Question, Redo, Undo
from studio.agent.reading import read
from studio.agent.times import When
from studio.agent.titles import Entitle, Put, Retime, Untitle
from studio.agent.wishes import Aside, Wish

NAMES = ["coffee.jpg", "cat.jpg", "rocket.jpg", "tower.jpg"]


def labelled() -> list[tuple[str, str, str]]:
    lines = Path(__file__).with_name("requests.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(kind, sentence, meaning) for kind, sentence, meaning in rows]


@pytest.mark.parametrize(("kind", "sentence", "meaning"), labelled())
def test_a_request_is_understood(kind: str, sentence: str, meaning: str) -> None:
    request = read(sentence, NAMES if kind == "edit" else ())
    things: list[Wish | Aside] = [*request.wishes, *request.asides]
    understood = [in_short(thing) for thing in things]
    found = {part for part in understood if part} | {f"? {part}" for part in request.unknown}
    assert found == set(meaning.split(" | "))


def test_there_are_enough_sentences_of_both_languages() -> None:
    sentences = [sentence for _, sentence, _ in labelled()]
    chinese = [sentence for sentence in sentences if any("\u4e00" <= char <= "\u9fff" for char in sentence)]
    assert len(sentences) >= 200
    assert len(chinese) >= 60


@pytest.mark.parametrize(
    "text",
    ["a " * 2000, "add " * 1000, "with the some a an " * 200, "第" * 4000, '"' * 4000, "0-" * 2000, "the photo " * 400],
)
def test_nonsense_of_any_length_is_read_without_getting_stuck(text: str) -> None:
    import time

    before = time.process_time()
    read(text)
    assert time.process_time() - before < 5.0  # a pattern that goes back and forth takes minutes


def in_short(thing: Wish | Aside) -> str:
    """One wish in the words of the table."""
    for kind, words in _WORDS.items():
        if isinstance(thing, kind):
            return words(thing)
    raise AssertionError(f"no words for {thing}")


def _seconds(ms: int) -> str:
    return f"{ms / 1000:g}"


def _places(places: tuple[int, ...]) -> str:
    return "".join(f" {place}" for place in places)


def _time(when: When | None) -> str:
    if when is None:
        return ""
    if when.start < 0:
        return f" end{when.start // 1000}"
    return f" {_seconds(when.start)}-{'end' if when.end is None else _seconds(when.end)}"


_WORDS = {
    Last: lambda it: f"last {_seconds(it.ms)}",
    Stretch: lambda it: f"stretch {_seconds(it.ms)}",
    Scale: lambda it: "longer" if it.factor > 1 else "shorter",
    Pace: lambda it: "slower" if it.factor > 1 else "faster",
    Each: lambda it: f"each {_seconds(it.ms)}" + (f" at{_places(it.places)}" if it.places else ""),
    Linger: lambda it: f"linger{_places(it.places)}",
    Frame: lambda it: f"frame {it.ratio}",
    NoSuchFrame: lambda it: f"no frame {it.asked}",
    Move: lambda it: f"move {it.place} to {it.to}",
    MoveBeside: lambda it: f"move {it.place} {'after' if it.after else 'before'} {it.other}",
    Swap: lambda it: f"swap {it.one} {it.other}",
    Reverse: lambda _: "reverse",
    Shuffle: lambda _: "shuffle",
    Drop: lambda it: f"drop{_places(it.places)}",
    Keep: lambda it: f"keep{_places(it.places)}",
    EndOn: lambda it: f"end on {it.place or 'latest'}",
    Drift: lambda it: f"move {it.motion or 'gently'}{_places(it.places)}",
    Join: lambda it: f"join {it.transition}" + (f" after {it.after}" if it.after else ""),
    JoinFor: lambda it: f"join for {_seconds(it.ms) if it.ms else 'longer' if it.factor > 1 else 'shorter'}",
    Fill: lambda it: f"fit {it.fit}",
    Entitle: lambda it: f"title {it.text}{_time(it.when)}" + (f" {it.place}" if it.place else ""),
    Retime: lambda it: f"title time{_time(it.when)}",
    Put: lambda it: f"title {it.place}",
    Untitle: lambda _: "no title",
    Score: lambda it: "music other" if it.other else f"music {it.mood}" if it.mood else "music",
    Own: lambda _: "own music",
    Loudness: lambda it: f"volume {it.volume * 100:g}",
    Louder: lambda it: "louder" if it.factor > 1 else "quieter",
    Silence: lambda _: "silence",
    Make: lambda it: f"make of{_places(it.places)}" if it.places else "make",
    AddNew: lambda it: "add new first" if it.first else "add new",
    Undo: lambda _: "undo",
    Redo: lambda _: "redo",
    Which: lambda it: "which last" if it.last else "which first",
    Question: lambda it: f"question {it.topic}",
}
