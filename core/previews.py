"""Words while they come, as a draft that is rewritten, where a place has such a thing."""

from __future__ import annotations

import time

from core.posting import Posting

FRESH = 15.0  # seconds after which a draft is made a message: places take them away after half a minute
INTERVAL = 1.0  # seconds between two changes of a draft


class Preview:
    """What is shown as a draft only. `text` is what a message must still say; empty where nothing is outstanding."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting
        self._at = 0.0
        self.text = ""

    async def show(self, text: str) -> bool:
        """Whether the draft shows these words now. What it has shown already is for a message."""
        draft = self._posting.draft()
        if draft is None or text == self.text or not await draft.update(text):
            return False
        self.text, self._at = text, time.monotonic()
        return True

    @property
    def stale(self) -> bool:
        """Whether it is time for a message although no more words have come."""
        return bool(self.text) and time.monotonic() - self._at > FRESH

    def settle(self) -> None:
        """A message says it now."""
        self.text = ""
