"""The kinds of sentences by which our own errands are spoken of, in the senses of the lexicon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What to do with a sentence. Everything but `MESSAGE` is done here and kept from the editor."""

    EXPORT = "export"
    CREDITS = "credits"
    STATUS = "status"
    UPLOAD = "upload"
    CANCEL = "cancel"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of sentence. Its words must all have one of the senses in `may` or `needs`; of each group in `needs` there
    must be one; a phrase with a sense in `veto` speaks against it."""

    needs: tuple[frozenset[str], ...]
    may: frozenset[str]
    veto: frozenset[str]


def _rule(*needs: str, may: str = "", common: str = "polite i me you my can now again to question") -> Rule:
    groups = tuple(frozenset(group.split("|")) for group in needs)
    return Rule(groups, frozenset((common + " " + may).split()).union(*groups), frozenset())


def _finished(*needs: str, may: str = "") -> Rule:
    """About the finished video. Whoever hands over something speaks of another one; so does "a video"."""
    common = "polite me my can now again to question the finished quality device"
    rule = _rule(*needs, may=may, common=common)
    return Rule(rule.needs, rule.may, veto=frozenset({"hand_over"}))


_VIDEO: Final = "video mp4 link file thing"
_COUNTING: Final = "count left have account check what be ask balance status any"
_FILES: Final = (
    "file manner further some a the now first want how can let where_is hand_over send_along here be device ask"
)
_WORK: Final = "it job no want the"

RULES: Final[Mapping[Action, tuple[Rule, ...]]] = {
    Action.EXPORT: (
        _finished("export", may=f"{_VIDEO} i you it want how give send save where_is here see let"),
        _finished("export", "can", may=f"{_VIDEO} i you it ask give send see here"),
        _finished("send|give", "video|mp4|link|file", may=f"{_VIDEO} send_along here it how let"),
        _finished("send|give", "video|mp4|link|file", "can", may=f"{_VIDEO} send_along ask here i"),
        _finished("hand|send_along", "to_me", "video|mp4|link|file", may=f"{_VIDEO} can here"),
        _finished("want|see", "video|mp4|link", may=f"{_VIDEO} give see"),
        _finished("send", "it", may="here send_along thing"),
        _finished("see", "it", "can|want|let"),
        _finished("put", "here", "video|mp4|it", may=_VIDEO),
        _finished("mp4", may="link"),
        _finished("save", "video|mp4|it|device", may=f"{_VIDEO} want how ask"),
    ),
    Action.CREDITS: (
        _rule("credits", may="count left have account check ask balance status any"),
        _rule("credits", "my", may=f"{_COUNTING} the"),
        _rule("credits", "count|left|account|have|balance", may=f"{_COUNTING} the more"),
        _rule("points", "left|have|account", may=f"{_COUNTING} the"),
        _rule("balance", may=f"{_COUNTING} the credits of_video"),
        _rule("buy", "credits", may="more how want some account be count have what the"),
        _rule("more", "credits", may="how want account be have the"),
        _rule("left", "account", may="the what be count how have"),
        _rule("top_up", may="credits balance how want account more some the have"),
        _rule("out_of", "credits|balance", may="be ask account have any count doing how"),
        _rule("none", "credits", "left|have|account|question", may="be ask any count"),
    ),
    Action.STATUS: (
        _rule("status", may="the what be ask check list count of_video any update clips how it when stands"),
        _rule("status", "check|give|send|want|can", may="the a what of_video update list how"),
        _rule("update", "question|status", may="any a the of_video"),
        _rule("tracks", may="the check list what be on_it ask some clips how any want give have"),
        _rule("clips", "list|check|what", may="the be on_it some tracks"),
        _rule("ready", "ask|question|when", may="it the video mp4 export job be doing finished any have on_it what"),
        _rule("stands", may="it the video be doing left ready of_video ask any job what"),
        _rule("how_long", "takes", may="it video mp4 the be have ready doing want job ask of_video can"),
        _rule("what", "goes", may="it video mp4 the job of_video clips thing"),
        _rule("where_is", "video|mp4", may="the finished be"),
        _rule("when", "video|mp4|it", may="the finished be ask see give ready can want doing send"),
    ),
    Action.UPLOAD: (
        _rule("upload", may=f"{_FILES} files"),
        _rule("upload", "a|further", "video", may=_FILES),
        _rule("add", "files|file", may="further some a the first manner to_me"),
        _rule("hand_over", "files|file", may=f"{_FILES} it"),
        _rule("hand", "files", may=f"{_FILES} it"),
        _rule("file", may="a", common=""),
    ),
    Action.CANCEL: (
        _rule("cancel", may=f"{_WORK} video stop drop doing"),
        _rule("cancel", "can|how", may=f"{_WORK} video ask"),
        _rule("stop", may=f"{_WORK} cancel drop doing"),
        _rule("stop", "can|how", may=f"{_WORK} ask"),
        _rule("drop", may=f"{_WORK} cancel stop"),
    ),
}  # fmt: skip

HANDED_OVER: Final = _rule(
    may="these hand_over upload files file further some a the it no be here", common="polite i my you now to me"
)
"""What is written beside files that need no further words ("here they are")."""

UNDO: Final = _rule("undo", may="it the no want job")
"""Back to the timeline before."""
