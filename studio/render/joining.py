"""The finished file: segments one after the other, the sound beside them, the index first. Nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from studio.render.plan import Plan
from studio.render.segments import Segment
from studio.render.soundtrack import Soundtrack

Track: TypeAlias = "Packet[VideoStream] | Packet[AudioStream]"


def join(segments: Sequence[Segment], sound: Soundtrack, plan: Plan, output: Path) -> None:
    """Write the MP4. It appears whole or not at all."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.with_name(output.name + ".part")
    with ExitStack() as stack:
        target = stack.enter_context(av.open(str(unfinished), "w", format="mp4", options={"movflags": "+faststart"}))
        first = stack.enter_context(av.open(str(segments[0].path)))
        tracks: list[Iterator[Track]] = [
            _video(segments, plan, target.add_stream_from_template(first.streams.video[0]))
        ]
        if sound.source is not None:
            recorded = stack.enter_context(av.open(str(sound.path)))
            tracks.append(_audio(recorded, target.add_stream_from_template(recorded.streams.audio[0])))
        _mux(target, tracks)
    unfinished.replace(output)


def _mux(target: OutputContainer, tracks: Iterable[Iterator[Track]]) -> None:
    for packet in merge(*tracks, key=_when):  # interleaved, so that a player need not jump
        target.mux_one(packet)


def _when(packet: Track) -> float:
    return float((packet.dts or 0) * packet.time_base)


def _video(segments: Iterable[Segment], plan: Plan, stream: VideoStream) -> Iterator[Packet[VideoStream]]:
    base = Fraction(1, plan.fps)
    for segment in segments:
        with av.open(str(segment.path)) as container:
            delay = 0
            for place, packet in enumerate(_packets(container)):
                shown = round((packet.pts or 0) * packet.time_base / base)
                delay = shown if place == 0 else delay  # the first is shown first: the file counts from a negative time
                packet.pts, packet.dts = segment.start + shown - delay, segment.start + place - delay
                packet.duration, packet.time_base, packet.stream = 1, base, stream
                yield packet


def _packets(container: InputContainer) -> Iterator[Packet[VideoStream]]:
    return (packet for packet in container.demux(container.streams.video[0]) if packet.size)


def _audio(container: InputContainer, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
    for packet in container.demux(container.streams.audio[0]):
        if packet.size:
            packet.stream = stream
            yield packet
