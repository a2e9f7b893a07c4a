"""Logs: JSON for machines, coloured lines for people, and no secret in either."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

REMOVED: Final = "[removed]"
TOKENS: Final = re.compile(
    r"nmv_usr_[\w-]+|clm_[\w-]+|\b\d{6,12}:[\w-]{30,}|(?i:bearer\s+)[\w.~+/-]+=*|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
)


def set_up(level: str, secrets: Iterable[str] = (), *, pretty: bool | None = None) -> None:
    """Send the logs of this process to stderr. `secrets` never appear in them, nor does what looks like one."""
    pretty = sys.stderr.isatty() if pretty is None else pretty
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Cleaner(secrets),
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, Cleaner(secrets), renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpcore", "asyncio", "uvicorn"):  # httpx logs every URL at INFO
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


class Cleaner:
    """Removes secrets from every text of a log line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted((re.escape(secret) for secret in secrets if len(secret) >= 6), key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        for name, value in line.items():
            line[name] = self._clean(value)
        return line

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            value = self._known.sub(REMOVED, value) if self._known else value
            return TOKENS.sub(REMOVED, value)
        if isinstance(value, dict):
            return {name: self._clean(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._clean(one) for one in value]
        return value
