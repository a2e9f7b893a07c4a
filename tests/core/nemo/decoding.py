"""Streams to decode, and what a person would read in them."""

from __future__ import annotations

import json
from typing import Any

from core.nemo.events import Text, TurnEvent
from core.nemo.stream import TurnDecoder


def decode(*chunks: bytes) -> list[TurnEvent]:
    decoder = TurnDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.close()


def meaning(events: list[TurnEvent]) -> list[Any]:
    """Neighbouring appended texts as one string: where the deltas were cut does not matter."""
    told: list[Any] = []
    for event in events:
        if isinstance(event, Text) and not event.whole and told and isinstance(told[-1], str):
            told[-1] += event.text
        else:
            told.append(event.text if isinstance(event, Text) and not event.whole else event)
    return told


def said(events: list[TurnEvent]) -> str:
    """What a person has read at the end."""
    text = ""
    for event in events:
        if isinstance(event, Text):
            text = event.text if event.whole else text + event.text
    return text


def stream(*values: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)


def agent(text: str, *, mid: str = "", partial: bool | None = None, **more: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"content": {"parts": [{"text": text}], "role": "model"}, "author": "nemo_agent", **more}
    return event | ({"id": mid} if mid else {}) | ({} if partial is None else {"partial": partial})
