"""The server takes what the real SDK sends, and refuses what is almost the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from telegram import (
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    InputMediaVideo,
    LinkPreviewOptions,
    MenuButtonCommands,
    ReplyParameters,
)

from tests.wire.films import film, jpeg
from tests.wire.telegram.methods import answers
from tests.wire.telegram.scene import Scene
from tests.wire.telegram.table import table

pytestmark = pytest.mark.anyio

KEYS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("9:16", callback_data="a1"), InlineKeyboardButton("1:1", url="http://x.y")]]
)
SIZE: dict[str, Any] = {"width": 320, "height": 180, "duration": 1, "supports_streaming": True}


@pytest.fixture
def at(at: Scene) -> Iterator[Scene]:
    yield at
    at.server.wrong.clear()  # these tests make mistakes on purpose


async def test_texts_are_posted_edited_and_removed(at: Scene) -> None:
    quiet = LinkPreviewOptions(is_disabled=True)
    hello = at.alice.says("hello")
    answer = ReplyParameters(hello.id, allow_sending_without_reply=True)
    sent = await at.bot.send_message(
        at.alice.id,
        "one",
        reply_markup=KEYS,
        reply_parameters=answer,
        link_preview_options=quiet,
        disable_notification=True,
    )
    assert at.alice.chat.bots[0].labels == ["9:16", "1:1"]
    await sent.edit_text("two", reply_markup=KEYS)
    await sent.edit_reply_markup(None)
    assert (at.alice.chat.texts, at.alice.chat.bots[0].labels) == (["two"], [])
    await sent.delete()
    assert at.alice.chat.bots == []


async def test_videos_pictures_and_files_are_posted(at: Scene) -> None:
    video, picture = film(), jpeg(320, 180)
    posted = await at.bot.send_video(at.alice.id, video, caption="see", thumbnail=picture, reply_markup=KEYS, **SIZE)
    await at.bot.send_video(at.alice.id, posted.video.file_id, caption="again", **SIZE)  # type: ignore[union-attr]
    await at.bot.send_photo(at.alice.id, picture, caption="a board")
    await at.bot.send_document(
        at.alice.id, video, filename="film.mp4", thumbnail=picture, disable_content_type_detection=True
    )
    await at.bot.send_media_group(at.alice.id, [InputMediaPhoto(picture, caption="x"), InputMediaPhoto(picture)])
    kinds = [message.kind for message in at.alice.chat.bots]
    assert kinds == ["video", "video", "photo", "document", "photo", "photo"]
    assert all(message.data == video for message in at.alice.chat.videos)


async def test_a_text_becomes_a_video_and_its_caption_another(at: Scene) -> None:
    status = await at.bot.send_message(at.alice.id, "working")
    media = InputMediaVideo(film(), caption="done", thumbnail=jpeg(320, 180), **SIZE)
    await status.edit_media(media, reply_markup=KEYS)
    await status.edit_caption("done, really")
    [seen] = at.alice.chat.bots
    assert (seen.kind, seen.text, [edit.text for edit in seen.edits]) == ("video", "done, really", ["working", "done"])


async def test_the_bot_asks_and_tells_about_itself(at: Scene) -> None:
    assert (await at.bot.get_me()).username == at.server.username
    scope = BotCommandScopeAllGroupChats()
    await at.bot.set_my_commands([("help", "Lists commands")], scope=scope, language_code="zh")
    assert [row.command for row in await at.bot.get_my_commands(scope, "zh")] == ["help"]
    assert await at.bot.get_my_commands() == ()
    await at.bot.set_my_description("Send photos")
    await at.bot.set_my_short_description("Films", language_code="zh")
    assert (await at.bot.get_my_description()).description == "Send photos"
    assert (await at.bot.get_my_short_description("zh")).short_description == "Films"
    await at.bot.set_chat_menu_button(menu_button=MenuButtonCommands())
    assert (await at.bot.get_chat(at.alice.id)).first_name == "Alice"
    assert (await at.bot.get_chat_member(at.alice.id, at.alice.id)).status == "member"


async def test_groups_tell_who_leads_them(at: Scene) -> None:
    club = at.server.supergroup("Club", at.alice, at.server.person("Bob"))
    assert [who.user.first_name for who in await at.bot.get_chat_administrators(club.id)] == ["Alice"]
    assert await at.bot.get_chat_member_count(club.id) == 3
    await at.bot.leave_chat(club.id)


async def test_drafts_and_actions_are_shown(at: Scene) -> None:
    await at.bot.send_message_draft(at.alice.id, 7, "Once upon")
    await at.bot.send_chat_action(at.alice.id, "upload_video")
    assert [draft[1:] for draft in at.alice.chat.drafts] == [(7, "Once upon")]
    assert [action for _, action in at.alice.chat.actions] == ["upload_video"]


async def test_files_are_downloaded(at: Scene) -> None:
    picture = jpeg(500, 400)
    at.alice.sends_photo(picture, "make a video of it")
    [update] = await at.next()
    assert update.message is not None
    sizes = update.message.photo
    assert [max(size.width, size.height) for size in sizes] == [90, 320, 500]
    opened = await at.bot.get_file(sizes[-1].file_id)
    assert bytes(await opened.download_as_bytearray()) == picture


async def test_json_is_taken_like_a_form(at: Scene) -> None:
    reply = await at.json("sendMessage", chat_id=at.alice.id, text="hi", disable_notification=True)
    assert reply.json()["result"]["text"] == "hi"


GOOD: dict[str, dict[str, Any]] = {
    "sendMessage": {"chat_id": "ALICE", "text": "hi"},
    "sendVideo": {"chat_id": "ALICE", "video": "FILM", "duration": "2", "width": "320", "height": "180"},
    "sendPhoto": {"chat_id": "ALICE", "photo": "PICTURE"},
    "sendChatAction": {"chat_id": "ALICE", "action": "typing"},
    "sendMessageDraft": {"chat_id": "ALICE", "draft_id": "5", "text": "so far"},
    "editMessageText": {"chat_id": "ALICE", "message_id": "STATUS", "text": "new"},
    "editMessageMedia": {"chat_id": "ALICE", "message_id": "STATUS", "media": '{"type": "video", "media": "FILM"}'},
    "deleteMessage": {"chat_id": "ALICE", "message_id": "STATUS"},
    "setMyCommands": {"commands": '[{"command": "help", "description": "Helps"}]'},
    "getUpdates": {"limit": "5"},
    "setWebhook": {"url": "https://bot.example/hook", "secret_token": "s-3_cret"},
    "getFile": {"file_id": "FILM"},
}
"""Calls that are right."""


def keyboard(**button: Any) -> str:
    return json.dumps({"inline_keyboard": [[{"text": "b", **button}]]})


MUTATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"chat_id": None}, "chat_id is empty"),
    ("sendMessage", {"text": None}, "text is empty"),
    ("sendMessage", {"text": "  \n"}, "text is empty"),
    ("sendMessage", {"text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
    ("sendMessage", {"txt": "hi"}, "no parameter 'txt'"),
    ("sendMessage", {"chat_id": "12"}, "chat not found"),
    ("sendMessage", {"message_thread_id": "9"}, "thread not found"),
    ("sendMessage", {"disable_notification": "perhaps"}, "disable_notification"),
    ("sendMessage", {"reply_parameters": '{"message_id": 99}'}, "to be replied not found"),
    ("sendMessage", {"reply_parameters": '{"message": 1}'}, '"message_id" is required'),
    ("sendMessage", {"parse_mode": "HTML", "text": "<b>open"}, "can't parse entities"),
    ("sendMessage", {"parse_mode": "HTML", "text": "2 < 3"}, "can't parse entities"),
    ("sendMessage", {"parse_mode": "MarkdownV2", "text": "a.b"}, "reserved"),
    ("sendMessage", {"reply_markup": keyboard(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"reply_markup": keyboard(callback_data="é" * 33)}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"reply_markup": keyboard(callback_data="")}, "BUTTON_DATA_INVALID"),
    ("sendMessage", {"reply_markup": keyboard()}, "Text buttons are unallowed"),
    ("sendMessage", {"reply_markup": keyboard(callback_data="x", colour="red")}, "no field 'colour'"),
    ("sendMessage", {"reply_markup": '{"inline_keyboard": [{"text": "b"}]}'}, "inline_keyboard"),
    ("sendMessage", {"reply_markup": "{"}, "not JSON"),
    ("sendVideo", {"caption": "x" * 1025}, "caption is too long"),
    ("sendVideo", {"video": "unknown-id"}, "wrong file identifier"),
    ("sendVideo", {"video": "PICTURE"}, "can't use file of type Photo as Video"),
    ("sendVideo", {"video": "attach://film"}, "not among the uploaded"),
    ("sendVideo", {"width": "wide"}, "width"),
    ("sendPhoto", {"photo": None}, '"photo" is required'),
    ("sendChatAction", {"action": "dancing"}, "wrong parameter action"),
    ("sendMessageDraft", {"draft_id": "0"}, "draft_id"),
    ("sendMessageDraft", {"chat_id": "@someone"}, "chat_id"),
    ("editMessageText", {"text": "working"}, "message is not modified"),
    ("editMessageText", {"message_id": "999"}, "message to edit not found"),
    ("editMessageText", {"message_id": None}, "message identifier is not specified"),
    ("editMessageText", {"message_id": "HERS"}, "message can't be edited"),
    ("editMessageMedia", {"media": '{"type": "film", "media": "FILM"}'}, "no object of this sort"),
    ("editMessageMedia", {"media": '{"type": "video", "media": "FILM", "thumb": "x"}'}, "no field 'thumb'"),
    ("editMessageMedia", {"media": '{"type": "video", "media": "http://127.0.0.1:1/x"}'}, "failed to get HTTP URL"),
    ("deleteMessage", {"message_id": "999"}, "message to delete not found"),
    ("setMyCommands", {"commands": '[{"command": "Help!", "description": "Helps"}]'}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": '[{"command": "help", "description": ""}]'}, "description"),
    ("setMyCommands", {"scope": '{"type": "everywhere"}'}, "no object of this sort"),
    ("getUpdates", {"limit": "101"}, "limit"),
    ("setWebhook", {"url": "http://bot.example/hook"}, "HTTPS"),
    ("setWebhook", {"secret_token": "with blanks"}, "unallowed characters"),
    ("getFile", {"file_id": "nothing"}, "wrong file_id"),
]


async def prepared(at: Scene, values: dict[str, Any]) -> dict[str, Any]:
    """The values with what stands in capitals replaced by what is there."""
    hers = at.alice.says("mine")
    status = await at.bot.send_message(at.alice.id, "working")
    film_id = at.server.shelf.add("video", film()).id
    there = {"ALICE": at.alice.id, "STATUS": status.message_id, "HERS": hers.id, "FILM": film_id}
    there["PICTURE"] = at.server.shelf.photo(jpeg())[-1].id
    text = json.dumps({name: value for name, value in values.items() if value is not None})
    for name, value in there.items():
        text = text.replace(name, str(value))
    return dict(json.loads(text))


@pytest.mark.parametrize("method", GOOD)
async def test_what_is_right_is_taken(at: Scene, method: str) -> None:
    reply = await at.form(method, **await prepared(at, GOOD[method]))
    assert reply.json()["ok"], reply.text


@pytest.mark.parametrize(("method", "change", "words"), MUTATIONS, ids=lambda value: str(value)[:40])
async def test_what_is_almost_right_is_refused(at: Scene, method: str, change: dict[str, Any], words: str) -> None:
    reply = await at.form(method, **await prepared(at, GOOD[method] | change))
    body = reply.json()
    assert (reply.status_code, body["ok"], body["error_code"]) == (400, False, 400)
    assert words in body["description"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"thumbnail": b"no jpeg"}, "thumbnail must be a JPEG"),
        ({"thumbnail": jpeg(321, 200)}, "must not exceed 320"),
        ({"video": b""}, "non-empty"),
        ({"extra": b"unasked"}, "no parameter 'extra'"),
    ],
)
async def test_uploads_that_do_not_fit_are_refused(at: Scene, change: dict[str, bytes], words: str) -> None:
    files = {name: (name, data) for name, data in ({"video": film()} | change).items()}
    reply = await at.form(
        "sendVideo", files, chat_id=at.alice.id, **{name: str(value).lower() for name, value in SIZE.items()}
    )
    assert words in reply.json()["description"]


async def test_too_much_at_once_is_refused_as_a_whole(at: Scene) -> None:
    reply = await at.form("sendDocument", {"document": ("big", bytes(50 * 1024 * 1024 + 1))}, chat_id=at.alice.id)
    assert reply.status_code == 413


async def test_unknown_methods_and_tokens_are_refused(at: Scene) -> None:
    assert (await at.form("sendMessag", chat_id=at.alice.id, text="x")).status_code == 404
    assert (await at.http.post("/bot1:wrong/getMe")).status_code == 401


async def test_the_table_speaks_of_every_method_and_of_no_other() -> None:
    methods = {name for name in table().entries if name[:1].islower()}
    assert methods - set(answers()) == {"getUpdates"}
    assert set(answers()) - methods == set()
