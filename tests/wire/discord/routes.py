"""Which call is handled where."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.wire.discord import applications, channels, interactions
from tests.wire.discord.asked import Answer, Asked
from tests.wire.discord.calls import ANSWER, MESSAGE

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

Handler = Callable[["DiscordServer", Asked], Answer]

ROUTES: dict[str, Handler] = {
    "GET /users/@me": applications.me,
    "GET /users/{user}": applications.user,
    "GET /applications/@me": applications.application,
    "GET /oauth2/applications/@me": applications.application,
    "GET /gateway": applications.gateway,
    "GET /gateway/bot": applications.gateway_bot,
    "GET /applications/{application}/commands": applications.read_commands,
    "PUT /applications/{application}/commands": applications.overwrite_commands,
    "POST /applications/{application}/commands": applications.create_command,
    "DELETE /applications/{application}/commands/{command}": applications.delete_command,
    "GET /applications/{application}/guilds/{guild}/commands": applications.read_commands,
    "PUT /applications/{application}/guilds/{guild}/commands": applications.overwrite_commands,
    "POST /applications/{application}/guilds/{guild}/commands": applications.create_command,
    "DELETE /applications/{application}/guilds/{guild}/commands/{command}": applications.delete_command,
    "POST /users/@me/channels": channels.open_dm,
    "GET /users/@me/guilds": channels.my_guilds,
    "DELETE /users/@me/guilds/{guild}": channels.leave_guild,
    "GET /guilds/{guild}": channels.read_guild,
    "GET /guilds/{guild}/channels": channels.read_guild_channels,
    "GET /guilds/{guild}/threads/active": channels.active_threads,
    "GET /guilds/{guild}/members/{user}": channels.read_member,
    "GET /channels/{channel}": channels.read_channel,
    "PATCH /channels/{channel}": channels.change_channel,
    "POST /channels/{channel}/typing": channels.type_,
    "GET /channels/{channel}/messages": channels.read_messages,
    "POST /channels/{channel}/messages": channels.create_message,
    f"GET {MESSAGE}": channels.read_message,
    f"PATCH {MESSAGE}": channels.edit_message,
    f"DELETE {MESSAGE}": channels.delete_message,
    f"PUT {MESSAGE}/reactions/{{emoji}}/@me": channels.react,
    f"POST {MESSAGE}/threads": channels.thread_from_message,
    "POST /channels/{channel}/threads": channels.create_thread,
    "PUT /channels/{channel}/thread-members/@me": channels.join_thread,
    "POST /interactions/{interaction}/{token}/callback": interactions.call_back,
    "POST /webhooks/{application}/{token}": interactions.follow_up,
    f"GET {ANSWER}": interactions.read_answer,
    f"PATCH {ANSWER}": interactions.edit_answer,
    f"DELETE {ANSWER}": interactions.delete_answer,
}
_COMPONENTS = {"thread_id", "with_components"}
QUERIES: dict[str, set[str]] = {
    "GET /applications/{application}/commands": {"with_localizations"},
    "GET /applications/{application}/guilds/{guild}/commands": {"with_localizations"},
    "GET /users/@me/guilds": {"before", "after", "limit", "with_counts"},
    "GET /guilds/{guild}": {"with_counts"},
    "GET /channels/{channel}/messages": {"around", "before", "after", "limit"},
    "PUT /channels/{channel}/thread-members/@me": set(),
    "POST /channels/{channel}/threads": {"use_nested_fields"},
    "POST /interactions/{interaction}/{token}/callback": {"with_response"},
    "POST /webhooks/{application}/{token}": {"wait"} | _COMPONENTS,
    f"GET {ANSWER}": {"thread_id"},
    f"PATCH {ANSWER}": _COMPONENTS,
    f"DELETE {ANSWER}": {"thread_id"},
}
"""What may stand behind the question mark; nothing where a route is not named."""
WITHOUT_TOKEN = ("/interactions/", "/webhooks/")
MAJOR = ("channel", "guild", "application", "token")
