"""Posting messages and presses: recorded before they are confirmed, once, and shown where they belong."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from adapters.web.items import OwnItem, decode
from adapters.web.translate import item_of_own, key_of
from core.errors import MailboxFull, StoreAway
from core.messages import Choice, Command, Inbound, InboundMessage, Press
from core.ports import CommandRow
from tests.adapters.web.site import COMMANDS, Core, Site, chat_of, site, visitor

ID = "aaaaaaaa-1111"


async def hand_in(client: httpx.AsyncClient, data: bytes = b"\xff\xd8photo", name: str = "a.jpg") -> str:
    headers = {"content-type": "image/jpeg", "x-file-name": name}
    answer = await client.post("/api/files", content=data, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def say(client: httpx.AsyncClient, text: str = "hello", **more: Any) -> httpx.Response:
    return await client.post("/api/messages", json={"id": ID, "text": text, **more})


async def own_item(place: Site, client: httpx.AsyncClient) -> OwnItem | None:
    body = await place.feed.get(chat_of(client), item_of_own(ID))
    item = decode(body) if body else None
    return item if isinstance(item, OwnItem) else None


def test_a_message_with_files_reaches_the_core_and_is_shown() -> None:
    async def run() -> None:
        async with site() as place, visitor(place, **{"accept-language": "zh-CN,en;q=0.5"}) as client:
            blob = await hand_in(client, name="K%C3%BCste.jpg")
            assert (await say(client, "make a video", files=[blob])).status_code == 202
            (message,) = place.core.received
            assert isinstance(message, InboundMessage)
            assert (message.text, message.sender.locale, message.whole) == ("make a video", "zh-CN", True)
            assert [(file.ref, file.name, file.size) for file in message.attachments] == [(blob, "Küste.jpg", 7)]
            shown = await own_item(place, client)
            assert shown is not None
            assert (shown.state, shown.text, [file.name for file in shown.files]) == (
                "sent",
                "make a video",
                ["Küste.jpg"],
            )

    asyncio.run(run())


def test_the_same_id_twice_at_once_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one is all done between two looks of the first one."""

    async def run() -> None:
        async with site() as place, visitor(place) as client:
            blob = await hand_in(client)
            get, raced = place.feed.get, asyncio.Event()

            async def overtaken(chat: str, item: str) -> bytes | None:
                found = await get(chat, item)
                if item == item_of_own(ID) and not raced.is_set():
                    raced.set()
                    assert (await say(client, files=[blob])).status_code == 202
                return found

            monkeypatch.setattr(place.feed, "get", overtaken)
            assert (await say(client, files=[blob])).status_code == 202
            assert raced.is_set()
            assert len(place.core.received) == 1

    asyncio.run(run())


def test_the_same_id_is_one_message() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            blob = await hand_in(client)
            answers = await asyncio.gather(*(say(client, files=[blob]) for _ in range(5)))
            answers += [await say(client, "other words", files=[blob])]
            assert {answer.status_code for answer in answers} == {202}
            assert len(place.core.received) == 1

    asyncio.run(run())


def test_nothing_is_confirmed_before_it_is_recorded() -> None:
    async def run() -> None:
        gate = asyncio.Event()
        core = Core()

        async def wait(_inbound: Inbound) -> None:
            await gate.wait()

        core.react = wait
        async with site(core=core) as place, visitor(place) as client:
            saying = asyncio.create_task(say(client))
            async with asyncio.timeout(30):
                while not core.received:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            assert not saying.done()
            shown = await own_item(place, client)
            assert shown is not None
            assert shown.state == "sending"
            gate.set()
            assert (await saying).status_code == 202

    asyncio.run(run())


@pytest.mark.parametrize(("trouble", "status"), [(StoreAway("gone"), 503), (MailboxFull("full"), 429)])
def test_what_could_not_be_recorded_is_said_and_can_be_tried_again(trouble: Exception, status: int) -> None:
    async def run() -> None:
        core = Core(trouble=trouble)
        async with site(core=core) as place, visitor(place) as client:
            blob = await hand_in(client)
            refused = await say(client, files=[blob])
            assert refused.status_code == status
            assert refused.headers["retry-after"]
            assert await own_item(place, client) is None
            core.trouble = None
            assert (await say(client, files=[blob])).status_code == 202
            assert len(core.received) == 1

    asyncio.run(run())


def test_a_store_that_is_away_altogether_is_said_too() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            place.feed.away = place.blobs.away = True
            assert (await say(client)).status_code == 503
            assert (await client.post("/api/files", content=b"x")).status_code == 503
            assert (await client.get("/files/m-1/b")).status_code == 503
            place.feed.away = place.blobs.away = False
            assert (await say(client)).status_code == 202

    asyncio.run(run())


def test_the_answer_stands_below_the_question_however_quick_it_is() -> None:
    async def run() -> None:
        core = Core()
        async with site(core=core) as place, visitor(place) as client:

            async def answer(inbound: Inbound) -> None:
                await place.sender.send_text(inbound.key, "Connecting…", key="k")

            core.react = answer
            await say(client)
            names = [name for name, _ in (await place.feed.snapshot(chat_of(client))).items]
            assert names[0] == item_of_own(ID)
            assert len(names) == 2

    asyncio.run(run())


