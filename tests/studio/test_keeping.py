"""What nobody has touched for long goes while the studio runs: no restart is needed for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from studio import backend
from tests.studio.visitor import visit

pytestmark = pytest.mark.anyio


async def test_projects_and_renders_go_when_their_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "TIDY_SECONDS", 0.02)
    now = [1000.0]
    async with visit(tmp_path, clock=lambda: now[0], keep_seconds=100.0, token_seconds=1e9) as (visitor, running):
        old = await visitor.project(1)
        await visitor.say(old, "a 3-second clip")
        now[0] += 60
        young = await visitor.project(1)
        now[0] += 60
        folder = running.settings.folder / "sessions"
        async with asyncio.timeout(30):
            while (folder / old).exists():
                await asyncio.sleep(0.01)
        assert (folder / young).exists()
        assert (await visitor.get(f"/api/state/nemo_agent/me/{old}/latest")).json()["code"] == 1002
