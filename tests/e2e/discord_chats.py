"""The main situations on Discord, played through and written down. `python -m tests.e2e.discord_chats` renews what is
kept in `tests/data/chats/discord` (or only the named ones); read the difference before you commit it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tests.core.house import TIMES, photo, premises
from tests.e2e.discord_house import DiscordHouse, discord_house
from tests.wire.discord.chats import transcript
from tests.wire.discord.people import Person, Photo
from tests.wire.discord.server import DiscordServer
from tests.wire.discord.world import Channel, Interaction, Message

KEPT = Path(__file__).parents[1] / "data" / "chats" / "discord"
SECONDS = 60.0
WISH = "make a 3 second video of it"
VIDEO = "video/mp4"


@dataclass(frozen=True, slots=True)
class Play:
    """One situation: a server with a club, a person in it, and what happens in front of them."""

    house: DiscordHouse
    anna: Person
    club: Channel

    @property
    def server(self) -> DiscordServer:
        return self.house.server

    def photos(self, *numbers: int) -> Sequence[Photo]:
        """Photographs to hand in."""
        return [Photo(f"photo{number}.jpg", photo(number)) for number in numbers]

    async def sees(self, words: str, where: Channel | None = None, by: Person | None = None) -> Message:
        """The message of the bot that says this, once it stands there."""
        return await (by or self.anna).sees(words, to=where, seconds=SECONDS)

    async def gets_video(self, number: int = 1, where: Channel | None = None) -> Message:
        """The message with the video of this number, once it is there."""
        video = await self.anna.gets_video(to=where, number=number, seconds=SECONDS)
        await self.rests(where or self.anna.dm)
        return next(one for one in self.anna.view(where) if video in one.files)

    async def rests(self, where: Channel) -> None:
        """Wait until the bot has nothing to do there any more: who says something before is the next in line."""
        mailbox, key = self.house.home.shop.mailbox, self.house.key_of(where)
        async with asyncio.timeout(SECONDS):
            while await mailbox.running(key) is not None:
                await asyncio.sleep(0.05)

    async def presses(self, message: Message, label: str, by: Person | None = None) -> Interaction:
        """Press a button, and wait until that is acknowledged."""
        pressed = (by or self.anna).presses(message, label)
        await self.server.until(lambda: pressed.answered_at, f"an answer to {label}", SECONDS)
        return pressed

    async def answered(self, one: Interaction) -> None:
        """Wait until something stands in place of "… is thinking"."""
        await self.server.until(lambda: one.original is not None and not one.original.is_loading, "words", SECONDS)

    async def fills(self, opened: Interaction, *texts: str) -> None:
        """Fill in the dialog that opens, and send it off."""
        await self.server.until(lambda: opened.modal, "a dialog", SECONDS)
        self.anna.fills(opened, *texts)


async def first_contact(play: Play) -> Channel:
    """Somebody says hello, and asks for help."""
    play.anna.runs("/start")
    await play.sees("photos")
    play.anna.runs("/help")
    await play.sees("/credits")
    return play.anna.dm


async def command_with_photos(play: Play) -> Channel:
    """A slash command in a channel, with three photos in its options."""
    play.anna.runs("/video", prompt=WISH, photos=play.photos(1, 2, 3), ratio="9:16", to=play.club)
    await play.gets_video(where=play.club)
    return play.club


async def photo_in_a_dm(play: Play) -> Channel:
    """A photo and a sentence in private, and a change by reply."""
    play.anna.says(WISH, files=play.photos(4))
    first = await play.gets_video()
    play.anna.says("add the title Lisbon", reply_to=first)
    await play.gets_video(2)
    return play.anna.dm


async def photos_without_a_word(play: Play) -> Channel:
    """Photos, a question, and a suggestion that is taken."""
    play.anna.says(files=play.photos(5, 6))
    question = await play.sees("What should I make")
    await play.presses(question, play_label(question))
    await play.gets_video()
    return play.anna.dm


def play_label(question: Message) -> str:
    """The first thing that is offered."""
    return str(question.components[0]["components"][0]["label"])


async def mention_in_a_thread(play: Play) -> Channel:
    """In a thread the bot is mentioned in the photo's own message; others talk, too."""
    ben = play.server.person("Ben", *[one for one in [play.club.guild] if one is not None])
    thread = play.anna.opens_thread(play.club, "holidays")
    ben.says("what a day", to=thread)
    play.anna.says(f"{play.anna.bot_mention} {WISH}", to=thread, files=play.photos(7))
    await play.gets_video(where=thread)
    return thread


async def forum_post(play: Play) -> Channel:
    """A post in a forum, whose first message mentions the bot."""
    assert play.club.guild is not None
    forum = play.server.forum(play.club.guild)
    post = play.anna.posts_in(forum, "My cat", f"{play.anna.bot_mention} {WISH}", files=play.photos(8))
    await play.gets_video(where=post.channel)
    return post.channel


