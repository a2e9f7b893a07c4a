"""The methods that ask and tell about the bot, its chats and its files."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.wire.telegram.chats import Chat
from tests.wire.telegram.errors import Refusal, bad_request, forbidden
from tests.wire.telegram.files import DOWNLOADABLE
from tests.wire.telegram.ledger import Call
from tests.wire.telegram.world import BOT, World

FULL = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)}  # fmt: skip


async def me(world: World, call: Call) -> Any:
    """getMe"""
    able = {"can_join_groups": world.joins_groups, "can_read_all_group_messages": not world.privacy}
    never = dict.fromkeys(
        ("supports_inline_queries", "can_connect_to_business", "has_main_web_app", "has_topics_enabled"), False
    )
    return world.me() | able | never


async def get_file(world: World, call: Call) -> Any:
    """getFile"""
    stored = world.shelf.find(call.values["file_id"])
    size = stored.announced if stored.announced is not None else len(stored.data)
    if size > DOWNLOADABLE and not world.local:
        raise bad_request("file is too big")
    told = {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": size}
    return told | {"file_path": str(world.on_disk(stored)) if world.local else stored.path}


async def get_chat(world: World, call: Call) -> Any:
    """getChat"""
    return world.reachable(call.values["chat_id"]).wire() | FULL


async def count_members(world: World, call: Call) -> Any:
    """getChatMemberCount"""
    return len(world.reachable(call.values["chat_id"]).people) + 1


async def get_member(world: World, call: Call) -> Any:
    """getChatMember"""
    chat, user = world.reachable(call.values["chat_id"]), call.values["user_id"]
    if user == BOT:
        return member(chat.bot_status, world.me())
    if user not in chat.people:
        raise bad_request("PARTICIPANT_ID_INVALID")
    return member(chat.statuses.get(user, "member"), chat.people[user])


async def get_administrators(world: World, call: Call) -> Any:
    """getChatAdministrators"""
    chat = world.reachable(call.values["chat_id"])
    if chat.private:
        raise bad_request("there are no administrators in the private chat")
    ranks = ("creator", "administrator")
    return [member(chat.statuses[who], chat.people[who]) for who in chat.people if chat.statuses.get(who) in ranks]


RIGHTS = (
    "can_be_edited can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members"
    " can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories"
)


def member(status: str, user: dict[str, Any]) -> dict[str, Any]:
    """A member of a chat."""
    body: dict[str, Any] = {"status": status, "user": user}
    if status == "creator":
        return body | {"is_anonymous": False}
    if status == "administrator":
        return body | {"is_anonymous": False} | dict.fromkeys(RIGHTS.split(), True)
    if status == "kicked":
        return body | {"until_date": 0}
    return body


async def leave(world: World, call: Call) -> Any:
    """leaveChat"""
    chat = world.reachable(call.values["chat_id"])
    chat.bot_status, chat.refusal = "left", forbidden(f"bot is not a member of the {_sort(chat)} chat")
    return True


def _sort(chat: Chat) -> str:
    return chat.kind


async def create_topic(world: World, call: Call) -> Any:
    """createForumTopic"""
    chat = world.reachable(call.values["chat_id"])
    if not chat.forum:
        raise bad_request("the chat is not a forum")
    thread = next(chat.ids)
    chat.topics[thread] = call.values["name"]
    return {"message_thread_id": thread, "name": call.values["name"], "icon_color": 7322096}


COMMAND = re.compile(r"[a-z0-9_]{1,32}")


def _place(call: Call) -> str:
    scope = json.dumps(call.values.get("scope", {"type": "default"}), sort_keys=True)
    return f"{scope} {call.values.get('language_code', '')}"


async def set_commands(world: World, call: Call) -> Any:
    """setMyCommands"""
    commands = call.values["commands"]
    if len(commands) > 100 or not all(COMMAND.fullmatch(row["command"]) for row in commands):
        raise bad_request("BOT_COMMAND_INVALID")
    world.profile[f"commands {_place(call)}"] = commands
    return True


async def get_commands(world: World, call: Call) -> Any:
    """getMyCommands"""
    return world.profile.get(f"commands {_place(call)}", [])


async def delete_commands(world: World, call: Call) -> Any:
    """deleteMyCommands"""
    world.profile.pop(f"commands {_place(call)}", None)
    return True


PROFILE = {"Name": "name", "Description": "description", "ShortDescription": "short_description"}


async def set_profile(world: World, call: Call) -> Any:
    """setMyName, setMyDescription, setMyShortDescription"""
    name = PROFILE[call.method.removeprefix("setMy")]
    world.profile[f"{name} {call.values.get('language_code', '')}"] = call.values.get(name, "")
    return True


async def get_profile(world: World, call: Call) -> Any:
    """getMyName, getMyDescription, getMyShortDescription"""
    name = PROFILE[call.method.removeprefix("getMy")]
    own = world.me()["first_name"] if name == "name" else ""
    default = world.profile.get(f"{name} ", own)
    return {name: world.profile.get(f"{name} {call.values.get('language_code', '')}", default)}


async def set_menu(world: World, call: Call) -> Any:
    """setChatMenuButton"""
    world.profile[call.method.removeprefix("set")] = call.values
    return True


async def get_menu(world: World, call: Call) -> Any:
    """getChatMenuButton"""
    return world.profile.get("ChatMenuButton", {}).get("menu_button", {"type": "default"})


SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


async def set_webhook(world: World, call: Call) -> Any:
    """setWebhook"""
    url = call.values["url"]
    if url and not url.startswith("https://") and (world.secure_webhooks or not url.startswith("http://127.0.0.1")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not SECRET.fullmatch(call.values.get("secret_token", "x")):
        raise bad_request("secret token contains unallowed characters")
    world.updates.allow(call.values.get("allowed_updates"))
    if call.values.get("drop_pending_updates"):
        world.updates.forget(world.updates.pending)
    world.updates.webhook = {"max_connections": 40, **call.values} if url else {}
    world.updates.wake()
    return True


async def delete_webhook(world: World, call: Call) -> Any:
    """deleteWebhook"""
    if call.values.get("drop_pending_updates"):
        world.updates.forget(world.updates.pending)
    world.updates.webhook = {}
    world.updates.wake()
    return True


async def webhook_info(world: World, call: Call) -> Any:
    """getWebhookInfo"""
    hook = world.updates.webhook
    told = {name: hook[name] for name in ("max_connections", "last_error_date", "last_error_message") if name in hook}
    allowed = {"allowed_updates": sorted(world.updates.allowed)} if world.updates.allowed else {}
    waiting = len(world.updates.pending)
    return (
        {"url": hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": waiting} | told | allowed
    )


async def end(world: World, call: Call) -> Any:
    """logOut, close"""
    raise Refusal(429, "Too Many Requests: retry after 600", {"retry_after": 600})
