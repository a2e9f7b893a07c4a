"""The pages tell the truth: nothing that exists is missing in them, and what they name is there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from bot.cli import app
from bot.order import Exit
from bot.settings import Settings
from core import errors
from core.commands import TABLE
from studio.agent import understand
from tests.studio.projects import made

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X{3}|lorem)\b|/(?:root|home)/")
HOSTS = {
    "127.0.0.1",
    "localhost",
    "nemovideo.com",
    "mega-api-prod.nemovideo.ai",
    "api.telegram.org",
    "discord.com",
    "github.com",
    "t.me",
    "photoreel.example.org",
    "keepachangelog.com",
    "semver.org",
    "web.example",
}
"""The only hosts that pages speak of."""
IMAGE_BYTES = 3_000_000


def pages() -> list[Path]:
    """Every Markdown page that is in the repository or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:  # an archive without history
        return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    return sorted(ROOT / name for name in listed.stdout.splitlines() if "tests/data" not in name)


PAGES = pages()
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rows(name: str) -> Iterator[list[str]]:
    """The cells of every table row on a page."""
    for line in text_of(name).splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def first_cells(name: str) -> list[str]:
    """What stands in backquotes at the beginning of each table row."""
    found = (re.match(r"`([^`]+)`", cells[0]) for cells in rows(name))
    return [match[1] for match in found if match]


def code_in(page: Path) -> str:
    """What is set as code, but for what people say."""
    return "\n".join(found for found in CODE.findall(page.read_text("utf-8")) if not found.startswith("```text"))


# --- settings ---------------------------------------------------------------------------------------------------------


def written(default: object) -> str:
    """A default as an operator would write it into the environment."""
    match default:
        case SecretStr():
            return default.get_secret_value()
        case bool():
            return str(default).lower()
        case float():
            return f"{default:g}"
        case tuple():
            return json.dumps([int(one) for one in default], separators=(",", ":"))
        case _:
            return str(default)


DEFAULTS = {name.upper(): written(field.default) for name, field in Settings.model_fields.items()}


def test_every_setting_has_a_default() -> None:
    assert all(field.default is not PydanticUndefined for field in Settings.model_fields.values())


def test_the_page_of_settings_has_each_setting_with_its_default() -> None:
    told = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("docs/settings.md") if cells[0].startswith("`")}
    assert told == DEFAULTS


def test_the_template_has_each_setting_with_its_default() -> None:
    lines = [line for line in text_of(".env.example").splitlines() if line and not line.startswith("#")]
    told = dict(line.split("=", 1) for line in lines)
    assert told.keys() == DEFAULTS.keys()
    assert {name: told[name] for name in told if name != "HOST"} == {n: DEFAULTS[n] for n in told if n != "HOST"}


def test_the_template_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(name, raising=False)
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None, host="127.0.0.1")  # type: ignore[call-arg]


# --- commands and errors ----------------------------------------------------------------------------------------------


def test_the_page_of_the_chat_has_each_command() -> None:
    told = [cell.split()[0].removeprefix("/") for cell in first_cells("docs/chat.md")]
    assert told == [row.name for row in TABLE]


def test_the_page_of_errors_has_each_error() -> None:
    classes = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}
    assert {*first_cells("docs/errors.md"), "PhotoreelError"} == classes
    assert "`PhotoreelError`" in text_of("docs/errors.md")


# --- the command line -------------------------------------------------------------------------------------------------


def command_line() -> dict[str, set[str]]:
    """Each command with its options."""
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    return {name: {option for one in command.params for option in one.opts} for name, command in commands.items()}


COMMANDS = command_line()


def test_the_page_of_operations_has_each_command_line_command() -> None:
    told = [cell.removeprefix("photoreel ") for cell in first_cells("docs/operations.md") if cell.startswith("photo")]
    assert sorted(told) == sorted(COMMANDS)


def test_the_page_of_operations_has_each_option() -> None:
    page = text_of("docs/operations.md")
    options = {option for found in COMMANDS.values() for option in found if option.startswith("-")}
    assert sorted(option for option in options if f"`{option}`" not in page) == []


