"""The real program as processes, and a person's eyes on its web chat: for tests from end to end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")

PROGRAM = Path(sys.executable).with_name("photoreel")
DEADLINE = 120.0  # far beyond what anything takes: a bound for failures, not an assertion about speed


def until(look: Callable[[], T | None], what: str, *, deadline: float = DEADLINE, pause: float = 0.05) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"waited {deadline:g} s in vain: {what}")


@dataclass
class Program:
    """A started `photoreel` with its output in a file."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Everything that it has printed."""
        return self.log.read_text("utf-8", "replace")

    def address(self) -> str:
        """The address that it announces."""

        def look() -> str | None:
            if self.process.poll() is not None:
                raise AssertionError(f"it ended with {self.process.returncode}: {self.said()}")
            found = re.search(r"http://[\d.]+:\d+", self.said())
            return found[0] if found else None

        return until(look, "the announcement of an address")

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, by: signal.Signals = signal.SIGTERM, *, seconds: float = 30.0) -> int:
        """Ask it to end, and wait for that."""
        self.process.send_signal(by)
        return self.process.wait(seconds)


@dataclass
class Stage:
    """A folder of its own for the programs of one test, and their settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    started: list[Program] = field(default_factory=list)

    def start(self, *arguments: str, **settings: str) -> Program:
        """Start `photoreel` with these arguments."""
        log = self.folder / f"{len(self.started)}-{arguments[0]}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(PROGRAM), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=self.environment(settings),
                cwd=self.folder,
                start_new_session=True,
            )
        program = Program(process, log)
        self.started.append(program)
        return program

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run `photoreel` to its end."""
        return subprocess.run(
            [str(PROGRAM), *arguments],
            capture_output=True,
            text=True,
            env=self.environment(settings),
            cwd=self.folder,
            timeout=DEADLINE,
            check=False,
        )

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Nothing of this machine's but the path; a home of its own."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        base = {"PATH": os.defpath, "HOME": str(home), "PHOTOREEL_DATA": str(self.folder / "data"), "LANG": "C.UTF-8"}
        return {**base, **self.settings, **settings}

    def close(self) -> None:
        """End whatever still runs; first politely, so that the embedded store ends too."""
        for program in self.started:
            if program.process.poll() is None:
                try:
                    program.stop(seconds=20)
                except subprocess.TimeoutExpired:
                    program.kill()
        if self.started and self.started[-1].process.returncode == -signal.SIGKILL:
            self.run("doctor")  # who comes after the killed takes an orphaned store along


@contextmanager
def staged(folder: Path, **settings: str) -> Iterator[Stage]:
    """A stage that is cleared at the end."""
    stage = Stage(folder, dict(settings))
    try:
        yield stage
    finally:
        stage.close()


class Visitor:
    """Somebody with a browser, without the browser: posts what the page posts and sees what it would show."""

    def __init__(self, address: str, cookies: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=20.0, cookies=dict(cookies or {}))
        self.http.headers["origin"] = address
        self.http.post("/api/chat", json={}).raise_for_status()

    def moved_to(self, address: str) -> Visitor:
        """The same person after the server was started anew, perhaps on another port."""
        return Visitor(address, dict(self.http.cookies))

    def upload(self, path: Path) -> str:
        """Hand in a file; returns its id."""
        headers = {"x-file-name": path.name, "content-type": "application/octet-stream"}
        reply = self.http.post("/api/files", content=path.read_bytes(), headers=headers)
        reply.raise_for_status()
        return str(reply.json()["id"])

    def say(self, text: str, photos: Sequence[Path] = ()) -> None:
        """Post a message."""
        files = [self.upload(photo) for photo in photos]
        body = {"id": uuid.uuid4().hex, "text": text, "files": files}
        self.http.post("/api/messages", json=body).raise_for_status()

    def items(self) -> list[dict[str, Any]]:
        """Everything in the chat, in order, as a page that has just been opened shows it."""
        with self.http.stream("GET", "/api/events") as events:
            for line in events.iter_lines():
                if line.startswith("data: {"):
                    listed: list[dict[str, Any]] = json.loads(line[6:])["items"]
                    return [entry["body"] for entry in listed]
        raise AssertionError("no snapshot came")

    def texts(self) -> list[str]:
        """The bot's texts."""
        return [item["text"] for item in self.items() if item["kind"] in ("text", "video")]

    def sees(self, words: str) -> bool:
        """Whether the bot's words are in the chat."""
        return any(words in text for text in self.texts())

    def videos(self) -> list[dict[str, Any]]:
        """The videos in the chat."""
        return [item for item in self.items() if item["kind"] == "video"]

    def next_video(self, before: int) -> dict[str, Any]:
        """The video after the first `before` ones, once it is there."""
        return until(lambda: self.videos()[before:], f"a video after {before}; texts: {self.texts()}", pause=0.2)[0]
