"""People: what they do in their chats, and what their clients show them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.wire.telegram.chats import GENERAL, Chat, Message, counting
from tests.wire.telegram.entities import found
from tests.wire.telegram.errors import bad_request, forbidden, migrated
from tests.wire.telegram.files import Stored
from tests.wire.telegram.profile import member
from tests.wire.telegram.world import Query, World

ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
SERVICE = {"id": 777000, "is_bot": False, "first_name": "Telegram"}


@dataclass
class Society(World):
    """A world with people in it."""

    def person(self, name: str = "Alice", *, language: str = "en", bot: bool = False, id: int = 0) -> Person:  # noqa: A002
        """Somebody new, and the private chat with the bot."""
        who = id or 500_000_000 + next(self.numbers)
        user = {"id": who, "is_bot": bot, "first_name": name, "username": f"{name.lower()}_{who}"}
        user |= {"language_code": language} if language else {}
        names = {"first_name": name, "username": user["username"]}
        chat = self.chats[who] = Chat(who, "private", names, self.ids, people={who: user}, bot_status="member")
        return Person(self, user, chat)

    def group(self, title: str = "Family", *members: Person) -> Group:
        """A basic group. The first member is its creator."""
        return self._gather(Chat(-4_000_000 - next(self.numbers), "group", {"title": title}, self.ids), members)

    def supergroup(self, title: str = "Club", *members: Person, forum: bool = False) -> Group:
        """A supergroup; message ids count from 1 in each."""
        number = -1_001_000_000_000 - next(self.numbers)
        return self._gather(Chat(number, "supergroup", {"title": title}, counting(2), forum=forum), members)

    def channel(self, title: str = "News") -> Group:
        """A channel with the bot as an administrator."""
        number = -1_001_500_000_000 - next(self.numbers)
        chat = Chat(number, "channel", {"title": title}, counting(2), bot_status="administrator")
        return self._gather(chat, ())

    def _gather(self, chat: Chat, members: Sequence[Person]) -> Group:
        self.chats[chat.id] = chat
        chat.people = {person.id: person.user for person in members}
        chat.statuses = {person.id: "creator" if person is members[0] else "member" for person in members}
        return Group(self, chat)

    def told(self, message: Message, *, edited: bool = False) -> Message:
        """Let the bot know of a message, if it may see it."""
        kind = "channel_post" if message.chat.kind == "channel" else "message"
        if self._visible(message):
            self.updates.put(f"edited_{kind}" if edited else kind, message.wire())
        return message

    def _visible(self, message: Message) -> bool:
        """Whether the privacy mode lets the bot see it."""
        chat, name = message.chat, f"@{self.username}".lower()
        if chat.refusal or (chat.kind not in ("group", "supergroup")) or message.kind == "service":
            return not chat.refusal
        if not self.privacy or chat.bot_status == "administrator":
            return True
        text = message.text.lower()
        commanded = text.startswith("/") and ("@" not in text.split()[0] or name in text.split()[0])
        return commanded or name in text or bool(message.reply_to and message.reply_to.mine)

    def picture(self) -> str:
        """All chats as they look now; for the messages of failed tests."""
        lines = []
        for chat in self.chats.values():
            lines.append(f"--- {chat.kind} {chat.id}")
            lines += [f"{'bot' if m.mine else '   '} {m.kind} {m.text!r} {m.labels}" for m in chat.shown]
        calls = [
            f"{call.method} {call.code} {call.description}" for call in self.ledger.calls if call.method != "getUpdates"
        ]
        return "\n".join([*lines, *calls[-20:], *self.wrong])


@dataclass
class Person:
    """Somebody with a client. Every act takes place in the private chat with the bot unless `chat` says otherwise."""

    world: Society
    user: dict[str, Any]
    chat: Chat
    notices: list[str] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The person's id; that of the private chat, too."""
        return int(self.user["id"])

    def starts(self, payload: str = "") -> Message:
        """Opens the bot (by a deep link with a payload)."""
        return self.says(f"/start {payload}".strip())

    def says(self, text: str, **place: Any) -> Message:
        """Writes a text."""
        return self._post(text=text, entities=found(text), **place)

    def replies(self, to: Message, text: str, **place: Any) -> Message:
        """Replies with a text."""
        return self.says(text, reply_to=to, **{"chat": to.chat, **place})

    def sends_photo(self, data: bytes, caption: str = "", *, album: str = "", **place: Any) -> Message:
        """Sends a picture as a photo."""
        media = self.world.shelf.photo(data)
        return self._post(kind="photo", media=media, text=caption, entities=found(caption), album=album, **place)

    def sends_album(self, pictures: Sequence[bytes], caption: str = "", **place: Any) -> list[Message]:
        """Sends several pictures as one album, the caption with the first."""
        album = str(13_000_000_000_000_000 + next(self.world.numbers))
        captions = [caption, *[""] * (len(pictures) - 1)]
        return [
            self.sends_photo(data, said, album=album, **place) for data, said in zip(pictures, captions, strict=True)
        ]

    def sends_document(
        self, data: bytes, name: str = "photo.heic", mime: str = "image/heic", caption: str = "", **told: Any
    ) -> Message:
        """Sends a file as it is. `announced` and `delivered`: the size that is told, the bytes that come."""
        return self._sends_file("document", data, caption, name=name, mime=mime, **told)

    def sends_video(
        self, data: bytes, caption: str = "", *, width: int = 320, height: int = 240, **told: Any
    ) -> Message:
        """Sends a video."""
        size = {"width": width, "height": height, "name": "video.mp4", "mime": "video/mp4"}
        return self._sends_file("video", data, caption, **{**size, **told})

    def sends_animation(self, data: bytes, caption: str = "", **told: Any) -> Message:
        """Sends a GIF, which is a video without sound here."""
        size = {"width": 320, "height": 240, "name": "giphy.mp4", "mime": "video/mp4"}
        return self._sends_file("animation", data, caption, **{**size, **told})

    def sends_audio(self, data: bytes, caption: str = "", **told: Any) -> Message:
        """Sends a piece of music."""
        return self._sends_file("audio", data, caption, **{"name": "song.mp3", "mime": "audio/mpeg", **told})

    def sends_voice(self, data: bytes, **told: Any) -> Message:
        """Sends a voice note."""
        return self._sends_file("voice", data, "", **{"mime": "audio/ogg", **told})

    def _sends_file(self, kind: str, data: bytes, caption: str, **told: Any) -> Message:
        place = {name: told.pop(name) for name in ("chat", "thread", "reply_to", "album", "extra") if name in told}
        media: list[Stored] = [self.world.shelf.add(kind, data, **told)]
        return self._post(kind=kind, media=media, text=caption, entities=found(caption), **place)

    def _post(self, *, chat: Chat | Group | None = None, thread: int = 0, **told: Any) -> Message:
        where = chat.chat if isinstance(chat, Group) else chat or self.chat
        told["thread"] = thread or (GENERAL if where.forum else 0)
        told.setdefault("sender", {"from": self.user})
        return self.world.told(where.add(**told))

    def forwards(self, message: Message, **place: Any) -> Message:
        """Forwards a message (to the bot)."""
        origin = {"type": "user", "date": message.date, "sender_user": message.sender.get("from", self.user)}
        told: dict[str, Any] = {
            "kind": message.kind,
            "media": message.media,
            "text": message.text,
            "entities": message.entities,
        }
        return self._post(**told, extra={"forward_origin": origin}, **place)

    def edits(self, message: Message, text: str) -> Message:
        """Changes the text or the caption of an earlier message."""
        message.text, message.entities = text, found(text)
        message.extra["edit_date"] = int(time.time())
        return self.world.told(message, edited=True)

    def presses(self, message: Message, label: str) -> Query:
        """Presses the button of this label under the message as it is now."""
        button = next((button for row in message.buttons for button in row if button["text"] == label), None)
        assert button is not None, f"no button {label!r} among {message.labels}"
        return self.presses_data(message, button["callback_data"], label)

    def presses_data(self, message: Message, data: str, label: str = "?") -> Query:
        """Presses a button with this data, be it there or not."""
        query = Query(f"{self.id}{next(self.world.numbers):06d}", message.chat.id, self.user["first_name"], label)
        self.world.queries[query.id] = query
        body = {"id": query.id, "from": self.user, "chat_instance": f"{message.chat.id}77", "data": data}
        self.world.updates.put("callback_query", {**body, "message": message.wire()})
        return query

    def blocks(self) -> None:
        """Blocks the bot."""
        self.chat.refusal = None
        self._changes("member", "kicked")
        self.chat.refusal = forbidden("bot was blocked by the user")

    def unblocks(self) -> None:
        """Lets the bot write again."""
        self.chat.refusal = None
        self._changes("kicked", "member")

    def deletes_account(self) -> None:
        """Is gone, without a word."""
        self.chat.refusal = forbidden("user is deactivated")

    def _changes(self, old: str, new: str) -> None:
        self.world.updates.put("my_chat_member", change_of(self.world, self.chat, self.user, old, new))


