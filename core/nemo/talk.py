"""The editor's talk, fit for a chat: instructions for a screen that nobody sees become actions, content stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What an instruction of the editor comes down to here. An `EDIT` costs credits: it is only offered."""

    EXPORT = "export"
    STATE = "state"
    EDIT = "edit"
    TIMELINE = "timeline"
    CREDITS = "credits"


@dataclass(frozen=True, slots=True)
class Talk:
    """What the editor said. `text` is for people; `actions` holds each act at most once; `edits` are the editor's own
    words for the edits that it proposed to make by hand, to be sent as messages if the person says so."""

    text: str
    actions: tuple[Act, ...] = ()
    edits: tuple[str, ...] = ()


_GUI = re.compile(r"^\W*(please )?(click|drag|tap|open the)\b|点击|拖拽", re.I)
_ACTS = ((Act.EXPORT, re.compile(r"export|导出", re.I)), (Act.CREDITS, re.compile(r"account|billing", re.I)))
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


def translate(text: str) -> Talk:
    """Strip the instructions for a screen out of a whole text."""
    stream = TalkStream()
    stream.feed(text)
    return stream.close()


class TalkStream:
    """`translate` for a text that comes in pieces. What `feed` returned, joined, is the beginning of `close().text`."""

    def __init__(self) -> None:
        self._all = ""

    def feed(self, chunk: str) -> str:
        """Take a piece; returns what may be shown now (often nothing: half a sentence is not known to be content)."""
        self._all += chunk
        return ""

    def close(self) -> Talk:
        """The text has ended: all of it, and what it asks for."""
        kept, acts, edits = [], [], []
        for sentence in _SENTENCE.split(self._all):
            if not _GUI.search(sentence):
                kept.append(sentence)
                continue
            act = next((act for act, pattern in _ACTS if pattern.search(sentence)), Act.EDIT)
            acts.append(act)
            if act is Act.EDIT:
                edits.append(sentence)
        return Talk(" ".join(kept).strip(), tuple(dict.fromkeys(acts)), tuple(edits))
