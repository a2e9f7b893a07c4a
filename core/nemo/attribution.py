"""Which skill a call is made for: the three headers without which exports are refused."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

_PLATFORMS = ((".clawhub",), "clawhub"), ((".cursor", "skills"), "cursor")
_VISIBLE = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True)
class Attribution:
    """The skill's frontmatter `name` and `version`, and the platform it was installed by."""

    source: str
    version: str
    platform: str = "unknown"

    def headers(self) -> dict[str, str]:
        """The headers of every call after authentication. What a header cannot carry is percent-encoded."""
        values = {"X-Skill-Source": self.source, "X-Skill-Version": self.version, "X-Skill-Platform": self.platform}
        return {name: quote(value.strip(), safe=_VISIBLE) for name, value in values.items()}


@lru_cache(maxsize=64)
def platform_of(skill_file: Path, home: Path, override: str = "") -> str:
    """The platform that a skill was installed by: `override` if given, else told by where the file lies under `home`.

    The path as it is counts, before symbolic links are followed: an installer may link into a shared folder.
    """
    if override:
        return override
    for folder, platform in _PLATFORMS:
        if skill_file.absolute().is_relative_to(home.absolute().joinpath(*folder)):
            return platform
    return "unknown"
