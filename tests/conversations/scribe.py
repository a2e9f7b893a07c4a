"""Writes down a chat as the people in it see it: who said what, each edit of a message, buttons, videos."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from core.messages import Attachment, Choice, InboundMessage, LocalClip, MessageRef, Press
from tests.core.chat import LIMITS, ChatRoom, Shown

BOT: Final = "Photoreel"
_VARIABLE: Final = (
    (re.compile(r"\bct=[\w-]+"), "ct=…"),
    (re.compile(r"\bbind=[\w-]+"), "bind=…"),
    (re.compile(r"\d\d:\d\d:\d\d"), "14:05:30"),
)
"""What is another each time: links with a secret in them, the time of day."""


@dataclass(slots=True)
class Entry:
    """One message. `texts` are what it said, one after the other. Where something else came in between, a second entry
    `goes_on` with what became of it; its first text is what the message said until then."""

    who: str
    texts: list[str]
    choices: tuple[str, ...] = ()
    media: str = ""
    goes_on: bool = False


@dataclass(slots=True)
class Happening:
    """Something that is no message: a press, a notice, what happens to the program."""

    text: str


@dataclass(slots=True)
class Chat:
    """All that was said and done in a scene, in order."""

    lines: list[Entry | Happening] = field(default_factory=list)
    by_id: dict[str, Entry] = field(default_factory=dict)

    def happens(self, text: str) -> None:
        """Note what is no message."""
        self.lines.append(Happening(text))


class ScribeRoom(ChatRoom):
    """The chat platform of the tests, written down as it is filled."""

    def __init__(self) -> None:
        super().__init__(replace(LIMITS, choice_chars=80))
        self.chat = Chat()

    def hears(self, message: InboundMessage) -> None:
        """A person's message, as it is sent."""
        said = f"/{message.command.name} {message.command.text}".strip() if message.command else message.text
        said = f"@{BOT.lower()} {said}" if message.addressed and not message.private and not message.command else said
        self.chat.lines.append(Entry(message.sender.name, [said], (), _handed_in(message.attachments)))

    def feels(self, press: Press, label: str) -> None:
        """A person's press."""
        typed = f" and types “{press.text}”" if press.text else ""
        self.chat.happens(f"{press.sender.name} presses [{label}]{typed}")

    async def edit_text(self, ref: MessageRef, text: str, choices: Sequence[Choice] = ()) -> None:
        await super().edit_text(ref, text, choices)
        entry, text = self.chat.by_id[ref.id], fixed(text)
        if text != entry.texts[-1] and entry is not self.chat.lines[-1]:
            entry = self.chat.by_id[ref.id] = Entry(BOT, [entry.texts[-1], text], goes_on=True)
            self.chat.lines.append(entry)
        elif text != entry.texts[-1]:
            entry.texts.append(text)
        entry.choices = _labels(choices)

    async def answer(self, press: Press, text: str = "") -> None:
        await super().answer(press, text)
        if text:
            self.chat.happens(f"{press.sender.name} alone sees: {text}")

    def _appear(self, shown: Shown) -> Shown:
        before = len(self.messages)
        shown = super()._appear(shown)
        if len(self.messages) > before:
            entry = Entry(BOT, [fixed(shown.text)], _labels(shown.choices), _posted(shown))
            self.chat.by_id[shown.id] = entry
            self.chat.lines.append(entry)
        return shown


def fixed(text: str) -> str:
    """The text without what is another each time."""
    for pattern, instead in _VARIABLE:
        text = pattern.sub(instead, text)
    return text


def _labels(choices: Sequence[Choice]) -> tuple[str, ...]:
    return tuple(choice.label for choice in choices)


def _handed_in(attachments: Sequence[Attachment]) -> str:
    return ", ".join(one.name for one in attachments)


def _posted(shown: Shown) -> str:
    match shown.video:
        case None:
            return "picture" if shown.data else ""
        case LocalClip(width=width, height=height, seconds=seconds):
            kind = "MP4 as a file" if shown.as_file else "MP4, plays in place"
            return f"{kind}, {width}×{height}, {seconds:.1f} s"
        case clip:
            return f"the same MP4 again, {clip.width}×{clip.height}, {clip.seconds:.1f} s"


# --- on paper ---------------------------------------------------------------------------------------------------------

WIDTH: Final = 11  # of the column of names
WAITS: Final = "⏳"


def written(chat: Chat) -> str:
    """The chat as lines of text: each edit of a message that is more than its growing is marked by an arrow."""
    return "\n".join(line for one in chat.lines for line in (*_lines(one), "")).rstrip() + "\n"


def _lines(one: Entry | Happening) -> Iterator[str]:
    match one:
        case Happening(text):
            yield f"{'':{WIDTH}}— {text} —"
        case Entry(who=who, texts=texts, choices=choices, media=media, goes_on=goes_on):
            first, *edits = stages(texts, keep=int(goes_on))
            stood = first
            if goes_on:
                first = f"(in its message “{first.splitlines()[0]}”)"
            elif media and who != BOT:
                first = f"[{media}] {first}".rstrip()
            yield from _block(who, first)
            for before, after in pairwise([stood, *edits]):
                yield from _block("", f"← {_news(before, after)}")
            if media and who == BOT:
                yield from _block("", f"▶ {media}" if "MP4" in media else f"▣ {media}")
            if choices:
                yield from _block("", " ".join(f"[{label}]" for label in choices))


def stages(texts: Sequence[str], keep: int = 0) -> list[str]:
    """The texts of a message one after the other; of words that come bit by bit, and of counting, only the last.
    The first `keep` stay whatever follows."""
    kept: list[str] = []
    for text in texts:
        while len(kept) > keep and WAITS not in text and (text.startswith(kept[-1]) or shape(text) == shape(kept[-1])):
            kept.pop()
        kept.append(text)
    return kept


def shape(text: str) -> str:
    """What is the same of two texts that differ in their numbers alone."""
    return re.sub(r"\d+(?:\.\d+)?", "#", text)


def _news(before: str, after: str) -> str:
    """An edit without the paragraphs that it leaves as they were."""
    old, new = before.split("\n\n"), after.split("\n\n")
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    if same == len(new):
        return "… (the rest is gone)"
    return "\n\n".join(["… " + new[same] if same else new[same], *new[same + 1 :]])


def _block(who: str, text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n")):
        yield f"{who if not number else '':{WIDTH}}{line}".rstrip()
