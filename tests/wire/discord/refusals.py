"""What Discord refuses, with its HTTP status and its own code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.wire.discord.shapes import Shape, Tree


@dataclass(eq=False)
class Refusal(Exception):
    """An answer that is no success."""

    status: int
    code: int
    message: str
    errors: Tree = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of it."""
        errors = {"errors": self.errors} if self.errors else {}
        return {"message": self.message, "code": self.code, **errors, **self.more}


_KNOWN = {
    "unauthorized": (401, 0, "401: Unauthorized"),
    "not found": (404, 0, "404: Not Found"),
    "method": (405, 0, "405: Method Not Allowed"),
    "unknown channel": (404, 10003, "Unknown Channel"),
    "unknown guild": (404, 10004, "Unknown Guild"),
    "unknown member": (404, 10007, "Unknown Member"),
    "unknown message": (404, 10008, "Unknown Message"),
    "unknown user": (404, 10013, "Unknown User"),
    "unknown webhook": (404, 10015, "Unknown Webhook"),
    "unknown interaction": (404, 10062, "Unknown interaction"),
    "unknown command": (404, 10063, "Unknown application command"),
    "too large": (413, 40005, "Request entity too large"),
    "acknowledged": (400, 40060, "Interaction has already been acknowledged."),
    "no more follow-ups": (400, 40094, "This interaction has reached its maximum number of follow-up messages"),
    "access": (403, 50001, "Missing Access"),
    "not in dm": (403, 50003, "Cannot execute action on a DM channel"),
    "author": (403, 50005, "Cannot edit a message authored by another user"),
    "empty": (400, 50006, "Cannot send an empty message"),
    "cannot dm": (403, 50007, "Cannot send messages to this user"),
    "not text": (400, 50008, "Cannot send messages in a non-text channel"),
    "permission": (403, 50013, "Missing Permissions"),
    "webhook token": (401, 50027, "Invalid Webhook Token"),
    "json": (400, 50109, "The request body contains invalid JSON."),
    "archived": (400, 50083, "Thread is archived"),
    "has thread": (400, 160004, "A thread has already been created for this message"),
}


def refused(name: str) -> Refusal:
    """A refusal by a short name of our own."""
    return Refusal(*_KNOWN[name])


def form(errors: Tree) -> Refusal:
    """The body does not have the form it must have."""
    return Refusal(400, 50035, "Invalid Form Body", errors)


def must_fit(shape: Shape, body: Any) -> None:
    """Refuse a body that does not fit."""
    if wrong := shape(body):
        raise form(wrong)
