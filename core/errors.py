"""The tree of errors: each is a fact with its data; the sentence a person reads about it lives in `core.wording`."""

from __future__ import annotations


class PhotoreelError(Exception):
    """The root of everything that this program raises on purpose."""


# --- the backend ------------------------------------------------------------------------------------------------------


class BackendError(PhotoreelError):
    """The backend refused, failed, or could not be understood. `endpoint` names the call ("POST /run_sse"), never a
    full URL; `code` is the backend's own code or the HTTP status, 0 if there was none."""

    def __init__(self, endpoint: str, detail: str = "", *, code: int = 0) -> None:
        super().__init__(f"{endpoint}: {detail or type(self).__name__}" + (f" (code {code})" if code else ""))
        self.endpoint = endpoint
        self.detail = detail
        self.code = code


class BackendAway(BackendError):
    """No usable answer: connection refused or cut, a timeout, HTTP 5xx. `sent` is False only where it is certain that
    the backend never saw the request."""

    def __init__(self, endpoint: str, detail: str = "", *, code: int = 0, sent: bool = True) -> None:
        super().__init__(endpoint, detail, code=code)
        self.sent = sent


class TokenExpired(BackendError):
    """Code 1001 or HTTP 401: the token is bad or expired."""


class LinkRefused(TokenExpired):
    """The token that a person linked is refused: expired or revoked. Nobody else's account steps in."""


class AccountGone(BackendError):
    """The project belongs to an account that a person had linked, and has unlinked since."""


class SessionLost(BackendError):
    """Code 1002 or HTTP 404 on a session: it does not exist (any more)."""


class OutOfCredits(BackendError):
    """Code 2001: no credits left. `user_id` is the account the backend named, empty if none."""

    def __init__(self, endpoint: str, detail: str = "", *, code: int = 2001, user_id: str = "") -> None:
        super().__init__(endpoint, detail, code=code)
        self.user_id = user_id


class UnsupportedFile(BackendError):
    """Code 4001: the backend does not take this kind of file."""


class FileTooLarge(BackendError):
    """Code 4002: the backend does not take a file of this size."""


class ClientIdMissing(BackendError):
    """HTTP 400 on the token call: no `X-Client-Id` was sent."""


class ExportBlocked(BackendError):
    """HTTP or code 402: the plan does not allow exports. Not about credits."""


class RateLimited(BackendError):
    """HTTP or code 429. `retry_after` is in seconds."""

    def __init__(self, endpoint: str, detail: str = "", *, code: int = 429, retry_after: float = 30.0) -> None:
        super().__init__(endpoint, detail, code=code)
        self.retry_after = retry_after


class BackendRefused(BackendError):
    """A definite refusal with a code that the contract does not name."""


class ProtocolError(BackendError):
    """An answer in none of the shapes of the contract (HTML, a missing field, a wrong type)."""


class StreamLost(BackendError):
    """The agent's stream broke, fell silent or ran over a cap. Whether the message was taken is unknown: look at the
    state, never send again."""


class RenderFailed(BackendError):
    """The backend says that this render failed."""


# --- files that people hand in ----------------------------------------------------------------------------------------


class FileError(PhotoreelError):
    """A file cannot be used. `name` is the file's name as the person knows it."""

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"{name!r}: {detail or type(self).__name__}")
        self.name = name
        self.detail = detail


class EmptyFile(FileError):
    """No bytes at all."""


class UnknownFormat(FileError):
    """The bytes are of no format that is taken."""


class BrokenFile(FileError):
    """The format is right, but the content cannot be decoded (truncated, damaged)."""


class TooManyPixels(FileError):
    """The picture is larger than can safely be decoded. `pixels` and `limit` count pixels."""

    def __init__(self, name: str, pixels: int, limit: int) -> None:
        super().__init__(name, f"{pixels} pixels, limit {limit}")
        self.pixels = pixels
        self.limit = limit


class TooManyBytes(FileError):
    """The file is larger than `limit` bytes. `size` is None where it was noticed on the way. `liftable`: whoever runs
    the bot can lift the limit, by a server of the platform's own kind beside it."""

    def __init__(self, name: str, limit: int, size: int | None = None, *, liftable: bool = False) -> None:
        super().__init__(name, f"{'more' if size is None else size} bytes, limit {limit}")
        self.limit = limit
        self.size = size
        self.liftable = liftable


class TooManyFiles(FileError):
    """The project holds `limit` files already."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name, f"more than {limit} files")
        self.limit = limit


class NotPlayable(FileError):
    """A finished video cannot be probed or decoded."""


# --- what goes out ----------------------------------------------------------------------------------------------------


class OutboundError(PhotoreelError):
    """A platform did not take what we sent."""


class ChatGone(OutboundError):
    """Blocked, kicked, deleted: nothing can be said here any more."""


class TooLarge(OutboundError):
    """The platform does not take a file of this size. `limit` is the largest that it may take, in bytes, as far as that
    can be told now; 0 where it cannot."""

    def __init__(self, detail: str, limit: int = 0) -> None:
        super().__init__(detail)
        self.limit = limit


class NoRoom(OutboundError):
    """Nothing more can be kept there right now, however small: nothing was posted, and later it may be."""


class SlowDown(OutboundError):
    """A rate limit. `retry_after` is in seconds and is the only truth about when to go on."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"retry after {retry_after:g} s")
        self.retry_after = retry_after


class Refused(OutboundError):
    """A definite no: the same call will never succeed."""


class OutcomeUnknown(OutboundError):
    """The call may or may not have had its effect."""


class AttachmentGone(OutboundError):
    """The handle of an attachment opens nothing any more."""


# --- the store --------------------------------------------------------------------------------------------------------


class StoreError(PhotoreelError):
    """The store did not do what was asked."""


class StoreAway(StoreError):
    """The store cannot be reached, is read-only or full; nothing was begun."""


class LeaseLost(StoreError):
    """Another worker owns this conversation now: stop, change nothing."""


class MailboxFull(StoreError):
    """More messages wait in this conversation than are kept."""


class QuotaReached(StoreError):
    """The blobs' quota is used up."""


class BlobGone(StoreError):
    """These bytes are not kept (any more)."""


class CursorLost(StoreError):
    """The feed has moved on beyond this cursor: take a snapshot again."""


class SecretUnreadable(StoreError):
    """A sealed value was made with another key, or for another owner."""


class KeyRefused(StoreError):
    """The key that seals secrets cannot be used: too weak, readable by others, damaged, or not to be written."""
