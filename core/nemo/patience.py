"""How long the client waits for what, and when a stream has been waited for long enough."""

from __future__ import annotations

from dataclasses import dataclass

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class NemoSettings:
    """Where the backend is, and every limit of the client. Times are in seconds, sizes in bytes.

    Of a turn's stream: `silence_seconds` without a byte, `heartbeat_seconds` of heartbeats alone and
    `deadline_seconds` in all end it. Of every other call: `connect_seconds` to be connected, `stall_seconds` without
    any progress, and in all `call_seconds`, `upload_seconds` or `download_seconds`.
    """

    api_url: str = "https://mega-api-prod.nemovideo.ai"
    web_url: str = "https://nemovideo.com"
    connect_seconds: float = 10.0
    stall_seconds: float = 120.0
    call_seconds: float = 60.0
    upload_seconds: float = 900.0
    download_seconds: float = 900.0
    silence_seconds: float = 600.0
    heartbeat_seconds: float = 600.0
    deadline_seconds: float = 900.0
    rate_limit_seconds: float = 30.0
    event_bytes: int = _MEBIBYTE
    stream_bytes: int = 64 * _MEBIBYTE
    reply_bytes: int = 32 * _MEBIBYTE
    file_bytes: int = 200 * _MEBIBYTE
    download_bytes: int = 1024 * _MEBIBYTE
    connections: int = 200


class Patience:
    """The three times after which a stream is given up. Pure: told what time it is."""

    __slots__ = ("_deadline", "_heard", "_idle", "_settings", "_silent")

    def __init__(self, settings: NemoSettings, now: float) -> None:
        self._settings = settings
        self._heard = 0
        self._deadline = now + settings.deadline_seconds
        self._silent = now + settings.silence_seconds
        self._idle = now + settings.heartbeat_seconds

    @property
    def until(self) -> float:
        """The time at which the wait ends if nothing more comes."""
        return min(self._deadline, self._silent, self._idle)

    @property
    def reason(self) -> str:
        """Why the wait ends then."""
        reasons = {
            self._deadline: f"not finished after {self._settings.deadline_seconds:g} s",
            self._idle: f"nothing but heartbeats for {self._settings.heartbeat_seconds:g} s",
            self._silent: f"silent for {self._settings.silence_seconds:g} s",
        }
        return reasons[self.until]

    def renew(self, now: float, heard: int) -> None:
        """Bytes came; `heard` is how many events other than heartbeats there have been by now."""
        self._silent = now + self._settings.silence_seconds
        if heard > self._heard:
            self._heard = heard
            self._idle = now + self._settings.heartbeat_seconds
