"""What is remembered of Discord across processes and restarts, and for how long: each kind of note in one place."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, urlsplit

from adapters.discord.places import key_of_place, place_of
from adapters.discord.settings import DAY, HOUR, MINUTE
from core.messages import ConversationKey
from core.ports import Notes

T = TypeVar("T")

WEEK: Final = 7 * DAY
BOT: Final = "bot"
"""Under what is kept that concerns no conversation."""

LINK_SECONDS: Final = DAY  # of a link that does not say how long it lives


@dataclass(frozen=True, slots=True)
class Question:
    """Who asked, and how it can be answered.

    `token` answers the interaction until `until`; it is empty for a message, and once it is known to be dead. `app` is
    the application. `alone`: only the asker may see the answer. `press`: a button was pressed, so what was there before
    is no answer of ours. `present`: the bot itself can post in this place. `channel`: where it was asked, if
    not in the conversation's own channel; else 0.
    """

    user: int
    token: str = ""
    app: int = 0
    until: float = 0.0
    private: bool = False
    alone: bool = False
    press: bool = False
    present: bool = True
    channel: int = 0

    def alive(self, now: float) -> bool:
        """Whether the interaction can still be answered, as far as we know."""
        return bool(self.token) and now < self.until


@dataclass(frozen=True, slots=True)
class Spot:
    """What a message of ours has become: `question` is the id of the interaction through whose token it can be edited;
    `moved` is the id of the message that stands in for it."""

    question: str = ""
    moved: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of a channel: its guild (0 for none), the largest file there, whether the bot can post."""

    guild: int
    file_bytes: int
    present: bool = True


