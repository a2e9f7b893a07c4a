"""The decision: every word of a sentence must belong to an errand of ours, else it is a message for the editor."""

from __future__ import annotations

import re
from enum import StrEnum


class Action(StrEnum):
    """What to do with a sentence. Everything but `MESSAGE` is done here and kept from the editor."""

    EXPORT = "export"
    CREDITS = "credits"
    STATUS = "status"
    UPLOAD = "upload"
    CANCEL = "cancel"
    MESSAGE = "message"


_PLAIN: dict[Action, str] = {
    Action.EXPORT: r"export|download|(send|give) me the (video|mp4)|导出|下载|把视频发给我",
    Action.CREDITS: r"credits|balance|how many credits (do i have )?(left)?|积分|余额|还剩多少积分",
    Action.STATUS: r"status|show tracks|show the timeline|progress|状态|进度",
    Action.UPLOAD: r"upload|上传|a file",
    Action.CANCEL: r"stop|cancel|stop it|cancel it|never ?mind|取消|停止|停",
}
_ANNOUNCE = re.compile(
    r"\b(these|my|the following) (photos?|pictures?|images?|pics?)\b|(这些|这几张|我的)(照片|图片|图)", re.I
)


def classify(text: str, *, has_files: bool = False) -> Action:
    """What the person wants. `has_files`: photos or other files came with the sentence."""
    said = re.sub(r"\s*(pls|please|now)\s*$", "", re.sub(r"[.!?。！？\s]+", " ", text.lower()).strip())
    if not said:
        return Action.UPLOAD if has_files else Action.MESSAGE
    for action, pattern in _PLAIN.items():
        if re.fullmatch(pattern, said):
            return action
    return Action.MESSAGE


def announces_files(text: str) -> bool:
    """Whether the sentence speaks of pictures as if they were about to come."""
    return _ANNOUNCE.search(text) is not None


def wants_undo(text: str) -> bool:
    """Whether the sentence asks for the timeline as it was before, and for nothing else."""
    return re.fullmatch(r"\W*(undo|go back|撤销)\W*", text, re.I) is not None
