"""Rate limits: a bucket per route and major parameter, one for everything, and the count of invalid requests."""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.wire.discord.refusals import Refusal
from tests.wire.discord.routes import MAJOR, WITHOUT_TOKEN


@dataclass(frozen=True, slots=True)
class Budget:
    """So many calls in so many seconds."""

    calls: int
    seconds: float


@dataclass(slots=True)
class _Bucket:
    budget: Budget
    left: int
    resets_at: float


@dataclass(slots=True)
class Budgets:
    """`by_route` overrides `usual` for a route. What answers an interaction does not count for `all_together`. After
    `most_invalid` requests that were not valid in `invalid_seconds` the address is banned."""

    usual: Budget = Budget(1000, 1.0)
    all_together: Budget = Budget(50, 1.0)
    most_invalid: int = 10_000
    invalid_seconds: float = 600.0
    by_route: dict[str, Budget] = field(default_factory=dict)
    invalid: list[tuple[float, int]] = field(default_factory=list)
    refusals: list[tuple[float, str, float]] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _paused: dict[str, float] = field(default_factory=dict)

    def restrict(self, route: str, calls: int, seconds: float) -> None:
        """Allow less on a route, from now on."""
        self.by_route[route] = Budget(calls, seconds)
        self._buckets.clear()

    def pause(self, route: str, seconds: float) -> None:
        """Answer 429 on a route for so long, whoever asks. "*" is everything (a global limit)."""
        self._paused[route] = time.monotonic() + seconds

    def take(self, route: str, args: Mapping[str, str]) -> dict[str, str]:
        """Take one call out of the bucket; returns the headers that tell of it."""
        key = self.key(route, args)
        self._must_not_be_paused(route)
        if not route.split(" ")[1].startswith(WITHOUT_TOKEN):
            self._take_of_all(route)
        bucket = self._bucket(key, route)
        if bucket.left <= 0:
            raise self._refusal(route, bucket.resets_at - time.monotonic(), "shared" if "guild" in args else "user")
        bucket.left -= 1
        return self._headers(bucket, route)

    def key(self, route: str, args: Mapping[str, str]) -> str:
        """The bucket that a call counts towards."""
        return " ".join([route, *(args[name] for name in MAJOR if name in args)])

    def count(self, status: int) -> None:
        """Take down a request that was not valid."""
        if status in (401, 403, 429):
            self.invalid.append((time.monotonic(), status))

    @property
    def is_banned(self) -> bool:
        """Whether so much was wrong lately that nothing is answered any more."""
        since = time.monotonic() - self.invalid_seconds
        return sum(at > since for at, _ in self.invalid) >= self.most_invalid

    def _must_not_be_paused(self, route: str) -> None:
        for name in ("*", route):
            left = self._paused.get(name, 0.0) - time.monotonic()
            if left > 0:
                raise self._refusal(route, left, "global" if name == "*" else "user")

    def _take_of_all(self, route: str) -> None:
        now, budget = time.monotonic(), self.all_together
        while self._recent and self._recent[0] <= now - budget.seconds:
            self._recent.popleft()
        if len(self._recent) >= budget.calls:
            raise self._refusal(route, self._recent[0] + budget.seconds - now, "global")
        self._recent.append(now)

    def _bucket(self, key: str, route: str) -> _Bucket:
        now = time.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None or bucket.resets_at <= now:
            budget = self.by_route.get(route, self.usual)
            bucket = self._buckets[key] = _Bucket(budget, budget.calls, now + budget.seconds)
        return bucket

    def _headers(self, bucket: _Bucket, route: str) -> dict[str, str]:
        left = max(0.0, bucket.resets_at - time.monotonic())
        return {
            "X-RateLimit-Limit": str(bucket.budget.calls),
            "X-RateLimit-Remaining": str(bucket.left),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }

    def _refusal(self, route: str, seconds: float, scope: str) -> Refusal:
        wait = max(0.001, round(seconds, 3))
        self.refusals.append((time.monotonic(), route, wait))
        more = {"retry_after": wait, "global": scope == "global"}
        return Refusal(429, 0, "You are being rate limited.", more=more)
