"""What the agent says in one turn: each word once, whatever the stream repeats, no apology after a normal answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.nemo.events import Text

PARAGRAPH = "\n\n"

_APOLOGY = "I encountered a temporary issue"
# A closing apology is a sentence or two. What goes on for longer has something to say and is shown.
_LONGEST_APOLOGY = 400
# Each correction repeats the turn's text: after so many, the next comes at the end of the answer.
_CORRECTIONS = 20
_OPENERS = "\"“„«'‘’(,:;-–—"


def mend(text: str) -> str:
    """The text without lone surrogates: pairs that were torn apart are joined, others become U+FFFD.

    JSON can carry half an emoji (servers that cut by UTF-16 units do it); nothing can be sent that holds one.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class HoldBack:
    """Lets text through, except an end that may turn out to be the apology: that is kept until it is known.

    White space and half a surrogate pair at the end are kept too: what follows decides what becomes of them.
    """

    __slots__ = ("_held", "_last")

    def __init__(self) -> None:
        self._held = ""
        self._last = ""

    def push(self, text: str) -> str:
        """Add text; returns what may be shown now."""
        text = self._held + text
        start = self._start_of_doubt(text)
        self._held = text[start:]
        return self._show(text[:start])

    def release(self) -> str:
        """More comes, so what is held is not the end: returns it."""
        held, self._held = self._held, ""
        return self._show(held)

    def finish(self) -> str:
        """Nothing comes any more: returns what is held, but for white space, and an apology after a normal answer."""
        self._held = "" if self._last and self._held.lstrip().startswith(_APOLOGY) else self._held.rstrip()
        return self.release()

    def _show(self, text: str) -> str:
        self._last = text.rstrip()[-1:] or self._last
        return mend(text)

    def _start_of_doubt(self, text: str) -> int:
        start = self._apology(text)
        if start is None:
            start = len(text) - _beginning(text)
        start = len(text[:start].rstrip())
        return start - 1 if start and _is_high_surrogate(text[start - 1]) else start

    def _apology(self, text: str) -> int | None:
        start = text.find(_APOLOGY, max(0, len(text) - _LONGEST_APOLOGY))
        while start >= 0 and not self._begins_sentence(text[:start]):
            start = text.find(_APOLOGY, start + 1)
        return None if start < 0 else start

    def _begins_sentence(self, before: str) -> bool:
        said = before.rstrip()
        last = said[-1:] or self._last
        return not last or "\n" in before[len(said) :] or not (last.isalnum() or last in _OPENERS)


def _beginning(text: str) -> int:
    """How many characters at the end may be the beginning of the apology."""
    sizes = range(len(_APOLOGY) - 1, 0, -1)
    return next((size for size in sizes if text.endswith(_APOLOGY[:size])), 0)


def _is_high_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udbff"


@dataclass(slots=True)
class _Message:
    """One message of the agent. It is open as long as its deltas come and its whole text has not."""

    id: str
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return mend("".join(self.pieces))


class Speech:
    """Joins deltas and whole texts, by message id, to what is to be shown.

    Deltas of a message are followed by its whole text, which says everything again; or the whole text comes alone.
    """

    __slots__ = ("_corrections", "_done", "_held", "_messages", "_open", "_stale")

    def __init__(self) -> None:
        self._messages: list[_Message] = []
        self._open: dict[str, _Message] = {}
        self._done: dict[str, _Message] = {}
        self._held = HoldBack()
        self._stale = False  # what was shown is not what was said: a correction is due
        self._corrections = 0

    def delta(self, message_id: str, text: str) -> list[Text]:
        """A piece of a message."""
        message = self._open.get(message_id)
        if message is None:
            message = self._open[message_id] = _Message(message_id, [text])
            return self._begin(message)
        message.pieces.append(text)
        if message is self._messages[-1] and not self._stale:
            return _shown(self._held.push(text))
        self._stale = True  # two messages grow at once: the earlier one is put right at its end
        return []

    def whole(self, message_id: str, text: str) -> list[Text]:
        """The whole text of a message, with or without deltas before it."""
        message = self._open.pop(message_id, None) or self._adopt(text)
        if message is None:
            return self._alone(_Message(message_id, [text]))
        said = message.text
        message.pieces = [text]
        self._done[message_id] = message
        if self._stale or message is not self._messages[-1]:
            return self._correct()
        if text.startswith(said):
            return _shown(self._held.push(text[len(said) :]))
        return [] if text.strip() == said.strip() else self._correct()

    def interrupt(self) -> list[Text]:
        """Something else than text happened: what is held back is not the end, and text without an id begins anew."""
        self._open.pop("", None)
        return _shown(self._held.release())

    def finish(self) -> list[Text]:
        """The answer is over."""
        self._corrections = 0
        corrections = self._correct() if self._stale else []
        return corrections + _shown(self._held.finish())

    def _alone(self, message: _Message) -> list[Text]:
        known = self._done.get(message.id) if message.id else None
        if known is not None and known.text == message.text:
            return []
        self._done[message.id] = message
        return self._begin(message)

    def _begin(self, message: _Message) -> list[Text]:
        shown = self._held.release() + self._held.push((PARAGRAPH if self._messages else "") + "".join(message.pieces))
        self._messages.append(message)
        return _shown(shown)

    def _adopt(self, text: str) -> _Message | None:
        """The open messages as one, if `text` repeats exactly them: older servers give each delta an id of its own."""
        if len(self._open) > len(text):  # most of a whole text's deltas are longer than nothing; keeps this linear
            return None
        opened = list(self._open.values())
        said = mend("".join(piece for message in opened for piece in message.pieces))
        if not said.strip() or said.strip() != text.strip():
            return None
        first, *others = opened
        first.pieces = [said]
        self._stale = self._stale or bool(others)
        self._messages = [message for message in self._messages if not any(message is other for other in others)]
        self._open.clear()
        return first

    def _correct(self) -> list[Text]:
        self._stale = self._corrections >= _CORRECTIONS
        if self._stale:
            return []
        self._corrections += 1
        self._held = HoldBack()
        shown = self._held.push(PARAGRAPH.join(message.text for message in self._messages))
        return [Text(shown, whole=True)]


def _shown(text: str) -> list[Text]:
    return [Text(text)] if text else []
