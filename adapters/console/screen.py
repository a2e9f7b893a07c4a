"""What a person at a shell sees: one line that changes on a terminal, plain lines where the output is piped."""

from __future__ import annotations

import re
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

PERCENT = re.compile(r"(\d{1,3})\s?%(?: · .*)?$")
OF = re.compile(r"(\d+) of (\d+)")


class Screen:
    """Shows the status message of a turn on `stream`, and whatever else is said below it."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, soft_wrap=True, quiet=quiet)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._last = ""
        self._held = ""
        self._printed: set[str] = set()

    def __enter__(self) -> Screen:
        if self._console.is_terminal:
            columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task("", total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._let_go("")
        if self._bar is not None:
            self._bar.stop()

    def status(self, text: str) -> None:
        """The status message as it is now; a repeat shows nothing."""
        stage = text.strip().rpartition("\n")[2]
        if stage == self._last:
            return
        self._last = stage
        if self._bar is None or self._task is None:
            self._let_go(stage)
            return
        done = share_of(stage)
        self._bar.update(self._task, description=stage, total=None if done is None else 100, completed=(done or 0))

    def say(self, text: str) -> None:
        """Something that stays."""
        self._let_go("")
        if text.strip():
            self._console.print(text.strip())

    def conclude(self, text: str) -> None:
        """The status message's last word: on a terminal, where nothing of it has stayed, it is said once more."""
        if self._bar is not None:
            self.say(text)

    def _let_go(self, stage: str) -> None:
        """Print the plain line that was held back, unless it was but the beginning of what is there now: an answer that
        grows is one line, not ten."""
        if self._held and not stage.startswith(self._held) and self._held not in self._printed:
            self._printed.add(self._held)
            self._console.print(self._held)
        self._held = stage


def share_of(stage: str) -> float | None:
    """How far a stage says that it is, in percent; None where it does not say."""
    if percent := PERCENT.search(stage):
        return min(100.0, float(percent[1]))
    if of := OF.search(stage):
        return 100.0 * (int(of[1]) - 1) / max(1, int(of[2]))
    return None
