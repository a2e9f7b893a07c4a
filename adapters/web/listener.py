"""The way in to the web chat: the server that people's browsers talk to."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from adapters.web.app import WebChat, build_app
from adapters.web.server import address_of, serve
from core.ports import Receive


@dataclass(frozen=True, slots=True)
class WebListener:
    """`core.ports.Listener` for the web chat, on a socket made by `server.bind`."""

    chat: WebChat
    bound: socket.socket

    @property
    def address(self) -> str:
        """Where a browser finds the page."""
        return address_of(self.bound)

    async def listen(self, receive: Receive) -> None:
        """Serve until cancelled."""
        await serve(build_app(self.chat, receive), self.bound, self.chat.settings, self.chat.closing)
