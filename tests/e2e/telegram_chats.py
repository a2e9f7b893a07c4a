"""The main situations on Telegram, played through and written down. `python -m tests.e2e.telegram_chats` renews what is
kept in `tests/data/chats/telegram`; read the difference before you commit it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from adapters.telegram.places import key_of
from tests.core.house import photo, premises
from tests.e2e.chronicle import written
from tests.e2e.situations import SECONDS, UNHURRIED, WISH, at_once, falls_silent, renew, rests
from tests.e2e.telegram_house import TelegramHouse, telegram_house
from tests.wire.telegram.chats import Chat, Message
from tests.wire.telegram.faults import cut, held
from tests.wire.telegram.people import Person
from tests.wire.telegram.server import BotApi


@dataclass(frozen=True, slots=True)
class Play:
    """One situation: a person and what happens in front of them."""

    house: TelegramHouse
    alice: Person

    @property
    def server(self) -> BotApi:
        return self.house.server

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

    async def rests(self, chat: Chat | None = None) -> None:
        """Wait until the bot has done in this chat what it has to do: who says something before is the next in line."""
        where = chat or self.alice.chat
        await self.server.until(lambda: not self.server.updates.pending, "the updates to be taken", within=SECONDS)
        for thread in {message.thread for message in where.shown}:
            await rests(self.house.home, key_of(where.id, thread or 0))

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
    await play.rests()
    play.alice.replies(first, "add the title Lisbon")
    second = await play.gets_video(2)
    await play.rests()
    await play.presses(second, "9:16")
    third = await play.gets_video(3)
    await play.rests()
    await play.presses(first, "9:16")
    await play.presses(third, "Timeline")
    await play.server.until(lambda: [one for one in play.alice.chat.bots if one.kind == "photo"], within=SECONDS)
    return play.alice.chat


async def impatience(play: Play) -> Chat:
    noted = asyncio.Event()
    play.server.faults.plan("sendVideo", held(noted), chat=play.alice.id)
    play.alice.sends_photo(photo(8), WISH)
    await play.sees("")
    play.alice.says("and add calm music")
    await play.sees("next in line")
    noted.set()
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
        ("/privacy", "What is kept"),
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
    await play.rests()
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


async def played(folder: Path, names: frozenset[str] = frozenset()) -> Mapping[str, str]:
    """All situations (or these), as they were written down."""
    async with premises(folder) as ground:
        told = {"drafts": False}  # with them it depends on the time where the agent's words stand
        start = partial(telegram_house, ground, folder, told=told, times=UNHURRIED, generation_seconds=1.0)
        async with start() as house:
            return await at_once(PLAYS, names, partial(_record, house))


async def _record(house: TelegramHouse, play: Callable[[Play], Awaitable[Chat]]) -> str:
    stage = Play(house, house.server.person("Alice"))
    chat = await play(stage)
    await stage.rests(chat)
    await falls_silent(lambda: written(house.server, chat))
    return written(house.server, chat)


if __name__ == "__main__":
    renew("telegram", played)
