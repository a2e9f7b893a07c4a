"""The ways by which something can be said, and their order: the answer to an interaction, a message, a person's DM."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import structlog

from adapters.discord.components import away_from
from adapters.discord.faults import CannotReply, Forbidden, TokenDead, TooOld
from adapters.discord.markup import TEXT_CHARS
from adapters.discord.notebook import Notebook, Question, Spot, nonce_of
from adapters.discord.places import (
    asked_by,
    channel_of,
    elsewhere,
    made_at,
    message_of,
    place_of,
    ref_of,
    snowflake_at,
    spot_of,
)
from adapters.discord.rest import Rest, Upload
from adapters.discord.settings import DiscordSettings
from adapters.discord.threads import Threads
from adapters.discord.wire import EPHEMERAL, mentions
from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown
from core.messages import ConversationKey, MessageRef

log = structlog.get_logger(__name__)

NO_EMBEDS: Final = 1 << 2
FOLLOW_UPS: Final = 5  # of an app that only a person has installed
MANY: Final = 100
LOOKED_THROUGH: Final = 100

SEND: Final = "Send Messages"
ATTACH: Final = "Attach Files"

POST: Final = "/channels/{channel_id}/messages"
MESSAGE: Final = "/channels/{channel_id}/messages/{message_id}"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said: escaped `content`, rows of components, files. `rings`: the asker shall be notified of it."""

    content: str
    rows: Sequence[Json] = ()
    files: Sequence[Upload] = field(default=())
    reply_to: int | None = None
    rings: bool = False

    def body(self, *, users: Sequence[int] = (), replied: bool = False, flags: int = 0) -> Json:
        """The letter as the API takes it."""
        listed = [_listed(number, file) for number, file in enumerate(self.files)]
        return {
            "content": self.content,
            "components": list(self.rows),
            "allowed_mentions": mentions(*users, replied=replied),
            "flags": NO_EMBEDS | flags,
            **({"attachments": listed} if listed else {}),
        }

    def seen_from(self, key: ConversationKey, *, away: bool) -> Letter:
        """The letter as it stands there, or `away` from there: buttons know their conversation all the same."""
        return replace(self, rows=away_from(place_of(key), self.rows)) if away else self

    def addressed_to(self, question: Question) -> Letter:
        """The letter with the asker's name on it, where it shall notify and others are there."""
        content = f"<@{question.user}> {self.content}"
        if not self.rings or question.private or len(content) > TEXT_CHARS:
            return self
        return replace(self, content=content)

    @property
    def wants(self) -> str:
        """The permission that it takes."""
        return ATTACH if self.files else SEND


def _listed(number: int, file: Upload) -> Json:
    return {"id": number, "filename": file.name, **({"description": file.alt[:1024]} if file.alt else {})}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter on its way: to which conversation and which channel, its delivery key, whom it answers and who asked."""

    to: ConversationKey
    channel: int
    key: str
    asked: str
    question: Question | None
    letter: Letter

    @property
    def user(self) -> int | None:
        """Who asked, as far as we know."""
        return self.question.user if self.question else None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to say something. `by_token`: through the interaction that asked."""

    go: Callable[[], Awaitable[MessageRef]]
    by_token: bool = False


