"""The main situations on Discord, played through and written down. `python -m tests.e2e.discord_chats` renews what is
kept in `tests/data/chats/discord` (or only the named ones); read the difference before you commit it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from tests.core.house import premises
from tests.e2e.discord_house import DiscordHouse, discord_house
from tests.e2e.discord_scene import Scene, photos, scene
from tests.e2e.situations import SECONDS, UNHURRIED, WISH, at_once, falls_silent, renew
from tests.wire.discord.chats import transcript
from tests.wire.discord.people import Photo
from tests.wire.discord.world import Channel, Message


async def first_contact(play: Scene) -> Channel:
    """Somebody says hello, and asks for help."""
    play.anna.runs("/start")
    await play.sees("photos", play.anna.dm)
    play.anna.runs("/help")
    await play.sees("/credits", play.anna.dm)
    return play.anna.dm


async def command_with_photos(play: Scene) -> Channel:
    """A slash command in a channel, with three photos in its options."""
    play.anna.runs("/video", prompt=WISH, photos=photos(1, 2, 3), ratio="9:16", to=play.channel)
    await play.gets_video()
    return play.channel


async def photo_in_a_dm(play: Scene) -> Channel:
    """A photo and a sentence in private, and a change by reply."""
    play.anna.says(WISH, files=photos(4))
    first = await play.gets_video(where=play.anna.dm)
    play.anna.says("add the title Lisbon", reply_to=first)
    await play.gets_video(2, where=play.anna.dm)
    return play.anna.dm


async def photos_without_a_word(play: Scene) -> Channel:
    """Photos, a question, and a suggestion that is taken."""
    play.anna.says(files=photos(5, 6))
    question = await play.sees("What should I make", play.anna.dm)
    await play.presses(question, play_label(question))
    await play.gets_video(where=play.anna.dm)
    return play.anna.dm


def play_label(question: Message) -> str:
    """The first thing that is offered."""
    return str(question.components[0]["components"][0]["label"])


async def mention_in_a_thread(play: Scene) -> Channel:
    """In a thread the bot is mentioned in the photo's own message; others talk, too."""
    ben = play.server.person("Ben", play.guild)
    thread = play.anna.opens_thread(play.channel, "holidays")
    ben.says("what a day", to=thread)
    play.anna.says(f"{play.anna.bot_mention} {WISH}", to=thread, files=photos(7))
    await play.gets_video(where=thread)
    return thread


async def forum_post(play: Scene) -> Channel:
    """A post in a forum, whose first message mentions the bot."""
    forum = play.server.forum(play.guild)
    post = play.anna.posts_in(forum, "My cat", f"{play.anna.bot_mention} {WISH}", files=photos(8))
    await play.gets_video(where=post.channel)
    return post.channel


async def menu_of_a_message(play: Scene) -> Channel:
    """Somebody else's photo, and the menu of its message; then a word about it."""
    ben = play.server.person("Ben", play.guild)
    said = ben.says("look at this", to=play.channel, files=photos(9))
    play.anna.chooses("Make a video", said)
    question = await play.sees("What should I make")
    await play.presses(question, play_label(question))
    await play.gets_video()
    return play.channel


async def changes_by_buttons(play: Scene) -> Channel:
    """The buttons under a video: a shape, a title in a dialog, the timeline; and somebody who did not ask for it."""
    ben = play.server.person("Ben", play.guild)
    play.anna.runs("/video", prompt=WISH, photos=photos(10), to=play.channel)
    first = await play.gets_video()
    await play.presses(first, "9:16", by=ben)
    await play.sees("", by=ben)
    opened = await play.presses(first, "Title")
    await play.fills(opened, "Lisbon")
    second = await play.gets_video(2)
    await play.presses(second, "Timeline")
    await play.server.until(
        lambda: [one for one in play.anna.answers(play.channel) if any("image" in file.mime for file in one.files)],
        "the timeline",
        SECONDS,
    )
    return play.channel


async def wrong_sort_of_file(play: Scene) -> Channel:
    """A file that nothing can be made of."""
    play.anna.runs("/video", prompt=WISH, photos=[Photo("notes.docx", b"PK\3\4 nothing to look at")])
    await play.sees("JPG", play.anna.dm)
    return play.anna.dm


async def missing_permission(play: Scene) -> Channel:
    """A channel in which the bot may not attach files."""
    play.channel.denied.add("attach_files")
    play.server.posts.tell_channel("CHANNEL_UPDATE", play.channel)
    play.anna.runs("/video", prompt=WISH, photos=photos(11), to=play.channel)
    await play.sees("permission")
    return play.channel


async def token_that_dies_early(play: Scene) -> Channel:
    """The interaction is over long before the video is there: it comes as a message of its own."""
    one = play.anna.runs("/video", prompt=WISH, photos=photos(12), to=play.channel)
    await play.answered(one)
    one.born -= play.server.times.token
    await play.gets_video()
    return play.channel


async def commands_in_private(play: Scene) -> Channel:
    """Commands whose answers concern one person only."""
    for command, words in (("/status", ""), ("/credits", "Credits"), ("/privacy", "kept")):
        one = play.anna.runs(command, to=play.channel)
        await play.answered(one)
        await play.sees(words)
    return play.channel


PLAYS: tuple[Callable[[Scene], Awaitable[Channel]], ...] = (
    first_contact,
    command_with_photos,
    photo_in_a_dm,
    photos_without_a_word,
    mention_in_a_thread,
    forum_post,
    menu_of_a_message,
    changes_by_buttons,
    wrong_sort_of_file,
    missing_permission,
    token_that_dies_early,
    commands_in_private,
)


async def played(folder: Path, names: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """All situations (or these), as they were written down."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(premises(folder))
        house = await stack.enter_async_context(discord_house(ground, folder, times=UNHURRIED, generation_seconds=1.0))
        await house.listen()
        await _opened(house)
        return await at_once(PLAYS, names, partial(_record, house))


async def _opened(house: DiscordHouse) -> None:
    """Somebody has asked before, so that the house has its account at the backend."""
    earlier = house.server.person("Zoe")
    earlier.runs("/credits")
    await earlier.sees("Credits", seconds=SECONDS)


async def _record(house: DiscordHouse, play: Callable[[Scene], Awaitable[Channel]]) -> str:
    here = scene(house, f"Club of {play.__name__}")
    where = await play(here)
    await here.ended(where)
    await falls_silent(lambda: transcript(here.anna, where))
    return transcript(here.anna, where)


if __name__ == "__main__":
    renew("discord", played)
