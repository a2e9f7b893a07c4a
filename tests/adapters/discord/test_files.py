"""What people hand in is streamed, whole or not at all, however old its link is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.notebook import link_life
from core.errors import AttachmentGone, SlowDown, TooLarge
from core.messages import Attachment, Kind
from tests.adapters.discord.office import Office
from tests.wire.discord.people import Photo
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

DATA = bytes(range(256)) * 4000


async def read(office: Office, attachment: Attachment) -> bytes:
    async with office.sender.open(attachment) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_link_that_died_is_asked_for_again(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("look", files=[Photo("a.jpg", DATA)])
        (attachment,) = (await office.gets()).attachments
    server.expire_links()
    assert await read(office, attachment) == DATA
    asked = len(server.called("GET /channels/{channel}/messages/{message}"))
    assert await read(office, attachment) == DATA
    assert len(server.called("GET /channels/{channel}/messages/{message}")) == asked == 1


async def test_what_came_with_a_command_cannot_be_asked_for_again(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.runs("video", photos=[Photo("a.jpg", DATA)], prompt="go")
        (attachment,) = (await office.gets()).attachments
    assert await read(office, attachment) == DATA
    server.expire_links()
    with pytest.raises(AttachmentGone):
        await read(office, attachment)


async def test_a_picture_that_was_deleted_is_gone(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        said = anna.says("look", files=[Photo("a.jpg", DATA)])
        (attachment,) = (await office.gets()).attachments
    anna.removes(said)
    with pytest.raises(AttachmentGone):
        await read(office, attachment)


async def test_no_more_is_read_than_was_announced(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("look", files=[Photo("a.jpg", DATA)])
        (attachment,) = (await office.gets()).attachments
    with pytest.raises(TooLarge):
        await read(office, replace(attachment, size=1000))


async def test_a_download_that_breaks_off_is_not_taken_for_the_whole(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    async with office.listening():
        anna.says("look", files=[Photo("a.jpg", DATA)])
        (attachment,) = (await office.gets()).attachments
    with pytest.raises(SlowDown):
        await read(office, replace(attachment, size=len(DATA) + 1))
    server.faults.fail("GET /attachments", 503)
    with pytest.raises(SlowDown):
        await read(office, attachment)
    assert await read(office, attachment) == DATA


@pytest.mark.parametrize("ref", ["", "nonsense", "1:2", "1:m:x", "1:i5:7", "../..:9:9", "http://127.0.0.1/x:1:1"])
async def test_a_handle_that_is_none_of_ours_opens_nothing(office: Office, ref: str) -> None:
    with pytest.raises(AttachmentGone):
        await read(office, Attachment(Kind.PHOTO, ref, "a.jpg"))


async def test_a_forwarded_picture_can_be_read(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    ben = server.person("Ben")
    shown = ben.says("my cat", files=[Photo("cat.jpg", DATA)])
    async with office.listening():
        anna.forwards(shown)
        (attachment,) = (await office.gets()).attachments
        assert await read(office, attachment) == DATA
        server.expire_links()
        assert await read(office, attachment) == DATA


def test_a_link_is_kept_as_long_as_it_says() -> None:
    assert link_life("https://cdn.example.org/a.jpg?ex=3e8&is=1&hm=2&", 0.0) == 1000.0
    assert link_life("https://cdn.example.org/a.jpg?ex=3e8&is=1&hm=2&", 2000.0) == 60.0
    assert link_life("https://cdn.example.org/a.jpg", 0.0) == 86400.0
    assert link_life("https://cdn.example.org/a.jpg?ex=zz", 0.0) == 86400.0
