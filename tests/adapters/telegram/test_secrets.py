"""Secrets: neither the token nor what people write gets into logs and representations."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.errors import OutcomeUnknown
from core.messages import LocalClip
from tests.adapters.telegram.desk import Desk, at, desk
from tests.wire.telegram.faults import garbage

pytestmark = pytest.mark.anyio


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG, but for what `bot.logs` silences itself."""
    heard, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(heard), root.level
    for chatty in ("httpx", "httpcore", "asyncio", "aiohttp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


async def test_neither_the_token_nor_anybodys_words_are_in_a_log(clip: LocalClip) -> None:
    with heard() as log:
        async with desk() as hand:
            ann = hand.server.person("Ann")
            hand.server.faults.plan("sendMessage", garbage(b"words of mine"))
            with pytest.raises(OutcomeUnknown):
                await hand.sender.send_text(at(ann), "words of mine", key="k1")
            await hand.sender.send_video(at(ann), clip, "words of mine", key="k2")
            secret = hand.server.token.partition(":")[2]
        logging.getLogger("any").debug("this is heard")
    assert "this is heard" in log.getvalue()
    assert secret not in log.getvalue()
    assert "words of mine" not in log.getvalue()


async def test_the_token_is_in_no_representation(hand: Desk) -> None:
    whole = "".join(map(repr, (hand.line, hand.line.bot, hand.settings, hand.sender))) + str(hand.line.bot)
    assert hand.server.token not in whole
    assert hand.server.token.partition(":")[2] not in whole
