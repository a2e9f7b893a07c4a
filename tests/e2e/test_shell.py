"""`photoreel make` as a script uses it: files in, a file out, an exit code."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import av
import pytest

from tests.e2e.conftest import PHOTOS
from tests.e2e.program import Stage, until
from tests.wire.studio import studio_in_thread


def test_photos_of_every_kind_become_a_video_that_plays(stage: Stage, samples: list[Path], tmp_path: Path) -> None:
    heic = next(iter(sorted(PHOTOS.glob("*.heic"))))
    files = [str(samples[0]), str(heic), str(samples[2])]
    done = stage.run("make", *files, "-p", "a 2 second vertical slideshow with music", "--studio", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["width"], facts["height"]) == (1080, 1920)
    with av.open(str(tmp_path / "out.mp4")) as video:
        frames = sum(1 for _ in video.decode(video=0))
        assert [stream.codec_context.name for stream in video.streams] == ["h264", "aac"]
    assert frames == 60
    assert re.search(r"^(?:Checking|Uploading) \d of 3$", done.stderr, re.MULTILINE)
    assert "Rendering" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("missing.jpg",), 2, "there is no such file"),
        (("photo.jpg", "-o", "out.avi"), 2, "ends in .mp4"),
        (("photo.jpg", "-o", "nowhere/out.mp4"), 2, "there is no such folder"),
        (("photo.jpg", "-o", "folder.mp4"), 2, "this is a folder"),
        (("photo.jpg", "-o", "/proc/out.mp4"), 2, "nothing can be written there"),
        (("photo.jpg",) * 61, 2, "at most 60"),
        ((".",), 2, "this is not a file"),
        (("photo.jpg", "--skill", "cooking"), 2, "image-video"),
        ((), 2, "files"),
        (("text.heic",), 4, "not a format"),
        (("empty.jpg",), 4, "empty"),
        (("cut.jpg",), 4, "damaged"),
    ],
)
def test_what_cannot_be_done_has_its_sentence_and_its_exit_code(
    stage: Stage, samples: list[Path], tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "photo.jpg").write_bytes(samples[0].read_bytes())
    (tmp_path / "cut.jpg").write_bytes(samples[0].read_bytes()[:5000])
    (tmp_path / "text.heic").write_text("not a picture at all")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "folder.mp4").mkdir()
    done = stage.run("make", *arguments, "--studio")
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.mp4").exists()


def test_a_backend_that_refuses_gives_3(stage: Stage, samples: list[Path], tmp_path: Path) -> None:
    with studio_in_thread(tmp_path / "studio", credits=0) as backend:
        done = stage.run("make", str(samples[0]), "-p", "a 3 second clip", NEMO_API_URL=backend.url)
    assert done.returncode == 3
    assert "credits are used up" in done.stderr
    assert "/register?bind=anon_" in done.stderr


def test_ctrl_c_cancels_and_gives_130(stage: Stage, samples: list[Path], tmp_path: Path) -> None:
    with studio_in_thread(tmp_path / "studio", generation_seconds=30.0) as backend:
        program = stage.start("make", str(samples[0]), "-p", "a 3 second clip", NEMO_API_URL=backend.url)
        until(lambda: backend.ledger.runs, "the message at the backend")
        assert program.stop(signal.SIGINT) == 130
    assert "may still be charged" in program.said()
    assert "Traceback" not in program.said()
    assert not (tmp_path / "out.mp4").exists()


def test_two_shots_share_one_anonymous_token(stage: Stage, samples: list[Path], tmp_path: Path) -> None:
    with studio_in_thread(tmp_path / "studio") as backend:
        for _ in range(2):
            done = stage.run("make", str(samples[0]), "-p", "a 3 second clip", NEMO_API_URL=backend.url)
            assert done.returncode == 0, done.stderr
        asked = [call for call in backend.ledger.calls if call.path == "/api/auth/anonymous-token"]
    assert len(asked) == 1


def test_two_shots_at_once_do_not_stand_in_each_others_way(stage: Stage, samples: list[Path], tmp_path: Path) -> None:
    shots = [
        stage.start("make", str(samples[0]), "-p", "a 1 second clip", "--studio", "-o", f"{number}.mp4")
        for number in range(2)
    ]
    for shot in shots:
        assert shot.process.wait(120) == 0, shot.said()
    assert (tmp_path / "0.mp4").exists()
    assert (tmp_path / "1.mp4").exists()


def test_notes_sealed_with_another_key_are_said_and_waited_for_by_nobody(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    with studio_in_thread(tmp_path / "studio") as backend:
        for key, code in (("ab" * 32, 0), ("cd" * 32, 3)):
            shot = ("make", str(samples[0]), "-p", "a 1 second clip")
            done = stage.run(*shot, NEMO_API_URL=backend.url, PHOTOREEL_KEY=key)
            assert done.returncode == code, done.stderr
    assert "the key was changed" in done.stderr


def test_what_a_killed_shot_left_behind_is_gone_with_the_next(
    stage: Stage, samples: list[Path], tmp_path: Path
) -> None:
    left = stage.folder / "data" / "work" / "make-0123456789abcdef"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    with studio_in_thread(tmp_path / "studio") as backend:
        done = stage.run("make", str(samples[0]), "-p", "a 1 second clip", NEMO_API_URL=backend.url)
    assert done.returncode == 0, done.stderr
    assert list(left.parent.iterdir()) == []
