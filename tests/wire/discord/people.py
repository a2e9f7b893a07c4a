"""People: what they do, and what they see."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.wire.discord.components import every
from tests.wire.discord.interactions import COMMAND, COMPLETION, COMPONENT, MODAL_SUBMIT, begin
from tests.wire.discord.objects import file_json, message_json
from tests.wire.discord.posts import guild_id
from tests.wire.discord.reading import shown
from tests.wire.discord.world import DM, FORUM, PUBLIC_THREAD, Channel, File, Interaction, Json, Message, User

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

ATTACHMENT, STRING, INTEGER, NUMBER, BOOLEAN, USER = 11, 3, 4, 10, 5, 6


@dataclass(frozen=True, slots=True)
class Photo:
    """A file that a person hands in."""

    name: str
    data: bytes


class Person:
    """Somebody in front of a client. What they do takes effect at once; `sees` and its like wait."""

    def __init__(self, server: DiscordServer, user: User) -> None:
        self.server = server
        self.user = user

    @property
    def dm(self) -> Channel:
        """The channel between this person and the bot."""
        return self.server.world.dm(self.user)

    @property
    def bot_mention(self) -> str:
        """How the bot is mentioned."""
        return self.server.world.bot.mention

    # --- what they do ---

    def says(
        self, text: str = "", *, to: Channel | None = None, files: Sequence[Photo] = (), reply_to: Message | None = None
    ) -> Message:
        """Say something, in a DM unless told where. `files` are handed in with it."""
        channel, posts = to or self.dm, self.server.posts
        handed_in = [posts.file(channel, one.name, one.data) for one in files]
        kind = 19 if reply_to is not None else 0
        return posts.post(channel, self.user, {"content": text}, handed_in, reply_to=reply_to, kind=kind)

    def forwards(self, message: Message, *, to: Channel | None = None) -> Message:
        """Send on a message from elsewhere: it arrives as a copy inside an empty message."""
        posts, channel = self.server.posts, to or self.dm
        copies = [posts.file(channel, one.name, one.data) for one in message.files]
        return posts.post(channel, self.user, {"content": ""}, [], forwarded=(message, copies), flags=1 << 14)

    def speaks(self, sound: Photo, *, to: Channel | None = None) -> Message:
        """Send a voice message."""
        channel, posts = to or self.dm, self.server.posts
        file = posts.file(channel, "voice-message.ogg", sound.data)
        file.voice = True
        return posts.post(channel, self.user, {"flags": 1 << 13}, [file])

    def rewords(self, message: Message, text: str) -> None:
        """Edit one's own message."""
        self.server.posts.edit(message, {"content": text}, {})

    def removes(self, message: Message) -> None:
        """Delete one's own message."""
        self.server.posts.remove(message)

    def opens_thread(self, channel: Channel, name: str = "thread", *, of: Message | None = None) -> Channel:
        """Begin a thread."""
        about: Json = {"id": of.id} if of is not None else {}
        people = (self.user, self.server.world.bot)
        thread = self.server.world.channel(
            PUBLIC_THREAD, name, guild=channel.guild, parent=channel, people=people, **about
        )
        self.server.posts.tell_channel("THREAD_CREATE", thread, newly_created=True)
        return thread

    def posts_in(self, forum: Channel, title: str, text: str = "", *, files: Sequence[Photo] = ()) -> Message:
        """Post in a forum: a thread with a first message."""
        assert forum.kind == FORUM
        return self.says(text, to=self.opens_thread(forum, title), files=files)

    # --- interactions ---

    def runs(
        self,
        name: str,
        *,
        to: Channel | None = None,
        photos: Sequence[Photo] = (),
        by_user_install: bool = False,
        **given: Any,
    ) -> Interaction:
        """Run a slash command, as far as the app has registered it. `photos` fill the attachment options in order;
        the other names are the options', with underscores or hyphens."""
        row = self._command(name.removeprefix("/"), 1, to or self.dm)
        options, resolved = self._options(row, to or self.dm, list(photos), given)
        data: Json = {"id": row["id"], "name": row["name"], "type": 1}
        if options:
            data["options"] = options
        if resolved:
            data["resolved"] = {"attachments": resolved}
        return self._begin(COMMAND, data, to or self.dm, command=f"/{row['name']}", by_user_install=by_user_install)

    def asks_for_suggestions(self, name: str, option: str, typed: str, *, to: Channel | None = None) -> Interaction:
        """Type into an option that completes; the suggestions end up in the interaction."""
        row = self._command(name.removeprefix("/"), 1, to or self.dm)
        declared = {one["name"]: one for one in row["options"]}[option]
        assert declared.get("autocomplete"), f"{option} does not complete"
        focused = {"name": option, "type": declared["type"], "value": typed, "focused": True}
        data = {"id": row["id"], "name": row["name"], "type": 1, "options": [focused]}
        return self._begin(COMPLETION, data, to or self.dm, command=f"/{row['name']}")

    def chooses(self, menu: str, message: Message, *, by_user_install: bool = False) -> Interaction:
        """Use a context menu on a message."""
        server = self.server
        row = self._command(menu, 3, message.channel)
        told = message_json(server.world, message, server.link) | guild_id(message.channel.guild)
        data = {
            "id": row["id"],
            "name": row["name"],
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): told}},
        }
        return self._begin(COMMAND, data, message.channel, command=row["name"], by_user_install=by_user_install)

    def presses(self, message: Message, label: str = "", *, custom_id: str = "") -> Interaction:
        """Press a button of a message, by its label; with `custom_id` a forged one."""
        if not custom_id:
            found = [one for one in every(message.components) if one["type"] == 2 and _label(one) == label]
            assert found, f"no button {label!r} in {labels(message)}"
            assert not found[0].get("disabled"), f"{label!r} is greyed out"
            custom_id = found[0]["custom_id"]
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return self._begin(COMPONENT, data, message.channel, message=message)

    def selects(self, message: Message, *values: str) -> Interaction:
        """Choose out of a select, by the labels of its options."""
        select = next(one for one in every(message.components) if one["type"] == 3)
        by_label = {one["label"]: one["value"] for one in select["options"]}
        data = {
            "custom_id": select["custom_id"],
            "component_type": 3,
            "id": 1,
            "values": [by_label[value] for value in values],
        }
        return self._begin(COMPONENT, data, message.channel, message=message)

    def fills(self, asked: Interaction, *texts: str) -> Interaction:
        """Fill in the modal that an interaction was answered with, and send it off."""
        assert asked.modal is not None, f"no modal but {asked.state}"
        fields = [one for one in every(asked.modal["components"]) if one["type"] == 4]
        assert len(fields) == len(texts), f"{len(fields)} fields"
        for field, typed in zip(fields, texts, strict=True):
            assert (field.get("min_length") or 0) <= len(typed) <= (field.get("max_length") or 4000), "does not fit"
        typed_into = dict(zip([one["custom_id"] for one in fields], texts, strict=True))
        components = [_submitted(one, typed_into) for one in asked.modal["components"]]
        data = {"custom_id": asked.modal["custom_id"], "components": components}
        return self._begin(MODAL_SUBMIT, data, asked.channel, message=asked.message)

    # --- what they see ---

    def may_see(self, channel: Channel) -> bool:
        """Whether the channel is open to this person."""
        guild = channel.guild
        return self.user in channel.people if guild is None else self.user.id in guild.members

    def view(self, channel: Channel | None = None) -> list[Message]:
        """The messages of a place as they are now, oldest first, the ephemeral ones for this person among them."""
        place = channel or self.dm
        assert self.may_see(place)
        return [one for one in place.messages if not one.deleted and one.only_for in (None, self.user)]

    def answers(self, channel: Channel | None = None) -> list[Message]:
        """What the bot has said there, as this person sees it."""
        return [one for one in self.view(channel) if one.author is self.server.world.bot]

    def reads(self, channel: Channel | None = None) -> list[str]:
        """The bot's texts there, as they stand on the screen."""
        return [shown(one.content, self.server.world) for one in self.answers(channel)]

    async def sees(self, text: str, *, to: Channel | None = None, seconds: float = 30.0) -> Message:
        """Wait until a message of the bot with that in it stands there."""

        def found() -> Message | None:
            return next((one for one in self.answers(to) if text in shown(one.content, self.server.world)), None)

        message = await self._until(found, text, to, seconds)
        assert isinstance(message, Message)
        return message

    async def gets_video(self, *, to: Channel | None = None, number: int = 1, seconds: float = 30.0) -> File:
        """Wait for the `number`-th video from the bot."""

        def found() -> File | None:
            videos = [one for message in self.answers(to) for one in message.files if one.mime.startswith("video/")]
            return videos[number - 1] if len(videos) >= number else None

        video = await self._until(found, f"video {number}", to, seconds)
        assert isinstance(video, File)
        return video

    async def _until(self, condition: Any, what: str, channel: Channel | None, seconds: float) -> Any:
        try:
            return await self.server.until(condition, what, seconds)
        except AssertionError as error:
            shown = [one.content or [file.name for file in one.files] for one in self.view(channel)]
            raise AssertionError(f"{error}; in the chat: {shown}") from None

    # --- how it is put ---

    def _command(self, name: str, kind: int, channel: Channel) -> Json:
        shelves = [self.server.commands.get(0, {})]
        if channel.guild is not None:
            shelves.append(self.server.commands.get(channel.guild.id, {}))
        for row in [row for shelf in shelves for row in shelf.values()]:
            if (row["name"], row["type"]) == (name, kind):
                self._must_be_offered(row, channel)
                return row
        raise AssertionError(f"no command {name!r} of type {kind} is registered")

    def _must_be_offered(self, row: Json, channel: Channel) -> None:
        context = 0 if channel.guild is not None else 1 if channel.kind == DM and self._is_with_bot(channel) else 2
        allowed = row["contexts"] or [0, 1]
        assert context in allowed, f"{row['name']} is not offered there"

    def _is_with_bot(self, channel: Channel) -> bool:
        return self.server.world.bot in channel.people

    def _options(
        self, row: Json, channel: Channel, photos: list[Photo], given: Mapping[str, Any]
    ) -> tuple[list[Json], Json]:
        asked = {name.replace("_", "-"): value for name, value in given.items()}
        options: list[Json] = []
        resolved: Json = {}
        for declared in row["options"]:
            name, kind = declared["name"], declared["type"]
            value = asked.pop(name.replace("_", "-"), None)
            if kind == ATTACHMENT and value is None and photos:
                value = photos.pop(0)
            if value is None:
                assert not declared.get("required"), f"{name} is required"
                continue
            if kind == ATTACHMENT:
                value = self._hands_in(channel, value, resolved)
            options.append({"name": name, "type": kind, "value": _chosen(declared, value)})
        assert not asked, f"no such options: {list(asked)}"
        assert not photos, f"{len(photos)} photos too many"
        return options, resolved

    def _hands_in(self, channel: Channel, photo: Photo, resolved: Json) -> str:
        file = self.server.posts.file(channel, photo.name, photo.data, folder="ephemeral-attachments")
        resolved[str(file.id)] = file_json(file, self.server.link)
        return str(file.id)

    def _begin(self, kind: int, data: Json, channel: Channel, **about: Any) -> Interaction:
        one = Interaction(
            self.server.world.ids.new(),
            secrets.token_urlsafe(120),
            kind,
            self.user,
            channel,
            data,
            time.monotonic(),
            **about,
        )
        guild = channel.guild
        without_bot = not self._is_with_bot(channel) if guild is None else not guild.has_bot
        one.by_user_install = one.by_user_install or without_bot
        begin(self.server, one)
        return one


