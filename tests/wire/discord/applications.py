"""The routes about the app itself: who it is, the gateway's address, its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.wire.discord.asked import Answer, Asked
from tests.wire.discord.commands import COMMANDS, command
from tests.wire.discord.objects import user_json
from tests.wire.discord.refusals import must_fit, refused
from tests.wire.discord.world import Json

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer


def me(server: DiscordServer, asked: Asked) -> Answer:
    """GET /users/@me"""
    return Answer(200, user_json(server.world.bot) | {"verified": True, "mfa_enabled": False, "email": None})


def user(server: DiscordServer, asked: Asked) -> Answer:
    """GET /users/{user}"""
    found = server.world.users.get(asked.id("user"))
    if found is None:
        raise refused("unknown user")
    return Answer(200, user_json(found))


def application(server: DiscordServer, asked: Asked) -> Answer:
    """GET /applications/@me and /oauth2/applications/@me"""
    bot = server.world.bot
    owner = next(iter(server.world.users.values()))
    return Answer(
        200,
        {
            "id": str(bot.id),
            "name": bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": user_json(bot),
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": (1 << 19 if server.sees_content else 0) | 1 << 23,
            "redirect_uris": [],
            "interactions_endpoint_url": server.interactions_endpoint,
            "role_connections_verification_url": None,
            "integration_types_config": {str(one): {} for one in sorted(server.installs)},
            "owner": user_json(owner),
            "approximate_guild_count": len(server.world.guilds),
            "approximate_user_install_count": 0,
            "team": None,
        },
    )


def gateway(server: DiscordServer, asked: Asked) -> Answer:
    """GET /gateway"""
    return Answer(200, {"url": server.gateway.url})


def gateway_bot(server: DiscordServer, asked: Asked) -> Answer:
    """GET /gateway/bot"""
    rules = server.gateway.rules
    limit = {
        "total": rules.identifies_a_day,
        "remaining": server.gateway.remaining,
        "reset_after": 86_400_000,
        "max_concurrency": rules.max_concurrency,
    }
    return Answer(200, {"url": server.gateway.url, "shards": rules.shards, "session_start_limit": limit})


# --- commands ---------------------------------------------------------------------------------------------------------


def _shelf(server: DiscordServer, asked: Asked) -> dict[int, Json]:
    if asked.id("application") != server.world.bot.id:
        raise refused("access")
    return server.commands.setdefault(int(asked.args.get("guild", 0)), {})


def _made(server: DiscordServer, asked: Asked, body: Json, number: int = 0) -> Json:
    guild = {"guild_id": asked.args["guild"]} if "guild" in asked.args else {}
    number = number or server.world.ids.new()
    defaults: Json = {
        "type": 1,
        "description": "",
        "options": [],
        "nsfw": False,
        "default_member_permissions": None,
        "contexts": None,
        "integration_types": [0],
        "name_localizations": None,
        "description_localizations": None,
    }
    given = {name: value for name, value in body.items() if value is not None and name != "id"}
    about = {"id": str(number), "application_id": str(server.world.bot.id), "version": str(server.world.ids.new())}
    return defaults | given | about | guild


def read_commands(server: DiscordServer, asked: Asked) -> Answer:
    """GET /applications/{application}/commands"""
    shown = list(_shelf(server, asked).values())
    if asked.wants("with_localizations"):
        return Answer(200, shown)
    hidden = ("name_localizations", "description_localizations")
    return Answer(200, [{name: one for name, one in row.items() if name not in hidden} for row in shown])


def overwrite_commands(server: DiscordServer, asked: Asked) -> Answer:
    """PUT /applications/{application}/commands"""
    shelf = _shelf(server, asked)
    must_fit(COMMANDS, asked.json)
    known = {(row["type"], row["name"]): number for number, row in shelf.items()}
    rows = [_made(server, asked, body, known.get((body.get("type") or 1, body["name"]), 0)) for body in asked.json]
    shelf.clear()
    shelf.update({int(row["id"]): row for row in rows})
    server.command_writes += 1
    return Answer(200, rows)


def create_command(server: DiscordServer, asked: Asked) -> Answer:
    """POST /applications/{application}/commands"""
    shelf = _shelf(server, asked)
    must_fit(command, asked.json)
    row = _made(server, asked, asked.json)
    shelf[int(row["id"])] = row
    server.command_writes += 1
    return Answer(201, row)


def delete_command(server: DiscordServer, asked: Asked) -> Answer:
    """DELETE /applications/{application}/commands/{command}"""
    if _shelf(server, asked).pop(asked.id("command"), None) is None:
        raise refused("unknown command")
    server.command_writes += 1
    return Answer(204)
