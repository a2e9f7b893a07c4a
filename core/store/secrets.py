"""Secrets at rest: sealed values that only their owner's place opens, and keyed hashes that only compare."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import KeyRefused, SecretUnreadable

KEY_BYTES = 32
_VERSION = b"\x01"
_NONCE_BYTES = 12
_PASSPHRASE_CHARACTERS = 16
_PASSPHRASE_VARIETY = 6  # different characters: "aaaaaaaaaaaaaaaa" is long but no secret
_HEX = re.compile(r"[0-9a-fA-F]{64}")


class Sealer:
    """Seals values with one key (32 bytes). AES-256-GCM; the owner is bound in, so that a sealed value that was copied
    into another owner's record does not open there."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derived(key, b"seal"))
        self._marks = _derived(key, b"digest")

    def seal(self, plain: bytes | str, owner: str) -> bytes:
        """`plain`, unreadable; every time another text."""
        nonce = os.urandom(_NONCE_BYTES)
        data = plain.encode() if isinstance(plain, str) else plain
        return _VERSION + nonce + self._cipher.encrypt(nonce, data, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for `owner`. Raises `SecretUnreadable`: another key, another owner, or damaged."""
        nonce, data = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION or len(nonce) < _NONCE_BYTES:
            raise SecretUnreadable("not a sealed value of a version that is known here")
        try:
            return self._cipher.decrypt(nonce, data, owner.encode())
        except InvalidTag:
            raise SecretUnreadable("sealed with another key, for another owner, or damaged") from None

    def mark(self, text: str) -> str:
        """A keyed hash (32 hexadecimal characters): the same for the same text, and of no use to somebody who guesses
        texts without the key."""
        return hmac.new(self._marks, text.encode(), hashlib.sha256).hexdigest()[:32]


def key_from_text(text: str) -> bytes:
    """The key that an operator wrote down: 32 bytes as base64 (either alphabet) or hexadecimal, or a passphrase of at
    least 16 characters, which costs 0.1 s to stretch. Raises `KeyRefused`.
    """
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
        if len(key) == KEY_BYTES:
            return key
    if len(text) < _PASSPHRASE_CHARACTERS or len(set(text)) < _PASSPHRASE_VARIETY:
        passphrase = f"a passphrase of at least {_PASSPHRASE_CHARACTERS} characters"
        raise KeyRefused(f"neither {KEY_BYTES} bytes as base64 or hex nor {passphrase}")
    # The salt is fixed, since every process must come to the same key with nothing but the passphrase.
    return hashlib.scrypt(text.encode(), salt=b"photoreel", n=2**15, r=8, p=1, maxmem=2**26, dklen=KEY_BYTES)


def load_key(path: Path) -> bytes:
    """The key in a file, which is made if there is none; programs that make it at once agree on one.

    Raises `KeyRefused` where others may read the file, where it holds something else, and where it cannot be made.
    """
    try:
        with suppress(FileNotFoundError):
            return _read(path)
        _make(path)
        return _read(path)
    except OSError as error:
        raise KeyRefused(f"{error.filename or path}: {error.strerror}") from error


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if os.name == "posix" and mode & 0o077:
            raise KeyRefused(f"{path}: others may read it (mode {mode:o}, should be 600)")
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES:
        raise KeyRefused(f"{path}: not a key of {KEY_BYTES} bytes")
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)  # unlike a rename it never replaces the key that another program has just made
    finally:
        draft.unlink()


def _derived(key: bytes, purpose: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise KeyRefused(f"a key has {KEY_BYTES} bytes, not {len(key)}")
    return hmac.new(key, b"photoreel " + purpose, hashlib.sha256).digest()
