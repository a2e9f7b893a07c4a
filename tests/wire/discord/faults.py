"""What goes wrong by plan: errors before and after the effect, cut connections, slow answers."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Fault:
    """`status` 0 is a cut connection. `after` lets the effect happen first, so that only the answer is lost."""

    route: str
    status: int = 502
    after: bool = False
    times: int = 1
    seconds: float = 0.0
    only_slow: bool = False
    skip: int = 0
    met: int = 0


@dataclass(slots=True)
class Faults:
    """The plan. Routes are written as in `routes.ROUTES`; "*" is any."""

    planned: list[Fault] = field(default_factory=list)

    def fail(self, route: str, status: int = 502, *, after: bool = False, times: int = 1, skip: int = 0) -> Fault:
        """The next calls get an error."""
        return self._plan(Fault(route, status, after, times, skip=skip))

    def cut(self, route: str, *, after: bool = False, times: int = 1, skip: int = 0) -> Fault:
        """The next calls get no answer: the connection is reset."""
        return self._plan(Fault(route, 0, after, times, skip=skip))

    def slow(self, route: str, seconds: float, *, times: int = 1_000_000, after: bool = False) -> Fault:
        """The next calls wait, before the effect or after it."""
        return self._plan(Fault(route, 0, after, times, seconds, only_slow=True))

    def clear(self) -> None:
        """From now on all is well."""
        self.planned.clear()

    def due(self, route: str, *, after: bool) -> list[Fault]:
        """The faults that this call meets at this point."""
        found = []
        for fault in self.planned:
            if fault.route not in ("*", route) or fault.after is not after or not fault.times:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.times -= 1
            fault.met += 1
            found.append(fault)
        return found

    def _plan(self, fault: Fault) -> Fault:
        self.planned.append(fault)
        return fault
