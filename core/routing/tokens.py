"""Cutting a sentence into comparable words: no capitals, accents, punctuation, emoji or stretched letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

_WORD: Final = re.compile(
    r"[a-z0-9]+|[\u0400-\u04ff]+|[\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\?|[^\W\d_]+|\d+", re.ASCII | re.I
)
_APOSTROPHES: Final = str.maketrans("", "", "'’‘`´ʼ")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_SIMPLE: Final = str.maketrans(
    "匯載積餘額還幾點狀態進顯軌時間線軸傳檔圖視頻給發請幫嗎麼們這個張來樣種終斷別煩謝對沒為現開處導輸結見長會過讓買儲"
    "鏈連動嘛東丟兩樂親從兒單冊況準剛辦務勞變後備夠復頭將屆當錄戶擁換數歡氣滿愛電畫確緊約經繼緒續編網罷腦獲補覺覽認詢"
    "說誒調敗賬質費購賺讚贊轉輯邊裡裏鐘鈕錢銷錯鏡問靜頁項預領題馬駕順實盡師帳應廢棄總擾條業構機滾嘍獨寫製爲",
    "汇载积余额还几点状态进显轨时间线轴传档图视频给发请帮吗么们这个张来样种终断别烦谢对没为现开处导输结见长会过让买储"
    "链连动嘛东丢两乐亲从儿单册况准刚办务劳变后备够复头将届当录户拥换数欢气满爱电画确紧约经继绪续编网罢脑获补觉览认询"
    "说诶调败账质费购赚赞赞转辑边里里钟钮钱销错镜问静页项预领题马驾顺实尽师帐应废弃总扰条业构机滚喽独写制为",
)

# Words that people mistype, slips that no rule explains, and words that look like mistyped ones but are none.
_WORTH_CORRECTING: Final = (
    "export", "download", "video", "render", "please", "send", "file", "credits", "credit", "balance", "remaining",
    "account", "status", "progress", "timeline", "tracks", "ready", "finished", "upload", "photos", "pictures",
    "images", "cancel", "stop", "there", "where", "still", "finish", "share", "project", "thing", "track", "photo",
    "picture", "nevermind", "wait", "much", "many", "have", "what", "when", "left", "working", "going", "long",
    "abort", "rendering", "everything", "thanks", "update", "current",
)  # fmt: skip
_KNOWN_SLIPS: Final = {
    "teh": "the", "hte": "the", "mny": "many", "waht": "what", "hwo": "how", "cna": "can", "stp": "stop", "plz":
    "please", "giv": "give", "yuo": "you", "dwnload": "download", "dwnld": "download", "exprt": "export", "credts":
    "credits", "vidio": "video", "vdo": "video", "vdeo": "video", "vedio": "video", "pls": "please", "wat": "what",
    "wen": "when", "donload": "download", "dowloand": "download", "downlad": "download", "cancl": "cancel", "cansel":
    "cancel", "staus": "status", "stat": "status", "balanse": "balance", "dis": "this", "dat": "that", "thru":
    "through",
}  # fmt: skip
_REAL_WORDS: Final = frozenset((
    "abort", "aborted", "aborts", "about", "accounts", "already", "apart", "balanced", "bend", "canal", "canceled",
    "cancelled", "cancels", "cancer", "congress", "cracks", "credited", "currant", "currents", "dance", "data",
    "date", "dates", "dead", "discount", "downloads", "edit", "editor", "edits", "end", "ends", "expend", "expert",
    "expire", "expo", "extort", "filed", "files", "film", "fine", "finisher", "finishes", "fire", "five", "gender",
    "glance", "image", "imaged", "images", "import", "lance", "lend", "life", "loader", "mend", "mile", "opts",
    "photo", "photon", "picture", "pictured", "pile", "plead", "pleased", "post", "pots", "process", "read", "reader",
    "reads", "ready", "really", "renders", "report", "reports", "sand", "seed", "sender", "sends", "shop", "slow",
    "smile", "snd", "spend", "sport", "spot", "stamp", "states", "static", "statue", "statues", "statuses", "step",
    "stoop", "stopped", "stops", "tanks", "tend", "tender", "tile", "timelines", "title", "top", "tops", "trades",
    "tricks", "trucks", "unload", "unloaded", "updated", "updates", "upgrade", "uploader", "vides",
))  # fmt: skip


def tokenise(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The words of a text, mistyped ones corrected to those that matter; a question mark and every CJK character count
    as a word. `known` words are never corrected."""
    return tuple(_corrected(word, known) for word in split(text))


def split(text: str) -> Iterator[str]:
    """The words of a text as they stand, made comparable."""
    plain = simplified(unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES))
    return (match[0] for match in _WORD.finditer("".join(map(_without_accent, plain))))


def simplified(text: str) -> str:
    """The text with traditional characters as simplified ones, one for one. Japanese ones change likewise, so what is
    compared with it must have gone through here too."""
    return text.translate(_SIMPLE)


def _without_accent(letter: str) -> str:
    if letter == "ё":
        return "е"
    if not "\u00c0" <= letter <= "\u024f":  # only Latin: a Japanese or Cyrillic mark makes another letter
        return letter
    return unicodedata.normalize("NFD", letter)[0]


def _corrected(word: str, known: Collection[str]) -> str:
    if word in known or not word.isascii() or not word.isalpha():
        return word
    for shorter in (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)):
        if shorter in known:
            return shorter
    if word in _KNOWN_SLIPS:
        return _KNOWN_SLIPS[word]
    if word in _REAL_WORDS:
        return word
    return _nearest(word)


@lru_cache(maxsize=4096)
def _nearest(word: str) -> str:
    return next((right for right in _WORTH_CORRECTING if _one_slip(word, right)), word)


def _one_slip(word: str, right: str) -> bool:
    """One letter too many, missing, wrong, or two changed places; short words only allow the last."""
    if len(word) < 4 or abs(len(word) - len(right)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, right, strict=False)) if a != b), min(len(word), len(right)))
    a, b = word[start:], right[start:]
    if len(a) == len(b) and len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]:
        return True
    if len(right) < 5:
        return False
    return a[1:] == b or a == b[1:] or a[1:] == b[1:]
