"""From Telegram's updates to the core's values. Pure: no I/O, no clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update, User

from adapters.telegram.files import attachments_of
from adapters.telegram.places import key_of, message_id, press_id
from adapters.telegram.speech import Me, Said, said
from core.messages import Attachment, ConversationKey, Edited, Gone, Inbound, InboundMessage, Moved, Press, Sender
from core.messages import MessageRef as Ref

ADMIN: Final = "admin"
NAME_CHARS: Final = 120
LOCALE_CHARS: Final = 35
LEFT: Final = (ChatMember.BANNED, ChatMember.LEFT)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads updates for one bot, with the names of the commands that it knows."""

    me: Me
    commands: Collection[str]

    def inbound_of(self, update: Update, now: datetime) -> Inbound | None:
        """What an update means to the core; None for what means nothing to it. `now` is when a press was made: the
        platform does not tell."""
        if update.message:
            return self._message(update.message)
        if update.edited_message:
            return self._edited(update.edited_message, update.update_id)
        if update.callback_query:
            return _press(update.callback_query, now)
        if update.my_chat_member:
            return _membership(update.my_chat_member, update.update_id)
        return None

    def _message(self, message: Message) -> Inbound | None:
        if message.migrate_to_chat_id:
            return moved(message.chat.id, message.migrate_to_chat_id)
        if message.migrate_from_chat_id:
            return moved(message.migrate_from_chat_id, message.chat.id)
        sender = sender_of(message)
        if sender is None:
            return None
        words, attachments = self._said(message), attachments_of(message)
        if not words.text and not attachments and not words.to_us:
            return None
        answered = answered_by(message)
        to_us = words.to_us or _is_by(answered, self.me)
        return InboundMessage(
            key=place(message),
            id=message_id(message.chat.id, message.message_id),
            sender=sender,
            sent_at=message.date,
            private=message.chat.type == Chat.PRIVATE,
            addressed=to_us or message.chat.type == Chat.PRIVATE,
            text=words.text,
            command=words.command,
            attachments=attachments,
            quoted=self._quoted(message, answered),
            album=f"{message.chat.id}:{message.media_group_id}" if message.media_group_id else "",
            reply_to=message_id(message.chat.id, answered.message_id) if answered else "",
        )

    def _edited(self, message: Message, update_id: int) -> Edited | None:
        if sender_of(message) is None or message.edit_date is None:
            return None
        id_ = message_id(message.chat.id, message.message_id)
        return Edited(place(message), f"{id_}:edit:{update_id}", id_, self._said(message).text)

    def _said(self, message: Message) -> Said:
        """What was forwarded was not said to us: a command in it is a text."""
        text = message.text or message.caption or ""
        entities: tuple[MessageEntity, ...] = tuple(message.entities or message.caption_entities or ())
        return said(text, entities, self.me, () if message.forward_origin else self.commands)

    def _quoted(self, message: Message, answered: Message | None) -> tuple[Attachment, ...]:
        """Files of what was replied to. Our own videos are meant by the reply, not handed in by it."""
        if answered is not None:
            return () if _is_by(answered, self.me) else attachments_of(answered)
        return attachments_of(message.external_reply) if message.external_reply else ()


def moved(old: int, new: int) -> Moved:
    """A group lives on as a supergroup. Both chats tell, and so may a send: it is the same news each time."""
    return Moved(key_of(old), f"moved:{old}:{new}", key_of(new))


def place(message: Message) -> ConversationKey:
    """The conversation of a message. Threads of replies have numbers too, but are no topics."""
    return key_of(message.chat.id, (message.message_thread_id or 0) if message.is_topic_message else 0)


def answered_by(message: Message) -> Message | None:
    """The message that was replied to. Everything in a topic "replies" to the message that opened the topic."""
    target = message.reply_to_message
    if target is None or target.forum_topic_created is not None:
        return None
    if message.is_topic_message and target.message_id == message.message_thread_id:
        return None
    return target


def sender_of(message: Message) -> Sender | None:
    """The person who wrote; None for bots, channels (and letters to channels), and for what the platform itself put
    there. An admin who hides behind the group is a person with that role, and its number is the group's."""
    if message.chat.type == Chat.CHANNEL or message.chat.is_direct_messages or message.is_automatic_forward:
        return None
    if message.sender_chat is not None:
        if message.sender_chat.id != message.chat.id:
            return None
        name = (message.author_signature or message.sender_chat.title or "")[:NAME_CHARS]
        return Sender(str(message.sender_chat.id), name, frozenset({ADMIN}))
    user = message.from_user
    if user is None or user.is_bot:
        return None
    return person_of(user)


def person_of(user: User) -> Sender:
    """A user as a person. What stands in a name or a language is theirs to choose."""
    return Sender(str(user.id), user.full_name[:NAME_CHARS], locale=(user.language_code or "")[:LOCALE_CHARS])


def _is_by(message: Message | None, me: Me) -> bool:
    return message is not None and message.from_user is not None and message.from_user.id == me.id


def _press(query: CallbackQuery, now: datetime) -> Press | None:
    """A press on a button of ours. What an inline message or a game carries is none of ours."""
    message, data, user = query.message, query.data, query.from_user
    if message is None or data is None or user.is_bot or message.chat.type == Chat.CHANNEL:
        return None
    key = place(message) if isinstance(message, Message) else key_of(message.chat.id)
    return Press(
        key=key,
        id=press_id(query.id),
        sender=person_of(user),
        sent_at=now,
        token=data,
        message=Ref(key, message_id(message.chat.id, message.message_id)),
        ref=query.id,
        private=message.chat.type == Chat.PRIVATE,
    )


def _membership(change: ChatMemberUpdated, update_id: int) -> Gone | None:
    if change.chat.type == Chat.CHANNEL or change.new_chat_member.status not in LEFT:
        return None
    return Gone(key_of(change.chat.id), f"gone:{change.chat.id}:{update_id}")
