"""From what was typed at a shell to a message of the core."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.messages import Attachment, ConversationKey, InboundMessage, Kind, Sender

PLATFORM = "console"


def message_of(files: Sequence[Path], prompt: str, *, locale: str = "") -> InboundMessage:
    """One shot: these files, this sentence, nothing after it."""
    shot = uuid.uuid4().hex
    return InboundMessage(
        key=ConversationKey(PLATFORM, shot),
        id=shot,
        sender=Sender("shell", locale=locale),
        sent_at=datetime.now(UTC),
        text=prompt,
        attachments=tuple(attachment_of(file) for file in files),
        whole=True,
    )


def attachment_of(file: Path) -> Attachment:
    """A file on this machine's disk. What it is, its bytes decide."""
    path = file.resolve()
    return Attachment(Kind.FILE, str(path), file.name, size=path.stat().st_size)
