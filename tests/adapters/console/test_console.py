"""What somebody at a shell, or a script that reads along, gets to see; and the file that is left."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from adapters.console.screen import Screen, share_of
from adapters.console.sender import ConsoleSender
from adapters.console.translate import message_of
from core.errors import AttachmentGone
from core.messages import ConversationKey, LocalClip, MessageRef

HERE = ConversationKey("console", "shot")

pytestmark = pytest.mark.anyio


async def shown(output: Path, clip: LocalClip | None = None) -> tuple[list[str], ConsoleSender]:
    """The lines of a short journey as a pipe gets them."""
    pipe = io.StringIO()
    with Screen(pipe) as screen:
        sender = ConsoleSender(screen, output)
        status = await sender.send_text(HERE, "Got 2 photos.", key="job:status")
        for text in (
            "Uploading 2 of 2",
            "Your video",
            "Your video is ready.",
            "Your video is ready.\n\nRendering 40 %",
        ):
            await sender.edit_text(status, text)
        await sender.edit_text(status, "Your video is ready.")
        if clip is not None:
            await sender.send_video(HERE, clip, "caption", key="job:video")
    return pipe.getvalue().splitlines(), sender


@pytest.fixture
def clip(tmp_path: Path) -> LocalClip:
    """A finished video."""
    path = tmp_path / "work.mp4"
    path.write_bytes(b"video" * 1000)
    return LocalClip(path, 1920, 1080, 15.0, 5000)


async def test_a_pipe_gets_one_line_a_stage_and_a_growing_answer_once(tmp_path: Path, clip: LocalClip) -> None:
    lines, _ = await shown(tmp_path / "out.mp4", clip)
    assert lines == ["Got 2 photos.", "Uploading 2 of 2", "Your video is ready.", "Rendering 40 %"]


async def test_the_video_is_written_whole_and_nothing_else_is_left(tmp_path: Path, clip: LocalClip) -> None:
    output = tmp_path / "results" / "out.mp4"
    output.parent.mkdir()
    _, sender = await shown(output, clip)
    assert output.read_bytes() == clip.path.read_bytes()
    assert [path.name for path in output.parent.iterdir()] == ["out.mp4"]
    assert sender.sent == LocalClip(output, 1920, 1080, 15.0, 5000)


async def test_what_cannot_be_written_leaves_the_old_file_alone(tmp_path: Path, clip: LocalClip) -> None:
    output = tmp_path / "out.mp4"
    output.write_bytes(b"the one before")
    clip.path.unlink()
    sender = ConsoleSender(Screen(io.StringIO()), output)
    with pytest.raises(FileNotFoundError):
        await sender.send_video(HERE, clip, "caption", key="job:video")
    assert output.read_bytes() == b"the one before"
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


async def test_nobody_is_asked_anything(tmp_path: Path) -> None:
    limits = await ConsoleSender(Screen(io.StringIO()), tmp_path / "out.mp4").limits(HERE)
    assert limits.one_shot
    assert limits.repeats_are_harmless


async def test_a_photo_is_read_from_the_disk_and_a_lost_one_is_a_fact(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg" * 200_000)
    [attachment] = message_of([photo], "slower").attachments
    sender = ConsoleSender(Screen(io.StringIO()), tmp_path / "out.mp4")
    async with sender.open(attachment) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == photo.read_bytes()
    photo.unlink()
    with pytest.raises(AttachmentGone):
        async with sender.open(attachment):
            pytest.fail("it was opened")


async def test_every_shot_is_a_message_of_its_own_and_waits_for_nothing(tmp_path: Path) -> None:
    first, second = message_of([], "slower"), message_of([], "slower")
    assert first.whole
    assert first.key != second.key
    assert MessageRef(first.key, first.id) != MessageRef(second.key, second.id)


@pytest.mark.parametrize(
    ("stage", "share"),
    [
        ("Rendering 40 %", 40),
        ("Rendering 55 % · about 9 s left", 55),
        ("Uploading 2 of 4", 25),
        ("Connecting…", None),
        ("100% of the photos are there", None),
    ],
)
async def test_the_bar_shows_what_the_stage_says_and_nothing_else(stage: str, share: float | None) -> None:
    assert share_of(stage) == share
