"""The SDK's own calls are accepted, each route as it makes them."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import discord
import pytest
from discord import app_commands

from tests.wire.discord.people import Photo
from tests.wire.discord.sdk import connected, logged_in
from tests.wire.discord.server import DiscordServer, discord_server

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with discord_server() as running:
        yield running


class Bot(discord.Client):
    """Takes down what it hears."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(intents=intents, guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)


async def test_a_client_logs_in_and_hears_what_people_say(server: DiscordServer) -> None:
    guild = server.guild()
    channel = server.channel(guild)
    anna = server.person("Anna", guild)
    bot = Bot()
    async with connected(server, bot):
        anna.says("hello", files=[Photo("a b.png", b"x" * 10)])
        anna.says("in the open", to=channel)
        anna.says(f"{anna.bot_mention} look", to=channel)
        await server.until(lambda: len(bot.heard) == 3)
    assert [one.content for one in bot.heard] == ["hello", "", f"{anna.bot_mention} look"]
    assert bot.heard[0].attachments[0].filename == "a_b.png"


async def test_a_client_without_a_gateway_posts_edits_and_deletes(server: DiscordServer) -> None:
    anna = server.person()
    async with logged_in(server) as client:
        place = client.get_partial_messageable(anna.dm.id)
        message = await place.send("one", nonce="abc", allowed_mentions=discord.AllowedMentions.none())
        again = await place.send("one", nonce="abc")
        assert again.id == message.id
        await message.edit(content="two", attachments=[discord.File(io.BytesIO(b"film"), "film.mp4")])
        assert [(one.content, [file.data for file in one.files]) for one in anna.view()] == [("two", [b"film"])]
        await message.delete()
        assert anna.view() == []


async def test_a_slash_command_is_deferred_answered_and_followed(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()

    @bot.tree.command(name="video", description="Make a video")
    async def video(interaction: discord.Interaction, prompt: str, photo1: discord.Attachment) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=f"{prompt}: {len(await photo1.read())} bytes")
        await interaction.followup.send("done", file=discord.File(io.BytesIO(b"film"), "film.mp4"))

    async with connected(server, bot):
        await bot.tree.sync()
        anna.runs("/video", prompt="slow", photos=[Photo("a.png", b"12345")])
        await anna.sees("slow: 5 bytes")
        assert (await anna.gets_video()).data == b"film"
