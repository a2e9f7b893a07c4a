"""The methods that put something into a chat."""

from __future__ import annotations

import itertools
import time
from typing import Any

from tests.wire.telegram.chats import GENERAL, Buttons, Chat, Message
from tests.wire.telegram.entities import plain
from tests.wire.telegram.errors import bad_request
from tests.wire.telegram.handing import take
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.world import World

ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
BUTTON_DOES = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)


async def send_text(world: World, call: Call) -> Any:
    """sendMessage"""
    text, entities = plain(call.values, "text", "entities")
    if not text.strip():
        raise bad_request("message text is empty")
    return _place(world, call, text=text, entities=entities).wire()


async def send_file(world: World, call: Call) -> Any:
    """sendPhoto, sendVideo, sendDocument, sendAudio, sendVoice, sendAnimation"""
    asked = call.method.removeprefix("send").lower()
    caption, entities = plain(call.values, "caption", "caption_entities")
    _checked_place(world, call)
    kind, media, footage = await take(world, call, asked, call.values)
    return _place(world, call, text=caption, entities=entities, kind=kind, media=media, footage=footage).wire()


async def send_album(world: World, call: Call) -> Any:
    """sendMediaGroup"""
    items = call.values["media"]
    if not 2 <= len(items) <= 10:
        raise bad_request("media group must include 2-10 items")
    _checked_place(world, call)
    taken = [(item, await take(world, call, item["type"], item)) for item in items]
    album = str(13_000_000_000_000_000 + next(world.numbers))
    sent = []
    for item, (kind, media, footage) in taken:
        caption, entities = plain(item, "caption", "caption_entities")
        told = {"text": caption, "entities": entities, "kind": kind, "media": media, "footage": footage}
        sent.append(_place(world, call, album=album, **told).wire())
    return sent


def _checked_place(world: World, call: Call) -> tuple[Chat, int, Message | None, Buttons]:
    chat = world.reachable(call.values["chat_id"])
    thread = chat.thread_of(call.values.get("message_thread_id"))
    return chat, thread, _replied(chat, call.values.get("reply_parameters")), buttons(call.values.get("reply_markup"))


def _place(world: World, call: Call, **told: Any) -> Message:
    chat, thread, reply_to, keyboard = _checked_place(world, call)
    chat_side = {"sender_chat": chat.wire()} if chat.kind == "channel" else {"from": world.me()}
    silent = bool(call.values.get("disable_notification"))
    told |= {"thread": thread, "reply_to": reply_to, "buttons": keyboard, "silent": silent}
    return chat.add(sender=chat_side, mine=True, **told)


def _replied(chat: Chat, asked: dict[str, Any] | None) -> Message | None:
    if asked is None:
        return None
    found = [message for message in chat.shown if message.id == asked["message_id"]]
    if not found and not asked.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return found[0] if found else None


def buttons(markup: dict[str, Any] | None) -> Buttons:
    """The buttons of a markup. Raises `Refusal` for what does not stand under a message."""
    rows: Buttons = [row for row in (markup or {}).get("inline_keyboard", []) if row]
    every = list(itertools.chain.from_iterable(rows))
    if len(every) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("reply markup is too long")
    for button in every:
        if not button["text"].strip():
            raise bad_request("can't parse inline keyboard button: the text is empty")
        if len(BUTTON_DOES & set(button)) != 1:
            raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return rows


async def send_draft(world: World, call: Call) -> Any:
    """sendMessageDraft"""
    chat = world.reachable(call.values["chat_id"])
    text, _ = plain(call.values, "text", "entities")
    if not call.values["draft_id"]:
        raise bad_request("draft_id must be non-zero")
    if not chat.private or not chat.draftable or not world.drafts:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    chat.thread_of(call.values.get("message_thread_id"))
    chat.drafts.append((time.monotonic(), call.values["draft_id"], text))
    return True


async def send_action(world: World, call: Call) -> Any:
    """sendChatAction"""
    chat = world.reachable(call.values["chat_id"])
    asked = call.values.get("message_thread_id")
    if asked != GENERAL:  # the one call that takes the General topic by its number
        chat.thread_of(asked)
    if call.values["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.actions.append((time.monotonic(), call.values["action"]))
    return True


async def forward(world: World, call: Call) -> Any:
    """forwardMessage, copyMessage"""
    source = world.known(call.values["from_chat_id"]).find(call.values["message_id"], "message to forward not found")
    told = {"text": source.text, "kind": source.kind, "media": source.media, "footage": source.footage}
    placed = _place(world, call, **told)
    return placed.wire() if call.method == "forwardMessage" else {"message_id": placed.id}
