"""Recorded streams and one of everything, cut anywhere: each word comes once, and noise is a lost stream at worst."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StreamLost
from core.nemo.events import AgentError, Text, ToolFinished, ToolStarted, Unknown, Waiting
from tests.core.nemo.decoding import decode, meaning

RECORDINGS = {path.stem: path.read_bytes() for path in Path("tests/data/agent-events").glob("*.sse")}
TOOL_RESULT = {
    "status": "ok",
    "project_id": "p_123",
    "download_url": "http://127.0.0.1/x.mp4",
    "photos": 5,
    "seconds": 15,
}
STORYBOARD = "Sure - here is a storyboard for 5 photos. ✨"
MEANING: dict[str, list[Any]] = {
    "text": [STORYBOARD],
    "text-whole": [STORYBOARD],
    "thought": ["Use 3 s per photo."],
    "tools": [
        "Rendering now…",
        ToolStarted("render_video", {"photos": 5, "seconds": 15, "title": "Holiday"}),
        ToolFinished("render_video", TOOL_RESULT),
        "\n\nDone: render_video -> ['download_url', 'photos', 'project_id', 'seconds', 'status']",
    ],
    "error": ["I will now", AgentError("RuntimeError", "503 UNAVAILABLE: model overloaded")],
    "errorcode": ["Half an ans", AgentError("RESOURCE_EXHAUSTED", "Quota exceeded for model scripted-1")],
}
EVERYTHING = (
    "\ufeff: hello\n\n"
    'data: {"type":"text","content":"Größe: 😀 "}\n\n'
    "event: heartbeat\ndata: {}\n\n"
    "data:\n\n"
    'id: 7\nretry: 10\ndata: {"type":"text",\ndata: "content":"und 你好\\n"}\n\n'
    'data: {"type":"tool_call","name":"trim","args":{"s":1}}\n\n: beat\n'
    'data: {"type":"tool_result","name":"trim","result":{"ok":true}}\n\n'
    'data:{"type":"heartbeat"}\n\n'
    'data: {"content":{"parts":[{"text":"Fertig"}]},"id":"a","partial":true}\n\n'
    'data: {"content":{"parts":[{"text":"Fertig."}]},"id":"a"}\n\n'
    "data: [DONE]\n\n"
)


@pytest.mark.parametrize("name", MEANING)
def test_a_recorded_stream_says_each_word_once(name: str) -> None:
    assert meaning(decode(RECORDINGS[name])) == MEANING[name]


@pytest.mark.parametrize("name", MEANING)
def test_a_recorded_stream_may_be_cut_at_every_byte(name: str) -> None:
    recording = RECORDINGS[name]
    whole = decode(recording)
    for cut in range(len(recording) + 1):
        assert decode(recording[:cut], recording[cut:]) == whole, cut


@pytest.mark.parametrize("name", MEANING)
def test_a_recorded_stream_may_come_byte_by_byte(name: str) -> None:
    assert decode(*(bytes([byte]) for byte in RECORDINGS[name])) == decode(RECORDINGS[name])


def test_every_recording_is_tried() -> None:
    assert RECORDINGS.keys() == MEANING.keys()


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_small_stream_may_be_cut_at_every_pair_of_bytes(ending: str) -> None:
    small = ': beat\n\ndata: {"type":"text",\ndata: "content":"é😀"}\n\n'.replace("\n", ending).encode()
    whole = decode(small)
    assert whole == [Waiting(), Text("é😀")]
    for first in range(len(small) + 1):
        for second in range(first, len(small) + 1):
            assert decode(small[:first], small[first:second], small[second:]) == whole, (first, second)


@given(cuts=st.lists(st.integers(0, len(EVERYTHING.encode()) + 60)), ending=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=200, deadline=None)
def test_neither_cuts_nor_line_ends_change_the_meaning(cuts: list[int], ending: str) -> None:
    data = EVERYTHING.replace("\n", ending).encode()
    chunks = [data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data)])]
    assert decode(*chunks) == [
        Waiting(),
        Text("Größe: 😀"),
        Waiting(),
        Waiting(),
        Text(" und 你好"),
        Text("\n"),
        ToolStarted("trim", {"s": 1}),
        Waiting(),
        ToolFinished("trim", {"ok": True}),
        Waiting(),
        Text("\n\nFertig"),
        Text("."),
        Unknown("not a JSON object"),
    ]


@given(st.lists(st.binary(max_size=40), max_size=20))
@settings(max_examples=300, deadline=None)
def test_noise_is_an_event_or_a_lost_stream_and_nothing_else(chunks: list[bytes]) -> None:
    try:
        events = decode(*chunks)
    except StreamLost:
        return
    assert all(isinstance(event, Waiting | Unknown) for event in events)


@pytest.mark.parametrize("name", MEANING)
def test_a_stream_that_ends_inside_an_event_is_lost(name: str) -> None:
    recording = RECORDINGS[name]
    last = recording.rstrip(b"\n").rfind(b"\n\n") + 2
    json_end = len(recording.rstrip(b"\n"))
    for cut in range(max(last, 2) + 1, json_end):
        with pytest.raises(StreamLost):
            decode(recording[:cut])
    for cut in range(json_end, len(recording) + 1):
        assert meaning(decode(recording[:cut])) == MEANING[name]
