"""The editor's talk, fit for a chat: instructions for a screen that nobody sees become actions, content stays."""

from __future__ import annotations

from dataclasses import dataclass

from core.nemo.instructions import judge
from core.nemo.screens import Act
from core.nemo.sentences import Cutter, Sentence

__all__ = ["Act", "Talk", "TalkStream", "translate"]


@dataclass(frozen=True, slots=True)
class Talk:
    """What the editor said. `text` is for people; `actions` holds each act at most once, in the order in which they
    were named; `edits` are the editor's own words for edits that it left to the person's hand."""

    text: str
    actions: tuple[Act, ...] = ()
    edits: tuple[str, ...] = ()


def translate(text: str) -> Talk:
    """Strip the instructions for a screen out of a whole text. What describes content stays to the letter; white space
    around the text goes."""
    stream = TalkStream()
    stream.feed(text)
    return stream.close()


class TalkStream:
    """`translate` for a text that comes in pieces.

    What the calls of `feed` returned, joined, is the beginning of `close().text`, however the text was cut:

        >>> stream = TalkStream()
        >>> [stream.feed("Your video is ready! Click Ex"), stream.feed("port to download it. Enjoy!")]
        ['Your video is ready!', '']
        >>> stream.close().text
        'Your video is ready! Enjoy!'
    """

    __slots__ = (
        "_actions",
        "_after_instruction",
        "_cutter",
        "_edits",
        "_gap",
        "_headings",
        "_mark",
        "_shown",
        "_stripped",
    )

    def __init__(self) -> None:
        self._cutter = Cutter()
        self._shown: list[str] = []
        self._actions: dict[Act, None] = {}
        self._edits: dict[str, None] = {}
        self._gap = ""  # the widest white space since what was shown last
        self._mark = ""  # a list mark whose sentence was stripped: the next one on its line inherits it
        self._headings: list[Sentence] = []  # held until it is known what they head
        self._stripped = False  # whether an instruction came after them
        self._after_instruction = False

    def feed(self, chunk: str) -> str:
        """Take a piece; returns what may be shown now. Half a sentence is not known to be content, nor is a heading
        before its first line."""
        before = len(self._shown)
        for sentence in self._cutter.feed(chunk):
            self._take(sentence)
        return "".join(self._shown[before:])

    def close(self) -> Talk:
        """The text has ended: the whole of it, and what it asks for."""
        for sentence in self._cutter.close():
            self._take(sentence)
        if not self._stripped:
            self._show_headings()
        return Talk("".join(self._shown), tuple(self._actions), tuple(self._edits))

    def _take(self, sentence: Sentence) -> None:
        judged = judge(sentence.body, after_instruction=self._after_instruction)
        self._after_instruction = judged.instructed
        self._actions.update(dict.fromkeys(judged.acts))
        self._edits.update(dict.fromkeys(judged.edits))
        if not judged.text:
            self._strip(sentence)
        elif _is_heading(sentence):
            self._hold(sentence)
        else:
            self._decide_headings(sentence)
            self._show(Sentence(sentence.gap, sentence.mark, judged.text))

    def _strip(self, sentence: Sentence) -> None:
        self._stripped = True
        self._gap = _wider(self._gap, sentence.gap)
        self._mark = sentence.mark if sentence.begins_line else self._mark

    def _hold(self, sentence: Sentence) -> None:
        if self._headings and self._stripped:
            self._headings.clear()
        self._headings.append(sentence)
        self._stripped = False

    def _decide_headings(self, sentence: Sentence) -> None:
        """Content has come: a heading over it is shown, one over mere instructions is not."""
        if not self._stripped or sentence.mark:
            self._show_headings()
        self._headings.clear()
        self._stripped = False

    def _show_headings(self) -> None:
        for heading in self._headings:
            self._show(heading)
        self._headings.clear()

    def _show(self, sentence: Sentence) -> None:
        gap = _wider(self._gap, sentence.gap) if self._shown else ""
        mark = sentence.mark if sentence.begins_line else self._mark
        self._shown.append(gap + mark + sentence.body)
        self._gap = self._mark = ""


def _is_heading(sentence: Sentence) -> bool:
    return sentence.mark.startswith("#") or sentence.body.rstrip("*_ ").endswith((":", "："))


def _wider(one: str, other: str) -> str:
    """The white space with more line breaks; the later one of two that are alike."""
    return one if one.count("\n") > other.count("\n") else other
