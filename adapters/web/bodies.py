"""What the page may post as JSON, and reading it with a cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import Field as Limit
from pydantic import StringConstraints, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from adapters.web.sender import TEXT_CHARS

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
ItemId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{0,80}$")]
BlobId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARS)]
FILES = 100  # more than the core takes, so that the core can say so in words

Body = TypeVar("Body")


@dataclass(frozen=True, slots=True)
class PostedMessage:
    """A message. `id` is the page's choice and the same when it tries again; `files` are ids of uploads."""

    id: ClientId
    text: Text = ""
    files: Annotated[tuple[BlobId, ...], Limit(max_length=FILES)] = ()
    reply_to: ItemId = ""


@dataclass(frozen=True, slots=True)
class PostedPress:
    """A pressed button of the item `message`; `text` is what was typed where the button asks for something."""

    id: ClientId
    message: ItemId
    token: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    text: Text = ""


@dataclass(frozen=True, slots=True)
class PostedLogin:
    """The access token as it was typed."""

    token: Annotated[str, StringConstraints(max_length=1000)]


MESSAGE: TypeAdapter[PostedMessage] = TypeAdapter(PostedMessage)
PRESS: TypeAdapter[PostedPress] = TypeAdapter(PostedPress)
LOGIN: TypeAdapter[PostedLogin] = TypeAdapter(PostedLogin)


async def read_json(request: Request, form: TypeAdapter[Body], limit: int) -> Body:
    """The body in that form. Raises 415, 413 or 400; a form of another site can post neither this type nor past 415."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "json_wanted")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise HTTPException(413, "too_large")
    try:
        return form.validate_json(bytes(body))
    except ValidationError as error:
        raise HTTPException(400, "bad_request") from error
