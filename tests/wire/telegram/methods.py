"""Which method is answered by whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.wire.telegram import editing, profile, sending
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.world import World

Answer = Callable[[World, Call], Awaitable[Any]]

ANSWERS: tuple[Answer, ...] = (
    sending.send_text, sending.send_file, sending.send_album, sending.send_draft, sending.send_action, sending.forward,
    editing.edit_text, editing.edit_caption, editing.edit_media, editing.edit_buttons, editing.delete, editing.pin,
    editing.answer_press, profile.me, profile.get_file, profile.get_chat, profile.count_members, profile.get_member,
    profile.get_administrators, profile.leave, profile.create_topic, profile.set_commands, profile.get_commands,
    profile.delete_commands, profile.set_profile, profile.get_profile, profile.set_menu, profile.get_menu,
    profile.set_webhook, profile.delete_webhook, profile.webhook_info, profile.end,
)  # fmt: skip
"""Each says in its docstring which methods it answers."""


def answers() -> dict[str, Answer]:
    """Who answers, by method."""
    return {name.strip(): answer for answer in ANSWERS for name in (answer.__doc__ or "").split(",")}
