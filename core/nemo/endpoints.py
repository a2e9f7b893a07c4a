"""The backend's addresses: what each is called, in requests and in errors."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

from core.errors import ProtocolError


class Endpoint(StrEnum):
    """Method and path. The name is what errors and metrics say: it never holds an id."""

    TOKEN = "POST /api/auth/anonymous-token"  # noqa: S105 - an address
    CLAIM = "POST /api/auth/claim-token"
    SESSION = "POST /api/tasks/me/with-session/nemo_agent"
    UPLOAD = "POST /api/upload-video/nemo_agent/me/{id}"
    SEND = "POST /run_sse"
    STATE = "GET /api/state/nemo_agent/me/{id}/latest"
    CREDITS = "GET /api/credits/balance/simple"
    START_RENDER = "POST /api/render/proxy/lambda"
    RENDER = "GET /api/render/proxy/lambda/{id}"
    CANCEL_RENDER = "POST /api/render/proxy/lambda/{id}/cancel"
    DOWNLOAD = "GET /api/render/proxy/{id}/download"
    OUTPUT = "GET output URL"  # wherever a finished render lies: not the backend's own host
    SOURCE = "GET source URL"  # wherever a draft says that one of its files lies

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.value.partition(" ")[0]

    @property
    def about_session(self) -> bool:
        """Whether "404" says that the session named in the request does not exist."""
        return self in (Endpoint.UPLOAD, Endpoint.SEND, Endpoint.STATE, Endpoint.START_RENDER)

    def path(self, identifier: str = "") -> str:
        """The path, with the id as one segment of it. Ids come from the backend: one that would lead to another path
        raises `ProtocolError`."""
        path = self.value.partition(" ")[2]
        if "{id}" in path and identifier in ("", ".", ".."):
            raise ProtocolError(self, "an id that is none")
        return path.replace("{id}", quote(identifier, safe=""))
