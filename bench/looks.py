"""How soon a finished render is noticed, and how many looks that takes: `python -m bench.looks`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from core.exports import EARLY, EARLY_LOOKS, Look, next_look

Progress = Callable[[float], float | None]
"""The share (0 to 1) that is told when a share of the time is over; None where nothing is told."""

ROUNDS: Final = 2000
POLL: Final = 30.0


def linear(share: float) -> float:
    return share


def front_loaded(share: float) -> float:
    """Fast at first, slow at the end."""
    return float(share**0.5)


def back_loaded(share: float) -> float:
    """Slow at first, fast at the end."""
    return float(share**1.6)


def stalling(share: float) -> float:
    """Stands still for the third quarter of its time."""
    return share if share < 0.5 else max(0.5, (share - 0.75) * 2 + 0.5)


def stalling_late(share: float) -> float:
    """At 95 % soon, then nothing for long."""
    return min(0.95, share / 0.8 * 0.95)


def silent(_: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Course:
    """One render: how long after its completion that was noticed, and how many looks the first two minutes took."""

    wait: float
    early_looks: int


def watch(seconds: float, progress: Progress) -> Course:
    """Look at a render of that length by the plan."""
    at, looks, early = 0.0, 0, 0
    while True:
        told = progress(min(1.0, at / seconds)) if at < seconds else 1.0
        percent = None if told is None else float(int(told * 100))  # renderers tell whole percents
        at = next_look(Look(at, percent), looks, poll=POLL)
        looks, early = looks + 1, early + int(at < EARLY)
        if at >= seconds:
            return Course(at - seconds, early)


def run(progress: Progress, shortest: float, longest: float) -> Sequence[Course]:
    """Renders of all lengths between the two."""
    step = (longest - shortest) / ROUNDS
    return [watch(shortest + step * (number + 0.5), progress) for number in range(ROUNDS)]


CASES: Final[Mapping[str, tuple[Progress, float, float]]] = {
    "linear": (linear, 20, 120),
    "front-loaded": (front_loaded, 20, 120),
    "back-loaded": (back_loaded, 20, 120),
    "stalls half-way": (stalling, 20, 120),
    "stalls at 95 %": (stalling_late, 20, 120),
    "nothing told, 30-90 s": (silent, 30, 90),
    "nothing told, 20-120 s": (silent, 20, 120),
}


def main() -> None:
    """Print medians. Where nothing is told, ten looks cannot do better than a twentieth of the span: 3 s of 60, 5 s of
    100; a look every 30 s waits 15 s."""
    print(f"{'progress':<24}{'median wait':>12}{'90 %':>8}{'most looks':>12}   (at most {EARLY_LOOKS} in {EARLY:g} s)")
    for name, (progress, shortest, longest) in CASES.items():
        courses = run(progress, shortest, longest)
        waits = sorted(course.wait for course in courses)
        most = max(course.early_looks for course in courses)
        print(f"{name:<24}{median(waits):>10.1f} s{waits[int(len(waits) * 0.9)]:>6.1f} s{most:>12}")


if __name__ == "__main__":
    main()
