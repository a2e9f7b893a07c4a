"""The headers name the skill as its file does, and where it was installed from."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.nemo.attribution import Attribution, platform_of

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("file", "platform"),
    [
        ("/home/ada/.clawhub/skills/x/SKILL.md", "clawhub"),
        ("/home/ada/.cursor/skills/x/SKILL.md", "cursor"),
        ("/home/ada/.cursor/rules/SKILL.md", "unknown"),
        ("/home/ada/.clawhub-old/SKILL.md", "unknown"),
        ("/home/bob/.clawhub/SKILL.md", "unknown"),
        ("/srv/photoreel/core/skills/x/SKILL.md", "unknown"),
    ],
)
def test_the_platform_is_told_by_the_install_path(file: str, platform: str) -> None:
    assert platform_of(Path(file), HOME) == platform


def test_the_operator_knows_better() -> None:
    assert platform_of(Path("/home/ada/.clawhub/SKILL.md"), HOME, override="mine") == "mine"


def test_headers_carry_what_headers_can() -> None:
    assert Attribution("image-video", "1.0.1", "cursor").headers() == {
        "X-Skill-Source": "image-video",
        "X-Skill-Version": "1.0.1",
        "X-Skill-Platform": "cursor",
    }
    assert Attribution(" a b\r\nX: é ", "1", "p").headers()["X-Skill-Source"] == "a b%0D%0AX: %C3%A9"
