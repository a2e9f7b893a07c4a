"""Discord's errors are facts, and asking in vain ends long before a ban."""

from __future__ import annotations

import pytest

from adapters.discord.faults import Acknowledged, CircuitBreaker, Forbidden, MessageGone, TokenDead, TooOld, fact_of
from core.errors import ChatGone, OutboundError, OutcomeUnknown, Refused, SlowDown, TooLarge


@pytest.mark.parametrize(
    ("status", "code", "fact"),
    [
        (404, 10003, ChatGone),
        (404, 10008, MessageGone),
        (404, 10062, TokenDead),
        (404, 10015, TokenDead),
        (401, 50027, TokenDead),
        (429, 30046, SlowDown),
        (400, 30046, TooOld),
        (400, 40005, TooLarge),
        (413, 0, TooLarge),
        (400, 40060, Acknowledged),
        (403, 50001, ChatGone),
        (403, 50007, ChatGone),
        (403, 50013, Forbidden),
        (400, 50035, Refused),
        (401, 0, Refused),
        (429, 0, SlowDown),
        (502, 0, OutcomeUnknown),
    ],
)
def test_what_an_answer_means(status: int, code: int, fact: type[OutboundError]) -> None:
    assert type(fact_of(status, code, wants="Attach Files")) is fact


def test_with_a_token_in_the_address_a_refusal_speaks_of_that() -> None:
    assert type(fact_of(401, 0, token=True)) is TokenDead
    assert type(fact_of(404, 0, token=True)) is TokenDead
    assert type(fact_of(403, 50013, token=True, wants="x")) is Forbidden


def test_what_was_refused_is_asked_again_only_after_a_while() -> None:
    now = 0.0
    breaker = CircuitBreaker(lambda: now)
    breaker.note("POST /x", 403, Forbidden("lacks"))
    with pytest.raises(Forbidden):
        breaker.check("POST /x")
    breaker.check("POST /y")
    now = CircuitBreaker.AGAIN + 0.1
    breaker.check("POST /x")


def test_thousands_of_refusals_stop_everything_for_a_while() -> None:
    now = 0.0
    breaker = CircuitBreaker(lambda: now)
    for number in range(CircuitBreaker.MOST):
        breaker.check(f"GET /{number}")
        breaker.note(f"GET /{number}", 404, Refused("no"))
    with pytest.raises(SlowDown) as order:
        breaker.check("GET /another")
    assert 0 < order.value.retry_after <= CircuitBreaker.WINDOW
    now = CircuitBreaker.WINDOW + 1.0
    breaker.check("GET /another")
    assert CircuitBreaker.MOST <= 10_000 / 3  # several processes share an address


def test_what_went_well_or_may_go_well_is_not_held_against_it() -> None:
    breaker = CircuitBreaker(lambda: 0.0)
    breaker.note("POST /x", 429, SlowDown(1.0))
    breaker.note("POST /x", 502, OutcomeUnknown("status 502"))
    breaker.note("POST /x", 413, TooLarge("large"))
    breaker.check("POST /x")
