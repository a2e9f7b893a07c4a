"""Refusals are facts: what cannot be sent is said so, and Discord is not asked again in vain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.places import key_of
from core.errors import ChatGone, Refused, SlowDown, TooLarge
from core.messages import LocalClip
from tests.adapters.discord.office import Office, open_office
from tests.wire.discord.calls import POST
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


async def test_too_large_is_told_as_it_is_and_the_smaller_one_comes(
    office: Office, server: DiscordServer, clip: LocalClip, tmp_path: Path
) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(11 * 1024 * 1024))
    with pytest.raises(TooLarge):
        await office.sender.send_video(here, replace(clip, path=large), "x", key="video")
    await office.sender.send_video(here, clip, "x", key="smaller")
    assert len(anna.answers()) == 1


@pytest.mark.parametrize(("tier", "most"), [(0, 10), (1, 10), (2, 50), (3, 100)])
async def test_the_size_of_files_is_the_guilds(office: Office, server: DiscordServer, tier: int, most: int) -> None:
    channel = server.channel(server.guild(tier=tier))
    limits = await office.sender.limits(key_of(channel.id))
    assert limits.upload_bytes == most * 1024 * 1024


async def test_a_missing_permission_is_named_and_not_asked_for_again_and_again(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    channel = server.channel(server.guild())
    channel.denied.add("attach_files")
    for number in range(20):
        with pytest.raises(Refused, match="Attach Files"):
            await office.sender.send_video(key_of(channel.id), clip, "x", key=f"video{number}")
    assert len(server.called(POST)) == 1
    await office.sender.send_text(key_of(channel.id), "a link", key="link")
    assert len(server.budgets.invalid) == 1


async def test_a_channel_that_is_gone_is_a_fact(office: Office, server: DiscordServer) -> None:
    channel = server.channel(server.guild())
    key = key_of(channel.id)
    status = await office.sender.send_text(key, "Connecting…", key="status")
    server.delete_channel(channel)
    for _ in range(5):
        with pytest.raises(ChatGone):
            await office.sender.send_text(key, "x", key="more")
        with pytest.raises(ChatGone):
            await office.sender.edit_text(status, "x")
    assert len(server.called(POST)) == 2


async def test_who_was_thrown_out_cannot_speak(office: Office, server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild)
    server.kick_bot(guild)
    with pytest.raises(ChatGone):
        await office.sender.send_text(key_of(channel.id), "x", key="k")


async def test_a_status_that_somebody_deleted_is_refused(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    status = await office.sender.send_text(key_of(anna.dm.id), "Connecting…", key="status")
    server.posts.remove(anna.answers()[0])
    with pytest.raises(Refused):
        await office.sender.edit_text(status, "x")


async def test_a_bad_token_is_tried_once(server: DiscordServer) -> None:
    async with open_office(server) as office:
        office.sender._rest._settings = replace(office.settings, token="wrong")
        for _ in range(5):
            with pytest.raises(Refused):
                await office.sender.send_text(key_of(1), "x", key="k")
    assert len(server.calls) == 1


async def test_while_the_store_is_away_nothing_is_posted(office: Office, server: DiscordServer) -> None:
    anna = server.person()
    office.notes.away = True
    with pytest.raises(SlowDown):
        await office.sender.send_text(key_of(anna.dm.id), "x", key="k")
    assert server.calls == []
