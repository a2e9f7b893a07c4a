"""Everything that is seen, put together: any frame of a plan, drawn on demand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from studio.render.blends import blend
from studio.render.footage import Footage
from studio.render.plan import Plan
from studio.render.planes import Planes, empty
from studio.render.reels import open_reel
from studio.render.shelves import Shelf
from studio.render.stills import Still, load
from studio.render.timing import Alone, Crossing, Timeline
from studio.render.titles import Title, draw_title


class Scene(Protocol):
    """A shot that can be drawn."""

    def draw(self, frame: int, frames: int, fps: int, target: Planes) -> None:
        """Draw one of the shot's `frames`."""
        ...


class Stage:
    """A plan with its decoded pictures and drawn titles; shared by all threads."""

    def __init__(self, plan: Plan, room: int) -> None:
        self.plan = plan
        self.timeline = Timeline.of(plan)
        self.size = (plan.width, plan.height)
        self.stills: Shelf[Still] = Shelf(lambda number: load(plan.shots[number], self.size), room)
        self.titles: Shelf[Title] = Shelf(lambda number: draw_title(plan.captions[number], plan), room)

    @contextmanager
    def performance(self) -> Iterator[Performance]:
        """Open what one thread needs for a run of frames."""
        with ExitStack() as stack:
            yield Performance(self, stack)


@dataclass(slots=True)
class Performance:
    """A run of frames, drawn one after the other by one thread."""

    stage: Stage
    stack: ExitStack
    footage: dict[int, Footage] = field(default_factory=dict)
    _coming: Planes | None = None

    def draw(self, frame: int, target: Planes) -> None:
        """Draw a frame of the video. Raises `SourceUnreadable`."""
        match self.stage.timeline.at(frame):
            case Alone() as alone:
                self._draw_shot(alone, target)
            case Crossing(leaving, entering, transition, share):
                self._coming = self._coming or empty(*target.size)
                self._draw_shot(leaving, target)
                self._draw_shot(entering, self._coming)
                blend(target, self._coming, transition, share, target)
            case never:
                assert_never(never)
        self._draw_titles(frame, target)

    def _draw_shot(self, alone: Alone, target: Planes) -> None:
        length = self.stage.timeline.spans[alone.shot].length
        self._scene(alone.shot).draw(alone.frame, length, self.stage.plan.fps, target)

    def _scene(self, number: int) -> Scene:
        shot = self.stage.plan.shots[number]
        if shot.kind == "image":
            return self.stage.stills.take(number)
        if number not in self.footage:
            self.footage[number] = Footage(shot, self.stack.enter_context(open_reel(shot.source)))
        return self.footage[number]

    def _draw_titles(self, frame: int, target: Planes) -> None:
        seconds = (frame + 0.5) / self.stage.plan.fps
        for number, caption in enumerate(self.stage.plan.captions):
            if caption.start <= seconds < caption.end:
                self.stage.titles.take(number).lay_over(target, seconds)
