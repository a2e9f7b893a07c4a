"""Records and buttons on a real server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.records import Act, Asked, Button, Preferences, Project, Record
from core.store.connection import Connection
from core.store.keys import name_of
from core.store.records import Records, pairs
from tests.core.store.mail import chat

pytestmark = pytest.mark.anyio

PROJECT = Project("s1", "t1", "anonymous@studio", "image-video", 1.0)
BUTTON = Button(Act.SAY, "9:16", "Make it vertical", "", "anna", 3)


@pytest.fixture
def records(connection: Connection) -> Records:
    return Records(connection, connection.keys)


async def test_a_new_conversation_has_an_empty_record(records: Records) -> None:
    assert await records.load(chat()) == Record()


async def test_what_people_set_is_remembered_beside_the_rest(records: Records) -> None:
    await records.prefer(chat(), Preferences(language="zh-CN", auto_export=False))
    await records.ask(chat(), Asked("anna", "Title {}"))
    record = await records.load(chat())
    assert record == replace(
        Record(), preferences=Preferences("zh-CN", auto_export=False), asked=Asked("anna", "Title {}")
    )
    assert await records.load(chat("2")) == Record()


async def test_one_unreadable_field_costs_only_itself(records: Records, connection: Connection) -> None:
    await records.prefer(chat(), Preferences(ratio="9:16"))
    key = connection.keys.named("record", name_of(chat()))
    await connection.commands.hset(key, mapping={"files": "{", "wish": b"\xff", "unheard_of": "1"})
    assert await records.load(chat()) == replace(Record(), preferences=Preferences(ratio="9:16"))


async def test_a_project_moves_with_its_chat(records: Records) -> None:
    await records.prefer(chat("old"), Preferences(ratio="9:16"))
    await records.move(chat("old"), chat("new"))
    await records.move(chat("old"), chat("new"))
    assert (await records.load(chat("new"))).preferences.ratio == "9:16"
    assert await records.load(chat("old")) == Record()


async def test_a_project_moves_though_something_was_said_in_the_new_place_before(
    records: Records, connection: Connection
) -> None:
    old, new = (connection.keys.named("record", name_of(chat(name))) for name in ("old", "new"))
    await connection.commands.hset(old, items=pairs(project=PROJECT, wish="a slideshow"))
    await connection.commands.hset(new, items=pairs(wish="a clip"))
    await records.move(chat("old"), chat("new"))
    assert await records.load(chat("new")) == replace(Record(), project=PROJECT, wish="a clip")
    assert await records.load(chat("old")) == Record()


async def test_of_two_projects_the_one_in_the_new_place_stays(records: Records, connection: Connection) -> None:
    old, new = (connection.keys.named("record", name_of(chat(name))) for name in ("old", "new"))
    await connection.commands.hset(old, items=pairs(project=PROJECT, wish="a slideshow"))
    await connection.commands.hset(new, items=pairs(project=replace(PROJECT, session_id="s2")))
    await records.move(chat("old"), chat("new"))
    assert await records.load(chat("new")) == replace(Record(), project=replace(PROJECT, session_id="s2"))


async def test_a_move_does_not_overwrite_what_is_there(records: Records) -> None:
    await records.prefer(chat("old"), Preferences(ratio="9:16"))
    await records.prefer(chat("new"), Preferences(ratio="1:1"))
    await records.move(chat("old"), chat("new"))
    assert (await records.load(chat("new"))).preferences.ratio == "1:1"


# --- buttons ----------------------------------------------------------------------------------------------------------


async def test_a_button_is_found_by_its_token_in_its_own_chat(records: Records) -> None:
    other = replace(BUTTON, label="1:1")
    [first, second] = await records.keep_buttons(chat(), "seed", [BUTTON, other])
    assert first.isascii()
    assert len(first) <= 32
    assert await records.button(chat(), first) == BUTTON
    assert await records.button(chat(), second) == other
    assert await records.button(chat("2"), first) is None


@pytest.mark.parametrize("token", ["0" * 25, "", "0" * 24, "x", "0" * 23 + "-1"])
async def test_a_token_that_was_never_given_out_is_no_button(records: Records, token: str) -> None:
    await records.keep_buttons(chat(), "seed", [BUTTON])
    assert await records.button(chat(), token) is None


async def test_a_token_beyond_the_row_is_no_button(records: Records) -> None:
    [token] = await records.keep_buttons(chat(), "seed", [BUTTON])
    for wrong in (token[:-1] + "1", token[:-1], token[:-1] + "x"):
        assert await records.button(chat(), wrong) is None


async def test_the_same_seed_is_the_same_button(records: Records) -> None:
    first = await records.keep_buttons(chat(), "seed", [BUTTON])
    assert await records.keep_buttons(chat(), "seed", [BUTTON]) == first
    assert await records.keep_buttons(chat(), "other", [BUTTON]) != first
    assert await records.keep_buttons(chat("2"), "seed", [BUTTON]) != first


async def test_the_first_press_counts_however_often_it_is_handed_out(records: Records) -> None:
    [token] = await records.keep_buttons(chat(), "seed", [BUTTON])
    assert await records.press_once(chat(), token, "p1")
    assert not await records.press_once(chat(), token, "p2")
    assert await records.press_once(chat(), token, "p1")


async def test_a_dropped_button_is_gone_with_its_press(records: Records, connection: Connection) -> None:
    [token] = await records.keep_buttons(chat(), "seed", [BUTTON])
    await records.press_once(chat(), token, "p1")
    await records.drop_button(chat(), token)
    assert await records.button(chat(), token) is None
    assert [key async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*")] == []


async def test_buttons_do_not_live_for_ever(records: Records, connection: Connection) -> None:
    [token] = await records.keep_buttons(chat(), "seed", [BUTTON])
    await records.press_once(chat(), token, "p1")
    keys = [key async for key in connection.commands.scan_iter(match=f"{connection.keys.prefix}:*")]
    assert len(keys) == 3
    for key in keys:
        assert await connection.commands.ttl(key) > 0


def test_pairs_are_written_fields_in_a_row() -> None:
    assert pairs(wish="w", revision=2) == ["v", b"1", "wish", b'"w"', "revision", b"2"]
