"""The main situations on Telegram, played through and written down. `python -m tests.e2e.telegram_chats` renews what is
kept in `tests/data/chats/telegram`; read the difference before you commit it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.core.house import TIMES, photo, premises
from tests.e2e.chronicle import written
from tests.e2e.telegram_house import telegram_house
from tests.wire.telegram.chats import Chat, Message
from tests.wire.telegram.faults import cut
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi

KEPT = Path(__file__).parents[1] / "data" / "chats" / "telegram"
SECONDS = 60.0
WISH = "make a 3 second video of it"


@dataclass(frozen=True, slots=True)
class Play:
    """One situation: a person and what happens in front of them."""

    server: BotApi
    alice: Person

    async def sees(self, words: str, chat: Chat | None = None) -> Message:
        """The newest message of the bot that says this, once it stands there."""
        where = chat or self.alice.chat
        found = await self.server.until(
            lambda: [message for message in where.bots if words in message.text], words, within=SECONDS
        )
        return found[-1]

    async def gets_video(self, number: int = 1, chat: Chat | None = None) -> Message:
        """The video of this number, once it is there."""
        where = chat or self.alice.chat
        await self.server.until(lambda: len(where.videos) >= number, f"video {number}", within=SECONDS)
        return where.videos[number - 1]

    async def is_left_alone(self, chat: Chat | None = None) -> None:
        """Wait until the bot has said in this chat what it has to say."""
        where, loop = chat or self.alice.chat, asyncio.get_running_loop()
        end = loop.time() + SECONDS
        while self._newest(where) > loop.time() - 3.0 and loop.time() < end:
            await asyncio.sleep(0.1)

    def _newest(self, chat: Chat) -> float:
        return max((call.at for call in self.server.ledger.of(chat=chat.id)), default=0.0)

    async def presses(self, message: Message, label: str, by: Person | None = None) -> None:
        """Press a button, and wait until that is acknowledged."""
        query = (by or self.alice).presses(message, label)
        await self.server.until(lambda: query.answered, f"an answer to {label}", within=SECONDS)


async def first_contact(play: Play) -> Chat:
    play.alice.starts()
    await play.sees("Send me photos")
    return play.alice.chat


async def photo_with_a_sentence(play: Play) -> Chat:
    play.alice.sends_photo(photo(1), WISH)
    await play.gets_video()
    return play.alice.chat


async def album_without_a_word(play: Play) -> Chat:
    play.alice.sends_album([photo(2), photo(3), photo(4)])
    question = await play.sees("What should I make")
    await play.presses(question, question.labels[0])
    await play.gets_video()
    return play.alice.chat


async def sentence_before_the_photos(play: Play) -> Chat:
    play.alice.says("make a 4 second slideshow of my photos")
    await play.sees("waiting for them")
    play.alice.sends_album([photo(5), photo(6)])
    await play.gets_video()
    return play.alice.chat


async def changes_by_words_and_buttons(play: Play) -> Chat:
    play.alice.sends_photo(photo(7), WISH)
    first = await play.gets_video()
    await play.is_left_alone()
    play.alice.replies(first, "add the title Lisbon")
    second = await play.gets_video(2)
    await play.is_left_alone()
    await play.presses(second, "9:16")
    third = await play.gets_video(3)
    await play.is_left_alone()
    await play.presses(first, "9:16")
    await play.presses(third, "Timeline")
    await play.server.until(lambda: [one for one in play.alice.chat.bots if one.kind == "photo"], within=SECONDS)
    return play.alice.chat


async def impatience(play: Play) -> Chat:
    play.alice.sends_photo(photo(8), WISH)
    await play.sees("")
    play.alice.says("and add calm music")
    await play.sees("next in line")
    await play.gets_video(2)
    return play.alice.chat


async def file_too_large(play: Play) -> Chat:
    size = 48_000_000
    play.alice.sends_document(b"", "holidays.tif", "image/tiff", WISH, announced=size, delivered=size)
    await play.sees("20 MB")
    assert not [call for call in play.server.ledger.of("file") if "holidays" in str(call.values)]
    return play.alice.chat


async def wrong_sort_of_file(play: Play) -> Chat:
    play.alice.sends_document(b"PK\3\4 nothing to look at", "notes.docx", "application/msword", WISH)
    await play.sees("JPG")
    return play.alice.chat


async def commands(play: Play) -> Chat:
    for command, words in (
        ("/help", "/credits"),
        ("/status", "no project"),
        ("/credits", "available"),
        ("/privacy", "kept"),
    ):
        play.alice.says(command)
        await play.sees(words)
    return play.alice.chat


async def topic_of_a_group(play: Play) -> Chat:
    bob = play.server.person("Bob")
    club = play.server.supergroup("Club", play.alice, bob, forum=True)
    cats = club.topic("Cats")
    bob.says("what a day", chat=club, thread=cats)
    name = play.server.username
    play.alice.sends_photo(photo(9), f"@{name} {WISH}", chat=club, thread=cats)
    video = await play.gets_video(chat=club.chat)
    await play.presses(video, "9:16", by=bob)
    assert {message.thread for message in club.chat.bots} == {cats}
    return club.chat


async def unknown_delivery(play: Play) -> Chat:
    play.server.faults.plan("sendVideo", cut(after=True), chat=play.alice.id)
    play.alice.sends_photo(photo(10), WISH)
    await play.sees("Sent again in case")
    await play.sees("in the message above")
    return play.alice.chat


async def farewell(play: Play) -> Chat:
    play.alice.sends_photo(photo(11), WISH)
    await play.gets_video()
    await play.is_left_alone()
    play.alice.says("/forget")
    question = await play.sees("Really?")
    await play.presses(question, question.labels[0])
    await play.sees("is deleted")
    return play.alice.chat


PLAYS: tuple[Callable[[Play], Awaitable[Chat]], ...] = (
    first_contact,
    photo_with_a_sentence,
    album_without_a_word,
    sentence_before_the_photos,
    changes_by_words_and_buttons,
    impatience,
    file_too_large,
    wrong_sort_of_file,
    commands,
    topic_of_a_group,
    unknown_delivery,
    farewell,
)

TIMES_HERE = replace(TIMES, announced=30.0, album=0.4, single=0.4)


async def played(folder: Path, names: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """All situations (or these), at once in one house, as they were written down."""
    async with premises(folder) as ground:
        told = {"drafts": False}  # with them it depends on the time where the agent's words stand
        start = partial(telegram_house, ground, folder, told=told, times=TIMES_HERE, generation_seconds=1.0)
        async with start() as house, asyncio.TaskGroup() as tasks:
            running = {
                play.__name__: tasks.create_task(_record(house.server, play))
                for play in PLAYS
                if not names or play.__name__ in names
            }
        return {name: task.result() for name, task in running.items()}


async def _record(server: BotApi, play: Callable[[Play], Awaitable[Chat]]) -> str:
    stage = Play(server, server.person("Alice"))
    chat = await play(stage)
    await stage.is_left_alone(chat)
    return written(server, chat)


def main() -> None:
    """Write down anew."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in asyncio.run(played(Path(folder), frozenset(sys.argv[1:]))).items():
            (KEPT / f"{name}.txt").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
