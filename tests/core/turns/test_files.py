"""Files that people hand in: what can be used is used, what cannot is named, and one bad file spoils no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.jobs import Phase
from core.messages import Attachment, Kind
from studio.faults import Answer, Endpoint
from tests.core.chat import LIMITS, ChatRoom
from tests.core.house import Person, photo
from tests.core.turns.conftest import Build

pytestmark = pytest.mark.anyio

WISH = "a 6-second slideshow of these with music"


def bad(person: Person, name: str, data: bytes) -> Attachment:
    person.house.room.files[name] = data
    return Attachment(Kind.FILE, name, name)


async def test_bad_files_get_one_sentence_each_and_the_neighbours_go_on(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        first, second = anna.photos(2)
        files = (first, bad(anna, "notes.heic", b"just text" * 50), bad(anna, "empty.jpg", b""), second)
        message = await anna.sends(WISH, attachments=files)
        await anna.is_done_with(message, Phase.DONE)
        told = await anna.sees("notes.heic is not a format that I can use.")
        assert "empty.jpg is empty. Please send it again." in told.text
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2
        assert len(home.room.videos) == 1
        assert len(home.room.messages) == 3


async def test_only_bad_files_are_named_all_and_nothing_is_sent(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        files = (bad(anna, "a.heic", b"just text" * 50), bad(anna, "b.jpg", b""))
        message = await anna.sends(WISH, attachments=files)
        await anna.is_done_with(message, Phase.FAILED)
        await anna.sees("a.heic is not a format")
        await anna.sees("b.jpg is empty")
        assert home.studio.ledger.runs == []


async def test_a_file_that_is_too_large_is_refused_before_a_byte_moves(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        large = replace(anna.photos(1)[0], size=30_000_000, name="huge.jpg")
        message = await anna.sends(WISH, attachments=(large, *anna.photos(1)))
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees("huge.jpg is too large: 20 MB is the limit.")
        assert large.ref not in home.room.opened


async def test_a_file_that_is_gone_is_named(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        gone = Attachment(Kind.PHOTO, "nowhere", "gone.jpg")
        message = await anna.sends(WISH, attachments=(gone, *anna.photos(1)))
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees("This file is no longer there. Please send it again.")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(4001, "does not take this kind of file"), (4002, "too large for the video service: 200 MB is the limit")],
)
async def test_a_file_that_the_backend_refuses_is_named(build: Build, code: int, sentence: str) -> None:
    async with build() as home:
        home.studio.faults.order(Endpoint.UPLOAD, Answer(200, json={"code": code}))
        anna = home.person()
        message = await anna.sends(WISH, photos=2)
        await anna.is_done_with(message, Phase.DONE)
        await anna.sees(sentence)
        assert len(home.room.videos) == 1


async def test_sixty_one_photos_are_one_too_many(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        message = await anna.sends(WISH, attachments=anna.photos(61))
        await anna.is_done_with(message, Phase.DONE)
        told = await anna.sees("is left out: a project holds 60 files.")
        assert told.text.count("left out") == 1
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 60


async def test_photos_of_a_failed_turn_are_not_asked_for_again(build: Build) -> None:
    async with build(credits=0) as home:
        anna = home.person()
        message = await anna.sends(WISH, photos=2)
        await anna.is_done_with(message, Phase.FAILED)
        for user in list(home.studio.backend.accounts._accounts):
            account = home.studio.backend.accounts._accounts[user]
            home.studio.backend.accounts._accounts[user] = replace(account, available=1000)
        await anna.presses("Try again")
        await anna.gets_video()
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 2


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"", "EmptyFile"), (b"only words" * 99, "UnknownFormat"), (photo(7)[:900], "BrokenFile")],
    ids=["empty", "text", "cut"],
)
async def test_where_nobody_can_be_asked_a_bad_file_is_a_failure_before_anything_is_uploaded(
    build: Build, data: bytes, error: str
) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, one_shot=True)
        anna = home.person()
        files = (*anna.photos(2), bad(anna, "b.jpg", data))
        message = await anna.sends(WISH, attachments=files, whole=True)
        job = await anna.is_done_with(message, Phase.FAILED)
        assert job.notes["error"] == error
        assert home.studio.ledger.runs == []
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 0


async def test_where_nobody_can_be_asked_every_file_is_opened_once(build: Build) -> None:
    async with build() as home:
        home.room.limits_now = replace(LIMITS, one_shot=True)
        anna = home.person()
        message = await anna.sends(WISH, photos=3)
        await anna.is_done_with(message, Phase.DONE)
        assert len(home.room.opened) == len(set(home.room.opened)) == 3
        assert home.studio.ledger.count(Endpoint.UPLOAD) == 3


class KeepingRoom(ChatRoom):
    """A chat whose files we keep ourselves."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go_of: dict[str, float] = {}

    async def let_go(self, attachments: Sequence[Attachment], seconds: float) -> None:
        self.let_go_of |= dict.fromkeys((one.ref for one in attachments), seconds)


async def test_what_was_handed_in_is_kept_for_an_hour_after_the_video_and_not_before(build: Build) -> None:
    room = KeepingRoom()
    async with build(room=room) as home:
        anna = home.person()
        files = anna.photos(2)
        await anna.is_done_with(await anna.sends(attachments=files), Phase.DONE)
        assert room.let_go_of == {}
        await anna.is_done_with(await anna.sends("a 6-second slideshow"), Phase.DONE)
        assert room.let_go_of == {one.ref: 3600.0 for one in files}