def labels(message: Message) -> list[str]:
    """What is written on the buttons of a message."""
    return [_label(one) for one in every(message.components) if one["type"] == 2]


def _label(button: Json) -> str:
    emoji = (button.get("emoji") or {}).get("name") or ""
    return " ".join(part for part in (emoji, button.get("label") or "") if part)


def _submitted(component: Json, typed: Mapping[str, str]) -> Json:
    if component["type"] == 4:
        name = component["custom_id"]
        return {"type": 4, "id": 1, "custom_id": name, "value": typed[name]}
    if component["type"] == 18:
        return {"type": 18, "id": 1, "component": _submitted(component["component"], typed)}
    return {
        "type": component["type"],
        "id": 1,
        "components": [_submitted(one, typed) for one in component.get("components", [])],
    }


def _chosen(declared: Json, value: Any) -> Any:
    """What a client would send: the value behind a choice's name, or what was typed where it fits."""
    choices = declared.get("choices") or []
    if choices:
        by_name = {one["name"]: one["value"] for one in choices}
        assert value in by_name or value in by_name.values(), f"{value!r} is none of {list(by_name)}"
        return by_name.get(value, value)
    if declared["type"] == STRING:
        longest = declared.get("max_length") or 6000
        assert len(value) <= longest, f"the client takes no more than {longest} characters"
    return value