def test_files_of_others_cannot_be_sent() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, visitor(place) as thief:
            blob = await hand_in(client)
            assert (await say(thief, files=[blob])).status_code == 410
            assert (await say(client, files=["unknown"])).status_code == 410
            await place.blobs.remove(blob)
            assert (await say(client, files=[blob])).status_code == 410
            assert place.core.received == []

    asyncio.run(run())


def test_a_reply_brings_what_it_replies_to() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            blob = await hand_in(client)
            await say(client, "a photo", files=[blob])
            body = {"id": "bbbbbbbb", "text": "this one", "reply_to": item_of_own(ID)}
            await client.post("/api/messages", json=body)
            reply = place.core.received[1]
            assert isinstance(reply, InboundMessage)
            assert reply.reply_to == place.core.received[0].id
            assert [file.ref for file in reply.quoted] == [blob]

    asyncio.run(run())


def test_commands_are_recognised() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            await say(client, "/video make it slow")
            (message,) = place.core.received
            assert isinstance(message, InboundMessage)
            assert message.command == Command("video", "make it slow")

    asyncio.run(run())


BAD_BODIES: tuple[tuple[object, int], ...] = (
    ({"id": ID, "text": ""}, 400),
    ({"id": ID, "text": " \n "}, 400),
    ({"id": "short", "text": "x"}, 400),
    ({"id": "../../../etc", "text": "x"}, 400),
    ({"text": "x"}, 400),
    ({"id": ID, "text": "x" * 20_001}, 400),
    ({"id": ID, "text": "x", "files": ["f"] * 101}, 400),
    ({"id": ID, "text": 5}, 400),
    (["not", "an", "object"], 400),
    ({"id": ID, "text": "x", "more": "y" * 300_000}, 413),
)


def test_bad_bodies_are_refused() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            for body, status in BAD_BODIES:
                assert (await client.post("/api/messages", json=body)).status_code == status, str(body)[:80]
            assert place.core.received == []

    asyncio.run(run())


def test_only_json_is_read() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            body = b'{"id":"aaaaaaaa","text":"x"}'
            for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
                answer = await client.post("/api/messages", content=body, headers={"content-type": kind})
                assert answer.status_code == 415
            broken = await client.post("/api/messages", content=b"{", headers={"content-type": "application/json"})
            assert broken.status_code == 400
            half = b'{"id":"aaaaaaaa","text":"\\ud800"}'
            answer = await client.post("/api/messages", content=half, headers={"content-type": "application/json"})
            assert answer.status_code == 400

    asyncio.run(run())


def test_a_long_awkward_text_arrives_as_it_was_typed() -> None:
    async def run() -> None:
        text = "👩‍👩‍👧 <b> שלום \u2028\x00 " + "把" * 19_900
        async with site() as place, visitor(place) as client:
            assert (await say(client, text)).status_code == 202
            (message,) = place.core.received
            assert isinstance(message, InboundMessage)
            assert message.text == text

    asyncio.run(run())


def test_a_press_reaches_the_core_once() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client:
            ref = await place.sender.send_text(key_of(chat_of(client)), "?", [Choice("Title", "t1", "What?")], key="k")
            body = {"id": "cccccccc", "message": ref.id, "token": "t1", "text": "Lisbon"}
            for _ in range(3):
                assert (await client.post("/api/press", json=body)).status_code == 202
            (press,) = place.core.received
            assert isinstance(press, Press)
            assert (press.token, press.text, press.message, press.ref) == ("t1", "Lisbon", ref, "cccccccc")

    asyncio.run(run())


def test_buttons_that_are_not_there_cannot_be_pressed() -> None:
    async def run() -> None:
        async with site() as place, visitor(place) as client, visitor(place) as stranger:
            ref = await place.sender.send_text(key_of(chat_of(client)), "?", [Choice("A", "t1")], key="k")
            body = {"id": "cccccccc", "message": ref.id, "token": "t1"}
            assert (await stranger.post("/api/press", json=body)).status_code == 410
            assert (await client.post("/api/press", json=body | {"token": "t2"})).status_code == 410
            await place.sender.edit_text(ref, "done")
            assert (await client.post("/api/press", json=body)).status_code == 410
            assert place.core.received == []

    asyncio.run(run())


SECRETS = (*COMMANDS, CommandRow("link", "use your own token", True, True, r"nmv_usr_\w{6,}"))


@pytest.mark.parametrize("text", ["/link nmv_usr_canary", "/link somethingelse_canary", "my token: nmv_usr_canary"])
def test_a_secret_reaches_the_core_and_stands_nowhere_in_the_chat(text: str) -> None:
    async def run() -> None:
        async with site(commands=SECRETS) as place, visitor(place) as client:
            assert (await say(client, text)).status_code == 202
            (message,) = place.core.received
            assert isinstance(message, InboundMessage)
            assert message.text == text
            shown = await place.feed.snapshot(chat_of(client))
            assert [item for item, body in shown.items if b"canary" in body] == []
            assert await own_item(place, client) is None

    asyncio.run(run())


def test_a_secret_among_the_words_to_a_photo_is_left_out() -> None:
    async def run() -> None:
        async with site(commands=SECRETS) as place, visitor(place) as client:
            blob = await hand_in(client)
            assert (await say(client, "use nmv_usr_canary for this", files=[blob])).status_code == 202
            shown = await own_item(place, client)
            assert shown is not None
            assert shown.text == "use … for this"

    asyncio.run(run())