class Notebook:
    """All notes of the adapter. Every method raises `StoreError`. `now` is in seconds of Unix time."""

    def __init__(self, notes: Notes, now: Callable[[], float] = time.time) -> None:
        self._notes = notes
        self.now = now

    # --- questions ---

    async def ask(self, key: ConversationKey, asked: str, question: Question) -> None:
        """Remember who asked. The token is kept apart, no longer than it lives."""
        if question.token:
            seconds = max(1.0, question.until - self.now())
            await self._put(_interaction(asked), "token", asdict(question), seconds)
        await self._put(place_of(key), f"asked:{asked}", asdict(replace(question, token="")), DAY)

    async def question(self, key: ConversationKey, asked: str) -> Question | None:
        """Who asked; with the token as long as there is one."""
        found = await self._get(_interaction(asked), "token", Question) if asked.startswith("i") else None
        return found or await self._get(place_of(key), f"asked:{asked}", Question)

    async def bury(self, asked: str) -> None:
        """The token is dead: nobody shall try it again."""
        await self._notes.remove(_interaction(asked), "token")

    async def first_answer(self, asked: str, key: str) -> bool:
        """Whether this delivery is the one that takes the place of the original answer."""
        before = await self._notes.claim(_interaction(asked), "original", key.encode(), seconds=HOUR)
        return before is None or before == key.encode()

    async def follow_up(self, asked: str, key: str, most: int) -> int | None:
        """A free follow-up of this interaction for this delivery; None where all are used. Raises `LookupError` where
        this delivery has taken one before, so that nobody knows whether it was posted."""
        for number in range(most):
            before = await self._notes.claim(_interaction(asked), f"follow{number}", key.encode(), seconds=HOUR)
            if before is None:
                return number
            if before == key.encode():
                raise LookupError(key)
        return None

    async def give_back(self, asked: str, number: int) -> None:
        """That follow-up was certainly not posted."""
        await self._notes.remove(_interaction(asked), f"follow{number}")

    async def answer_once(self, press: str) -> bool:
        """Whether this press has not been answered before."""
        return await self._notes.claim(_interaction(press), "told", b"1", seconds=HOUR) is None

    # --- deliveries ---

    async def begin(self, key: ConversationKey, delivery: str) -> str | float | None:
        """Begin a delivery: None for a new one; the id of the message it has become; or when it was begun, where
        nobody knows what has become of it."""
        begun = f"?{self.now():.3f}".encode()
        before = await self._notes.claim(place_of(key), _sent(delivery), begun, seconds=WEEK)
        if before is None:
            return None
        text = before.decode()
        return float(text[1:] or 0) if text.startswith("?") else text

    async def delivered(self, key: ConversationKey, delivery: str, ref: str) -> None:
        """It has become this message."""
        await self._notes.put(place_of(key), _sent(delivery), ref.encode(), seconds=WEEK)

    async def not_delivered(self, key: ConversationKey, delivery: str) -> None:
        """It was certainly not posted."""
        await self._notes.remove(place_of(key), _sent(delivery))

    async def mark(self, key: ConversationKey, message: str, spot: Spot) -> None:
        """Remember how a message of ours is to be edited."""
        await self._put(place_of(key), f"spot:{message}", asdict(spot), DAY)

    async def spot(self, key: ConversationKey, message: str) -> Spot:
        """How a message of ours is to be edited."""
        return await self._get(place_of(key), f"spot:{message}", Spot) or Spot()

    async def thread(self, key: ConversationKey, asked: str) -> int | None:
        """The thread that was opened for the answers to this question."""
        found = await self._notes.get(place_of(key), f"thread:{asked}")
        return int(found) if found else None

    async def keep_thread(self, key: ConversationKey, asked: str, thread: int) -> None:
        """Further answers go there, too."""
        await self._notes.put(place_of(key), f"thread:{asked}", str(thread).encode(), seconds=DAY)

    async def keep_home(self, channel: int, message: int, key: ConversationKey) -> None:
        """Remember to which conversation a message of ours belongs that stands elsewhere."""
        await self._notes.put(str(channel), f"home:{message}", place_of(key).encode(), seconds=30 * DAY)

    async def home(self, channel: int, message: int) -> ConversationKey | None:
        """The conversation of a message of ours that stands elsewhere."""
        found = await self._notes.get(str(channel), f"home:{message}")
        return key_of_place(found.decode()) if found else None

    # --- places and people ---

    async def describe(self, key: ConversationKey, place: Place) -> None:
        """Remember what is known of a place."""
        await self._put(key.chat, "place", asdict(place), DAY)

    async def place(self, key: ConversationKey) -> Place | None:
        """What is known of a place."""
        return await self._get(key.chat, "place", Place)

    async def keep_file_limit(self, key: ConversationKey, most: int) -> None:
        """Remember for a day that a larger file was refused there, whatever else is known of the place."""
        await self._notes.put(key.chat, "file-limit", str(most).encode(), seconds=DAY)

    async def file_limit(self, key: ConversationKey) -> int | None:
        """The largest file that may be taken there, if one was refused."""
        found = await self._notes.get(key.chat, "file-limit")
        return int(found) if found else None

    async def speaks(self, key: ConversationKey, user: int, locale: str) -> None:
        """Remember a person's language: only interactions tell it."""
        await self._notes.put(place_of(key), f"locale:{user}", locale.encode(), seconds=30 * DAY)

    async def locale(self, key: ConversationKey, user: int) -> str:
        """A person's language, if they have ever used a command or a button here."""
        return (await self._notes.get(place_of(key), f"locale:{user}") or b"").decode()

    # --- files ---

    async def keep_links(self, links: Mapping[str, str]) -> None:
        """Keep signed links by their handles, as long as they live."""
        await asyncio.gather(*(self._keep_link(handle, url) for handle, url in links.items()))

    async def _keep_link(self, handle: str, url: str) -> None:
        place, _, rest = handle.partition(":")
        seconds = link_life(url, self.now())
        await self._notes.put(place, f"link:{rest}", url.encode(), seconds=seconds)

    async def link(self, handle: str) -> str:
        """The link of a handle, empty where there is none (any more)."""
        place, _, rest = handle.partition(":")
        return (await self._notes.get(place, f"link:{rest}") or b"").decode()

    async def keep_pictures(self, key: ConversationKey, user: int, pictures: bytes, seconds: float) -> None:
        """Keep what a person has just handed in without a word to us."""
        await self._notes.put(place_of(key), f"lately:{user}", pictures, seconds=seconds)

    async def pictures(self, key: ConversationKey, user: int) -> bytes:
        """What a person has just handed in; it is taken out."""
        name = f"lately:{user}"
        found = await self._notes.get(place_of(key), name)
        if found:
            await self._notes.remove(place_of(key), name)
        return found or b""

    # --- the bot itself ---

    async def recall(self, name: str) -> Any:
        """What was noted about the bot itself."""
        found = await self._notes.get(BOT, name)
        return None if found is None else json.loads(found)

    async def note(self, name: str, value: object, seconds: float) -> None:
        """Note something about the bot itself."""
        await self._put(BOT, name, value, seconds)

    async def forget(self, key: ConversationKey) -> None:
        """Erase everything about a conversation. Tokens of interactions go by themselves, within minutes: the answer to
        who asked for this still needs one. So does what `keep_home` noted in a DM, two ids, within its month."""
        await self._notes.forget(place_of(key))

    # --- inside ---

    async def _put(self, chat: str, name: str, value: object, seconds: float) -> None:
        await self._notes.put(chat, name, json.dumps(value).encode(), seconds=seconds)

    async def _get(self, chat: str, name: str, kind: Callable[..., T]) -> T | None:
        found = await self._notes.get(chat, name)
        return None if found is None else kind(**json.loads(found))


def link_life(url: str, now: float) -> float:
    """How long a signed link still lives, in seconds; it says so itself."""
    try:
        until = int(parse_qs(urlsplit(url).query)["ex"][0], 16)
    except (KeyError, ValueError):
        return LINK_SECONDS
    return min(LINK_SECONDS, max(MINUTE, until - now))


def nonce_of(delivery: str) -> str:
    """What Discord knows a delivery by: the same key is the same nonce, at most 25 characters."""
    return sha256(delivery.encode()).hexdigest()[:24]


def _sent(delivery: str) -> str:
    return f"sent:{sha256(delivery.encode()).hexdigest()[:32]}"


def _interaction(asked: str) -> str:
    return f"interaction/{asked}"
