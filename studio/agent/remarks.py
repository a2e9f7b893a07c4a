"""Remarks that come with a request, in brackets on a line of their own: which photos there are, what each is for."""

from __future__ import annotations

import re
from typing import Final

_REMARK: Final = re.compile(r"^[ \t]*\[(?:Photos? |照片|第\d+张照片)[^\n]*\][ \t]*$", re.MULTILINE)


def parted(typed: str) -> tuple[str, str]:
    """The request, and the remarks. What those say of names and order is known here anyway."""
    remarks = "\n".join(_REMARK.findall(typed))
    return _REMARK.sub("", typed).strip() if remarks else typed, remarks
