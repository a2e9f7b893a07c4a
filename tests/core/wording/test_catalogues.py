"""Every catalogue says all that the code says, in full, up to date, and no longer than platforms allow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from core import wording
from core.commands import TABLE, rows
from core.skills import load
from core.wording import speaks, words_for
from core.wording.languages import catalogue_at, catalogues, tags
from core.wording.words import Words

ROOM = Path(wording.__file__).parent
NAMES = catalogues()
BUTTON_CHARS, NOTICE_CHARS, SUMMARY_CHARS, CAPTION_CHARS, QUESTION_CHARS, TEXT_CHARS = 40, 200, 100, 1024, 45, 2000
LABEL_CHARS = 80  # of a button with somebody else's words; some platforms show fewer

each_catalogue = pytest.mark.parametrize("name", NAMES)
each_language = pytest.mark.parametrize("tag", tags())


def catalogue(name: str) -> Catalog:
    with catalogue_at(name).open("rb") as file:
        return read_po(file, locale=name)


def messages(name: str) -> Iterator[Message]:
    """The messages of a catalogue without its header."""
    return (message for message in catalogue(name) if message.id)


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """All plural forms; one where there are none."""
    return (text,) if isinstance(text, str) else tuple(text or ())


@cache
def extracted() -> frozenset[tuple[str, ...]]:
    """The sentences that `make messages` would find in the code."""
    return frozenset(forms(sentence) for _, _, sentence, _, _ in extract_from_dir(str(ROOM)))


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})


def calls() -> Iterator[ast.Call]:
    """Every place of the code where a sentence is looked up."""
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_") | ast.Attribute(attr="_" | "ngettext")) if path.stem != "languages":
                    yield node


# --- the code ---------------------------------------------------------------------------------------------------------


def test_babel_finds_every_sentence() -> None:
    """It does not look into f-strings, and cannot look up what is put together only when the program runs."""
    for call in calls():
        texts = [one for one in call.args if not (isinstance(one, ast.Name) or ast.unparse(one).startswith("len("))]
        assert texts, f"line {call.lineno}: {ast.unparse(call)}"
        assert all(isinstance(one, ast.Constant) for one in texts), f"line {call.lineno}: {ast.unparse(call)}"
        assert tuple(ast.literal_eval(one) for one in texts) in extracted()


def test_plural_forms_have_the_same_placeholders() -> None:
    for sentence in extracted():
        assert len({tuple(placeholders(form)) for form in sentence}) == 1, sentence


# --- the catalogues ---------------------------------------------------------------------------------------------------


def test_chinese_is_there() -> None:
    assert "zh_CN" in NAMES


@each_catalogue
def test_nothing_is_missing_and_nothing_is_left_over(name: str) -> None:
    """Else `make messages`, and translate what is new."""
    there = {forms(message.id) for message in messages(name)}
    assert extracted() - there == set()
    assert there - extracted() == set()
    assert not catalogue(name).obsolete


@each_catalogue
def test_everything_is_translated(name: str) -> None:
    plurals = catalogue(name).num_plurals
    for message in messages(name):
        said = forms(message.string)
        assert all(form.strip() for form in said), message.id
        assert not message.fuzzy, message.id
        assert len(said) == (plurals if message.pluralizable else 1), message.id


@each_catalogue
def test_translations_have_the_placeholders_of_the_source(name: str) -> None:
    for message in messages(name):
        for form in forms(message.string):
            assert placeholders(form) == placeholders(forms(message.id)[-1]), message.id


@each_catalogue
def test_lines_links_and_commands_stay(name: str) -> None:
    for message in messages(name):
        for form in forms(message.string):
            source = forms(message.id)[0]
            assert form.count("\n") == source.count("\n"), message.id
            assert set(re.findall(r"/[a-z]{3,}", form)) == set(re.findall(r"(?<!\w)/[a-z]{3,}", source)), message.id


def test_chinese_has_the_punctuation_of_chinese() -> None:
    for message in messages("zh_CN"):
        for form in forms(message.string):
            assert not re.search(r"[\u4e00-\u9fff}][,;:!?]|[\u4e00-\u9fff]\.(?!\w)|\.\.\.", form), form


# --- what platforms allow ---------------------------------------------------------------------------------------------


def names_in(method_name: str) -> list[str]:
    """The names that a method of `Words` knows, out of its table."""
    tree = ast.parse((ROOM / "labels.py").read_text("utf-8"))
    [table] = [
        node
        for method in ast.walk(tree)
        if isinstance(method, ast.FunctionDef) and method.name == method_name
        for node in ast.walk(method)
        if isinstance(node, ast.Dict)
    ]
    return [ast.literal_eval(key) for key in table.keys if key]


@each_language
def test_a_button_shows_its_whole_label(tag: str) -> None:
    labels = [words_for(tag).button(name) for name in names_in("button")]
    assert len(labels) > 10
    assert [label for label in labels if not 0 < len(label) <= BUTTON_CHARS] == []
    assert len(set(labels)) == len(labels)


@each_language
def test_a_notice_fits(tag: str) -> None:
    words = words_for(tag)
    notices = (words.not_yours(), words.too_old(), words.moved_on(), words.already_pressed(), words.on_it())
    assert [notice for notice in notices if not 0 < len(notice) <= NOTICE_CHARS] == []


@each_language
def test_a_summary_of_a_command_fits(tag: str) -> None:
    summaries = [words_for(tag).command(row.name) for row in TABLE]
    assert [summary for summary in summaries if not 0 < len(summary) <= SUMMARY_CHARS] == []
    assert len(set(summaries)) == len(summaries)


@each_language
def test_a_question_fits_above_a_field(tag: str) -> None:
    questions = [words_for(tag).ask(name) for name in names_in("ask")]
    assert questions
    assert [question for question in questions if not 0 < len(question) <= QUESTION_CHARS] == []


@each_language
def test_the_longest_messages_are_one_message(tag: str) -> None:
    words = words_for(tag)
    settings = words.settings(language=tag, auto_export=False, ratio="16:9")
    told = (words.greeting(), words.help([(row.name, row.summary) for row in rows(words)]), words.privacy(), settings)
    assert [text for text in told if len(text) > TEXT_CHARS] == []


@each_language
def test_skills_present_themselves_on_buttons(tag: str) -> None:
    skills = [skill.speaking(tag) for skill in load().all]
    assert [skill.title for skill in skills if len(skill.title) > BUTTON_CHARS] == []
    assert len({skill.title for skill in skills}) == len(skills)
    wishes = [wish for skill in skills for wish in skill.suggestions]
    assert [wish for wish in wishes if len(wish) > LABEL_CHARS] == []


@each_catalogue
def test_no_sentence_is_too_long_for_a_caption(name: str) -> None:
    said = [form for message in messages(name) for form in forms(message.string)]
    assert [form for form in said if len(form) > CAPTION_CHARS] == []


# --- whose language ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("zh-Hans", "zh-CN"),
        ("zh-hans-cn", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de", "en"),
        ("", "en"),
        ("../zh_CN", "en"),
    ],
)
def test_a_tag_finds_its_language(tag: str, language: str) -> None:
    assert words_for(tag).language == language


def test_only_languages_at_hand_are_spoken() -> None:
    assert all(speaks(tag) for tag in ("en", "en-GB", "zh", "zh-Hans"))
    assert not any(speaks(tag) for tag in ("de", "klingon", "", "7"))


@pytest.mark.parametrize(
    ("tag", "one", "three"), [("en", "1 photo", "3 photos"), ("zh", "1 张照片", "3 张照片")]
)  # fmt: skip
def test_plurals_are_those_of_the_language(tag: str, one: str, three: str) -> None:
    words: Words = words_for(tag)
    assert (words.files(1, "photo"), words.files(3, "photo")) == (one, three)


def test_a_translation_in_doubt_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    text = 'msgid "Stopped."\nmsgstr "Fini."\n\n#, fuzzy\nmsgid "Stopping…"\nmsgstr "Fini."\n'
    (folder / "photoreel.po").write_text(text, "utf-8")
    monkeypatch.setattr("core.wording.languages.CATALOGUES", tmp_path)
    monkeypatch.setattr("core.wording.languages.catalogues", lambda: ("fr",))
    words = words_for("fr-CA")
    assert (words.language, words.stopped(), words.stopping()) == ("fr", "Fini.", "Stopping…")
    assert words.try_again_at(datetime(2026, 1, 1, 9, 5, tzinfo=UTC)).startswith("The video service")


HELP = "from bot.cli import app; app(['--help'], standalone_mode=False)"
ENGLISH = "from core.wording import words_for; print(words_for('en').stopped())"


@pytest.mark.parametrize("program", [HELP, ENGLISH])
def test_who_needs_no_catalogue_does_not_wait_for_one(program: str) -> None:
    program = f"import sys; {program}; print('babel' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split()[-1] == "False"


def test_every_sentence_has_somebody_who_says_it() -> None:
    said = "\n".join(path.read_text("utf-8") for path in ROOM.parent.rglob("*.py"))
    methods = [name for name in dir(Words) if callable(getattr(Words, name)) and not name.startswith("_")]
    assert [name for name in methods if not re.search(rf"(?:words|self)\.{name}\(", said)] == []
