"""Videos: looked at, playable from their first bytes, with a picture that shows them, made to fit, and voice notes."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageStat

from core import errors
from core.media import boxes, sniff
from core.media.videos import Videos, open_videos
from tests.core.media import album, reel
from tests.core.media.processes import Ours, linux_only, state_of, wait_until


def kinds(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        return [box.kind for box in boxes.walk(file)]


def shown(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        assert picture.format == "JPEG"
        return picture.copy()


def brightness(picture: Image.Image) -> float:
    return float(ImageStat.Stat(picture.convert("L")).mean[0])


def fading_in(size: tuple[int, int]) -> reel.Painter:
    """Black for the first fifth, then what is filmed, then white."""

    def paint(part: float) -> Image.Image:
        if part < 0.2:
            return Image.new("RGB", size)
        return album.quadrants(*size) if part < 0.6 else Image.new("RGB", size, "white")

    return paint


# --- probe ------------------------------------------------------------------------------------------------------------


def test_a_probe_tells_what_a_player_would_show(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=2, size=(320, 180), fps=25)
    facts = runner.run(videos.probe(clip))
    assert (facts.width, facts.height, facts.fps) == (320, 180, 25.0)
    assert facts.seconds == pytest.approx(2.0, abs=0.05)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert facts.size == clip.stat().st_size
    assert not facts.fast_start


@pytest.mark.parametrize(("rotation", "size"), [(90, (180, 320)), (180, (320, 180)), (-90, (180, 320))])
def test_a_turned_video_has_the_size_that_is_shown(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, rotation: int, size: tuple[int, int]
) -> None:
    facts = runner.run(videos.probe(reel.clip(tmp_path / "clip.mp4", seconds=0.4, rotation=rotation)))
    assert (facts.width, facts.height) == size


def test_pixels_that_are_not_square_are_made_so(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.4, size=(240, 180), aspect=Fraction(4, 3))
    facts = runner.run(videos.probe(clip))
    assert (facts.width, facts.height) == (320, 180)


def test_a_silent_video_has_no_audio_codec(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    facts = runner.run(videos.probe(reel.clip(tmp_path / "clip.mp4", seconds=0.4, sound=False, fast=True)))
    assert facts.audio_codec is None
    assert facts.fast_start


@pytest.mark.parametrize(("form", "codec"), [("webm", "libvpx"), ("matroska", "mpeg4"), ("mov", "mjpeg")])
def test_other_containers_are_understood(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, form: str, codec: str
) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.4, form=form, codec=codec, sound=False)
    assert runner.run(videos.probe(clip)).width == 320


# --- fast start -------------------------------------------------------------------------------------------------------


def test_moving_the_index_changes_no_sample_and_no_time(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip, target = reel.clip(tmp_path / "clip.mp4", options={"preset": "medium"}), tmp_path / "fast.mp4"
    assert any(shown_at != decoded_at for _, decoded_at, shown_at, _ in reel.packets(clip))
    assert kinds(clip).index(b"moov") > kinds(clip).index(b"mdat")
    assert runner.run(videos.fast_start(clip, target)) == target
    assert kinds(target)[:2] == [b"ftyp", b"moov"]
    assert sorted(kinds(target)) == sorted(kinds(clip))
    assert target.stat().st_size == clip.stat().st_size
    assert reel.packets(target) == reel.packets(clip)
    assert [frame.tobytes() for frame in reel.frames(target)] == [frame.tobytes() for frame in reel.frames(clip)]


def test_an_index_that_is_first_stays_where_it_is(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.4, fast=True)
    assert runner.run(videos.fast_start(clip, tmp_path / "fast.mp4")) == clip
    assert list(tmp_path.iterdir()) == [clip]


def test_a_fragmented_video_is_left_alone(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    with av.open(str(clip), "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov"}) as out:
        whole = reel.clip(tmp_path / "whole.mp4", seconds=0.4, sound=False)
        with av.open(str(whole)) as container:
            stream = out.add_stream_from_template(container.streams.video[0])
            for packet in container.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    out.mux(packet)
    assert runner.run(videos.fast_start(clip, tmp_path / "fast.mp4")) == clip


# --- thumbnail --------------------------------------------------------------------------------------------------------


def test_the_thumbnail_shows_what_the_video_is_about(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    size = (640, 360)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=4, size=size, paint=fading_in(size), sound=False)
    target = runner.run(videos.thumbnail(clip, tmp_path / "thumb.jpg"))
    picture = shown(target)
    assert picture.size == (320, 180)
    assert target.stat().st_size <= 200_000
    assert album.corners(picture) == ["red", "green", "blue", "grey"]


def test_the_thumbnail_of_a_turned_video_stands_upright(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=1, rotation=-90, paint=lambda _: album.quadrants(320, 180))
    picture = shown(runner.run(videos.thumbnail(clip, tmp_path / "thumb.jpg")))
    assert picture.size == (180, 320)
    assert album.corners(picture) == ["blue", "red", "grey", "green"]


def test_a_long_video_is_looked_at_in_more_than_its_first_seconds(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path
) -> None:
    size = (64, 48)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=120, fps=5, size=size, paint=fading_in(size), sound=False)
    picture = shown(runner.run(videos.thumbnail(clip, tmp_path / "thumb.jpg")))
    assert album.corners(picture) == ["red", "green", "blue", "grey"]


def test_a_video_of_one_frame_has_that_as_its_thumbnail(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.04, sound=False)
    assert shown(runner.run(videos.thumbnail(clip, tmp_path / "thumb.jpg"))).size == (320, 180)


def test_a_thumbnail_keeps_to_its_bytes(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    size = (640, 360)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.4, size=size, paint=reel.noise(size), sound=False)
    target = runner.run(videos.thumbnail(clip, tmp_path / "thumb.jpg", max_edge=320, max_bytes=12_000))
    assert target.stat().st_size <= 12_000
    with pytest.raises(errors.TooManyBytes):
        runner.run(videos.thumbnail(clip, tmp_path / "none.jpg", max_bytes=500))
    assert not (tmp_path / "none.jpg").exists()


# --- fit --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.5, 0.15])
def test_a_video_is_made_to_fit_and_still_plays(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, part: float
) -> None:
    size = (640, 360)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=3, size=size, paint=reel.noise(size))
    limit = int(clip.stat().st_size * part)
    target = runner.run(videos.fit(clip, tmp_path / "fit.mp4", limit))
    assert target.stat().st_size <= limit
    assert target.stat().st_size > limit * 0.4  # noise differs from run to run; far below, room would be wasted
    facts = runner.run(videos.probe(target))
    assert (facts.video_codec, facts.audio_codec, facts.fast_start) == ("h264", "aac", True)
    assert facts.seconds == pytest.approx(3.0, abs=0.1)
    assert facts.width / facts.height == pytest.approx(16 / 9, abs=0.05)
    assert reel.loudness(target) > 0.05
    assert len(list(reel.frames(target))) == 75
    assert sorted(left.name for left in tmp_path.iterdir()) == ["clip.mp4", "fit.mp4"]


def test_few_bits_are_spent_on_a_smaller_picture(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    size = (1280, 720)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=1, size=size, paint=reel.noise(size), sound=False)
    target = runner.run(videos.fit(clip, tmp_path / "fit.mp4", 60_000))
    facts = runner.run(videos.probe(target))
    assert facts.width < 1000
    assert target.stat().st_size <= 60_000


def test_a_video_of_many_frames_a_second_gets_thirty(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=2, fps=60, paint=reel.noise((320, 180)))
    target = runner.run(videos.fit(clip, tmp_path / "fit.mp4", clip.stat().st_size // 3))
    facts = runner.run(videos.probe(target))
    assert facts.fps == pytest.approx(30, abs=1)
    assert facts.seconds == pytest.approx(2.0, abs=0.1)


def test_a_turned_video_stays_turned_when_made_to_fit(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=1, rotation=90, paint=reel.noise((320, 180)), sound=False)
    target = runner.run(videos.fit(clip, tmp_path / "fit.mp4", clip.stat().st_size // 2))
    facts = runner.run(videos.probe(target))
    assert facts.height > facts.width


def test_what_fits_is_left_alone(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=0.4)
    assert runner.run(videos.fit(clip, tmp_path / "fit.mp4", 10_000_000)) == clip


def test_what_cannot_fit_is_refused_and_leaves_nothing(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=2)
    with pytest.raises(errors.TooManyBytes) as caught:
        runner.run(videos.fit(clip, tmp_path / "fit.mp4", 9_000))
    assert caught.value.limit == 9_000
    assert list(tmp_path.iterdir()) == [clip]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("job", ["fit", "to_m4a", "fast_start", "thumbnail"])
def test_a_full_disk_is_not_the_videos_fault(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: str
) -> None:
    clip = reel.clip(tmp_path / "clip.mp4", seconds=1, paint=reel.noise((320, 180)))
    monkeypatch.setattr("secrets.token_hex", lambda _: "full")
    (tmp_path / "full.part").symlink_to("/dev/full")
    further = {"max_bytes": clip.stat().st_size // 2} if job == "fit" else {}
    with pytest.raises(OSError, match="No space left"):
        runner.run(getattr(videos, job)(clip, tmp_path / "target", **further))
    assert list(tmp_path.iterdir()) == [clip]


@linux_only
def test_a_cancelled_encoding_leaves_no_process_and_no_file(ours: Ours, tmp_path: Path) -> None:
    size = (1280, 720)
    clip = reel.clip(tmp_path / "clip.mp4", seconds=1, size=size, paint=reel.noise(size), sound=False)

    async def scenario() -> None:
        async with open_videos() as videos:
            encoding = asyncio.create_task(videos.fit(clip, tmp_path / "fit.mp4", clip.stat().st_size // 2))
            await asyncio.to_thread(wait_until, lambda: any("passes" in left.name for left in tmp_path.iterdir()))
            (child,) = ours()
            encoding.cancel()
            with pytest.raises(asyncio.CancelledError):
                await encoding
            assert state_of(child) == ""

    asyncio.run(scenario())
    assert not ours()
    assert list(tmp_path.iterdir()) == [clip]


# --- sound and clips --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "codec"), [("ogg", "libopus"), ("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("adts", "aac")]
)
def test_a_voice_note_becomes_an_m4a_of_the_same_length(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, form: str, codec: str
) -> None:
    note = reel.tone(tmp_path / "note", form, codec, seconds=3)
    target = runner.run(videos.to_m4a(note, tmp_path / "note.m4a"))
    assert sniff.sniff(target.read_bytes()[: sniff.HEAD_BYTES]) is sniff.M4A
    assert kinds(target).index(b"moov") < kinds(target).index(b"mdat")
    with av.open(str(target)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
        assert float(container.duration or 0) / av.time_base == pytest.approx(3.0, abs=0.1)
    assert reel.loudness(target) > 0.05


@pytest.mark.parametrize("data", [b"", b"OggS" + bytes(24) + b"OpusHead" + bytes(200), b"hello"])
def test_a_broken_voice_note_is_told_as_such(
    runner: asyncio.Runner, videos: Videos, tmp_path: Path, data: bytes
) -> None:
    note = tmp_path / "note.ogg"
    note.write_bytes(data)
    with pytest.raises(errors.NotPlayable):
        runner.run(videos.to_m4a(note, tmp_path / "note.m4a"))
    assert list(tmp_path.iterdir()) == [note]


def test_a_clip_is_ready_to_be_sent(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    path = reel.clip(tmp_path / "result.mp4", seconds=1)
    clip = runner.run(videos.clip_of(path))
    assert kinds(clip.path)[1] == b"moov"
    assert (clip.width, clip.height, clip.size) == (320, 180, clip.path.stat().st_size)
    assert clip.seconds == pytest.approx(1.0, abs=0.05)
    assert clip.thumbnail is not None
    assert shown(clip.thumbnail).size == (320, 180)
    assert brightness(shown(clip.thumbnail)) > 20


def test_a_clip_without_a_thumbnail_is_still_a_clip(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    path = reel.clip(tmp_path / "result.mp4", seconds=2, codec="mjpeg", sound=False, fast=True)
    data = bytearray(path.read_bytes())
    good = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 20  # the first two frames or so
    data[good:] = bytes(len(data) - good)
    path.write_bytes(data)
    clip = runner.run(videos.clip_of(path))
    assert (clip.path, clip.width, clip.thumbnail) == (path, 320, None)
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_with_room_gets_a_larger_thumbnail(runner: asyncio.Runner, videos: Videos, tmp_path: Path) -> None:
    clip = runner.run(videos.clip_of(reel.clip(tmp_path / "a.mp4", seconds=0.4, size=(1280, 720)), edge=960))
    assert clip.thumbnail is not None
    assert shown(clip.thumbnail).size == (960, 540)
