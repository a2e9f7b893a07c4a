"""How a plan travels into the rendering process, and its news back: one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from studio.render.faults import RenderError, SourceUnreadable
from studio.render.plan import Plan
from studio.render.result import RenderResult


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be rendered, to which file, with which working folder."""

    plan: Plan
    output: Path
    work: Path


@dataclass(frozen=True, slots=True)
class Progressed:
    """The share that is done, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Done:
    """The video is there."""

    result: RenderResult


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no video. `source` is the file to blame, if one is."""

    detail: str
    source: Path | None

    @classmethod
    def of(cls, error: RenderError) -> Failed:
        """The same fact, fit for the wire."""
        if isinstance(error, SourceUnreadable):
            return cls(error.detail, error.source)
        return cls(str(error), None)

    def error(self) -> RenderError:
        """The fact again, to be raised."""
        return SourceUnreadable(self.source, self.detail) if self.source else RenderError(self.detail)


News = Progressed | Done | Failed

_ORDER = TypeAdapter(Order)
_NEWS: TypeAdapter[News] = TypeAdapter(News)


def pack_order(order: Order) -> bytes:
    """The order as one line."""
    return _ORDER.dump_json(order) + b"\n"


def unpack_order(line: bytes) -> Order:
    """The order in such a line."""
    return _ORDER.validate_json(line)


def pack_news(news: News) -> bytes:
    """The news as one line."""
    return _NEWS.dump_json(news) + b"\n"


def unpack_news(line: bytes) -> News:
    """The news in such a line."""
    return _NEWS.validate_json(line)
