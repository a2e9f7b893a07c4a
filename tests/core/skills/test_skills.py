"""Skill files are read as people really write them, and nothing in them is ever executed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.skills import Skill, load, read

WRITTEN = Path(__file__).parents[2] / "data" / "skills"
OURS = ["ai-image-to-video-extender", "image-to-video-end-frame", "image-to-video-online-ai", "image-video"]
TWO = ("make a video of it", "slower please")
BRIGHT = "Use bright pictures."


def written(folder: str) -> Skill:
    [path] = (WRITTEN / folder).iterdir()
    skill = read(path)
    assert skill
    return skill


@pytest.mark.parametrize(
    ("folder", "name", "version", "title", "description"),
    [
        ("01-plain", "plain", "1.0.0", "Plain", "A plain one."),
        ("02-quoted-version", "quoted-version", "1.2.0", "quoted-version", "Its version is in quotes."),
        ("03-single-quotes", "single-quotes", "2.0", "single-quotes", "It's fine."),
        ("04-number-version", "number-version", "1.10", "number-version", "Read as a number it would be 1.1."),
        ("05-json-metadata", "json-metadata", "1.0.0", "JSON inside", "Metadata as people paste it."),
        ("06-json-over-lines", "json-over-lines", "1.0.1", "json-over-lines",
         "JSON over many lines, with trailing commas."),
        ("07-folded", "folded", "1.0.0", "folded", "A description that goes over two lines."),
        ("08-literal", "literal", "1.0.0", "literal", "First line. Second line: with a colon."),
        ("09-colon", "colon", "1.0.0", "Photos to Video", "Photos in, video out: fast, easy: done."),
        ("10-bom", "bom", "1.0.0", "bom", "Begins with a byte order mark."),
        ("11-crlf", "crlf", "1.0.0", "crlf", "Written on Windows."),
        ("12-utf16", "utf16", "1.0.0", "utf16", "Saved by an old editor."),
        ("13-no-name", "13-no-name", "1.0.0", "13-no-name", "The folder gives its name."),
        ("14-no-version", "no-version", "0.0.0", "no-version", "Nobody knows its version."),
        ("15-only-name", "only-name", "0.0.0", "only-name", ""),
        ("16-chinese", "chinese", "1.0.0", "照片变视频", "把照片做成视频。"),
        ("21-anchors", "anchors", "1.0.0", "anchors", "Anchors and aliases."),
        ("22-bad-yaml", "bad-yaml", "1.0.0", "bad-yaml", "a tab at the start"),
        ("23-duplicate-keys", "duplicate-keys", "1.0.0", "duplicate-keys", "The last one counts."),
        ("24-lower-case", "lower-case", "1.0.0", "lower-case", "The file is called skill.md."),
    ],
)  # fmt: skip
def test_frontmatter_is_read_as_it_is_meant(folder: str, name: str, version: str, title: str, description: str) -> None:
    skill = written(folder)
    assert (skill.name, skill.version, skill.title, skill.description) == (name, version, title, description)


@pytest.mark.parametrize(
    ("folder", "suggestions", "tip"),
    [
        ("01-plain", TWO, BRIGHT),
        ("10-bom", TWO, BRIGHT),
        ("11-crlf", TWO, BRIGHT),
        ("12-utf16", TWO, BRIGHT),
        ("15-only-name", (), ""),
        ("16-chinese", ("用这些照片做个视频", "慢一点"), "选清晰的照片。"),
        ("17-bold-heading", ("pan to the left", "zoom in slowly"), "keep it short."),
        ("18-numbered", ("first", "second", "third"), "Light helps."),
        ("19-inline", ("make it pop", "make it calm", "make it loud"), ""),
        ("25-rule-in-body", ("make it shine",), "Less is more!"),
    ],
)
def test_suggestions_and_the_tip_are_found(folder: str, suggestions: tuple[str, ...], tip: str) -> None:
    skill = written(folder)
    assert (skill.suggestions, skill.tip) == (suggestions, tip)


def test_a_tag_executes_nothing() -> None:
    mark = Path("/tmp/should-not-be-there")
    mark.unlink(missing_ok=True)
    assert written("20-tag").name == "tag"
    assert not mark.exists()


def test_all_written_skills_are_found_after_ours() -> None:
    names = [skill.name for skill in load([WRITTEN]).all]
    assert names[:4] == OURS
    assert len(names) == 4 + 25


def test_ours_have_all_that_is_promised() -> None:
    skills = load()
    assert [skill.name for skill in skills.all] == OURS
    for skill in skills.all:
        assert skill.version.count(".") == 2
        assert skill.title != skill.name
        assert skill.description.endswith(".")
        assert skill.suggestions
        assert skill.tip
    end_frame = skills.get("image-to-video-end-frame")
    assert end_frame
    assert end_frame.suggestions == (
        "make a video that ends on this picture",
        "zoom out until the whole picture shows",
        "give me the 1080p file",
    )


def test_a_name_that_is_taken_is_not_given_again(tmp_path: Path) -> None:
    put(tmp_path / "impostor" / "SKILL.md", "name: image-video\nversion: 9.9.9")
    skill = load([tmp_path]).get("image-video")
    assert skill
    assert skill.version == "1.0.0"


def put(path: Path, front: str, body: str = "about videos") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{front}\n---\n{body}\n", "utf-8")
    return path


def found(folder: Path) -> list[str]:
    return [skill.name for skill in load([folder]).all[4:]]


def test_files_are_found_deep_down_and_right_in_the_folder(tmp_path: Path) -> None:
    put(tmp_path / "vendor" / "pack" / "skills" / "deep" / "SKILL.md", "name: deep")
    put(tmp_path / "dropped.md", "version: 1.0.0")
    put(tmp_path / "SKILL.md", "name: top")
    (tmp_path / "README.md").write_text("no frontmatter")
    assert sorted(found(tmp_path)) == ["deep", "dropped", "top"]


def test_links_that_lead_in_a_circle_are_followed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "one" / "SKILL.md", "name: one")
    (tmp_path / "one" / "again").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "two").symlink_to(tmp_path / "one", target_is_directory=True)
    looked_into: list[Path] = []
    scan = os.scandir

    def scan_and_note(folder: Path) -> object:
        looked_into.append(folder)
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scan_and_note)
    assert found(tmp_path) == ["one"]
    assert len([folder for folder in looked_into if folder.is_relative_to(tmp_path)]) == 2


def test_what_is_no_skill_is_passed_over(tmp_path: Path) -> None:
    for name in ("huge", "binary", "latin", "no-front", "pipe", "folder", "dangling"):
        (tmp_path / name).mkdir()
    (tmp_path / "huge" / "SKILL.md").write_text("---\nname: huge\n---\n" + "x" * 300_000)
    (tmp_path / "binary" / "SKILL.md").write_bytes(b"---\nname: binary\n---\n\0\1\2")
    (tmp_path / "latin" / "SKILL.md").write_bytes("---\nname: café\n---\n".encode("latin-1"))
    (tmp_path / "no-front" / "SKILL.md").write_text("# Just text")
    os.mkfifo(tmp_path / "pipe" / "SKILL.md")
    (tmp_path / "folder" / "SKILL.md").mkdir()
    (tmp_path / "dangling" / "SKILL.md").symlink_to(tmp_path / "nowhere")
    put(tmp_path / "good" / "SKILL.md", "name: good")
    assert found(tmp_path) == ["good"]


def test_a_folder_that_is_not_there_is_no_trouble(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == []
    assert found(put(tmp_path / "file.md", "name: file")) == []


def test_among_the_skills_of_other_tools_only_those_about_videos_count(tmp_path: Path) -> None:
    shared = tmp_path / ".cursor" / "skills"
    put(shared / "commits" / "SKILL.md", "name: commits", "writes commit messages")
    put(shared / "reels" / "SKILL.md", "name: reels", "makes videos")
    assert found(shared) == ["reels"]
    put(tmp_path / "own" / "bare" / "SKILL.md", "name: bare", "nothing said")
    assert found(tmp_path / "own") == ["bare"]


def test_frontmatter_made_to_hurt_is_survived(tmp_path: Path) -> None:
    bomb = "\n".join(f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))
    put(tmp_path / "bomb" / "SKILL.md", f"name: bomb\nk0: &a0 lol\n{bomb}")
    put(tmp_path / "deep" / "SKILL.md", "name: deep\nmetadata: " + "[" * 20_000)
    put(tmp_path / "long" / "SKILL.md", "name: long\ndescription: " + "word " * 10_000)
    assert found(tmp_path) == ["bomb", "deep", "long"]


# --- other languages --------------------------------------------------------------------------------------------------


def test_ours_speak_chinese_too() -> None:
    for skill in load().all:
        said = skill.speaking("zh-CN")
        assert (said.name, said.version, said.path) == (skill.name, skill.version, skill.path)
        assert len(said.suggestions) == len(skill.suggestions)
        for text in (said.title, said.description, said.tip, *said.suggestions):
            assert any("\u4e00" <= letter <= "\u9fff" for letter in text), text


def test_a_translation_lies_beside_the_file_and_is_no_skill_of_its_own(tmp_path: Path) -> None:
    put(tmp_path / "reel" / "SKILL.md", "name: reel\nversion: 2.0.0\ndisplayName: Reel", "Tip\n\nKeep it short.")
    put(tmp_path / "reel" / "SKILL.zh-CN.md", "displayName: 短片", "试试这样说\n- “做个短片”")
    put(tmp_path / "dropped.md", "version: 1.0.0")
    put(tmp_path / "dropped.de.md", "displayName: Fallengelassen")
    put(tmp_path / "v1.2.md", "version: 1.2.0")
    assert sorted(found(tmp_path)) == ["dropped", "reel", "v1.2"]
    reel = load([tmp_path]).get("reel")
    assert reel
    chinese = reel.speaking("zh-CN")
    assert (chinese.name, chinese.version, chinese.title) == ("reel", "2.0.0", "短片")
    assert chinese.suggestions == ("做个短片",)
    assert chinese.tip == "Keep it short.", "what is not translated stays"


@pytest.mark.parametrize(
    ("tag", "title"), [("zh-CN", "短片"), ("zh-TW", "短片"), ("zh", "短片"), ("en", "Reel"), ("", "Reel")]
)
def test_a_translation_is_found_by_its_language(tmp_path: Path, tag: str, title: str) -> None:
    put(tmp_path / "SKILL.md", "name: reel\ndisplayName: Reel")
    put(tmp_path / "SKILL.zh-CN.md", "displayName: 短片")
    reel = load([tmp_path]).get("reel")
    assert reel
    assert reel.speaking(tag).title == title
