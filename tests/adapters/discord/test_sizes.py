"""Files that are too large for a place: refused once, and from then on it is known what fits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.discord.places import key_of
from adapters.discord.sender import DiscordSender, limit_below
from core.errors import TooLarge
from core.messages import ConversationKey, LocalClip
from tests.adapters.discord.office import Office
from tests.wire.discord.calls import POST
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio

MiB = 1 << 20


async def in_place(sender: DiscordSender, here: ConversationKey, clip: LocalClip) -> None:
    await sender.replace_by_video(await sender.send_text(here, "Rendering…", key="status"), clip, "x")


@pytest.mark.parametrize(
    "send",
    [
        lambda sender, here, clip: sender.send_video(here, clip, "x", key="k"),
        lambda sender, here, clip: sender.send_file(here, clip, "x", key="k"),
        in_place,
    ],
)
async def test_a_guild_that_has_lost_its_boosts_costs_one_refused_upload(
    office: Office,
    server: DiscordServer,
    clip: LocalClip,
    tmp_path: Path,
    send: Callable[[DiscordSender, ConversationKey, LocalClip], Awaitable[object]],
) -> None:
    guild = server.guild(tier=3)
    here = key_of(server.channel(guild).id)
    assert (await office.sender.limits(here)).upload_bytes == 100 * MiB
    guild.tier = 0
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(20 * MiB))
    with pytest.raises(TooLarge) as refused:
        await send(office.sender, here, replace(clip, path=large, size=20 * MiB))
    assert refused.value.limit == 10 * MiB
    assert (await office.sender.limits(here)).upload_bytes == 10 * MiB


async def test_one_place_says_nothing_of_another(office: Office, server: DiscordServer, tmp_path: Path) -> None:
    low, high = server.guild(tier=2), server.guild(tier=2)
    places = [key_of(server.channel(guild).id) for guild in (low, high)]
    for place in places:
        await office.sender.limits(place)
    low.tier = 0
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(11 * MiB))
    clip = LocalClip(large, 320, 240, 1.0, 11 * MiB)
    with pytest.raises(TooLarge):
        await office.sender.send_video(places[0], clip, "x", key="k")
    await office.sender.send_video(places[1], clip, "x", key="k")
    assert len(server.called(POST)) == 2


@pytest.mark.parametrize(
    ("size", "most"),
    [(120 * MiB, 100 * MiB), (100 * MiB, 50 * MiB), (20 * MiB, 10 * MiB), (10 * MiB, 5 * MiB), (3, 1)],
)
def test_the_next_try_is_a_step_of_the_ladder(size: int, most: int) -> None:
    assert limit_below(size) == most
