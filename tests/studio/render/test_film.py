"""Whole films: playable, as ordered in pictures and sound, and drawn again only where something changed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import av.stream
import numpy as np
import pytest
from PIL import Image

from studio.render import (
    Caption,
    Fit,
    Mood,
    Motion,
    Music,
    Plan,
    RenderError,
    Shot,
    SourceUnreadable,
    Transition,
    render,
)
from tests.studio.render.reels import atoms, colours, greys, photo, plain, psnr, samples, shifts, unheard

RED, GREEN, BLUE = (200, 30, 30), (30, 160, 30), (30, 30, 200)


def shot(plan: Plan, folder: Path, name: str = "out.mp4") -> Path:
    render(plan, folder / name, folder / "work", unheard)
    return folder / name


def test_a_slideshow_with_titles_and_music_is_a_playable_mp4(tmp_path: Path) -> None:
    shots = (
        Shot(photo(tmp_path / "a.jpg", (640, 480)), 1.5, Motion.ZOOM_IN, Transition.DISSOLVE, 0.5),
        Shot(photo(tmp_path / "b.jpg", (300, 500), 1), 1.5, Motion.PAN_UP, Transition.WIPE, 0.5),
        Shot(photo(tmp_path / "c.jpg", (640, 360), 2), 1.5, Motion.END_FRAME),
    )
    plan = Plan(320, 180, 30, shots, (Caption("Lisbon", 0.2, 1.4),), Music(Mood.HAPPY))
    heard: list[float] = []
    result = render(plan, tmp_path / "out.mp4", tmp_path / "work", heard.append)

    assert result.seconds == plan.seconds == 3.5
    assert (result.width, result.height, result.size) == (320, 180, (tmp_path / "out.mp4").stat().st_size)
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert len(heard) > 10
    names = atoms(tmp_path / "out.mp4")
    assert names.index("moov") < names.index("mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (picture.width, picture.height, picture.frames) == (320, 180, 105)
        assert picture.average_rate == Fraction(30)
        assert (picture.codec_context.color_primaries, picture.codec_context.colorspace) == (1, 1)
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("aac", 48_000, 2)
        assert container.duration == 3_500_000
        assert [_seconds(stream) for stream in (picture, sound)] == [3.5, 3.5]
        stamps = [(packet.pts or 0) * packet.time_base for packet in container.demux(picture) if packet.size]
    assert sorted(stamps) == [Fraction(number, 30) for number in range(105)]
    assert len(greys(tmp_path / "out.mp4")) == 105


def _seconds(stream: av.stream.Stream) -> float:
    return float((stream.duration or 0) * (stream.time_base or 0))


@pytest.mark.parametrize("size", [(180, 320), (180, 180), (322, 182)])
def test_other_shapes_of_frames_come_out_as_ordered(tmp_path: Path, size: tuple[int, int]) -> None:
    plan = Plan(*size, 10, (Shot(photo(tmp_path / "a.jpg", (400, 300)), 0.5, Motion.ZOOM_OUT),))
    frames = colours(shot(plan, tmp_path))
    assert [frame.shape for frame in frames] == [(size[1], size[0], 3)] * 5


def test_without_sound_there_is_no_sound_track(tmp_path: Path) -> None:
    plan = Plan(64, 64, 10, (Shot(plain(tmp_path / "a.png", RED), 0.5),))
    with av.open(str(shot(plan, tmp_path))) as container:
        assert not container.streams.audio


def test_the_sound_is_as_long_as_the_picture_and_does_not_clip(tmp_path: Path) -> None:
    plan = Plan(64, 64, 10, (Shot(plain(tmp_path / "a.png", RED), 5),), sound=Music(Mood.EPIC, 1.0, 7))
    sound = samples(shot(plan, tmp_path))
    assert sound.shape[1] / 48_000 == pytest.approx(5, abs=0.03)
    assert 0.1 < np.abs(sound).max() < 0.99
    assert np.abs(sound[:, -480:]).max() < 0.01


@pytest.mark.parametrize(
    ("transition", "left", "right"),
    [
        (Transition.CUT, GREEN, GREEN),
        (Transition.DISSOLVE, (115, 95, 30), (115, 95, 30)),
        (Transition.FADE, (0, 0, 0), (0, 0, 0)),
        (Transition.SLIDE, RED, GREEN),
        (Transition.WIPE, GREEN, RED),
    ],
)
def test_in_the_middle_of_a_transition(
    tmp_path: Path, transition: Transition, left: tuple[int, int, int], right: tuple[int, int, int]
) -> None:
    shots = (
        Shot(plain(tmp_path / "a.png", RED), 1, transition=transition, overlap=0.5),
        Shot(plain(tmp_path / "b.png", GREEN), 1),
    )
    plan = Plan(320, 180, 30, shots)
    frames = colours(shot(plan, tmp_path))
    middle = frames[22] if transition is not Transition.CUT else frames[30]
    assert np.abs(frames[0][90, 160].astype(int) - RED).max() < 8
    assert np.abs(frames[-1][90, 160].astype(int) - GREEN).max() < 8
    assert np.abs(middle[90, 40].astype(int) - left).max() < 14
    assert np.abs(middle[90, 280].astype(int) - right).max() < 14


def test_the_colours_of_a_picture_are_those_of_the_video(tmp_path: Path) -> None:
    for name, colour in (("r", RED), ("g", GREEN), ("b", BLUE), ("w", (255, 255, 255)), ("k", (0, 0, 0))):
        plan = Plan(64, 64, 10, (Shot(plain(tmp_path / f"{name}.png", colour), 0.2),))
        last = colours(shot(plan, tmp_path, f"{name}.mp4"))[-1]
        assert np.abs(last[32, 32].astype(int) - colour).max() <= 4, name


def test_a_picture_of_another_shape_stands_before_a_blurred_backdrop_of_itself(tmp_path: Path) -> None:
    plan = Plan(320, 180, 10, (Shot(photo(tmp_path / "a.jpg", (300, 400)), 0.3, fit=Fit.SMART),))
    last = greys(shot(plan, tmp_path))[-1].astype(float)
    middle, side = last[:, 110:210], last[:, :80]
    assert np.abs(np.diff(middle, axis=1)).mean() > 8 * np.abs(np.diff(side, axis=1)).mean()
    assert 16 < side.mean() < middle.mean()


@pytest.mark.parametrize(
    ("size", "frame"), [((640, 360), (320, 180)), ((300, 400), (320, 180)), ((640, 480), (180, 320))]
)
def test_an_end_frame_ends_on_the_picture_itself(tmp_path: Path, size: tuple[int, int], frame: tuple[int, int]) -> None:
    source = photo(tmp_path / "a.png", size)
    plan = Plan(*frame, 30, (Shot(source, 2, Motion.END_FRAME),))
    frames = colours(shot(plan, tmp_path))
    scale = min(frame[0] / size[0], frame[1] / size[1])
    width, height = 2 * round(size[0] * scale / 2), 2 * round(size[1] * scale / 2)
    left, top = (frame[0] - width) // 2, (frame[1] - height) // 2
    with Image.open(source) as image:
        whole = np.asarray(image.resize((width, height), Image.Resampling.LANCZOS))
    shown = [last[top : top + height, left : left + width] for last in frames]
    assert min(psnr(last, whole) for last in shown[-5:]) >= 40
    assert psnr(shown[0], whole) < 30


@pytest.mark.parametrize("motion", [Motion.ZOOM_IN, Motion.PAN_RIGHT])
def test_motion_is_steady_to_a_fraction_of_a_pixel(tmp_path: Path, motion: Motion) -> None:
    plan = Plan(640, 360, 30, (Shot(photo(tmp_path / "a.jpg", (1600, 900)), 2, motion),))
    moves = shifts(greys(shot(plan, tmp_path)), 60, 40, 128)
    places = np.arange(len(moves))
    for way in moves.T:
        smooth = np.polyval(np.polyfit(places, way, 3), places)
        assert np.sqrt(np.mean((way - smooth) ** 2)) < 0.15
    assert np.abs(moves).mean() > 0.05


def test_a_still_stands_still(tmp_path: Path) -> None:
    plan = Plan(320, 180, 10, (Shot(photo(tmp_path / "a.jpg", (640, 360)), 1),))
    frames = greys(shot(plan, tmp_path))
    assert min(psnr(frame, frames[0]) for frame in frames) > 40


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(photo(tmp_path / "a.jpg", (640, 480)).read_bytes()[:900])
    plan = Plan(64, 64, 10, (Shot(plain(tmp_path / "b.png", RED), 0.5), Shot(broken, 0.5)))
    with pytest.raises(SourceUnreadable) as caught:
        shot(plan, tmp_path)
    assert caught.value.source == broken
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("content", [None, b"", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"some text"])
def test_a_missing_or_foreign_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    odd = tmp_path / "odd.jpg"
    if content is not None:
        odd.write_bytes(content)
    with pytest.raises(SourceUnreadable) as caught:
        shot(Plan(64, 64, 10, (Shot(odd, 0.5),)), tmp_path)
    assert caught.value.source == odd


def test_an_output_that_cannot_be_written_is_a_render_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    plan = Plan(64, 64, 10, (Shot(plain(tmp_path / "a.png", RED), 0.2),))
    with pytest.raises(RenderError):
        render(plan, tmp_path / "file" / "out.mp4", tmp_path / "work", unheard)


def test_what_did_not_change_is_not_drawn_again(tmp_path: Path) -> None:
    first = Shot(photo(tmp_path / "a.jpg", (320, 180)), 3)
    one = Plan(64, 36, 10, (first, Shot(plain(tmp_path / "b.png", RED), 2)))
    shot(one, tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir()}
    other = Plan(64, 36, 10, (first, Shot(plain(tmp_path / "c.png", BLUE), 2)))
    shot(other, tmp_path)
    after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work").iterdir()}
    assert len(before) == len(after) == 4
    assert len(before.items() & after.items()) == 2


def test_a_picture_that_was_replaced_is_drawn_again(tmp_path: Path) -> None:
    plan = Plan(64, 36, 10, (Shot(plain(tmp_path / "a.png", RED), 0.5),))
    shot(plan, tmp_path)
    plain(tmp_path / "a.png", (20, 20, 201))
    assert np.abs(colours(shot(plan, tmp_path))[0][18, 32].astype(int) - BLUE).max() < 14


def test_a_damaged_segment_is_drawn_again(tmp_path: Path) -> None:
    plan = Plan(64, 36, 10, (Shot(photo(tmp_path / "a.jpg", (320, 180)), 2, Motion.ZOOM_IN),))
    whole = [frame.tobytes() for frame in greys(shot(plan, tmp_path))]
    segment = next((tmp_path / "work").glob("*.nut"))
    segment.write_bytes(segment.read_bytes()[:600])
    assert [frame.tobytes() for frame in greys(shot(plan, tmp_path))] == whole