def change_of(world: World, chat: Chat, by: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """What happened to the bot in a chat."""
    body = {"chat": chat.wire(), "from": by, "date": int(time.time())}
    return body | {"old_chat_member": member(old, world.me()), "new_chat_member": member(new, world.me())}


@dataclass
class Group:
    """A group, supergroup or channel, and what can become of it."""

    world: Society
    chat: Chat

    @property
    def id(self) -> int:
        """Its id."""
        return self.chat.id

    @property
    def _someone(self) -> dict[str, Any]:
        return next(iter(self.chat.people.values()), SERVICE)

    def topic(self, name: str) -> int:
        """A new topic; what is said in it carries its number."""
        message = self._service({"forum_topic_created": {"name": name, "icon_color": 7322096}}, quiet=True)
        message.thread = message.id
        self.chat.topics[message.id] = name
        self.world.told(message)
        return message.id

    def says_anonymously(self, text: str, **told: Any) -> Message:
        """An administrator speaks in the group's name."""
        sender = {"from": ANONYMOUS, "sender_chat": self.chat.wire()}
        return self._post(sender, text, **told)

    def says_as_channel(self, text: str, channel: Group, **told: Any) -> Message:
        """Somebody speaks in a channel's name."""
        return self._post({"from": CHANNEL_BOT, "sender_chat": channel.chat.wire()}, text, **told)

    def posts(self, text: str, **told: Any) -> Message:
        """A channel's post."""
        return self._post({"sender_chat": self.chat.wire()}, text, **told)

    def brings(self, post: Message) -> Message:
        """The linked channel's post is forwarded into the discussion group by itself."""
        extra = {"is_automatic_forward": True, "forward_origin": {
            "type": "channel", "date": post.date, "chat": post.chat.wire(), "message_id": post.id}}  # fmt: skip
        return self._post({"from": SERVICE, "sender_chat": post.chat.wire()}, post.text, extra=extra)

    def _post(self, sender: dict[str, Any], text: str, *, thread: int = 0, **told: Any) -> Message:
        place = thread or (GENERAL if self.chat.forum else 0)
        return self.world.told(self.chat.add(sender=sender, text=text, entities=found(text), thread=place, **told))

    def _service(self, body: dict[str, Any], *, quiet: bool = False) -> Message:
        message = self.chat.add(sender={"from": self._someone}, kind="service", extra=body)
        return message if quiet else self.world.told(message)

    def migrates(self) -> Group:
        """Becomes a supergroup. Both chats tell of it, and the old one refuses from now on."""
        old = self.chat
        new = self.world.supergroup(old.names["title"])
        new.chat.people, new.chat.statuses = old.people, old.statuses
        self._service({"migrate_to_chat_id": new.id})
        new._service({"migrate_from_chat_id": old.id})
        old.refusal = migrated(new.id)
        return new

    def migrates_unheard(self) -> Group:
        """The same, but the bot hears of it by a refusal only."""
        new = self.world.supergroup(self.chat.names["title"])
        new.chat.people, new.chat.statuses = self.chat.people, self.chat.statuses
        self.chat.refusal = migrated(new.id)
        return new

    def admits(self, status: str = "member") -> None:
        """The bot is added, or its rank changes."""
        old, self.chat.bot_status, self.chat.refusal = self.chat.bot_status, status, None
        self.world.updates.put("my_chat_member", change_of(self.world, self.chat, self._someone, old, status))

    def kicks(self) -> None:
        """The bot is thrown out."""
        old, self.chat.bot_status = self.chat.bot_status, "kicked"
        self.world.updates.put("my_chat_member", change_of(self.world, self.chat, self._someone, old, "kicked"))
        self.chat.refusal = forbidden(f"bot was kicked from the {self.chat.kind} chat")

    def mutes(self) -> None:
        """The bot may not write here any more."""
        self.chat.refusal = bad_request("not enough rights to send text messages to the chat")

    def vanishes(self) -> None:
        """The group is deleted."""
        self.chat.refusal = forbidden("the group chat was deleted")
