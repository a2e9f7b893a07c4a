"""The methods that change or remove what is in a chat."""

from __future__ import annotations

import time
from typing import Any

from tests.wire.telegram.chats import Edit, Message
from tests.wire.telegram.entities import plain
from tests.wire.telegram.errors import bad_request
from tests.wire.telegram.handing import take
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.sending import buttons
from tests.wire.telegram.world import World

SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


def _editable(world: World, call: Call) -> Message:
    if "chat_id" not in call.values or "message_id" not in call.values:
        raise bad_request("message identifier is not specified")
    message = world.reachable(call.values["chat_id"]).find(call.values["message_id"], "message to edit not found")
    if not message.mine:
        raise bad_request("message can't be edited")
    return message


def _change(message: Message, call: Call, **told: Any) -> Any:
    told["buttons"] = buttons(call.values.get("reply_markup"))
    if all(getattr(message, name) == value for name, value in told.items()):
        raise bad_request(SAME)
    message.edits.append(Edit(time.monotonic(), message.kind, message.text, message.buttons))
    for name, value in told.items():
        setattr(message, name, value)
    return message.wire()


async def edit_text(world: World, call: Call) -> Any:
    """editMessageText"""
    message = _editable(world, call)
    text, entities = plain(call.values, "text", "entities")
    if message.kind != "text":
        raise bad_request("there is no text in the message to edit")
    if not text.strip():
        raise bad_request("message text is empty")
    return _change(message, call, text=text, entities=entities)


async def edit_caption(world: World, call: Call) -> Any:
    """editMessageCaption"""
    message = _editable(world, call)
    caption, entities = plain(call.values, "caption", "caption_entities")
    if message.kind == "text":
        raise bad_request("there is no caption in the message to edit")
    return _change(message, call, text=caption, entities=entities)


async def edit_media(world: World, call: Call) -> Any:
    """editMessageMedia"""
    message, told = _editable(world, call), call.values["media"]
    caption, entities = plain(told, "caption", "caption_entities")
    kind, media, footage = await take(world, call, told["type"], told)
    if [file.unique_id for file in message.media] == [file.unique_id for file in media]:
        media = message.media
    return _change(message, call, kind=kind, media=media, footage=footage, text=caption, entities=entities)


async def edit_buttons(world: World, call: Call) -> Any:
    """editMessageReplyMarkup"""
    return _change(_editable(world, call), call)


async def delete(world: World, call: Call) -> Any:
    """deleteMessage, deleteMessages"""
    chat = world.reachable(call.values["chat_id"])
    if call.method == "deleteMessages":
        for message in chat.shown:
            message.deleted |= message.id in call.values["message_ids"]
        return True
    message = chat.find(call.values["message_id"], "message to delete not found")
    if not message.mine and not chat.private and chat.bot_status != "administrator":
        raise bad_request("message can't be deleted")
    message.deleted = True
    return True


async def pin(world: World, call: Call) -> Any:
    """pinChatMessage, unpinChatMessage, setMessageReaction"""
    chat = world.reachable(call.values["chat_id"])
    if "message_id" in call.values:
        chat.find(call.values["message_id"], "message not found")
    return True


async def answer_press(world: World, call: Call) -> Any:
    """answerCallbackQuery"""
    query = world.queries.get(call.values["callback_query_id"])
    if query is None or query.too_old or query.answered:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    query.answered, query.text = True, call.values.get("text", "")
    query.alert = bool(call.values.get("show_alert"))
    return True
