"""The laws of the house that an import contract cannot express."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from core.commands import TABLE, rows
from core.wording import words_for

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "adapters", "core", "studio", "bench")
TEXTS = {".py", ".toml", ".md", ".html", ".js", ".css", ".json"}


def sources(*packages: str, suffixes: frozenset[str] = frozenset({".py"})) -> Iterator[Path]:
    """The files of our own packages, as paths from the root."""
    for package in packages or PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in suffixes and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT)


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                yield module
                yield from (f"{module}.{name.name}" for name in names)


def within(path: Path, *places: str) -> bool:
    return any(path.as_posix().startswith(place) for place in places)


@pytest.mark.parametrize("platform", ["telegram", "discord"])
def test_no_platform_is_named_outside_its_own_room(platform: str) -> None:
    """Command lines are documentation: `bot/cli` and the doctor may name what they talk about."""
    front_office = ("wiring", "platforms", "settings", "troubles", "cli", "doctor")
    homes = (
        f"adapters/{platform}/",
        *(f"bot/{module}" for module in front_office),
        "bench/updates.py",
        "bench/interactions.py",
    )
    named = [
        path.as_posix()
        for path in sources(suffixes=frozenset(TEXTS))
        if not within(path, *homes) and re.search(platform, (ROOT / path).read_text("utf-8"), re.IGNORECASE)
    ]
    assert named == []


def test_only_the_settings_read_the_environment() -> None:
    reading = re.compile(r"\bos\.(?:environ|getenv|environb)\b|\bfrom os import [^\n]*(?:environ|getenv)")
    readers = [path.as_posix() for path in sources() if reading.search((ROOT / path).read_text("utf-8"))]
    assert [path for path in readers if not within(Path(path), "bot/settings", "bench/")] == []


def test_only_the_store_knows_redis() -> None:
    users = [
        path.as_posix()
        for path in sources()
        if any(name.split(".")[0] == "redis" for name in imports_of(path)) and not within(path, "core/store/", "bench/")
    ]
    assert users == []


def test_adapters_see_only_the_doorstep_of_the_core() -> None:
    doorstep = ("core.messages", "core.ports", "core.errors")
    seen = {
        (path.as_posix(), name)
        for path in sources("adapters")
        for name in imports_of(path)
        if name.split(".")[0] == "core" and not name.startswith(doorstep)
    }
    assert seen == set()


def test_adapters_do_not_know_each_other() -> None:
    rooms = [path.name for path in (ROOT / "adapters").iterdir() if path.is_dir() and path.name != "__pycache__"]
    for room in rooms:
        others = tuple(f"adapters.{other}" for other in rooms if other != room)
        for path in sources(f"adapters/{room}"):
            assert [name for name in imports_of(path) if name.startswith(others)] == [], path


def test_key_names_are_made_in_the_store_alone() -> None:
    makers = [
        path.as_posix()
        for path in sources("core", "adapters", "bot")
        if not within(path, "core/store/")
        and re.search(r"\.in_partition\(|\.named\(", (ROOT / path).read_text("utf-8"))
    ]
    assert makers == []


def test_every_module_opens_with_a_sentence_about_itself() -> None:
    for path in sources():
        source = (ROOT / path).read_text("utf-8")
        if source.strip():
            told = ast.get_docstring(ast.parse(source))
            assert told, path
            assert told.split("\n\n")[0].rstrip()[-1] in ".:", path


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    lengths = {path.as_posix(): len((ROOT / path).read_text("utf-8").splitlines()) for path in sources()}
    assert {path: lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_setting_is_documented() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    text = "\n".join(page.read_text("utf-8") for page in pages)
    missing = [name.upper() for name in Settings.model_fields if not re.search(rf"\b{name.upper()}\b", text)]
    assert missing == []


def test_every_command_has_a_summary() -> None:
    table = rows(words_for("en"))
    assert [row.name for row in table] == [row.name for row in TABLE]
    assert all(0 < len(row.summary) <= 100 for row in table)
    assert all(re.fullmatch(r"[a-z]{1,32}", row.name) for row in table)
