"""Videos: from the disk, by address, by handle; large ones, slow ones and those that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.telegram.line import UPLOAD_STALL
from core.errors import Refused, TooLarge
from core.messages import Choice, LocalClip, RemoteClip, SentClip
from tests.adapters.telegram.desk import Desk, at
from tests.wire.films import clip_in, film
from tests.wire.sites import giving, page
from tests.wire.telegram.faults import slow_upload
from tests.wire.telegram.people import Person

pytestmark = pytest.mark.anyio


async def test_too_large_is_said_before_anything_is_sent(hand: Desk, ann: Person, tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(49_500_001)
    clip = LocalClip(path, 320, 240, 1, 49_500_001)
    with pytest.raises(TooLarge):
        await hand.sender.send_video(at(ann), clip, "large", key="k1")
    with pytest.raises(TooLarge):
        await hand.sender.send_file(at(ann), clip, "large", key="k2")
    assert hand.server.ledger.of("sendVideo", "sendDocument") == []


async def test_a_file_that_is_not_there_is_refused(hand: Desk, ann: Person, clip: LocalClip) -> None:
    clip.path.unlink()
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), clip, "gone", key="k1")


async def test_by_url_only_what_telegram_fetches(hand: Desk, ann: Person) -> None:
    large = RemoteClip("https://cdn.example.org/v.mp4", 320, 240, 1, 20_000_001)
    with pytest.raises(TooLarge):
        await hand.sender.send_video(at(ann), large, "large", key="k1")
    away = RemoteClip("http://127.0.0.1:1/v.mp4", 320, 240, 1, 1000)
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), away, "away", key="k2")


async def test_what_telegram_fetches_itself_gets_a_cover(hand: Desk, ann: Person, tmp_path: Path) -> None:
    hand.server.strict_videos = True
    clip = clip_in(tmp_path, thumbnail=True)
    async with page(giving(film(), "video/mp4")) as url:
        there = RemoteClip(url, clip.width, clip.height, clip.seconds, clip.size, clip.thumbnail)
        await hand.sender.send_video(at(ann), there, "by link", key="k1")
    assert [message.data for message in ann.chat.videos] == [film()]
    assert hand.server.wrong == []


async def test_a_handle_of_another_bot_is_refused(hand: Desk, ann: Person) -> None:
    with pytest.raises(Refused):
        await hand.sender.send_video(at(ann), SentClip("BAACAgIAAx", 1, 1, 1, 1), "again", key="k1")


async def test_the_handle_of_a_video_opens_no_file(hand: Desk, ann: Person, clip: LocalClip) -> None:
    sent = await hand.sender.send_video(at(ann), clip, "once", key="k1")
    with pytest.raises(Refused):
        await hand.sender.send_file(at(ann), SentClip(sent.handle, 320, 240, 1, clip.size), "as a file", key="k2")
    assert hand.server.ledger.of("sendDocument") == []


async def test_a_film_that_has_become_an_animation_is_repeated_without_bytes(
    hand: Desk, ann: Person, tmp_path: Path
) -> None:
    hand.server.silent_is_animation = True
    silent = clip_in(tmp_path, film(sound=False))
    sent = await hand.sender.send_video(at(ann), silent, "once", key="k1")
    status = await hand.sender.send_text(at(ann), "Rendering…", key="k2")
    again = SentClip(sent.handle, silent.width, silent.height, silent.seconds, silent.size)
    repeated = await hand.sender.send_video(at(ann), again, "again", [Choice("More", "m")], key="k3")
    await hand.sender.replace_by_video(status, again, "in place")
    assert [message.kind for message in ann.chat.bots] == ["animation"] * 3
    assert [message.text for message in ann.chat.bots] == ["once", "in place", "again"]
    assert repeated.handle == sent.handle
    assert [call.files for call in hand.server.ledger.of("sendAnimation", "editMessageMedia")] == [{}, {}]


async def test_a_slow_upload_comes_through(hand: Desk, ann: Person, tmp_path: Path) -> None:
    """As slow for its size as a minute for 50 MB; the waiting times are asserted, not waited for."""
    data = film() + bytes(3_000_000)
    hand.server.faults.plan("sendVideo", slow_upload(1_500_000))
    await hand.sender.send_video(at(ann), clip_in(tmp_path, data), "slow", key="k1")
    assert ann.chat.videos[0].data == data
    assert UPLOAD_STALL >= 60
