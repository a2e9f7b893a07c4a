"""Discord's part of the doctor: the token, the intents, the address, the sessions, and where the bot is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from adapters.discord.rest import Rest, open_rest
from adapters.discord.settings import API_URL, DiscordSettings
from core.errors import OutboundError, Refused, SlowDown
from core.ports import Finding

CONTENT_FLAGS: Final = (1 << 18) | (1 << 19)  # granted, or free to use in less than a hundred guilds
PORTAL: Final = "https://discord.com/developers/applications"
FEW_SESSIONS: Final = 20


class DiscordDiagnosis:
    """`core.ports.Diagnosis` for Discord. Asks; changes nothing; raises nothing."""

    def __init__(self, settings: DiscordSettings) -> None:
        self._settings = settings

    async def diagnose(self) -> Sequence[Finding]:
        """All findings, the first trouble last where it makes further questions useless."""
        async with open_rest(self._settings, _Unpaced()) as rest:
            return [finding async for finding in self._findings(rest)]

    async def _findings(self, rest: Rest) -> AsyncIterator[Finding]:
        where = "" if not self._settings.elsewhere else f" at {self._settings.api_url}"
        try:
            await rest.me()
            app = await rest.call("GET", "/applications/@me", paced=False)
            gateway = await rest.call("GET", "/gateway/bot", paced=False)
        except Refused:
            fix = f"Copy the bot's token anew from {PORTAL} into DISCORD_BOT_TOKEN."
            yield Finding("Discord token", False, f"Discord{where} does not take it", fix)
            return
        except (SlowDown, OutboundError) as error:
            fix = f"Check the network, and DISCORD_API_URL if it is set (usually {API_URL})."
            yield Finding("Discord", False, f"no answer{where} ({type(error.__cause__ or error).__name__})", fix)
            return
        yield Finding("Discord token", True, f"speaks for {app.get('name', 'the app')}{where}")
        yield _intents(self._settings, int(app.get("flags") or 0))
        yield _endpoint(app)
        yield _installs(app)
        yield _sessions(self._settings, gateway)


def _intents(settings: DiscordSettings, flags: int) -> Finding:
    if not settings.message_content:
        return Finding("Discord intents", True, "none but the usual: mentions, replies, direct messages and commands")
    if flags & CONTENT_FLAGS:
        return Finding("Discord intents", True, "message content is granted")
    fix = f"Switch on “Message Content Intent” under Bot at {PORTAL}, or unset the setting."
    return Finding("Discord intents", False, "message content is wanted, but not granted", fix)


def _endpoint(app: Mapping[str, Any]) -> Finding:
    if not app.get("interactions_endpoint_url"):
        return Finding("Discord interactions", True, "come through the gateway")
    fix = f"Empty “Interactions Endpoint URL” under General Information at {PORTAL}."
    return Finding("Discord interactions", False, "are sent to a URL: commands and buttons never reach the bot", fix)


def _installs(app: Mapping[str, Any]) -> Finding:
    kinds = app.get("integration_types_config")
    if kinds is None or {"0", "1"} <= set(kinds):
        guilds = app.get("approximate_guild_count", 0)
        return Finding("Discord installs", True, f"to servers and to people; in {guilds} servers now")
    fix = f"Tick “User Install” and “Guild Install” under Installation at {PORTAL}."
    return Finding("Discord installs", False, "only to " + ("servers" if "0" in kinds else "people"), fix)


def _sessions(settings: DiscordSettings, gateway: Mapping[str, Any]) -> Finding:
    left = int(gateway["session_start_limit"]["remaining"])
    wanted, ours = int(gateway["shards"]), settings.shard_count
    if left < FEW_SESSIONS:
        hours = int(gateway["session_start_limit"]["reset_after"]) / 3_600_000
        fix = "Look into the logs for what makes the bot start again and again."
        return Finding("Discord sessions", False, f"only {left} starts are left for {hours:.0f} hours", fix)
    if ours and ours < wanted:
        return Finding(
            "Discord sessions", False, f"{ours} shards are too few", f"Set the number of shards to {wanted}."
        )
    return Finding("Discord sessions", True, f"{left} starts are left today; {ours or wanted} shards")


class _Unpaced:
    """The doctor asks four things: no budget is needed for that, nor a store."""

    async def take(self, budget: str, *, rate: float, burst: float = 1.0) -> float:
        """Always at once."""
        del budget, rate, burst
        return 0.0

    async def hold(self, budget: str, seconds: float) -> None:
        """Nothing is shared."""
        del budget, seconds
