"""The SDK's own calls are accepted, each route as it makes them."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.wire.discord.people import Photo, labels
from tests.wire.discord.sdk import Bot, connected, logged_in
from tests.wire.discord.server import DiscordServer

pytestmark = pytest.mark.anyio
NOBODY = discord.AllowedMentions.none()


def film(name: str = "film.mp4") -> discord.File:
    """Something to upload."""
    return discord.File(io.BytesIO(b"film"), name, description="a film")


def buttons() -> discord.ui.View:
    """Two rows of all that a message may carry."""
    view = discord.ui.View(timeout=None)
    for number in range(5):
        view.add_item(discord.ui.Button(label=f"B{number}", custom_id=f"b{number}", row=0))
    view.add_item(discord.ui.Button(label="There", url="https://example.org", row=1))
    options = [discord.SelectOption(label=name, value=name) for name in ("calm", "lively")]
    view.add_item(discord.ui.Select(custom_id="mood", options=options, placeholder="Music", row=2))
    return view


# --- by token alone ---------------------------------------------------------------------------------------------------


async def test_a_client_logs_in_and_asks_who_it_is(server: DiscordServer) -> None:
    async with logged_in(server) as client:
        assert client.user is not None
        assert client.user.id == server.application_id
        assert (await client.application_info()).id == server.application_id
        shards, url, limits = await client.http.get_bot_gateway()
        assert (shards, url, limits["remaining"]) == (1, server.gateway.url, 1000)


async def test_a_client_posts_edits_reads_and_deletes(server: DiscordServer) -> None:
    anna = server.person()
    asked = anna.says("make it slower")
    async with logged_in(server) as client:
        place = client.get_partial_messageable(anna.dm.id)
        reply = discord.MessageReference(message_id=asked.id, channel_id=anna.dm.id, fail_if_not_exists=False)
        message = await place.send("one", view=buttons(), reference=reply, allowed_mentions=NOBODY, nonce="n1")
        assert labels(anna.answers()[0]) == ["B0", "B1", "B2", "B3", "B4", "There"]
        await message.edit(content="two", view=None, allowed_mentions=NOBODY)
        await place.get_partial_message(message.id).edit(content="three", attachments=[film(), film("b.mp4")])
        (seen,) = [one async for one in place.history(limit=1)]
        await seen.edit(attachments=[seen.attachments[1]], suppress=True)
        assert [(one.content, [file.name for file in one.files]) for one in anna.answers()] == [("three", ["b.mp4"])]
        assert (await place.fetch_message(message.id)).content == "three"
        await place.get_partial_message(message.id).delete()
    assert anna.answers() == []


async def test_a_nonce_leaves_one_message(server: DiscordServer) -> None:
    anna = server.person()
    async with logged_in(server) as client:
        place = client.get_partial_messageable(anna.dm.id)
        first = await place.send("once", nonce="same")
        assert (await place.send("once", nonce="same")).id == first.id
        assert (await place.send("twice", nonce="other")).id != first.id


async def test_embeds_and_flags_are_taken(server: DiscordServer) -> None:
    anna = server.person()
    embed = discord.Embed(title="T", description="D", colour=7, timestamp=datetime.now(UTC), url="https://example.org")
    embed.add_field(name="n", value="v").set_footer(text="f").set_author(name="a")
    embed.set_image(url="attachment://film.mp4").set_thumbnail(url="https://example.org/a.png")
    async with logged_in(server) as client:
        place = client.get_partial_messageable(anna.dm.id)
        await place.send(embed=embed, file=film(), silent=True, suppress_embeds=True, mention_author=False)
    assert anna.answers()[0].embeds[0]["title"] == "T"


async def test_threads_forums_reactions_and_typing(server: DiscordServer) -> None:
    guild = server.guild()
    channel, forum, anna = server.channel(guild), server.forum(guild), server.person("Anna", guild)
    said = anna.says("hello", to=channel)
    bot = Bot()
    async with connected(server, bot):
        there = bot.get_channel(channel.id)
        posts = bot.get_channel(forum.id)
        assert isinstance(there, discord.TextChannel)
        assert isinstance(posts, discord.ForumChannel)
        message = await there.fetch_message(said.id)
        thread = await message.create_thread(name="talk", auto_archive_duration=1440)
        await thread.send("in here", file=film())
        await thread.edit(archived=True)
        await there.create_thread(name="open", type=discord.ChannelType.public_thread)
        await posts.create_thread(name="post", content="first", file=film())
        await message.add_reaction("👍")
        async with there.typing():
            pass
        assert {one.name for one in await bot.guilds[0].active_threads()} == {"open", "post"}
    assert channel.typing
    assert said.reactions == ["👍"]


async def test_people_guilds_and_dms_are_found(server: DiscordServer) -> None:
    guild = server.guild(tier=2)
    channel, anna = server.channel(guild), server.person("Anna", guild)
    async with logged_in(server) as client:
        user = await client.fetch_user(anna.user.id)
        assert (await user.create_dm()).id == anna.dm.id
        whole = await client.fetch_guild(guild.id)
        assert whole.filesize_limit == 50 * 1024 * 1024
        assert (await whole.fetch_member(anna.user.id)).name == "anna"
        assert [one.name for one in await whole.fetch_channels()] == ["general"]
        found = await client.fetch_channel(channel.id)
        assert isinstance(found, discord.TextChannel)
        assert [one.id async for one in client.fetch_guilds()] == [guild.id]


# --- commands ---------------------------------------------------------------------------------------------------------


def tree_of(bot: Bot) -> app_commands.CommandTree[Bot]:
    """A slash command with everything, and a context menu."""
    tree = app_commands.CommandTree(
        bot,
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )

    @tree.command(name="video", description="Make a video")
    @app_commands.describe(prompt="what to make")
    @app_commands.choices(ratio=[app_commands.Choice(name="tall", value="9:16")])
    async def video(
        interaction: discord.Interaction,
        prompt: app_commands.Range[str, 1, 6000],
        ratio: str = "",
        photo1: discord.Attachment | None = None,
        photo2: discord.Attachment | None = None,
    ) -> None:
        await interaction.response.defer(thinking=True)
        photos = [await one.read() for one in (photo1, photo2) if one is not None]
        await interaction.edit_original_response(content=f"{prompt} {ratio} {photos}", allowed_mentions=NOBODY)
        await interaction.followup.send("done", file=film(), view=buttons(), wait=True)

    @video.autocomplete("prompt")
    async def complete(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}er", value=f"{current}er")]

    @tree.context_menu(name="Make a video")
    async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(message.content, ephemeral=True)

    return tree


async def test_commands_are_registered_and_read_back(server: DiscordServer) -> None:
    async with logged_in(server) as client:
        bot = client
        tree = tree_of(bot)  # type: ignore[arg-type]
        assert {one.name for one in await tree.sync()} == {"video", "Make a video"}
        assert {one.name for one in await tree.fetch_commands()} == {"video", "Make a video"}


async def test_a_slash_command_goes_all_the_way(server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    bot = Bot()
    tree = tree_of(bot)
    async with connected(server, bot):
        await tree.sync()
        one = anna.asks_for_suggestions("/video", "prompt", "slow", to=channel)
        assert (await server.until(lambda: one.suggestions))[0]["value"] == "slower"
        photos = [Photo("a.png", b"1"), Photo("b.png", b"2")]
        anna.runs("/video", prompt="slow", ratio="tall", photos=photos, to=channel)
        await anna.sees("slow 9:16 [b'1', b'2']", to=channel)
        assert (await anna.gets_video(to=channel)).data == b"film"
        said = anna.says("this one", to=channel)
        chosen = anna.chooses("Make a video", said)
        message = await anna.sees("this one", to=channel)
        assert message is chosen.original
        assert message not in server.person("Ben", guild).view(channel)


class Dialog(discord.ui.Modal, title="Change"):
    """Asks one thing in the old way, and one in the new."""

    what: discord.ui.TextInput[Any] = discord.ui.TextInput(label="What?", max_length=100, custom_id="what")

    def __init__(self) -> None:
        super().__init__(custom_id="dialog", timeout=30)
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id="more", required=False)
        self.add_item(discord.ui.Label(text="More?", description="if you like", component=field))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.edit_message(content=f"changed: {self.what.value}", view=None)


class Asking(discord.ui.View):
    """A button that opens a dialog, one that is answered later, one that is only acknowledged."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Change…", custom_id="change")
    async def change(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.send_modal(Dialog())

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, button: discord.ui.Button[Any]) -> None:
        await interaction.response.defer()
        await interaction.followup.send("only you", ephemeral=True)
        await interaction.edit_original_response(content="edited later", attachments=[film()])


