"""Videos within a video: shown from where, as fast and the way up that was ordered."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.render import Motion, Plan, Shot, SourceUnreadable, Transition, render
from tests.studio.render.reels import greys, photo, unheard, video

SHADES = [20 + 10 * number for number in range(20)]


def shades(plan: Plan, folder: Path) -> list[int]:
    """The brightness in the middle of every frame, as RGB would have it."""
    render(plan, folder / "out.mp4", folder / "work", unheard)
    frames = greys(folder / "out.mp4")
    height, width = frames[0].shape
    return [round((int(frame[height // 2, width // 2]) - 16) * 255 / 219) for frame in frames]


def test_a_video_is_shown_frame_by_frame(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", (320, 180), SHADES)
    plan = Plan(320, 180, 10, (Shot(source, 2, kind="video"),))
    assert shades(plan, tmp_path) == pytest.approx(SHADES, abs=4)


def test_a_slower_video_is_shown_at_its_own_speed(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", (320, 180), SHADES)
    plan = Plan(320, 180, 30, (Shot(source, 2, kind="video"),))
    seen = shades(plan, tmp_path)
    assert len(seen) == 60
    assert seen[1::3] == pytest.approx(SHADES, abs=4)


def test_a_video_can_begin_later_and_holds_its_last_frame(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", (320, 180), SHADES)
    plan = Plan(320, 180, 10, (Shot(source, 1.5, kind="video", trim_start=1.5),))
    assert shades(plan, tmp_path) == pytest.approx(SHADES[15:] + SHADES[-1:] * 10, abs=4)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.ts", "a.mov"])
def test_a_start_behind_the_end_shows_the_last_frame(tmp_path: Path, name: str) -> None:
    source = video(tmp_path / name, (320, 180), SHADES)
    plan = Plan(320, 180, 10, (Shot(source, 0.5, kind="video", trim_start=60),))
    assert shades(plan, tmp_path) == pytest.approx(SHADES[-1:] * 5, abs=4)


def test_segments_begin_in_the_middle_of_a_video(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", (160, 90), [20 + 4 * number for number in range(50)])
    plan = Plan(160, 90, 10, (Shot(source, 5, kind="video"),))
    assert shades(plan, tmp_path) == pytest.approx([20 + 4 * number for number in range(50)], abs=4)


def test_a_turned_video_is_shown_upright_before_a_backdrop(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        picture = np.zeros((180, 320, 3), np.uint8)
        picture[:, :160] = 200
        stream.set_display_rotation(90)
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode(None))
    with av.open(str(tmp_path / "a.mp4")) as container:
        turns = next(container.decode(video=0)).rotation
    assert turns in {90, -90}
    plan = Plan(320, 180, 10, (Shot(tmp_path / "a.mp4", 0.5, kind="video"),))
    render(plan, tmp_path / "out.mp4", tmp_path / "work", unheard)
    frame = greys(tmp_path / "out.mp4")[0]
    light, dark = (frame[150, 160], frame[30, 160]) if turns == 90 else (frame[30, 160], frame[150, 160])
    assert light > 150
    assert dark < 40
    assert frame[:, 5].std() < 60


def test_pictures_and_videos_go_over_into_each_other(tmp_path: Path) -> None:
    source = video(tmp_path / "a.mp4", (320, 180), [200] * 20)
    shots = (
        Shot(photo(tmp_path / "a.jpg", (320, 180)), 1, Motion.ZOOM_IN, Transition.DISSOLVE, 0.5),
        Shot(source, 1, Motion.ZOOM_OUT, kind="video"),
    )
    assert shades(Plan(320, 180, 10, shots), tmp_path)[-4:] == pytest.approx([200] * 4, abs=4)


@pytest.mark.parametrize("content", [b"", b"not a video", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 200])
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(SourceUnreadable) as caught:
        shades(Plan(64, 36, 10, (Shot(tmp_path / "a.mp4", 1, kind="video"),)), tmp_path)
    assert caught.value.source == tmp_path / "a.mp4"
