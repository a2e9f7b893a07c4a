"""What a broken line says about a send: only what never left is certain."""

from __future__ import annotations

import httpx
import pytest
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, TelegramError, TimedOut

from adapters.telegram.faults import fact_of, file_fact_of, translated
from core.errors import AttachmentGone, OutboundError, OutcomeUnknown, Refused, SlowDown, StoreAway, TooLarge

SDK: list[tuple[TelegramError, Exception | None, type[OutboundError]]] = [
    (TimedOut(), httpx.PoolTimeout(""), SlowDown),
    (TimedOut(), httpx.ConnectTimeout(""), SlowDown),
    (NetworkError("httpx.ConnectError"), httpx.ConnectError(""), SlowDown),
    (TimedOut(), httpx.ReadTimeout(""), OutcomeUnknown),
    (TimedOut(), httpx.WriteTimeout(""), OutcomeUnknown),
    (NetworkError("httpx.WriteError"), httpx.WriteError(""), OutcomeUnknown),
    (NetworkError("httpx.ReadError"), httpx.ReadError(""), OutcomeUnknown),
    (NetworkError("httpx.RemoteProtocolError"), httpx.RemoteProtocolError(""), OutcomeUnknown),
    (TimedOut(), None, OutcomeUnknown),
    (TelegramError("Invalid server response"), None, OutcomeUnknown),
    (BadRequest("Message is too long"), None, Refused),
    (InvalidToken(), None, Refused),
    (Conflict("another"), None, Refused),
]


@pytest.mark.parametrize(("error", "cause", "fact"), SDK, ids=range(len(SDK)))
def test_only_what_never_left_is_certain(
    error: TelegramError, cause: Exception | None, fact: type[OutboundError]
) -> None:
    error.__cause__ = cause
    assert type(fact_of(error)) is fact


def test_a_file_may_always_be_asked_for_again() -> None:
    assert isinstance(file_fact_of(TimedOut()), SlowDown)
    assert isinstance(file_fact_of(BadRequest("file is too big")), TooLarge)
    assert isinstance(file_fact_of(BadRequest("wrong file_id")), AttachmentGone)


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (TimeoutError(), OutcomeUnknown),  # which is an `OSError`, too
        (FileNotFoundError(), Refused),
        (StoreAway("x"), SlowDown),
        (TooLarge("x"), TooLarge),
    ],
)
def test_other_errors_become_facts_too(error: Exception, fact: type[OutboundError]) -> None:
    with pytest.raises(OutboundError) as caught, translated():
        raise error
    assert type(caught.value) is fact