async def test_buttons_and_dialogs(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()
    bot.add_view(Asking())
    async with connected(server, bot):
        await bot.get_partial_messageable(anna.dm.id).send("ready", view=Asking())
        message = await anna.sees("ready")
        anna.presses(message, "Later")
        await anna.sees("edited later")
        await anna.sees("only you")
        opened = anna.presses(message, "Change…")
        await server.until(lambda: opened.modal)
        anna.fills(opened, "slower", "")
        await anna.sees("changed: slower")


async def test_originals_and_follow_ups_are_read_edited_and_deleted(server: DiscordServer) -> None:
    anna = server.person()
    bot = Bot()
    tree: app_commands.CommandTree[Bot] = app_commands.CommandTree(bot)

    @tree.command(name="go", description="Go")
    async def go(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("first", files=[film()], allowed_mentions=NOBODY, silent=True)
        original = await interaction.original_response()
        await original.edit(content="first, edited", attachments=[])
        more = await interaction.followup.send("second", wait=True)
        await more.edit(content="second, edited")
        assert (await interaction.followup.fetch_message(more.id)).content == "second, edited"
        await more.delete()
        await interaction.delete_original_response()
        await interaction.followup.send("third")

    async with connected(server, bot):
        await tree.sync()
        anna.runs("/go")
        await anna.sees("third")
    assert anna.reads() == ["third"]


async def test_forwarded_messages_and_voice_messages_are_understood(server: DiscordServer) -> None:
    guild = server.guild()
    channel, anna = server.channel(guild), server.person("Anna", guild)
    said = anna.says("look", to=channel, files=[Photo("a.png", b"1")])
    bot = Bot()
    async with connected(server, bot):
        anna.forwards(said)
        anna.speaks(Photo("", b"ogg"))
        await server.until(lambda: len(bot.heard) == 2)
        (copy,) = bot.heard[0].message_snapshots
        assert (copy.content, [await one.read() for one in copy.attachments]) == ("look", [b"1"])
        assert bot.heard[1].attachments[0].is_voice_message()


async def test_a_user_install_works_where_the_bot_is_not(server: DiscordServer) -> None:
    guild = server.guild("Elsewhere", has_bot=False)
    anna = server.person("Anna", guild)
    places = [server.channel(guild), server.group(anna, server.person("Ben"), server.person("Cleo"))]
    bot = Bot()
    tree: app_commands.CommandTree[Bot] = app_commands.CommandTree(bot)

    @tree.command(name="go", description="Go")
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.allowed_installs(guilds=False, users=True)
    async def go(interaction: discord.Interaction) -> None:
        assert interaction.is_user_integration()
        await interaction.response.send_message("here", ephemeral=True)

    async with connected(server, bot):
        await tree.sync()
        for place in places:
            anna.runs("/go", to=place)
            await anna.sees("here", to=place)
        with pytest.raises(discord.Forbidden):
            await bot.get_partial_messageable(places[0].id).send("uninvited")
