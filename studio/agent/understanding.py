"""The agent's mind: reads a request, grants its wishes on the timeline, and says honestly what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from studio.agent import asking, titles
from studio.agent.asking import Which
from studio.agent.making import AddNew, Make, make
from studio.agent.project import Change, Effort, Outcome, Project
from studio.agent.quantities import spell
from studio.agent.questions import Redo, Undo
from studio.agent.reading import Request, read
from studio.agent.wishes import Aside, Both, Impossible, Wish
from studio.timeline import Timeline

_HINT = Both("Click the Export button in the top right to download it.", "点击右上角的“导出”按钮即可下载。")
_NO_PHOTOS = Both("Please upload some photos first.", "请先上传照片。")
_NO_VIDEO = Both(
    "There is no video yet: tell me what to make of your photos.", "还没有视频：请告诉我想把照片做成什么。"
)
_LOST = Both(
    "I'm sorry, I did not understand that, so I changed nothing. I can change the length, the shape, the order, "
    "transitions, motion, titles and music.",
    "抱歉，我没有理解，所以没有做任何修改。我可以调整时长、比例、顺序、转场、动效、标题和音乐。",
)
_SAME = Both("It is like that already.", "现在已经是这样了。")


_NOTHING = Outcome("")
_SILENT = Both("", "")


@dataclass(slots=True)
class _Work:
    """A request being granted: the timeline so far, and what there is to say about it."""

    timeline: Timeline
    fresh: bool = False  # a new video is presented as a whole: what is evident then is not said again
    said: list[Both] = field(default_factory=list)
    granted: list[Wish] = field(default_factory=list)
    refused: bool = False

    def grant(self, wish: Wish, project: Project) -> None:
        try:
            after = wish.grant(self.timeline, project)
        except Impossible as impossible:
            self.said.append(impossible.why)
            self.refused = True
            return
        if after != self.timeline:
            if not (self.fresh and wish.evident):
                self.said.append(wish.told(self.timeline, after))
            self.granted.append(wish)
        self.timeline = after

    def grant_all(self, wishes: Sequence[Wish], project: Project) -> None:
        for wish in sorted(wishes, key=lambda wish: wish.phase):
            self.grant(wish, project)


@dataclass(frozen=True, slots=True)
class _Decision:
    """What becomes of a request, before it is put into words."""

    said: list[Both]
    outcome: Outcome = _NOTHING
    hint: Both = _SILENT


def understand(text: str, project: Project) -> Outcome:
    """What becomes of this request in this project."""
    names = [clip.name for clip in project.timeline.clips] if project.timeline else []
    request, which = _asking_back(read(completed(text, project), names), project)
    decision = _decide(request, project)
    after = replace(project, timeline=decision.outcome.timeline or project.timeline)
    open_wish = which.asks(after) if which else _words_asked(request, after)
    question = [which.answer(after)] if which and after.timeline else []
    said = [*([] if question and decision.said == [_LOST] else decision.said), *_honest(request.unknown, decision)]
    chinese = project.language.startswith("zh") if request.chinese is None else request.chinese
    hint = _SILENT if question else decision.hint
    return replace(
        decision.outcome,
        reply=_join([*said, *question], chinese),
        hint=hint.zh if chinese else hint.en,
        asks=(open_wish.zh if chinese else open_wish.en) if open_wish else "",
    )


def completed(text: str, project: Project) -> str:
    """The request that `text` makes whole, where it answers the question that was asked last; else `text` itself. The
    words of a title may be any that are no request of their own."""
    if project.asked not in (titles.OPEN.en, titles.OPEN.zh):
        return asking.completed(text, project)
    request = read(text)
    if request.wishes or request.asides or not request.unknown:
        return text
    return project.asked.replace("{}", text.strip(' "“”'))


def _words_asked(request: Request, project: Project) -> Both | None:
    """The request that an answer completes, where a title was wanted and nobody said what it says."""
    wanted = titles.Entitle("") in request.wishes and project.timeline is not None
    return titles.OPEN if wanted else None


def _asking_back(request: Request, project: Project) -> tuple[Request, Which | None]:
    """The request without a wish that leaves open which picture is meant, and that wish; where only one can be meant,
    it is a wish like any other."""
    which = next((aside for aside in request.asides if isinstance(aside, Which)), None)
    if which is None:
        return request, None
    request = replace(request, asides=tuple(aside for aside in request.asides if not isinstance(aside, Which)))
    meant = which.resolved(project)
    return (replace(request, wishes=(*request.wishes, meant)), None) if meant else (request, which)


def _decide(request: Request, project: Project) -> _Decision:
    answers = [aside for aside in request.asides if not isinstance(aside, Make)]
    wanted = next((aside for aside in request.asides if isinstance(aside, Make)), None)
    if any(isinstance(aside, Undo | Redo) for aside in answers):
        return _go_back(request, answers, project)
    if wanted is not None and (wanted.anew or project.timeline is None):
        return _generate(request, wanted, answers, project)
    if request.wishes and project.timeline is None:
        return _generate(request, Make(), answers, project)
    if request.wishes and project.timeline is not None:
        return _edit(request, project.timeline, answers, project)
    return _answer(request, answers, project)


def _answer(request: Request, answers: Sequence[Aside], project: Project) -> _Decision:
    said = _answers(answers, project)
    if said or request.unknown:
        return _Decision(said)
    if answers:
        return _Decision([_SAME])
    if not project.pictures:
        return _Decision([_NO_PHOTOS])
    return _Decision([_LOST if project.timeline else _NO_VIDEO])


def _generate(request: Request, wanted: Make, answers: Sequence[Aside], project: Project) -> _Decision:
    if not project.pictures:
        return _Decision([_NO_PHOTOS])
    try:
        work = _Work(make(project, wanted), fresh=True)
    except Impossible as impossible:
        return _Decision([impossible.why])
    work.grant_all([wish for wish in request.wishes if not isinstance(wish, AddNew)], project)
    outcome = Outcome(
        "",
        Change.NEW,
        work.timeline,
        Effort.GENERATION,
        takes_all=True,
        tool="generate_video",
        args={"photos": len(work.timeline.clips), "seconds": work.timeline.ms / 1000},
    )
    return _Decision([_presented(work.timeline), *work.said, *_answers(answers, project)], outcome, _HINT)


def _edit(request: Request, timeline: Timeline, answers: Sequence[Aside], project: Project) -> _Decision:
    work = _Work(timeline)
    work.grant_all(request.wishes, project)
    said = [*work.said, *_answers(answers, project)]
    if not work.granted or work.timeline == timeline:
        return _Decision(said or [_SAME])
    quiet = all(wish.quiet for wish in work.granted) and not (work.refused or request.unknown or answers)
    outcome = Outcome(
        "",
        Change.NEW,
        work.timeline,
        Effort.EDIT,
        quiet=quiet,
        takes_all=any(isinstance(wish, AddNew) for wish in work.granted),
        tool=work.granted[0].tool,
        args={"seconds": work.timeline.ms / 1000},
    )
    return _Decision(said, outcome, work.granted[0].hint)


def _go_back(request: Request, answers: Sequence[Aside], project: Project) -> _Decision:
    forth = any(isinstance(aside, Redo) for aside in answers)
    steps = next((aside.steps for aside in answers if isinstance(aside, Undo)), 1)
    target = project.next if forth else project.before(steps)
    said = _answers(answers, project)
    if target is None or project.timeline is None:
        return _Decision(said)
    work = _Work(target)
    work.grant_all(request.wishes, project)
    change = Change.NEW if work.granted else Change.FORTH if forth else Change.BACK
    outcome = Outcome("", change, work.timeline, Effort.EDIT, steps=steps, tool="restore_version")
    return _Decision([*said, *work.said], outcome)


def _answers(asides: Sequence[Aside], project: Project) -> list[Both]:
    return [answer for answer in (aside.answer(project) for aside in asides) if answer.en]


def _presented(timeline: Timeline) -> Both:
    count = len(timeline.clips)
    photos = "1 photo" if count == 1 else f"{count} photos"
    return Both(
        f"Your video is ready: {photos}, {spell(timeline.ms)}, {timeline.ratio}.",
        f"视频已生成：{count}张照片，{timeline.ms / 1000:g}秒，{timeline.ratio}。",
    )


def _honest(unknown: Sequence[str], decision: _Decision) -> list[Both]:
    """What is said about wishes that were not understood."""
    if not unknown:
        return []
    if decision.outcome.change is Change.NONE and not decision.said:
        return [_LOST]
    parts = ", ".join(f"“{part}”" for part in unknown)
    return [Both(f"I did not understand {parts}, so I left that.", f"我没有理解{parts}，这部分没有修改。")]


def _join(said: Sequence[Both], chinese: bool) -> str:
    return "".join(both.zh for both in said) if chinese else " ".join(both.en for both in said)
