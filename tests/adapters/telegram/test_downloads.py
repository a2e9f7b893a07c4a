"""Files that people handed in: streamed, capped, from where they may lie, and without the token in any error."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.telegram.downloads import safe_path
from adapters.telegram.settings import TelegramSettings
from core.errors import AttachmentGone, OutboundError, SlowDown, TooLarge
from core.messages import Attachment, Kind
from tests.adapters.telegram.desk import Desk, desk
from tests.wire.telegram.faults import cut, garbage, gateway, refuse

pytestmark = pytest.mark.anyio

MEGABYTE = 1_000_000


def handed_in(hand: Desk, data: bytes = b"bytes", **told: Any) -> Attachment:
    """A file that a person has handed in. `announced` is what the update tells, `delivered` what comes."""
    hand.server.person("Ann").sends_document(data, "photo.jpg", "image/jpeg", **told)
    stored = list(hand.server.shelf.files.values())[-1]
    return Attachment(Kind.FILE, stored.id, "photo.jpg", "image/jpeg", stored.announced)


async def read(hand: Desk, attachment: Attachment) -> bytes:
    """All of it."""
    async with hand.sender.open(attachment) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_file_of_unknown_size_comes_whole() -> None:
    async with desk() as hand:
        attachment = handed_in(hand, b"x" * 300_000)
        unknown = Attachment(attachment.kind, attachment.ref, attachment.name)
        assert await read(hand, unknown) == b"x" * 300_000


async def test_a_file_that_is_too_large_is_refused_before_any_call() -> None:
    async with desk() as hand:
        attachment = handed_in(hand, announced=20_971_521)
        with pytest.raises(TooLarge):
            await read(hand, attachment)
        assert hand.server.ledger.of("getFile", "file") == []


async def test_a_size_that_only_the_server_knows_is_believed() -> None:
    async with desk() as hand:
        attachment = handed_in(hand, announced=20_971_521)
        with pytest.raises(TooLarge):
            await read(hand, Attachment(attachment.kind, attachment.ref, attachment.name))


async def test_a_gigabyte_behind_an_announced_kilobyte_is_cut_off() -> None:
    async with desk() as hand:
        attachment = handed_in(hand, b"x" * 1000, announced=1000, delivered=1000 * MEGABYTE)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(TooLarge):
            await read(hand, attachment)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB


async def test_a_broken_line_is_tried_again_before_the_bytes_come() -> None:
    async with desk() as hand:
        attachment = handed_in(hand)
        hand.server.faults.plan("getFile", gateway(), times=1)
        hand.server.faults.plan("getFile", cut(), times=1)
        assert await read(hand, attachment) == b"bytes"


@pytest.mark.parametrize(
    ("method", "fault", "fact"),
    [
        ("getFile", refuse(400, "Bad Request: file is too big"), TooLarge),
        ("getFile", refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), AttachmentGone),
        ("getFile", refuse(429, "Too Many Requests", retry_after=9), SlowDown),
        ("getFile", gateway(), SlowDown),
        ("file", gateway(), SlowDown),
        ("file", gateway(404), AttachmentGone),
        ("file", cut(), SlowDown),
    ],
)
async def test_every_trouble_is_a_fact_without_the_token(method: str, fault: Any, fact: type[OutboundError]) -> None:
    async with desk() as hand:
        attachment = handed_in(hand)
        hand.server.faults.plan(method, fault, times=9)
        with pytest.raises(fact) as caught:
            await read(hand, attachment)
        error: BaseException | None = caught.value
        while error is not None:
            assert hand.server.token not in repr(error) + str(error)
            error = error.__cause__


async def test_a_path_that_leads_elsewhere_on_the_server_is_not_asked_for() -> None:
    async with desk() as hand:
        attachment = handed_in(hand)
        told = {"file_id": "x", "file_unique_id": "u", "file_path": f"../../bot{hand.server.token}/logOut"}
        hand.server.faults.plan("getFile", garbage(json.dumps({"ok": True, "result": told}).encode()))
        with pytest.raises(AttachmentGone):
            await read(hand, attachment)
        assert hand.server.ledger.of("file", "logOut") == []


async def test_what_goes_wrong_with_the_reader_is_the_readers() -> None:
    async with desk() as hand:
        attachment = handed_in(hand, b"x" * 300_000)

        async def pass_on() -> None:
            async with hand.sender.open(attachment) as chunks:
                await anext(chunks)
                raise httpx.ReadError("the backend's line, not ours")

        with pytest.raises(httpx.ReadError):
            await pass_on()


# --- local mode -------------------------------------------------------------------------------------------------------


async def test_a_local_servers_files_are_read_from_its_disk() -> None:
    async with desk(local_mode=True, told={"local": True}) as hand:
        data = b"x" * (30 * MEGABYTE)
        assert await read(hand, handed_in(hand, data)) == data
        assert hand.server.ledger.of("file") == []


async def test_on_the_disk_too_no_more_is_read_than_was_announced() -> None:
    async with desk(local_mode=True, told={"local": True}) as hand:
        attachment = handed_in(hand, b"x" * 1000, announced=1000, delivered=3 * MEGABYTE)
        with pytest.raises(TooLarge):
            await read(hand, attachment)


async def test_a_path_elsewhere_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the operator")
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "server" / "file").write_text("a person's")
    settings = TelegramSettings("1:x", local_mode=True, local_folder=tmp_path / "server")
    assert safe_path(settings, f"{tmp_path}/server/file") == tmp_path / "server" / "file"
    for path in ("/etc/passwd", f"{tmp_path}/secret", f"{tmp_path}/server/../secret", f"{tmp_path}/server/link",
                 f"{tmp_path}/server", f"{tmp_path}/server/gone", "\x00"):  # fmt: skip
        with pytest.raises(AttachmentGone):
            safe_path(settings, path)


async def test_without_a_folder_the_one_named_after_the_token_is_meant(tmp_path: Path) -> None:
    settings = TelegramSettings("1:x", local_mode=True)
    (tmp_path / "1:x" / "photos").mkdir(parents=True)
    (tmp_path / "2:y").mkdir()
    for folder in ("1:x/photos", "2:y"):
        (tmp_path / folder / "1:x.jpg").write_text("a person's")
    assert safe_path(settings, f"{tmp_path}/1:x/photos/1:x.jpg").name == "1:x.jpg"
    with pytest.raises(AttachmentGone):
        safe_path(settings, f"{tmp_path}/2:y/1:x.jpg")
