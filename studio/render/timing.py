"""When what is seen: the plan's seconds as whole frames."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from studio.render.plan import Plan, Transition


@dataclass(frozen=True, slots=True)
class Span:
    """The frames of the video in which a shot is seen, `stop` exclusive."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many frames."""
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Alone:
    """One shot fills the frame. `frame` counts within the shot."""

    shot: int
    frame: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """One shot goes over into the next. `share` rises evenly within 0 and 1, both excluded."""

    leaving: Alone
    entering: Alone
    transition: Transition
    share: float


Moment = Alone | Crossing


@dataclass(frozen=True, slots=True)
class Timeline:
    """All shots of a plan, by frame."""

    spans: tuple[Span, ...]
    transitions: tuple[Transition, ...]

    @classmethod
    def of(cls, plan: Plan) -> Timeline:
        """Lay out the plan. Every shot has a frame at least."""
        steps = (shot.seconds - overlap for shot, overlap in zip(plan.shots, plan.overlaps, strict=True))
        starts = (0.0, *accumulate(steps))[:-1]
        spans = tuple(
            Span(round(start * plan.fps), max(round(start * plan.fps) + 1, round((start + shot.seconds) * plan.fps)))
            for start, shot in zip(starts, plan.shots, strict=True)
        )
        return cls(spans, tuple(shot.transition for shot in plan.shots))

    @property
    def frames(self) -> int:
        """How many frames the video has."""
        return self.spans[-1].stop

    def at(self, frame: int) -> Moment:
        """What is seen in a frame of the video."""
        latest = bisect_right([span.start for span in self.spans], frame) - 1
        current = Alone(latest, frame - self.spans[latest].start)
        if latest == 0 or frame >= self.spans[latest - 1].stop:
            return current
        before = self.spans[latest - 1]
        share = (current.frame + 1) / (before.stop - self.spans[latest].start + 1)
        return Crossing(Alone(latest - 1, frame - before.start), current, self.transitions[latest - 1], share)
