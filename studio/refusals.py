"""The ways in which the studio says no, in the contract's own words and codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

_STATUS = {
    1001: HTTPStatus.UNAUTHORIZED,
    1002: HTTPStatus.NOT_FOUND,
    2001: HTTPStatus.PAYMENT_REQUIRED,
    4001: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    4002: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}


class Refusal(Exception):
    """A request is refused. `code` is the contract's own or an HTTP status, `extra` stands beside it in the body."""

    def __init__(self, code: int, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extra = extra

    def status(self, *, fitting: bool) -> int:
        """The HTTP status of the answer; codes of the contract come with 200 unless a `fitting` one is wanted."""
        if self.code not in _STATUS:
            return self.code
        return _STATUS[self.code] if fitting else HTTPStatus.OK

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {"code": self.code, "message": self.message, **self.extra}


class Detailed(Refusal):
    """A refusal by the agent server, which has a shape of its own: `{"detail": …}`."""

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {"detail": self.message, **self.extra}


def bad_token() -> Refusal:
    """Code 1001."""
    return Refusal(1001, "Invalid or expired token")


def unknown_session() -> Refusal:
    """Code 1002."""
    return Refusal(1002, "Session not found")


def unknown_agent_session(session: str) -> Refusal:
    """The agent server's 404."""
    return Detailed(404, f"Session not found: {session}")


def out_of_credits(user: str) -> Refusal:
    """Code 2001, with the account's id."""
    return Refusal(2001, "Insufficient credits", data={"user_id": user})


def unsupported(name: str) -> Refusal:
    """Code 4001."""
    return Refusal(4001, f"Unsupported file format: {name}")


def too_large(limit: int) -> Refusal:
    """Code 4002."""
    return Refusal(4002, f"File too large: at most {limit // (1024 * 1024)} MB")


def malformed(message: str) -> Refusal:
    """HTTP 400: not what this endpoint takes."""
    return Refusal(400, message)


def busy(message: str) -> Refusal:
    """HTTP 409: one at a time."""
    return Refusal(409, message)
