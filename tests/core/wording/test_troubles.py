"""Every error has a sentence of its own: what is the matter, what to do, and no codes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pytest

from core import errors
from core.wording import words_for

CANARY = "nmv_usr_canary"

EXAMPLES: Final[Mapping[str, Exception]] = {
    "BackendAway": errors.BackendAway("POST /x", CANARY, code=502),
    "TokenExpired": errors.TokenExpired("POST /x", CANARY, code=1001),
    "LinkRefused": errors.LinkRefused("POST /x", CANARY, code=1001),
    "AccountGone": errors.AccountGone("POST /x", CANARY),
    "SessionLost": errors.SessionLost("POST /x", CANARY, code=1002),
    "OutOfCredits": errors.OutOfCredits("POST /x", CANARY),
    "UnsupportedFile": errors.UnsupportedFile("POST /x", CANARY, code=4001),
    "FileTooLarge": errors.FileTooLarge("POST /x", CANARY, code=4002),
    "ClientIdMissing": errors.ClientIdMissing("POST /x", CANARY, code=400),
    "ExportBlocked": errors.ExportBlocked("POST /x", CANARY, code=402),
    "RateLimited": errors.RateLimited("POST /x", CANARY),
    "BackendRefused": errors.BackendRefused("POST /x", CANARY, code=4711),
    "ProtocolError": errors.ProtocolError("POST /x", CANARY),
    "StreamLost": errors.StreamLost("POST /x", CANARY),
    "RenderFailed": errors.RenderFailed("POST /x", CANARY),
    "EmptyFile": errors.EmptyFile("cat.jpg", CANARY),
    "UnknownFormat": errors.UnknownFormat("cat.jpg", CANARY),
    "BrokenFile": errors.BrokenFile("cat.jpg", CANARY),
    "TooManyPixels": errors.TooManyPixels("cat.jpg", 177_000_000, 100_000_000),
    "TooManyBytes": errors.TooManyBytes("cat.jpg", 20_971_520, 30_000_000),
    "TooManyFiles": errors.TooManyFiles("cat.jpg", 60),
    "NotPlayable": errors.NotPlayable("cat.mp4", CANARY),
    "ChatGone": errors.ChatGone(CANARY),
    "TooLarge": errors.TooLarge(CANARY),
    "NoRoom": errors.NoRoom(CANARY),
    "SlowDown": errors.SlowDown(7),
    "Refused": errors.Refused(CANARY),
    "OutcomeUnknown": errors.OutcomeUnknown(CANARY),
    "AttachmentGone": errors.AttachmentGone(CANARY),
    "StoreAway": errors.StoreAway(CANARY),
    "LeaseLost": errors.LeaseLost(CANARY),
    "MailboxFull": errors.MailboxFull(CANARY),
    "QuotaReached": errors.QuotaReached(CANARY),
    "BlobGone": errors.BlobGone(CANARY),
    "CursorLost": errors.CursorLost(CANARY),
    "SecretUnreadable": errors.SecretUnreadable(CANARY),
    "KeyRefused": errors.KeyRefused(CANARY),
}
ROOTS = {"PhotoreelError", "BackendError", "FileError", "OutboundError", "StoreError"}


def sentence(error: Exception) -> str:
    return words_for("en").trouble(error)


def test_every_error_is_here() -> None:
    classes = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(EXAMPLES) | ROOTS == classes


def test_every_error_has_a_sentence_of_its_own() -> None:
    roots = [
        errors.PhotoreelError(),
        errors.BackendError("POST /x"),
        errors.FileError("cat.jpg"),
        errors.OutboundError(),
        errors.StoreError(),
    ]
    sentences = [
        sentence(error)
        for error in (*EXAMPLES.values(), *(root for root in roots if type(root) is not errors.FileError))
    ]
    assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_sentence_has_no_codes_no_secrets_and_an_end(name: str) -> None:
    told = sentence(EXAMPLES[name])
    assert CANARY not in told
    assert not re.search(r"\b(?:HTTP|POST|GET|4\d\d|5\d\d|[124]00\d)\b", told)
    assert told[-1] in ".?"
    assert "{" not in told
    assert name not in told


@pytest.mark.parametrize("name", [name for name, error in EXAMPLES.items() if isinstance(error, errors.FileError)])
def test_a_bad_file_is_called_by_its_name(name: str) -> None:
    error = EXAMPLES[name]
    assert isinstance(error, errors.FileError)
    assert error.name in sentence(error)


def test_a_file_without_a_name_is_called_this_file() -> None:
    assert sentence(errors.EmptyFile("")) == "This file is empty. Please send it again."


def test_the_limit_is_told_in_megabytes_and_megapixels() -> None:
    assert "177 megapixels, 100 are the limit" in sentence(EXAMPLES["TooManyPixels"])
    assert "20 MB is the limit" in sentence(EXAMPLES["TooManyBytes"])


def test_the_operators_way_out_is_told_where_there_is_one() -> None:
    way = "Whoever runs this bot can allow larger files by setting up a local server."
    assert sentence(errors.TooManyBytes("a.mov", 20_971_520, liftable=True)).endswith(f"\n{way}")
    assert way not in sentence(errors.TooManyBytes("a.mov", 20_971_520))


def test_only_who_may_bind_the_account_gets_the_link() -> None:
    words = words_for("en")
    out = EXAMPLES["OutOfCredits"]
    assert "https://x/register" in words.trouble(out, register="https://x/register")
    assert "Whoever runs this bot must top them up" in words.trouble(out)


def test_a_full_disk_is_told_as_such() -> None:
    assert "disk space" in sentence(OSError(28, "No space left on device"))
