"""The whole journey against the local backend over real HTTP, in every shape that it can answer in."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.errors import SessionLost, TokenExpired
from core.nemo.attribution import Attribution
from core.nemo.client import NemoClient, open_client
from core.nemo.events import AgentError, Text, TurnEvent, Unknown
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential, Render, RenderStatus, UploadPart
from studio.settings import Dialect, RenderShape, Waiting
from tests.wire.studio import studio

pytestmark = pytest.mark.anyio

SKILL = Attribution("image-video", "1.0.1")
REQUEST = "make a 6-second slideshow of my photos with music and the title Lisbon"
SHAPES = [
    {"dialect": dialect, "deltas": deltas, "crlf": crlf, "statuses": crlf, "waiting": waiting, "render_shape": shape}
    for dialect, deltas, crlf, waiting, shape in zip(
        cycle(Dialect),
        cycle([True, True, False]),
        cycle([False, True, True, False]),
        Waiting,
        cycle(RenderShape),
        strict=False,
    )
]


def photo(name: str) -> UploadPart:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(file, "JPEG")

    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncIterator[bytes]]:
        async def chunks() -> AsyncIterator[bytes]:
            yield file.getvalue()

        yield chunks()

    return UploadPart(name, "image/jpeg", len(file.getvalue()), opened)


async def finished(client: NemoClient, credential: Credential, render: Render) -> Render:
    """The render when it is over."""
    looked: Render | None = render
    while looked is not None and looked.status in (RenderStatus.PENDING, RenderStatus.PROCESSING):
        await asyncio.sleep(0.05)
        looked = await client.render(credential, render.id)
    assert looked is not None
    return looked


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape['dialect']}-{shape['waiting']}")
async def test_photos_go_in_and_a_video_comes_out(shape: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "studio").mkdir()
    async with asyncio.timeout(30), studio(tmp_path / "studio", **shape) as backend:
        settings = NemoSettings(api_url=backend.url)
        async with open_client(settings) as client:
            credential = Credential((await client.anonymous_token("c-1")).token, SKILL)
            session = await client.open_session(credential, "en")
            link = await client.claim_link(credential, session)
            files = await client.upload(credential, session.session_id, [photo("a.jpg"), photo('b"é.jpg')])
            before = await client.credits(credential)
            events: list[TurnEvent] = []
            async with client.send(credential, session.session_id, REQUEST) as turn:
                events += [event async for event in turn]
            state = await client.state(credential, session.session_id)
            render = await client.start_render(credential, "render_1", session.session_id, state.draft)
            done = await finished(client, credential, render)
            size = await client.download(credential, done, tmp_path / "out.mp4")
            after = await client.credits(credential)
    assert link is not None
    assert [(file.kind, file.width, file.height) for file in files] == [("image", 640, 480)] * 2
    assert any(isinstance(event, Text) for event in events)
    assert not any(isinstance(event, AgentError | Unknown) for event in events)
    assert state.draft["t"]
    assert done.status is RenderStatus.COMPLETED
    assert (tmp_path / "out.mp4").stat().st_size == size > 0
    assert after.available < before.available


@pytest.mark.parametrize("statuses", [True, False])
async def test_the_studios_refusals_are_typed(statuses: bool, tmp_path: Path) -> None:
    async with (
        asyncio.timeout(30),
        studio(tmp_path, statuses=statuses, claim=False) as backend,
        open_client(NemoSettings(api_url=backend.url)) as client,
    ):
        credential = Credential((await client.anonymous_token("c-1")).token, SKILL)
        session = await client.open_session(credential)
        assert await client.claim_link(credential, session) is None
        assert await client.render(credential, "render_none") is None
        with pytest.raises(SessionLost):
            await client.state(credential, "nobody")
        with pytest.raises(SessionLost):
            async with client.send(credential, "nobody", "hi"):
                pass
        with pytest.raises(TokenExpired):
            await client.credits(Credential("nmv_usr_nobody", SKILL))
