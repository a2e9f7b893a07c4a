"""What Discord would refuse is refused, and so is a mistake it would ignore: each body is good but for one thing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio
HEADERS = {"User-Agent": "DiscordBot (https://example.org, 1)"}


async def call(server: DiscordServer, line: str, body: Any = None, *, token: str = "", **more: Any) -> tuple[int, Any]:
    """One call; the status and what was answered."""
    method, path = line.split(" ")
    headers = HEADERS | {"Authorization": f"Bot {token or server.token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, server.api_url + path, json=body, headers=headers | more, data=None) as reply,
    ):
        return reply.status, await reply.json() if reply.status != 204 else None


def button(**changes: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | changes


def row(*components: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def select(**changes: Any) -> dict[str, Any]:
    options = [{"label": "a", "value": "a"}]
    return {"type": 3, "custom_id": "s", "options": options} | changes


MESSAGE: dict[str, Any] = {
    "content": "hello",
    "allowed_mentions": {"parse": [], "replied_user": False},
    "components": [row(button(), button(custom_id="b"))],
    "embeds": [{"title": "t"}],
    "nonce": "n",
    "enforce_nonce": True,
    "flags": 4,
    "tts": False,
}
WRONG_MESSAGES: dict[str, dict[str, Any]] = {
    "content too long": {"content": "x" * 2001},
    "content no text": {"content": 5},
    "unknown field": {"contents": "hello"},
    "nonce too long": {"nonce": "n" * 26},
    "enforce_nonce no flag": {"enforce_nonce": 1},
    "mentions of an unknown kind": {"allowed_mentions": {"parse": ["all"]}},
    "mentions twice": {"allowed_mentions": {"parse": ["users"], "users": ["1"]}},
    "mentions misspelt": {"allowed_mentions": {"replied": False}},
    "eleven embeds": {"embeds": [{"title": "t"}] * 11},
    "embed title too long": {"embeds": [{"title": "t" * 257}]},
    "embeds too long together": {"embeds": [{"description": "d" * 4000}, {"description": "d" * 2001}]},
    "embed field without value": {"embeds": [{"fields": [{"name": "n"}]}]},
    "embed link is none": {"embeds": [{"url": "javascript:1"}]},
    "six rows": {"components": [row(button(custom_id=f"{number}")) for number in range(6)]},
    "six buttons in a row": {"components": [row(*[button(custom_id=f"{number}") for number in range(6)])]},
    "empty row": {"components": [row()]},
    "button without a row": {"components": [button()]},
    "button and select in a row": {"components": [row(button(), select())]},
    "custom_id too long": {"components": [row(button(custom_id="x" * 101))]},
    "custom_id empty": {"components": [row(button(custom_id=""))]},
    "custom_id twice": {"components": [row(button()), row(button())]},
    "label too long": {"components": [row(button(label="x" * 81))]},
    "button says nothing": {"components": [row(button(label=None))]},
    "link with custom_id": {"components": [row(button(style=5, url="https://example.org"))]},
    "style unknown": {"components": [row(button(style=7))]},
    "select without options": {"components": [row(select(options=[]))]},
    "select with 26 options": {
        "components": [row(select(options=[{"label": "a", "value": str(number)} for number in range(26)]))]
    },
    "select with a value twice": {"components": [row(select(options=[{"label": "a", "value": "a"}] * 2))]},
    "ephemeral in a channel": {"flags": 64},
    "flag unknown": {"flags": 1 << 20},
    "reply to nothing": {"message_reference": {}},
    "attachment without a name": {"attachments": [{"id": 0}]},
    "container without the flag": {"components": [{"type": 17, "components": [{"type": 10, "content": "x"}]}]},
}


@pytest.mark.parametrize("change", WRONG_MESSAGES.values(), ids=WRONG_MESSAGES)
async def test_a_message_with_one_thing_wrong_is_refused(server: DiscordServer, change: dict[str, Any]) -> None:
    anna = server.person()
    line = f"POST /channels/{anna.dm.id}/messages"
    assert (await call(server, line, MESSAGE))[0] == 200
    status, told = await call(server, line, MESSAGE | {"nonce": "m"} | change)
    assert (status, told["code"], bool(told["errors"])) == (400, 50035, True)
    assert len(anna.answers()) == 1


def option(**changes: Any) -> dict[str, Any]:
    return {"type": 3, "name": "prompt", "description": "what to make"} | changes


COMMAND: dict[str, Any] = {
    "name": "video",
    "description": "Make a video",
    "description_localizations": {"zh-CN": "制作视频"},
    "options": [option(required=True, autocomplete=True), option(type=11, name="photo1")],
    "contexts": [0, 1, 2],
    "integration_types": [0, 1],
}
WRONG_COMMANDS: dict[str, dict[str, Any]] = {
    "name with capitals": {"name": "Video"},
    "name with spaces": {"name": "make video"},
    "name too long": {"name": "v" * 33},
    "description empty": {"description": ""},
    "description too long": {"description": "d" * 101},
    "locale unknown": {"description_localizations": {"zh": "x"}},
    "localised description too long": {"description_localizations": {"zh-CN": "x" * 101}},
    "26 options": {"options": [option(name=f"o{number}") for number in range(26)]},
    "option without description": {"options": [option(description="")]},
    "option type unknown": {"options": [option(type=12)]},
    "required after optional": {"options": [option(), option(name="b", required=True)]},
    "option twice": {"options": [option(), option()]},
    "choices and autocomplete": {"options": [option(autocomplete=True, choices=[{"name": "a", "value": "a"}])]},
    "26 choices": {"options": [option(choices=[{"name": f"{n}", "value": "a"} for n in range(26)])]},
    "choice of the wrong type": {"options": [option(choices=[{"name": "a", "value": 1}])]},
    "choice name twice": {"options": [option(choices=[{"name": "a", "value": "a"}, {"name": "a", "value": "b"}])]},
    "choices for an attachment": {"options": [option(type=11, choices=[])]},
    "context unknown": {"contexts": [3]},
    "contexts empty": {"contexts": []},
    "installed to nobody": {"integration_types": [2]},
    "menu with a description": {"type": 3, "name": "Make a video", "options": []},
    "unknown field": {"guild_only": True},
}


@pytest.mark.parametrize("change", WRONG_COMMANDS.values(), ids=WRONG_COMMANDS)
async def test_a_command_with_one_thing_wrong_is_refused(server: DiscordServer, change: dict[str, Any]) -> None:
    line = f"PUT /applications/{server.application_id}/commands"
    assert (await call(server, line, [COMMAND]))[0] == 200
    status, told = await call(server, line, [COMMAND | change])
    assert (status, told["code"]) == (400, 50035)


async def test_a_command_twice_is_refused(server: DiscordServer) -> None:
    status, _ = await call(server, f"PUT /applications/{server.application_id}/commands", [COMMAND, COMMAND])
    assert status == 400


FIELD: dict[str, Any] = {"type": 4, "custom_id": "what", "style": 1, "label": "What?"}
DIALOG: dict[str, Any] = {"custom_id": "d", "title": "Change", "components": [row(FIELD)]}
WRONG_ANSWERS: dict[str, dict[str, Any]] = {
    "type unknown": {"type": 3},
    "update of nothing": {"type": 6},
    "suggestions to a command": {"type": 8, "data": {"choices": []}},
    "deferred with content": {"type": 5, "data": {"content": "wait"}},
    "too long": {"type": 4, "data": {"content": "x" * 2001}},
    "dialog title too long": {"type": 9, "data": DIALOG | {"title": "x" * 46}},
    "dialog without fields": {"type": 9, "data": DIALOG | {"components": []}},
    "dialog with six fields": {
        "type": 9,
        "data": DIALOG | {"components": [row(FIELD | {"custom_id": f"{n}"}) for n in range(6)]},
    },
    "dialog with a button": {"type": 9, "data": DIALOG | {"components": [row(button())]}},
    "dialog field without label": {"type": 9, "data": DIALOG | {"components": [row(FIELD | {"label": ""})]}},
    "dialog field of 4001 letters": {"type": 9, "data": DIALOG | {"components": [row(FIELD | {"max_length": 4001})]}},
    "dialog fields of one name": {"type": 9, "data": DIALOG | {"components": [row(FIELD), row(FIELD)]}},
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
async def test_an_answer_with_one_thing_wrong_is_refused(server: DiscordServer, answer: dict[str, Any]) -> None:
    await call(server, f"PUT /applications/{server.application_id}/commands", [COMMAND | {"options": []}])
    anna = server.person()
    one = anna.runs("/video")
    line = f"POST /interactions/{one.id}/{one.token}/callback"
    status, told = await call(server, line, answer)
    assert (status, told["code"]) == (400, 50035)
    assert (await call(server, line, {"type": 9, "data": DIALOG}))[0] == 204


async def test_too_many_suggestions_are_refused(server: DiscordServer) -> None:
    await call(server, f"PUT /applications/{server.application_id}/commands", [COMMAND])
    one = server.person().asks_for_suggestions("/video", "prompt", "s")
    line = f"POST /interactions/{one.id}/{one.token}/callback"
    for choices in ([{"name": f"{n}", "value": "x"} for n in range(26)], [{"name": "x" * 101, "value": "x"}]):
        assert (await call(server, line, {"type": 8, "data": {"choices": choices}}))[0] == 400
    assert (await call(server, line, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}}))[0] == 204


async def test_files_must_be_listed_and_named_as_discord_names_them(server: DiscordServer) -> None:
    anna = server.person()
    url = f"{server.api_url}/channels/{anna.dm.id}/messages"
    headers = HEADERS | {"Authorization": f"Bot {server.token}"}
    statuses = []
    async with aiohttp.ClientSession() as session:
        for field, listed in (("files[0]", 0), ("file", 0), ("files[0]", 1)):
            form = aiohttp.FormData(quote_fields=False)
            payload = {"attachments": [{"id": listed, "filename": "a.mp4"}]}
            form.add_field("payload_json", json.dumps(payload), content_type="application/json")
            form.add_field(field, b"film", filename="a.mp4")
            async with session.post(url, data=form, headers=headers) as reply:
                statuses.append(reply.status)
    assert statuses == [200, 400, 400]


async def test_who_has_no_token_is_nobody(server: DiscordServer) -> None:
    assert (await call(server, "GET /users/@me", token="another"))[0] == 401
    assert (await call(server, "GET /users/@me", **{"User-Agent": "curl"}))[0] == 403
    assert len(server.budgets.invalid) == 2


async def test_nothing_is_sent_where_nothing_is_said(server: DiscordServer) -> None:
    anna = server.person()
    status, told = await call(server, f"POST /channels/{anna.dm.id}/messages", {"content": "  "})
    assert (status, told["code"]) == (400, 50006)
    assert (await call(server, "GET /nowhere"))[0] == 404
    assert server.unknown == ["GET /api/v10/nowhere"]
