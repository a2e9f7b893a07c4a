"""What the operator decides about Telegram, and the limits that Telegram itself sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.errors import PhotoreelError

CLOUD: Final = "https://api.telegram.org"

TEXT_UNITS: Final = 4096  # in UTF-16 units: the stricter of the two ways in which clients and servers count
CAPTION_UNITS: Final = 1024
NOTICE_UNITS: Final = 200
CLOUD_UPLOAD: Final = 49_500_000
CLOUD_DOWNLOAD: Final = 20_971_520
LOCAL_FILE: Final = 2_000_000_000
VIDEO_BY_URL: Final = 20_000_000

ALLOWED_UPDATES: Final = ("message", "edited_message", "callback_query", "my_chat_member")

SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
TOKEN: Final = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,128}")


class TokenRefused(PhotoreelError):
    """The Bot API does not know the token (any more): nothing works until the operator sets another one."""


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """How the Bot API is reached. Raises `ValueError` where that cannot work; neither secret is in the message.

    `api_url` is the root, without ``/bot``. `local_mode`: the server there runs with ``--local``: files are read from
    its disk, below `local_folder` (None: below any folder that the server has named after the token, as it does).
    `webhook_secret` (1–256 letters, digits, ``_`` and ``-``) is needed for a webhook, and so is `public_url`, the
    https address under which people's networks reach us. `poll_seconds` is how long one question for news may hang.
    """

    token: str = field(repr=False)
    api_url: str = CLOUD
    local_mode: bool = False
    local_folder: Path | None = None
    webhook_secret: str = field(default="", repr=False)
    public_url: str = ""
    poll_seconds: int = 30

    def __post_init__(self) -> None:
        if not TOKEN.fullmatch(self.token):
            raise ValueError("the Telegram token is not of the form 123456:letters")
        if self.webhook_secret and not SECRET.fullmatch(self.webhook_secret):
            raise ValueError("the webhook secret may hold letters, digits, _ and - only, at most 256")

    @property
    def bot_id(self) -> str:
        """The bot's own id: the part of the token that is no secret."""
        return self.token.partition(":")[0]

    @property
    def root(self) -> str:
        """The server's address without a slash at its end."""
        return self.api_url.rstrip("/")

    @property
    def upload_bytes(self) -> int:
        """The largest file that may be sent."""
        return LOCAL_FILE if self.local_mode else CLOUD_UPLOAD

    @property
    def download_bytes(self) -> int | None:
        """The largest file that may be fetched; None for any."""
        return None if self.local_mode else CLOUD_DOWNLOAD
