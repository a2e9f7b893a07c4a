"""The parts as separate processes with nothing in common but a server; and what is said when they cannot start."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.e2e.program import Stage, Visitor, until
from tests.wire.studio import studio_in_thread
from tests.wire.valkey import valkey

KEY = "0123456789abcdef" * 4


@pytest.fixture(params=["valkey", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path, in_ci: bool) -> Iterator[str]:
    """A server elsewhere: the one that comes with the product, and Debian's Redis."""
    if request.param == "valkey":
        with valkey() as server:
            yield server.url
        return
    program = shutil.which("redis-server")
    if program is None:
        assert not in_ci, "CI installs Redis"
        pytest.skip("no redis-server found: install the package `redis-server`")
    with redis(program, tmp_path) as address:
        yield address


@contextmanager
def redis(program: str, folder: Path) -> Iterator[str]:
    """Debian's server on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--appendonly", "yes", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        until(lambda: answers(port), "an answer of Redis")
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_web_and_work_share_nothing_but_the_store(stage: Stage, samples: list[Path], tmp_path: Path, url: str) -> None:
    with studio_in_thread(tmp_path / "studio") as backend:
        shared = {"REDIS_URL": url, "PHOTOREEL_KEY": KEY, "NEMO_API_URL": backend.url}
        page = stage.start("web", **shared, PHOTOREEL_DATA=str(tmp_path / "here"))
        for there in ("there", "elsewhere"):
            stage.start("work", **shared, PHOTOREEL_DATA=str(tmp_path / there))
        visitor = Visitor(page.address())
        visitor.say("make a 3 second slideshow of these", samples[:2])
        video = visitor.next_video(0)
        assert round(video["seconds"]) == 3
        [run] = backend.ledger.runs
        assert run.text.startswith("make a 3 second slideshow of these\n[Photos in the order")


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("run",), {"REDIS_URL": "redis://127.0.0.1:1"}, "PHOTOREEL_KEY is needed with REDIS_URL"),
        (("run",), {"HOST": "0.0.0.0"}, "set WEB_ACCESS_TOKEN"),
        (("run",), {"HOST": ""}, "nothing to serve"),
        (("run",), {"LOG_LEVEL": "LOUD"}, "LOG_LEVEL: "),
        (("run",), {"PORT": "http"}, "PORT: "),
        (("run",), {"TELEGRAM_BOT_TOKEN": "no token"}, "the Telegram token is not of the form"),
        (("web",), {"TELEGRAM_BOT_TOKEN": "1:x", "PUBLIC_URL": "https://bot.example.org"}, "TELEGRAM_WEBHOOK_SECRET"),
        (("listen",), {}, "nothing to listen to"),
        (("run",), {"PHOTOREEL_DATA": "/proc/nowhere"}, "PHOTOREEL_DATA: /proc/nowhere"),
        (("run",), {"PHOTOREEL_DATA": "/dev/null"}, "PHOTOREEL_DATA: /dev/null"),
        (("run",), {"WEB_ACCESS_TOKEN": "guess-me"}, "WEB_ACCESS_TOKEN: must have at least 16 characters"),
        (("run",), {"TRUSTED_PROXIES": "*"}, "TRUSTED_PROXIES: must be addresses or networks"),
        (("run",), {"REDIS_URL": "http://127.0.0.1", "PHOTOREEL_KEY": KEY}, "not an address of a store"),
    ],
)
def test_what_an_operator_has_to_mend_is_one_line(
    stage: Stage, arguments: tuple[str, ...], settings: dict[str, str], words: str
) -> None:
    done = stage.run(*arguments, **settings)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_busy_port_is_said_and_the_next_one_offered(stage: Stage) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = stage.run("run", PORT=str(port))
        assert done.returncode == 2
        assert f"port {port} on 127.0.0.1 is in use" in done.stderr
        assert "is free: use --port" in done.stderr
        demo = stage.start("demo", PORT=str(port))
        assert demo.address() != f"http://127.0.0.1:{port}"


def test_a_store_that_may_lose_work_is_said_at_the_start_and_shown(stage: Stage) -> None:
    with valkey(appendonly="no") as server:
        program = stage.start("web", REDIS_URL=server.url, PHOTOREEL_KEY=KEY, PORT="0")
        address = program.address()
        assert "persistence is off" in program.said()
        assert httpx.get(f"{address}/readyz").text.startswith("ready\npersistence is off")
        doctor = stage.run("doctor", "--json", REDIS_URL=server.url, PHOTOREEL_KEY=KEY, NEMO_API_URL="studio")
    assert doctor.returncode == 1
    assert [one["subject"] for one in json.loads(doctor.stdout) if not one["well"]] == ["persistence"]


def test_the_doctor_tells_a_wrong_setting_and_is_content_with_none(stage: Stage) -> None:
    wrong = stage.run("doctor", PORT="http")
    assert wrong.returncode == 1
    assert "✗ settings: PORT: " in wrong.stdout
    well = stage.run("doctor", NEMO_API_URL="studio")
    assert (well.returncode, well.stdout.splitlines()[-1]) == (0, "All is well.")