async def menu_of_a_message(play: Play) -> Channel:
    """Somebody else's photo, and the menu of its message; then a word about it."""
    assert play.club.guild is not None
    ben = play.server.person("Ben", play.club.guild)
    said = ben.says("look at this", to=play.club, files=play.photos(9))
    play.anna.chooses("Make a video", said)
    question = await play.sees("What should I make", where=play.club)
    await play.presses(question, play_label(question))
    await play.gets_video(where=play.club)
    return play.club


async def changes_by_buttons(play: Play) -> Channel:
    """The buttons under a video: a shape, a title in a dialog, the timeline; and somebody who did not ask for it."""
    assert play.club.guild is not None
    ben = play.server.person("Ben", play.club.guild)
    play.anna.runs("/video", prompt=WISH, photos=play.photos(10), to=play.club)
    first = await play.gets_video(where=play.club)
    await play.presses(first, "9:16", by=ben)
    await play.sees("", where=play.club, by=ben)
    opened = await play.presses(first, "Title")
    await play.fills(opened, "Lisbon")
    second = await play.gets_video(2, where=play.club)
    await play.presses(second, "Timeline")
    await play.server.until(
        lambda: [one for one in play.anna.answers(play.club) if any("image" in file.mime for file in one.files)],
        "the timeline",
        SECONDS,
    )
    return play.club


async def wrong_sort_of_file(play: Play) -> Channel:
    """A file that nothing can be made of."""
    play.anna.runs("/video", prompt=WISH, photos=[Photo("notes.docx", b"PK\3\4 nothing to look at")])
    await play.sees("JPG")
    return play.anna.dm


async def missing_permission(play: Play) -> Channel:
    """A channel in which the bot may not attach files."""
    play.club.denied.add("attach_files")
    play.server.posts.tell_channel("CHANNEL_UPDATE", play.club)
    play.anna.runs("/video", prompt=WISH, photos=play.photos(11), to=play.club)
    await play.sees("permission", where=play.club)
    return play.club


async def token_that_dies_early(play: Play) -> Channel:
    """The interaction is over long before the video is there: it comes as a message of its own."""
    one = play.anna.runs("/video", prompt=WISH, photos=play.photos(12), to=play.club)
    await play.answered(one)
    one.born -= play.server.times.token
    await play.gets_video(where=play.club)
    return play.club


async def commands_in_private(play: Play) -> Channel:
    """Commands whose answers concern one person only."""
    for command, words in (("/status", ""), ("/credits", "Credits"), ("/privacy", "kept")):
        one = play.anna.runs(command, to=play.club)
        await play.answered(one)
        await play.sees(words, where=play.club)
    return play.club


PLAYS: tuple[Callable[[Play], Awaitable[Channel]], ...] = (
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
TIMES_HERE = replace(TIMES, announced=30.0, album=0.4, single=0.4)


async def played(folder: Path, names: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """All situations (or these), at once in one house, as they were written down."""
    async with AsyncExitStack() as stack:
        ground = await stack.enter_async_context(premises(folder))
        house = await stack.enter_async_context(discord_house(ground, folder, times=TIMES_HERE, generation_seconds=1.0))
        await house.listen()
        await _opened(house)
        async with asyncio.TaskGroup() as tasks:
            running = {
                play.__name__: tasks.create_task(_record(house, play))
                for play in PLAYS
                if not names or play.__name__ in names
            }
        return {name: task.result() for name, task in running.items()}


async def _opened(house: DiscordHouse) -> None:
    """Somebody has asked before, so that the house has its account at the backend."""
    earlier = house.server.person("Zoe")
    earlier.runs("/credits")
    await earlier.sees("Credits", seconds=SECONDS)


async def _record(house: DiscordHouse, play: Callable[[Play], Awaitable[Channel]]) -> str:
    server = house.server
    guild = server.guild(f"Club of {play.__name__}")
    anna = server.person("Anna", guild)
    where = await play(Play(house, anna, server.channel(guild)))
    await _settled(server, anna, where)
    return transcript(anna, where)


async def _settled(server: DiscordServer, person: Person, where: Channel) -> None:
    """Wait until the bot has said in this place what it has to say."""
    loop = asyncio.get_running_loop()
    end, seen, since = loop.time() + SECONDS, "", loop.time()
    while loop.time() < min(end, since + 2.5):
        if (now := transcript(person, where)) != seen:
            seen, since = now, loop.time()
        await asyncio.sleep(0.1)


def main() -> None:
    """Write down anew."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asyncio.run(played(Path(folder), frozenset(sys.argv[1:]))).items():
            (KEPT / f"{name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
