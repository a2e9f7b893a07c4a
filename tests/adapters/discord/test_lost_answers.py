"""Answers that are lost, and what Discord has forgotten: each thing is said once all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.discord.places import key_of
from core.errors import OutcomeUnknown
from core.messages import LocalClip
from tests.adapters.discord.errands import command
from tests.adapters.discord.office import TIMES, Office, open_office
from tests.wire.discord.calls import FOLLOW_UP, ORIGINAL, POST
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("route", [POST, ORIGINAL])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("fault", ["cut", "502"])
async def test_a_video_whose_answer_was_lost_appears_once(
    office: Office, server: DiscordServer, clip: LocalClip, route: str, times: int, fault: str
) -> None:
    errand = await command(office)
    if route == POST:
        await errand.send_text("Connecting…")
    if fault == "cut":
        server.faults.cut(route, after=True, times=times)
    else:
        server.faults.fail(route, 502, after=True, times=times)
    for _ in range(3):
        try:
            await errand.send_video(clip)
            break
        except OutcomeUnknown:
            continue
    assert len([one for one in errand.anna.answers(errand.channel) if one.files]) == 1


async def test_a_follow_up_whose_answer_was_lost_is_not_repeated(office: Office, server: DiscordServer) -> None:
    errand = await command(office, has_bot=False)
    await errand.send_text("first", key="k1")
    server.faults.cut(FOLLOW_UP, after=True)
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            await errand.send_text("second", key="k2")
    assert errand.texts == ["first", "second"]
    assert len(server.called(FOLLOW_UP)) == 1


async def test_what_was_delivered_is_not_sent_again_when_discord_has_forgotten_it(
    office: Office, server: DiscordServer, clip: LocalClip
) -> None:
    anna = server.person()
    server.times.nonce = 0.0
    for _ in range(3):
        await office.sender.send_video(key_of(anna.dm.id), clip, "15 s", key="video")
    assert len(anna.answers()) == 1


async def test_a_crash_between_posting_and_noting_is_settled_by_looking(server: DiscordServer, clip: LocalClip) -> None:
    anna = server.person()
    here = key_of(anna.dm.id)
    async with open_office(server, times=replace(TIMES, nonce=0.0)) as office:
        sent = await office.sender.send_video(here, clip, "15 s", key="video")
        for (place, name), (until, value) in list(office.notes.kept.items()):
            if name.startswith("sent:"):
                assert value.decode() == sent.ref.id
                office.notes.kept[place, name] = until, b"?1700000000.000"
        server.times.nonce = 0.0  # Discord has forgotten, too
        again = await office.sender.send_video(here, clip, "15 s", key="video")
    assert again.ref == sent.ref
    assert len(anna.answers()) == 1
