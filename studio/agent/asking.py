"""Asking back where a wish does not say which picture it means, and reading the answer as a part of that wish."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from studio.agent.making import AddNew, new_media
from studio.agent.project import Project
from studio.agent.quantities import PLACE, place
from studio.agent.wishes import Aside, Both, Wish, always, rule

_MOST_LISTED = 8
_SOME_PICTURE = r"(?:it|this|that|(?:this|that|a|one)\s+(?:one|photo|picture|image|shot)|one\s+of\s+(?:them|the\s+\w+))"
_POLITE = re.compile(r"^\s*(?:the|my|用|放|选)(?![a-z])|(?:please|吧|那张)?[\s.,!?。，！？)）]*$", re.IGNORECASE)
_VERB = r"(?:put|move|bring|place|show|shift)"


@dataclass(frozen=True, slots=True)
class Which(Aside):
    """Some picture shall come first or last, and nobody said which one."""

    last: bool = False

    def resolved(self, project: Project) -> Wish | None:
        """The one picture that has come since is meant, of course."""
        fresh = [item for item in new_media(project, project.timeline) if item in project.media[project.seen :]]
        return AddNew(first=not self.last) if len(fresh) == 1 else None

    def asks(self, project: Project) -> Both | None:
        """The request that an answer completes, in place of the braces; None where there is nothing to choose."""
        if project.timeline is None or len(project.timeline.clips) < 2:
            return None
        if self.last:
            return Both("put photo {} last", "把第{}张照片放到最后")
        return Both("put photo {} first", "把第{}张照片放到最前面")

    def answer(self, project: Project) -> Both:
        """The question, with all pictures to choose from where they are few."""
        if project.timeline is None:
            return Both("", "")
        names = [clip.name for clip in project.timeline.clips]
        if len(names) < 2:
            return Both("There is only one photo in the video.", "视频里只有一张照片。")
        where, where_zh = ("last", "最后") if self.last else ("first", "最前面")
        if len(names) > _MOST_LISTED:
            return Both(
                f"Which photo should come {where}? Tell me its number, 1 to {len(names)}.",
                f"哪张照片放{where_zh}？告诉我是第几张（1 到 {len(names)}）。",
            )
        return Both(
            f"Which photo should come {where}?{_listed(_called(names, 'Photo {}'))}",
            f"哪张照片放{where_zh}？{_listed(_called(names, '第{}张'))}",
        )


def completed(text: str, project: Project) -> str:
    """The request that `text` makes whole, where it names the picture that was asked for last; else `text` itself."""
    if not project.asked or project.timeline is None:
        return text
    at = _chosen(text, [clip.name for clip in project.timeline.clips])
    return project.asked.replace("{}", str(at)) if at else text


def _called(names: Sequence[str], numbered: str) -> list[str]:
    """What the pictures go by: their files' names where those tell them apart."""
    stems = [PurePosixPath(name).stem for name in names]
    return stems if len(set(stems)) == len(stems) else [numbered.format(at) for at in range(1, len(names) + 1)]


def _listed(names: Sequence[str]) -> str:
    return "".join(f"\n{at}) {name}" for at, name in enumerate(names, 1))


def _chosen(text: str, names: Sequence[str]) -> int:
    """The number of the picture that the whole answer names; 0 where it names none."""
    said = _POLITE.sub("", text).strip()
    for called in (_called(names, "Photo {}"), _called(names, "第{}张"), names):
        folded = [name.casefold() for name in called]
        if folded.count(said.casefold()) == 1:
            return folded.index(said.casefold()) + 1
    if said.isdecimal():
        at = int(said)
    elif re.fullmatch(PLACE, said, re.IGNORECASE):
        at = place(said)
    else:
        return 0
    at = at if at >= 0 else len(names) + 1 + at
    return at if 1 <= at <= len(names) else 0


RULES = (
    rule(
        always(Which()),
        rf"{_VERB}\s+{_SOME_PICTURE}\s+first",
        rf"(?:move|bring|shift)\s+{_SOME_PICTURE}\s+to\s+the\s+(?:very\s+)?(?:start|beginning|front)",
        r"(?:把)?(?:它|这张|那张|其中一张)(?:照片|图片|图)?(?:放|移|挪|排|提|调)(?:到|在)?(?:最前面?|开头|首位|第一(?:位|张|个)?)",
    ),
    rule(
        always(Which(last=True)),
        rf"{_VERB}\s+{_SOME_PICTURE}\s+last",
        rf"(?:move|bring|shift)\s+{_SOME_PICTURE}\s+to\s+the\s+(?:very\s+)?end",
        r"(?:把)?(?:它|这张|那张|其中一张)(?:照片|图片|图)?(?:放|移|挪|排|调)(?:到|在)?(?:最后面?|末尾|结尾)",
    ),
)
