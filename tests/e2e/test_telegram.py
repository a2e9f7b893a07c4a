"""The whole program with Telegram as its chat, by polling and by webhook: photos in, a playable MP4 out."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import pytest

from studio.serve import Studio
from tests.core.house import photo
from tests.e2e.conftest import PHOTOS
from tests.e2e.program import Program, Stage
from tests.wire.studio import studio
from tests.wire.telegram.chats import Message
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi, bot_api

pytestmark = pytest.mark.anyio

Start = Callable[..., Program]

WISH = "make a 3 second slideshow of these"
SECRET = "made-up_secret-for-webhooks"
LONG = 90.0


@pytest.fixture
async def quick(tmp_path: Path) -> AsyncIterator[Studio]:
    """A backend that does not keep anybody waiting; without this fixture the program brings the real one."""
    async with studio(tmp_path / "studio") as backend:
        yield backend


def polling(stage: Stage, telegram: BotApi, **settings: str) -> Program:
    """The program, asking for updates."""
    reached = {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url, "NEMO_API_URL": "studio"}
    return stage.start("run", **{**reached, **settings})


def webhook(stage: Stage, telegram: BotApi, **settings: str) -> Program:
    """The program, being told of updates."""
    port = str(free_port())
    told = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PORT": port, "TELEGRAM_WEBHOOK_SECRET": SECRET}
    return polling(stage, telegram, **told, **settings)


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def video(telegram: BotApi, person: Person, number: int = 1) -> Message:
    """The video of this number, once it is in the private chat."""
    found = await telegram.until(lambda: person.chat.videos[number - 1 :], f"video {number}", within=LONG)
    return found[0]


def assert_plays(message: Message, seconds: float) -> None:
    """It is an H.264 film that can be decoded to its end, as long and as large as the message says."""
    stored = message.video
    assert stored is not None
    with av.open(io.BytesIO(message.data), "r") as container:
        track = container.streams.video[0]
        frames = sum(1 for _ in container.decode(track))
        assert track.codec_context.name == "h264"
        assert (track.width, track.height) == (stored.width, stored.height)
        assert frames > 0
        assert container.duration is not None
        assert abs(container.duration / av.time_base - seconds) < 0.5
    assert abs(stored.seconds - seconds) <= 0.5


async def test_a_photo_becomes_a_video_by_polling(stage: Stage, telegram: BotApi, samples: list[Path]) -> None:
    program = polling(stage, telegram)
    alice = telegram.person("Alice")
    alice.sends_photo(samples[0].read_bytes(), "make a 1 second slideshow of it")
    posted = await video(telegram, alice)
    assert_plays(posted, 1)
    assert "Change…" in posted.labels
    assert telegram.token not in program.said()
    menus = await telegram.until(lambda: menus_of(telegram) if len(menus_of(telegram)) == 4 else {}, "four menus")
    assert {"start", "video", "link"} <= set(menus["all_private_chats"])
    assert "link" not in menus["all_group_chats"]
    assert menus["all_private_chats zh"] == menus["all_private_chats"]


def menus_of(telegram: BotApi) -> dict[str, list[str]]:
    """The commands in the menus, by scope and language."""
    listed = {}
    for name, rows in telegram.profile.items():
        if name.startswith("commands {"):
            scope, _, language = name.removeprefix("commands ").rpartition(" ")
            listed[f"{json.loads(scope)['type']} {language}".strip()] = [row["command"] for row in rows]
    return listed


async def test_an_album_becomes_a_video_by_webhook_and_a_late_part_is_offered(
    stage: Stage, telegram: BotApi, quick: Studio
) -> None:
    program = webhook(stage, telegram, NEMO_API_URL=quick.url, GATHER_SECONDS="1.5")  # whatever the machine does
    alice = telegram.person("Alice")
    first, *_ = alice.sends_album([photo(1), photo(2)], WISH)
    posted = await video(telegram, alice)
    assert_plays(posted, 3)
    alice.sends_photo(photo(3), album=first.album)
    offer = await telegram.until(lambda: [one for one in alice.chat.bots if "1 more photo" in one.text], within=LONG)
    press = alice.presses(offer[0], offer[0].labels[0])
    await telegram.until(lambda: press.answered, "an answer to the press", within=LONG)
    assert_plays(await video(telegram, alice, 2), 4.5)  # one more of 1.5 s
    assert telegram.updates.webhook["url"].startswith("http://127.0.0.1:")
    assert SECRET not in program.said()


async def test_an_iphones_picture_is_taken_as_a_file(stage: Stage, telegram: BotApi, quick: Studio) -> None:
    polling(stage, telegram, NEMO_API_URL=quick.url)
    alice = telegram.person("Alice")
    alice.sends_document((PHOTOS / "turned.heic").read_bytes(), "IMG_0001.HEIC", caption=WISH)
    assert_plays(await video(telegram, alice), 3)


@pytest.mark.parametrize("way", [polling, webhook])
async def test_killed_in_the_middle_of_a_turn_it_goes_on_and_sends_nothing_twice(
    stage: Stage, telegram: BotApi, tmp_path: Path, way: Start
) -> None:
    async with studio(tmp_path / "studio", generation_seconds=3.0) as backend:
        program = way(stage, telegram, NEMO_API_URL=backend.url)
        alice, bob = telegram.person("Alice"), telegram.person("Bob")
        alice.sends_photo(photo(1), WISH)
        await telegram.until(lambda: backend.ledger.runs, "the message at the backend", within=LONG)
        await asyncio.to_thread(program.kill)
        bob.sends_photo(photo(2), "make a 4 second slideshow of it")
        way(stage, telegram, NEMO_API_URL=backend.url)
        assert_plays(await video(telegram, alice), 3)
        assert_plays(await video(telegram, bob), 4)
        assert len(alice.chat.videos) == len(bob.chat.videos) == 1
        assert sorted(backend.ledger.texts().values()) == [1, 1]


async def test_with_a_local_server_large_files_are_read_from_its_disk(stage: Stage, quick: Studio) -> None:
    async with bot_api(local=True) as telegram:
        polling(stage, telegram, TELEGRAM_LOCAL_MODE="true", NEMO_API_URL=quick.url)
        alice = telegram.person("Alice")
        size = 25 * 1024 * 1024
        told = {"announced": size, "delivered": size}
        alice.sends_document(photo(1), "large.jpg", "image/jpeg", WISH, **told)
        assert_plays(await video(telegram, alice), 3)
        assert telegram.ledger.of("file") == []


async def test_two_programs_share_one_bot(stage: Stage, telegram: BotApi, quick: Studio) -> None:
    for _ in range(2):
        polling(stage, telegram, NEMO_API_URL=quick.url)
    people = [telegram.person(name) for name in ("Alice", "Bob")]
    for number, person in enumerate(people):
        person.sends_photo(photo(number), WISH)
    for person in people:
        await video(telegram, person)
    assert [len(person.chat.videos) for person in people] == [1, 1]
    assert [call for call in telegram.ledger.of("getUpdates") if call.code == 409] == []
