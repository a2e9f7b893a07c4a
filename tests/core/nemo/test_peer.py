"""A real agent server as the peer: its own events and errors over a real socket. Only its model is made up."""

from __future__ import annotations

import asyncio
import json
import socket
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from core.errors import SessionLost
from core.nemo.attribution import Attribution
from core.nemo.client import open_client
from core.nemo.events import AgentError, Text, ToolFinished, ToolStarted, TurnEvent
from core.nemo.patience import NemoSettings
from core.nemo.values import Credential

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore")]

ALICE = Credential("nmv_usr_canary", Attribution("image-video", "1.0.1"))
ASGI = Callable[..., Awaitable[None]]


def agent_app() -> ASGI:
    """The server with an agent whose model thinks, speaks and calls a tool, or fails when told to."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from google.adk.agents import LlmAgent
        from google.adk.cli.fast_api import get_fast_api_app
        from google.adk.cli.utils.base_agent_loader import BaseAgentLoader
        from google.adk.models import BaseLlm
        from google.adk.models.llm_response import LlmResponse
        from google.genai import types

        class Scripted(BaseLlm):
            async def generate_content_async(
                self, llm_request: Any, stream: bool = False
            ) -> AsyncGenerator[LlmResponse, None]:
                last = llm_request.contents[-1].parts[-1]
                if last.text == "fail":
                    raise RuntimeError("model overloaded")
                words = ["Done", " in ", "3 s ✨"] if last.function_response else ["Trimming ", "now…"]
                parts = [types.Part(text="hm", thought=True), types.Part(text="".join(words))]
                if not last.function_response:
                    parts.append(types.Part(function_call=types.FunctionCall(name="trim", args={"seconds": 3})))
                for word in words if stream else ():
                    piece = types.Content(role="model", parts=[types.Part(text=word)])
                    yield LlmResponse(content=piece, partial=True)
                yield LlmResponse(content=types.Content(role="model", parts=parts), partial=False)

        def trim(seconds: int) -> dict[str, Any]:
            return {"kept": seconds}

        agent = LlmAgent(name="nemo_agent", model=Scripted(model="scripted"), tools=[trim])

        class Loader(BaseAgentLoader):
            def load_agent(self, agent_name: str) -> Any:
                return agent

            def list_agents(self) -> list[str]:
                return ["nemo_agent"]

        app: ASGI = get_fast_api_app(
            agents_dir=".", agent_loader=Loader(), web=False, session_service_uri="memory://", use_local_storage=False
        )
    return app


def with_deltas(app: ASGI) -> ASGI:
    """The same server, set to answer in deltas: we send no flag for it, as the contract says."""

    async def wrapped(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        async def flagged() -> Any:
            message = await receive()
            if message.get("body") and scope["path"] == "/run_sse":
                message["body"] = json.dumps(json.loads(message["body"]) | {"streaming": True}).encode()
            return message

        await app(scope, flagged if scope["type"] == "http" else receive, send)

    return wrapped


@asynccontextmanager
async def serving(app: ASGI) -> AsyncIterator[str]:
    """The app on a loopback socket, with one session named "s"."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with httpx.AsyncClient(base_url=url) as http:
            opened = await http.post("/apps/nemo_agent/users/me/sessions/s", json={})
            assert opened.status_code == 200
        yield url
    finally:
        server.should_exit = True
        await running


@pytest.mark.parametrize("deltas", [False, True])
async def test_a_real_agent_server_is_understood(deltas: bool) -> None:
    app = with_deltas(agent_app()) if deltas else agent_app()
    async with asyncio.timeout(30), serving(app) as url, open_client(NemoSettings(api_url=url)) as client:

        async def turn(session_id: str, text: str) -> list[TurnEvent]:
            async with client.send(ALICE, session_id, text) as events:
                return [event async for event in events]

        events = await turn("s", "trim it")
        failed = await turn("s", "fail")
        with pytest.raises(SessionLost):
            await turn("nobody", "hi")
    assert "".join(event.text for event in events if isinstance(event, Text)) == "Trimming now…\n\nDone in 3 s ✨"
    assert [event for event in events if not isinstance(event, Text)] == [
        ToolStarted("trim", {"seconds": 3}),
        ToolFinished("trim", {"kept": 3}),
    ]
    assert len(failed) == 1
    assert isinstance(failed[0], AgentError)
    assert "model overloaded" in failed[0].message
