"""Sentences that speak of pictures as if they were about to come: "make a video of these photos"."""

from __future__ import annotations

import re
from typing import Final

from core.routing.tokens import simplified, split

_PICTURES: Final = (
    r"(?:photos?|fotos?|pics?|pictures?|images?|imgs?|pix|shots?|snaps|selfies?|screenshots?|photographs?|files?|videos"
    r"|clips|imagen|imagenes|imagem|imagens|bild(?:er)?n?|archivos?|arquivos?|dateien|fichiers"
    r"|фот\w*|картин\w*|снимк\w*|изображени\w*)"
)
_POINTING: Final = (
    r"(?:these|those|this|my|our|all|all of|following|attached|below|next|both|several|a few|few|some|the|\d+|two|three"
    r"|four|five|six|seven|eight|nine|ten|twelve|estas|esta|mis|diese[nrs]?|meine[nr]?|ces|cette|mes|essas|essa|minhas"
    r"|эти\w*|эт[ау]|мои\w*|моей|мо[юя])"
)
_MAKING: Final = (
    "of|from|out of|with|using|use|turn|animate|combine|merge|join|put|make|take|convert|into"  # … these, this
)
_SENDING: Final = (
    "sending|i ?ll send|i will send|i m going to send|gonna send|here (?:are|is|come|comes)|heres"
    "|i have|i ve got|ive got|i got"
)
_CJK_PICTURES: Final = "(?:照片|图片|图|相片|照|素材|文件|截图|视频)"
_ANNOUNCEMENTS: Final = re.compile(
    "|".join(
        (
            rf"\b{_POINTING}(?: \w+){{0,2}}? {_PICTURES}\b",
            rf"\b(?:{_MAKING}) (?:these|those|them|this)\b",
            rf"\b(?:{_SENDING})(?: \w+){{0,3}} {_PICTURES}\b",
            r"\b(?:de estas|aus diesen|avec ces|com essas|из этих)\b",
            rf"[这那]\s?(?:[些几]|\d+|[一二两三四五六七八九十])?\s?[张幅个]?\s?{_CJK_PICTURES}",
            rf"(?:我们?的|[下以][面下]的?|几张|所有的?|\d+ ?张|[两三四五六七八九十]张)\s?\w{{0,3}}?{_CJK_PICTURES}",
            r"[用把将给]这(?:些|几张|张)",
            rf"[发传](?:给你)?\s?\w{{0,2}}{_CJK_PICTURES}|给你发|照片(?:来了|马上)",
            simplified(r"(?:この|これらの|私の|次の|以下の|添付の)\w{0,2}(?:写真|画像|動画)|写真を送"),
        )
    )
)


def announces_files(text: str) -> bool:
    """Whether the sentence speaks of pictures as if they were about to come."""
    return _ANNOUNCEMENTS.search(_joined(text)) is not None


def _joined(text: str) -> str:
    """The words with one space between, and none between CJK characters."""
    return re.sub(r"(?<=[\u3040-\u9fff]) (?=[\u3040-\u9fff])", "", " ".join(split(text)))
