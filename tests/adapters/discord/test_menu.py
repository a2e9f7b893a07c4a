"""The commands are the core's table, in all languages, within Discord's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord.menu import Menu, SkillRow, fingerprint
from adapters.discord.permissions import sentence
from adapters.discord.phrases import discord_locales, nearest
from bot.platforms.discord import phrases_in
from core import commands
from core.ports import CommandRow
from core.wording import words_for
from tests.adapters.discord.office import MENU, open_office
from tests.wire.discord.server import DiscordServer

TABLE = {tag: commands.rows(words_for(tag)) for tag in ("en", "zh-CN")}


def by_name(menu: Menu) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in menu.commands()}


def test_every_row_of_the_table_is_a_command_in_every_language() -> None:
    found = by_name(replace(MENU, rows=TABLE))
    for english, chinese in zip(TABLE["en"], TABLE["zh-CN"], strict=True):
        command = found[english.name]
        assert command["description"] == english.summary[:100]
        assert command["description_localizations"] == {"zh-CN": chinese.summary[:100]}
        assert re.fullmatch(r"[a-z]{1,32}", command["name"])


def test_video_takes_ten_files_and_offers_choices() -> None:
    options = {one["name"]: one for one in by_name(MENU)["video"]["options"]}
    assert list(options) == ["prompt", *(f"photo{number}" for number in range(1, 11)), "ratio", "length", "skill"]
    assert {one["type"] for name, one in options.items() if name.startswith("photo")} == {11}
    assert [one["value"] for one in options["ratio"]["choices"]] == ["16:9", "9:16", "1:1"]
    assert [one["name"] for one in options["skill"]["choices"]] == ["Slideshow", "End frame"]
    assert options["prompt"]["autocomplete"]


def test_secrets_and_private_things_are_kept_apart() -> None:
    found = by_name(MENU)
    assert found["link"]["contexts"] == [1]
    assert found["link"]["options"] == []
    assert found["help"]["contexts"] == [0, 1, 2]
    assert all(one["integration_types"] == [0, 1] for one in found.values())


def test_the_menu_of_messages_speaks_the_persons_language() -> None:
    command = by_name(MENU)["Make a video"]
    assert (command["type"], command["name_localizations"]) == (3, {"zh-CN": phrases_in("zh").make_a_video})
    assert "description" not in command


def test_thousands_of_skills_fit() -> None:
    skills = [SkillRow(f"skill-{number}", f"Skill {number} " * 30, ["x" * 500]) for number in range(3000)]
    menu = replace(MENU, skills={"en": skills})
    skill = by_name(menu)["video"]["options"][-1]
    assert len(skill["choices"]) == 25
    assert all(len(one["name"]) <= 100 for one in skill["choices"])
    assert len(menu.suggestions("")) <= 25
    assert all(1 <= len(one["value"]) <= 100 for one in menu.suggestions("x"))


def test_without_skills_there_is_nothing_to_choose_or_suggest() -> None:
    menu = replace(MENU, skills={"en": ()})
    names = [one["name"] for one in by_name(menu)["video"]["options"]]
    assert "skill" not in names
    assert menu.suggestions("") == []
    assert menu.suggestions("  my own words ") == [{"name": "my own words", "value": "my own words"}]


def test_the_chosen_skill_suggests_first() -> None:
    assert MENU.suggestions("", "image-to-video-end-frame")[0]["value"].startswith("zoom out")


def test_skills_speak_the_persons_language() -> None:
    menu = replace(MENU, skills={**MENU.skills, "zh-CN": [SkillRow("image-video", "幻灯片", ("做成幻灯片",))]})
    assert by_name(menu)["video"]["options"][-1]["choices"][0]["name_localizations"] == {"zh-CN": "幻灯片"}
    assert [one["value"] for one in menu.suggestions("", locale="zh-TW")] == ["做成幻灯片"]
    assert len(menu.suggestions("", locale="de")) == 3


def test_what_the_api_adds_is_no_difference() -> None:
    plain = MENU.commands()
    told = [
        {**one, "id": "1", "application_id": "2", "version": "3", "default_member_permissions": None, "nsfw": False}
        for one in plain
    ]
    assert fingerprint(told) == fingerprint(plain)
    changed = replace(MENU, rows={"en": (CommandRow("start", "something else"),)}).commands()
    assert fingerprint(changed) != fingerprint(plain)


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("zh-CN", "zh-CN"), ("zh-TW", "zh-CN"), ("en-US", "en"), ("de", "en"), ("", "en"), ("en-GB", "en")],
)
def test_people_are_spoken_to_in_the_nearest_language(locale: str, tag: str) -> None:
    assert nearest(locale, ("en", "zh-CN")) == tag
    assert MENU.speak(locale) == phrases_in(tag)


def test_english_is_what_everybody_sees() -> None:
    assert discord_locales("en") == ()
    assert discord_locales("zh-CN") == ("zh-CN",)
    assert discord_locales("pt") == ("pt-BR",)


@pytest.mark.anyio
async def test_a_strict_server_takes_the_whole_table(server: DiscordServer) -> None:
    async with open_office(server) as office:
        rest = office.sender._rest
        path = "/applications/{application_id}/commands"
        menu = replace(MENU, rows=TABLE)
        await rest.call("PUT", path, json=menu.commands(), application_id=server.application_id)
    assert len(server.commands[0]) == len(TABLE["en"]) + 1


def test_what_is_missing_is_told_by_the_name_that_people_find() -> None:
    for tag, name in (("en", "Attach Files"), ("zh-CN", "附加文件")):
        assert f"“{name}”" in sentence(phrases_in(tag), "attach_files")
