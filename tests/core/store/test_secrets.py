"""Secrets at rest: who can open them, who cannot, and where keys come from."""

from __future__ import annotations

import base64
import multiprocessing
import os
from pathlib import Path

import pytest

from core.errors import KeyRefused, SecretUnreadable
from core.store.secrets import Sealer, key_from_text, load_key

KEY = bytes(range(32))


def test_the_owner_opens_what_was_sealed_for_him() -> None:
    assert Sealer(KEY).open(Sealer(KEY).seal("tökén", "web/1"), "web/1") == "tökén".encode()
    assert Sealer(KEY).open(Sealer(KEY).seal(b"", "web/1"), "web/1") == b""


def test_nothing_of_the_secret_is_seen_and_no_two_are_alike() -> None:
    first, second = Sealer(KEY).seal("canary", "web/1"), Sealer(KEY).seal("canary", "web/1")
    assert b"canary" not in first
    assert first != second


@pytest.mark.parametrize(
    ("key", "owner"), [(bytes(32), "web/1"), (KEY, "web/2"), (KEY, "")], ids=["other key", "other owner", "no owner"]
)
def test_nobody_else_opens_it(key: bytes, owner: str) -> None:
    with pytest.raises(SecretUnreadable) as caught:
        Sealer(key).open(Sealer(KEY).seal("canary", "web/1"), owner)
    assert "canary" not in str(caught.value)


def test_a_value_that_was_touched_anywhere_does_not_open() -> None:
    sealed = Sealer(KEY).seal("canary", "web/1")
    for place in range(len(sealed)):
        touched = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SecretUnreadable):
            Sealer(KEY).open(touched, "web/1")
        with pytest.raises(SecretUnreadable):
            Sealer(KEY).open(sealed[:place], "web/1")


def test_a_keyed_hash_depends_on_text_and_key_and_on_nothing_else() -> None:
    assert Sealer(KEY).mark("telegram/1") == Sealer(KEY).mark("telegram/1")
    assert Sealer(KEY).mark("telegram/1") != Sealer(KEY).mark("telegram/2")
    assert Sealer(KEY).mark("telegram/1") != Sealer(bytes(32)).mark("telegram/1")


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        base64.urlsafe_b64encode(KEY).decode(),
        KEY.hex(),
        KEY.hex().upper(),
        f"  {KEY.hex()}\n",
    ],
)
def test_thirty_two_bytes_are_taken_as_they_are(text: str) -> None:
    assert key_from_text(text) == KEY


def test_a_passphrase_gives_the_same_key_in_every_process() -> None:
    assert key_from_text("correct horse battery staple") == key_from_text("correct horse battery staple")
    assert key_from_text("correct horse battery staple") != key_from_text("correct horse battery stable")


@pytest.mark.parametrize("text", ["", "short", "password1234567", "a" * 40, "abab" * 10])
def test_a_weak_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KeyRefused) as caught:
        key_from_text(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_length_seals_nothing(size: int) -> None:
    with pytest.raises(KeyRefused):
        Sealer(bytes(size))


def test_a_key_file_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "key"
    key = load_key(path)
    assert load_key(path) == key
    assert len(set(key)) > 8
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_programs_that_make_a_key_file_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(8) as pool:
        for round_ in range(20):
            keys = pool.map(load_key, [tmp_path / str(round_)] * 8, chunksize=1)
            assert len(set(keys)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_key(tmp_path / "key")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(KeyRefused, match=f"mode {mode:o}"):
        load_key(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_key_file_that_holds_something_else_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyRefused):
        load_key(path)
    assert path.read_bytes() == content


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KeyRefused, match="file"):
        load_key(tmp_path / "file" / "key")


def test_a_key_file_that_is_cut_short_while_it_is_written_does_not_count(tmp_path: Path) -> None:
    if (child := os.fork()) == 0:
        setattr(os, "fsync", lambda _: os._exit(0))  # noqa: B010
        load_key(tmp_path / "key")
    os.waitpid(child, 0)
    assert not (tmp_path / "key").exists()
    assert len(load_key(tmp_path / "key")) == 32
