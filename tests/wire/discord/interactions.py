"""Interactions: their short lives, what they are answered with, the original answer and what follows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.wire.discord.asked import Answer, Asked
from tests.wire.discord.commands import SUGGESTIONS
from tests.wire.discord.components import MODAL
from tests.wire.discord.payloads import ANSWER, DEFERRED, EDIT, FOLLOW_UP
from tests.wire.discord.refusals import must_fit, refused
from tests.wire.discord.shapes import Shape, by, maybe, one_of, table
from tests.wire.discord.world import Interaction, Json, Message

if TYPE_CHECKING:
    from tests.wire.discord.server import DiscordServer

COMMAND, COMPONENT, COMPLETION, MODAL_SUBMIT = 2, 3, 4, 5
_NOTHING = table({})
_EPHEMERAL, _LOADING = 1 << 6, 1 << 7
_MOST_BY_USER_INSTALL = 5


def _kind(number: int, data: Shape, *, required: bool = True) -> Shape:
    if required:
        return table({"type": one_of(number), "data": data})
    return table({"type": one_of(number)}, {"data": maybe(data)})


def _suggestions(one: Interaction) -> Shape:
    focused = next(option for option in one.data["options"] if option.get("focused"))
    return SUGGESTIONS[focused["type"]]


def _shape(one: Interaction) -> Shape:
    """What may be answered, which depends on what is answered."""
    if one.kind == COMPLETION:
        return by("type", {8: _kind(8, _suggestions(one))})
    shapes = {4: _kind(4, ANSWER), 5: _kind(5, DEFERRED, required=False)}
    if one.message is not None:
        shapes |= {6: _kind(6, _NOTHING, required=False), 7: _kind(7, EDIT, required=False)}
    if one.kind != MODAL_SUBMIT:
        shapes |= {9: _kind(9, MODAL)}
    return by("type", shapes)


# --- the first answer -------------------------------------------------------------------------------------------------


def call_back(server: DiscordServer, asked: Asked) -> Answer:
    """POST /interactions/{interaction}/{token}/callback"""
    one = server.world.interactions.get(asked.args["token"])
    if one is None or one.id != asked.id("interaction"):
        raise refused("unknown interaction")
    if one.state != "fresh":
        raise refused("acknowledged")
    if time.monotonic() - one.born > server.times.first_answer:
        raise refused("unknown interaction")
    must_fit(_shape(one), asked.json)
    _answer(server, one, asked.json["type"], asked.json.get("data") or {}, asked)
    one.answered_at, one.answer = time.monotonic(), asked.json
    return Answer(200, _told(server, one)) if asked.wants("with_response") else Answer(204)


def _answer(server: DiscordServer, one: Interaction, kind: int, data: Json, asked: Asked) -> None:
    match kind:
        case 4:
            server.posts.must_say_something(data, asked.files)
            one.original = _said(server, one, data, asked)
            one.state = "answered"
        case 5:
            flags = (data.get("flags") or 0) & _EPHEMERAL | _LOADING
            one.original = _said(server, one, {"flags": flags}, asked)
            one.state = "deferred"
        case 6:
            one.original, one.state = one.message, "answered"
        case 7:
            assert one.message is not None
            server.posts.edit(one.message, data, asked.files)
            one.original, one.state = one.message, "answered"
        case 8:
            one.suggestions, one.state = data["choices"], "suggested"
        case 9:
            one.modal, one.state = data, "modal"


def _said(server: DiscordServer, one: Interaction, body: Json, asked: Asked, *, ephemeral: bool = False) -> Message:
    flags = body.get("flags") or 0
    hidden = ephemeral or bool(flags & _EPHEMERAL)
    if hidden:
        body = body | {"flags": flags | _EPHEMERAL}
    folder = "ephemeral-attachments" if hidden else "attachments"
    files = server.posts.files(one.channel, body, asked.files, folder)
    about: dict[str, Any] = {"interaction": one, "only_for": one.user if hidden else None}
    kind = 23 if one.data.get("type") in (2, 3) and one.kind == COMMAND else 20 if one.kind == COMMAND else 0
    if one.kind == COMPONENT and one.message is not None and not one.message.deleted:
        about["reply_to"], kind = one.message, 19
    return server.posts.post(one.channel, server.world.bot, body, files, kind=kind, **about)


def _told(server: DiscordServer, one: Interaction) -> Json:
    assert one.answer is not None
    about: Json = {"id": str(one.id), "type": one.kind}
    resource: Json = {"type": one.answer["type"]}
    original = one.original
    if original is not None:
        about |= {
            "response_message_id": str(original.id),
            "response_message_loading": original.is_loading,
            "response_message_ephemeral": original.only_for is not None,
            "channel_id": str(one.channel.id),
        }
        if one.answer["type"] in (4, 7):
            resource["message"] = server.posts.json(original)
    return {"interaction": about, "resource": resource}


# --- what follows -----------------------------------------------------------------------------------------------------


def _living(server: DiscordServer, asked: Asked) -> Interaction:
    """The interaction whose token is in the path, as long as it may be used."""
    if asked.id("application") != server.world.bot.id:
        raise refused("unknown webhook")
    one = server.world.interactions.get(asked.args["token"])
    if one is None:
        raise refused("unknown webhook")
    if time.monotonic() - one.born > server.times.token:
        raise refused("webhook token")
    if one.state == "fresh":
        raise refused("unknown webhook")
    if one.channel.deleted:
        raise refused("unknown channel")
    return one


def follow_up(server: DiscordServer, asked: Asked) -> Answer:
    """POST /webhooks/{application}/{token}"""
    one = _living(server, asked)
    must_fit(FOLLOW_UP, asked.json)
    server.posts.must_say_something(asked.json, asked.files)
    if one.by_user_install and len(one.follow_ups) >= _MOST_BY_USER_INSTALL:
        raise refused("no more follow-ups")
    original = one.original
    if one.state == "deferred" and not one.consumed and original is not None and not original.deleted:
        # The first thing that follows a deferred answer takes the place of "… is thinking", and its visibility.
        one.consumed = True
        body = {name: value for name, value in asked.json.items() if name != "tts"}
        body["flags"] = (body.get("flags") or 0) & ~_EPHEMERAL
        server.posts.edit(original, body, asked.files)
        original.edited_at = None
        one.follow_ups.append(original)
        return Answer(200, server.posts.json(original))
    message = _said(server, one, asked.json, asked)
    one.follow_ups.append(message)
    return Answer(200, server.posts.json(message))


def _addressed(server: DiscordServer, one: Interaction, asked: Asked) -> Message:
    if asked.args["message"] == "@original":
        if one.original is None:
            raise refused("unknown message")
        found = one.original
    else:
        wanted = asked.id("message")
        known = [*one.follow_ups, *([one.original] if one.original is not None else [])]
        matching = [message for message in known if message.id == wanted]
        if not matching:
            raise refused("unknown message")
        found = matching[0]
    if found.deleted:
        raise refused("unknown message")
    return found


def read_answer(server: DiscordServer, asked: Asked) -> Answer:
    """GET /webhooks/{application}/{token}/messages/{message}"""
    one = _living(server, asked)
    return Answer(200, server.posts.json(_addressed(server, one, asked)))


def edit_answer(server: DiscordServer, asked: Asked) -> Answer:
    """PATCH /webhooks/{application}/{token}/messages/{message}"""
    one = _living(server, asked)
    message = _addressed(server, one, asked)
    must_fit(EDIT, asked.json)
    if message is one.original:
        one.consumed = True
    loading = message.is_loading
    if loading and not any(asked.json.get(name) for name in ("content", "embeds", "components")) and not asked.files:
        raise refused("empty")
    server.posts.edit(message, asked.json, asked.files)
    if loading:
        message.edited_at = None
    return Answer(200, server.posts.json(message))


def delete_answer(server: DiscordServer, asked: Asked) -> Answer:
    """DELETE /webhooks/{application}/{token}/messages/{message}"""
    one = _living(server, asked)
    server.posts.remove(_addressed(server, one, asked))
    return Answer(204)


def begin(server: DiscordServer, one: Interaction) -> None:
    """Tell the app of something that a person has done."""
    server.world.interactions[one.token] = one
    server.announce(one)