class Ways:
    """Says things once, by the first way that is open. Raises `OutboundError`, and `StoreError`."""

    def __init__(self, rest: Rest, book: Notebook, settings: DiscordSettings) -> None:
        self._rest = rest
        self._book = book
        self._settings = settings
        self._threads = Threads(rest, book)

    # --- something new ---

    async def deliver(self, to: ConversationKey, letter: Letter, *, key: str, asked: str = "") -> MessageRef:
        """Say it, once for each delivery key."""
        before = await self._book.begin(to, key)
        if isinstance(before, str):
            return MessageRef(to, before)
        asked = asked_by(asked)
        question = await self._book.question(to, asked) if asked else None
        channel = (question.channel if question else 0) or channel_of(to)
        delivery = Delivery(to, channel, key, asked, question, letter)
        if before is not None and (found := await self._found(delivery, before)):
            await self._book.delivered(to, key, found.id)
            return found
        return await self._deliver(delivery, first=before is None)

    async def _deliver(self, delivery: Delivery, *, first: bool) -> MessageRef:
        try:
            ref = await self._say(delivery)
        except OutcomeUnknown:
            raise
        except OutboundError:
            if first:  # else an earlier try may yet have come through
                await self._book.not_delivered(delivery.to, delivery.key)
            raise
        await self._book.delivered(delivery.to, delivery.key, ref.id)
        return ref

    async def _say(self, delivery: Delivery) -> MessageRef:
        """By one way after the other, until one is open. A token that is dead is not tried again."""
        closed: OutboundError = Refused("there is no way to say it")
        dead = False
        for way in await self._ways(delivery):
            if way.by_token and dead:
                continue
            try:
                return await way.go()
            except (ChatGone, Refused) as error:
                log.info("way_closed", error=type(error).__name__, detail=str(error))
                closed = error
                if isinstance(error, TokenDead):
                    dead = True
                    await self._book.bury(delivery.asked)
        raise closed

    async def _ways(self, delivery: Delivery) -> list[Way]:
        """The ways in their order."""
        question, person = delivery.question, delivery.user
        here = Way(partial(self._here, delivery))
        if question is None:
            return [here]
        alive = question.alive(self._book.now())
        ways = await self._to_original(delivery, question) if alive and not question.press else []
        if question.present and (question.private or not question.alone):
            ways.append(here)
        if alive:
            ways.append(Way(partial(self._to_follow_up, delivery, question), by_token=True))
        if person is not None and not question.private:
            ways.append(Way(partial(self._to_person, delivery, person)))
        return ways

    async def _to_original(self, delivery: Delivery, question: Question) -> list[Way]:
        if await self._book.first_answer(delivery.asked, delivery.key):
            return [Way(partial(self._as_original, delivery, question), by_token=True)]
        if delivery.letter.rings and not question.present:
            return [Way(partial(self._onto_original, delivery, question), by_token=True)]
        return []

    # --- each way ---

    async def _as_original(self, delivery: Delivery, question: Question) -> MessageRef:
        """In place of "…is thinking"."""
        body = delivery.letter.body()
        told = await self._rest.once("PATCH", _answer(question), json=body, files=delivery.letter.files, harmless=True)
        return await self._answered(delivery, told)

    async def _onto_original(self, delivery: Delivery, question: Question) -> MessageRef:
        """Below what the answer says already. A repeat finds itself there, and changes nothing."""
        now = await self._rest.once("GET", _answer(question), harmless=True)
        letter = delivery.letter
        said = str(now.get("content", ""))
        both = said if said.endswith(letter.content) else f"{said}\n\n{letter.content}"
        if len(both) > TEXT_CHARS:
            raise Refused("no room below what was said")
        whole = replace(letter, content=both)
        told = await self._rest.once("PATCH", _answer(question), json=whole.body(), files=letter.files, harmless=True)
        return await self._answered(delivery, told)

    async def _to_follow_up(self, delivery: Delivery, question: Question) -> MessageRef:
        """As a further answer: there is nothing that makes its repeat harmless, so it is asked for once."""
        most = MANY if question.present else FOLLOW_UPS
        try:
            number = await self._book.follow_up(delivery.asked, delivery.key, most)
        except LookupError:
            raise OutcomeUnknown("a follow-up whose answer was lost") from None
        if number is None:
            raise Refused("no more follow-ups")
        letter = delivery.letter.seen_from(delivery.to, away=bool(question.channel))
        letter = letter if question.alone else letter.addressed_to(question)
        flags = EPHEMERAL if question.alone else 0
        body = letter.body(users=[question.user] if letter.rings else (), flags=flags)
        try:
            told = await self._rest.once("POST", f"{_webhook(question)}?wait=true", json=body, files=letter.files)
        except OutcomeUnknown:
            raise
        except OutboundError:
            await self._book.give_back(delivery.asked, number)
            raise
        return await self._answered(delivery, told)

    async def _here(self, delivery: Delivery) -> MessageRef:
        """Where it was asked, or in a thread of that channel where that is wished."""
        channel, question = delivery.channel, delivery.question
        apart = elsewhere(delivery.to, channel) or (question and question.private)
        if self._settings.threads and not apart:
            channel = await self._threads.for_answer(delivery.to, delivery.asked, delivery.letter.content) or channel
        letter, replied = self._addressed(delivery, in_thread=channel != delivery.channel)
        return await self._to_channel(delivery, letter, channel, replied)

    async def _to_person(self, delivery: Delivery, user: int) -> MessageRef:
        """In the asker's own DM, where nothing else is open."""
        dm = await self._rest.call("POST", "/users/@me/channels", json={"recipient_id": str(user)})
        return await self._to_channel(delivery, delivery.letter, int(dm["id"]), None)

    async def _to_channel(self, delivery: Delivery, letter: Letter, channel: int, replied: int | None) -> MessageRef:
        """As a message of the bot's. Discord drops a repeat with the same nonce."""
        users = [delivery.user] if letter.rings and delivery.user is not None else []
        letter = letter.seen_from(delivery.to, away=channel != channel_of(delivery.to))
        body = letter.body(users=users, replied=letter.rings and replied is not None)
        body |= {"nonce": nonce_of(delivery.key), "enforce_nonce": True}
        if replied is not None:
            body["message_reference"] = {"message_id": str(replied), "fail_if_not_exists": False}
        try:
            told = await self._twice(letter, body, channel)
        except (CannotReply, Forbidden):
            if body.pop("message_reference", None) is None:
                raise
            told = await self._twice(letter, body, channel)
        return await self._known(delivery.to, told)

    async def _twice(self, letter: Letter, body: Json, channel: int) -> Any:
        """Once more at once where the answer was lost: the nonce makes it harmless."""
        post = partial(
            self._rest.call, "POST", POST, json=body, files=letter.files, wants=letter.wants, channel_id=channel
        )
        try:
            return await post()
        except OutcomeUnknown:
            return await post()

    def _addressed(self, delivery: Delivery, *, in_thread: bool) -> tuple[Letter, int | None]:
        """The letter with the asker's name on it where it shall notify and is no reply, and what it replies to."""
        letter, question = delivery.letter, delivery.question
        private = question.private if question else False
        asked = message_of(delivery.asked) if question and not private else None
        replied = None if in_thread else letter.reply_to or asked
        return letter.addressed_to(question) if question and replied is None else letter, replied

    async def _answered(self, delivery: Delivery, told: Json) -> MessageRef:
        """What an interaction was answered with can be edited through it."""
        ref = await self._known(delivery.to, told)
        await self._book.mark(delivery.to, ref.id, Spot(question=delivery.asked))
        return ref

    async def _known(self, to: ConversationKey, told: Json) -> MessageRef:
        """The message that it has become. To which conversation it belongs is noted where that does not show."""
        channel, message = int(told["channel_id"]), int(told["id"])
        if elsewhere(to, channel):
            await self._book.keep_home(channel, message, to)
        return ref_of(to, channel, message)

    async def _found(self, delivery: Delivery, begun: float) -> MessageRef | None:
        """The message that an earlier try has become, if its answer was lost. While Discord itself knows the nonce
        nobody need look. Raises `OutcomeUnknown` where that cannot be told and it matters."""
        known = self._settings.times.nonce
        if self._book.now() - begun < known:
            return None
        channel, nonce = delivery.channel, nonce_of(delivery.key)
        try:
            query = {"after": str(snowflake_at(begun - known)), "limit": str(LOOKED_THROUGH)}
            listed = await self._rest.call("GET", POST, query=query, channel_id=channel, wants="Read Message History")
            me = await self._rest.me()
        except (Refused, ChatGone) as error:
            if delivery.letter.rings:
                raise OutcomeUnknown("the channel cannot be read") from error
            return None
        names = {file.name for file in delivery.letter.files}
        for one in listed:
            ours = str(one.get("author", {}).get("id")) == str(me)
            same = one.get("nonce") == nonce or names & {file.get("filename") for file in one.get("attachments", ())}
            if ours and same:
                return ref_of(delivery.to, channel, int(one["id"]))
        return None

    # --- what was said before ---

    async def edit(self, ref: MessageRef, letter: Letter) -> None:
        """Say something else in its place; in a new message where that one takes no more."""
        now, question, asked = await self._where(ref)
        if question is not None and question.alive(self._book.now()):
            body, path = letter.seen_from(ref.key, away=bool(question.channel)).body(), _answer(question, _spot(now)[1])
            try:
                await self._rest.once("PATCH", path, json=body, files=letter.files, harmless=True)
            except TokenDead:
                await self._book.bury(asked)
            else:
                return
        if question is None or (question.present and not question.alone):
            try:
                await self._patch(now, letter)
            except TooOld:
                log.info("message_too_old_to_edit")
            else:
                return
        known = replace(question, token="") if question else None
        there = Delivery(ref.key, _spot(now)[0], f"moved:{now.id}", asked, known, letter)
        moved = await self._deliver(there, first=True)
        await self._book.mark(ref.key, ref.id, Spot(moved=moved.id))

    async def _patch(self, ref: MessageRef, letter: Letter) -> None:
        channel, message = _spot(ref)
        letter = letter.seen_from(ref.key, away=channel != channel_of(ref.key))
        old = made_at(message) < self._book.now() - self._settings.times.old
        try:
            await self._rest.call(
                "PATCH",
                MESSAGE,
                json=letter.body(),
                files=letter.files,
                wants=letter.wants,
                holds=not old,
                channel_id=channel,
                message_id=message,
            )
        except SlowDown as order:
            if not old:
                raise
            raise TooOld(str(order)) from order  # discord.py does not tell this limit from others

    async def delete(self, ref: MessageRef) -> None:
        """Take it away."""
        ref, question, _ = await self._where(ref)
        if question is not None and question.alive(self._book.now()):
            await self._rest.once("DELETE", _answer(question, _spot(ref)[1]), harmless=True)
            return
        channel, message = _spot(ref)
        await self._rest.call("DELETE", MESSAGE, channel_id=channel, message_id=message, wants="Manage Messages")

    async def _where(self, ref: MessageRef) -> tuple[MessageRef, Question | None, str]:
        spot = await self._book.spot(ref.key, ref.id)
        if spot.moved:
            return MessageRef(ref.key, spot.moved), None, ""
        question = await self._book.question(ref.key, spot.question) if spot.question else None
        return ref, question, spot.question


def _spot(ref: MessageRef) -> tuple[int, int]:
    try:
        return spot_of(ref)
    except ValueError:
        raise Refused("no message of Discord's") from None


def _webhook(question: Question) -> str:
    return f"/webhooks/{question.app}/{question.token}"


def _answer(question: Question, message: int | str = "@original") -> str:
    return f"{_webhook(question)}/messages/{message}"