def test_the_page_of_operations_has_each_exit_code() -> None:
    told = {int(cells[0]) for cells in rows("docs/operations.md") if cells[0].isdigit()}
    assert told == {int(code) for code in Exit}


@each_page
def test_commands_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"\bphotoreel ([a-z]+)\b", code_in(page)))
    planned = {"doctor"} if "Not in this version" in page.read_text("utf-8") else set()
    assert named - COMMANDS.keys() - planned == set()


@each_page
def test_flags_of_ours_that_are_named_exist(page: Path) -> None:
    calls = re.findall(r"\bphotoreel ([a-z]+)((?:\\\n|[^`\n])*)", code_in(page))
    known = {"--help"}
    wrong = [
        flag
        for command, rest in calls
        for flag in re.findall(r"(?<!\S)--?[a-z]+", rest)
        if flag not in COMMANDS.get(command, set()) | known
    ]
    assert wrong == []


@each_page
def test_targets_of_make_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?<!photoreel )\bmake ([a-z]+)", code_in(page)))
    assert named - targets == set()


# --- links, pictures, tests -------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors that headings get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for groups in LINK.findall(page.read_text("utf-8")):
        link = next(part for part in groups if part)
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_can_be_reached_from_the_first_one() -> None:
    readme = text_of("README.md") + text_of("docs/operations.md") + text_of("docs/settings.md")
    lost = [page.name for page in PAGES if page.name != "README.md" and page.name not in readme]
    assert [name for name in lost if (ROOT / "docs" / name).exists() or (ROOT / name).exists()] == []


def test_pictures_are_used_and_small() -> None:
    pictures = list((ROOT / "docs" / "images").iterdir())
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert [picture.name for picture in pictures if picture.name not in text] == []
    assert sum(picture.stat().st_size for picture in pictures) < IMAGE_BYTES


@each_page
def test_tests_that_are_named_exist(page: Path) -> None:
    missing = []
    for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text("utf-8")):
        source = ROOT / file
        if not source.exists() or not re.search(rf"def {name}\(", source.read_text("utf-8")):
            missing.append(f"{file}::{name}")
    assert missing == []


@each_page
def test_files_of_ours_that_are_named_exist(page: Path) -> None:
    rooms = r"`((?:bot|core|adapters|studio|tests|bench|docs)/[\w/.-]*)`"
    missing = [
        name
        for name in re.findall(rooms, page.read_text("utf-8"))
        if not (ROOT / name).exists() and not (ROOT / f"{name}.py").exists()
    ]
    assert missing == []


def test_the_map_of_the_house_shows_each_room() -> None:
    modules = [
        path.relative_to(ROOT).with_suffix("") for part in ("bot", "core") for path in (ROOT / part).glob("*.py")
    ]
    packages = [
        path.parent.relative_to(ROOT) for part in ("core", "adapters") for path in (ROOT / part).glob("*/__init__.py")
    ]
    page = text_of("docs/architecture.md")
    rooms = [room.as_posix() for room in (*modules, *packages) if room.name != "__init__"]
    assert sorted(room for room in rooms if f"`{room}`" not in page) == []


@each_page
def test_pages_are_finished_and_of_no_one_machine(page: Path) -> None:
    text = page.read_text("utf-8")
    assert UNFINISHED.findall(text) == []
    assert set(re.findall(r"[a-z]+://([\w.-]+)", text)) - HOSTS == set()


# --- what is claimed --------------------------------------------------------------------------------------------------


def test_the_studio_understands_what_its_page_says_that_it_understands() -> None:
    sentences = [
        one for cells in rows("docs/studio.md") if len(cells) == 2 for one in re.findall(r'"([^"]+)"', cells[1])
    ]
    assert len(sentences) > 20
    answers = {sentence: understand(sentence, made(4)).reply for sentence in sentences}
    assert {sentence: answer for sentence, answer in answers.items() if "not understand" in answer} == {}


def test_the_changelog_speaks_of_this_version() -> None:
    version = re.search(r'^version = "([^"]+)"', text_of("pyproject.toml"), re.MULTILINE)
    assert version
    assert version[1] in text_of("CHANGELOG.md")
