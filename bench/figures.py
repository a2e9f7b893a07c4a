"""Measured numbers next to their goals, and what machine they were measured on."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured number and its goal, the most it may be (`least`: the least); a goal of None is information only."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or (self.value >= self.goal if self.least else self.value <= self.goal)

    def __str__(self) -> str:
        mark = "    " if self.goal is None else "ok  " if self.holds else "MISS"
        sign = ">=" if self.least else "<="
        goal = "" if self.goal is None else f"  (goal: {sign} {self.goal:g} {self.unit})"
        return f"{mark} {self.what:<66} {self.value:9.2f} {self.unit}{goal}"


def options(name: str, description: str | None) -> argparse.ArgumentParser:
    """The command line that every benchmark has."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    return parser


def machine() -> str:
    """One line on what this runs on; other programs' load makes every number worse."""
    loads = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"{os.cpu_count()} cores, load {loads} at the start, Python {platform.python_version()}"


def report(figures: Sequence[Figure], *, check: bool) -> int:
    """Print them all; the exit code."""
    for figure in figures:
        print(figure)
    return int(check and not all(figure.holds for figure in figures))


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
