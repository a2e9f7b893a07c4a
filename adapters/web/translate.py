"""Between the web chat and the core's values, without I/O: ids, commands, languages, messages and presses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from adapters.web.items import Button, OwnItem, StoredFile
from core.messages import (
    Attachment,
    Choice,
    Command,
    ConversationKey,
    InboundMessage,
    Kind,
    MessageRef,
    Press,
    Sender,
)
from core.ports import CommandRow

PLATFORM = "web"
HIDDEN = "…"

# --- ids: making and reading them are neighbours ----------------------------------------------------------------------


def chat_of_cookie(secret: str) -> str:
    """The chat that a cookie opens. Only the cookie opens it: the chat's id may stand in logs and key names."""
    return sha256(b"photoreel chat " + secret.encode()).hexdigest()[:32]


def key_of(chat: str) -> ConversationKey:
    """The conversation of a chat."""
    return ConversationKey(PLATFORM, chat)


def chat_of(key: ConversationKey) -> str:
    """The inverse of `key_of`."""
    return key.chat


def item_of_delivery(key: str) -> str:
    """The item that a delivery key stands for: the same key is the same item, so sending twice shows once."""
    return "b-" + sha256(key.encode()).hexdigest()[:32]


def item_of_own(client_id: str) -> str:
    """The item of a person's message, by the id the page chose for it."""
    return "m-" + client_id


def item_of_upload(blob: str) -> str:
    """The item that says whose an upload is."""
    return "u-" + blob


def inbound_id(chat: str, client_id: str) -> str:
    """An `InboundMessage.id` or `Press.id`: what a page chose is unique in its chat only."""
    return f"{chat}:{client_id}"


def item_of_id(message_id: str) -> str:
    """The item behind any message id that the core may hold: one of ours is the item's own id."""
    _chat, colon, client_id = message_id.rpartition(":")
    return item_of_own(client_id) if colon else message_id


def id_of_item(chat: str, item: str) -> str:
    """The inverse of `item_of_id`."""
    return inbound_id(chat, item.removeprefix("m-")) if item.startswith("m-") else item


# --- from the page to the core ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends: the chat and the language of the browser."""

    chat: str
    locale: str = ""

    @property
    def sender(self) -> Sender:
        """The one person of a web chat."""
        return Sender(self.chat, locale=self.locale)


def message_of(
    visitor: Visitor,
    client_id: str,
    item: OwnItem,
    commands: Sequence[CommandRow] = (),
    quoted: Sequence[StoredFile] = (),
) -> InboundMessage:
    """A person's item as the core reads it. The page sends all files of a message at once, so it is whole."""
    return InboundMessage(
        key=key_of(visitor.chat),
        id=inbound_id(visitor.chat, client_id),
        sender=visitor.sender,
        sent_at=datetime.fromtimestamp(item.time / 1000, UTC),
        text=item.text,
        command=command_in(item.text, commands),
        attachments=tuple(attachment_of(file) for file in item.files),
        quoted=tuple(attachment_of(file) for file in quoted),
        reply_to=id_of_item(visitor.chat, item.reply_to) if item.reply_to else "",
        whole=True,
    )


def press_of(visitor: Visitor, client_id: str, item: str, token: str, text: str, now: datetime) -> Press:
    """A pressed button as the core reads it. The page's id of the press is the handle for answering it."""
    key = key_of(visitor.chat)
    press_id = inbound_id(visitor.chat, client_id)
    return Press(key, press_id, visitor.sender, now, token, MessageRef(key, item), ref=client_id, text=text)


def attachment_of(file: StoredFile) -> Attachment:
    """A stored file as a handle."""
    return Attachment(kind_of(file.mime), file.blob, file.name, file.mime, file.size)


def kind_of(mime: str) -> Kind:
    """What a browser says a file is."""
    match mime.partition("/")[0]:
        case "image":
            return Kind.PHOTO
        case "video":
            return Kind.VIDEO
        case "audio":
            return Kind.AUDIO
        case _:
            return Kind.FILE


def command_in(text: str, commands: Sequence[CommandRow]) -> Command | None:
    """The command that a text begins with, if the table has it; an unknown one is just text."""
    if not text.startswith("/"):
        return None
    name, _, rest = text[1:].partition(" ")
    known = any(row.name == name.lower() for row in commands)
    return Command(name.lower(), rest.strip()) if known else None


def without_secrets(text: str, commands: Sequence[CommandRow]) -> str:
    """The text as it may be shown and kept."""
    command = command_in(text, commands)
    for row in commands:
        if row.secret and command is not None and row.name == command.name:
            return f"/{row.name} {HIDDEN}" if command.text else text
        text = re.sub(row.secret, HIDDEN, text) if row.secret else text
    return text


def locale_in(accept_language: str) -> str:
    """The language that a browser likes best: ``en;q=0.5, zh-CN`` is ``zh-CN``."""
    wishes = [_wish(part) for part in accept_language.split(",")[:20]]
    liked = [(weight, tag) for weight, tag in wishes if weight > 0 and tag.replace("-", "").isalnum()]
    return max(liked, key=lambda wish: wish[0])[1] if liked else ""


def _wish(part: str) -> tuple[float, str]:
    tag, _, parameter = part.strip().partition(";")
    weight = parameter.strip().removeprefix("q=") or "1"
    try:
        return float(weight), tag.strip()[:35]
    except ValueError:
        return 0.0, tag


# --- from the core to the page ----------------------------------------------------------------------------------------


def buttons_of(choices: Sequence[Choice]) -> tuple[Button, ...]:
    """Choices as the page shows them."""
    return tuple(Button(choice.label, choice.token, choice.asks) for choice in choices)
