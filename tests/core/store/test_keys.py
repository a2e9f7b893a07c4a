"""Names of keys: read back as they were, spread over all partitions, and each bot's its own."""

from __future__ import annotations

import pytest

from core.messages import ConversationKey
from core.store.keys import PARTITIONS, Keys, key_of, name_of, partition_of
from tests.core.store.mail import chat


@pytest.mark.parametrize("parts", [("web", "1", ""), ("a/b", "%2F {x}", "ü:🎬"), ("", "", "")])
def test_names_of_conversations_can_be_read_back(parts: tuple[str, str, str]) -> None:
    key = ConversationKey(*parts)
    assert key_of(name_of(key)) == key


def test_conversations_spread_over_all_partitions() -> None:
    assert {partition_of(name_of(chat(str(number)))) for number in range(500)} == set(range(PARTITIONS))


def test_two_bots_on_one_server_do_not_meet() -> None:
    assert Keys("one").named("box", "x") != Keys("two").named("box", "x")
