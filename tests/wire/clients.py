"""Clients of a scripted backend, and the people they call for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from core.nemo.attribution import Attribution
from core.nemo.client import NemoClient, open_client
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential
from tests.wire.backend import Backend

ALICE = Credential("nmv_usr_canary", Attribution("image-video", "1.0.1", "clawhub"))
BOB = Credential("nmv_usr_bob", Attribution("image-to-video-online-ai", "2.0"))


@asynccontextmanager
async def client_of(backend: Backend, **changed: Any) -> AsyncIterator[NemoClient]:
    """A client of this backend; `changed` are settings. What takes 15 s has lost its own end."""
    async with asyncio.timeout(30), open_client(NemoSettings(api_url=backend.url, **changed)) as client:
        yield client
