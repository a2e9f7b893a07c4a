"""A sentence under work: quotations set aside, understood parts taken out, and what remains in the end."""

from __future__ import annotations

import re
import unicodedata

_FIRST = 0xE000
TAKEN = "\uf000"
QUOTE = "[\ue000-\uefff]"
"""A character of this kind stands for a quotation."""

MOST_QUOTES = 0xFFF
"""A longer list is nobody's wish for a title."""

_QUOTED = re.compile(
    '“([^“”]+)”|"([^"]+)"|„([^“”„]+)[“”]|«([^«»]+)»|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》|‘([^‘’]+)’'
    "|(?<!\\w)'([^']+)'(?!\\w)"
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_SEPARATOR = re.compile(
    r"[,.;:!?。;!?、\n()~…]+|\b(?:and|then|but|also|plus|or|while)\b|然后|并且|而且|还有|另外|同时|接着|顺便|再|并|和|但是|但"
)
_FILLER = re.compile(
    r"\bi(?:'ve)?\s+changed\s+my\s+mind\b|\bnever\s*mind\b|\b(?:actually|sorry|wait|hmm+|oh|um+)\b"
    r"|\b(?:a|an|the|this|that|these|those|it|its|it's|is|are|be|was|i|i'd|i'm|i've|we|you|me|my|our|your|us|them|they"
    r"|please|pls|plz|thanks|thank|thx|ok|okay|hi|hey|hello|yes|no|well|so|now|just|only|really|very|too|again|maybe"
    r"|can|could|would|will|should|want|need|like|love|let|lets|let's|make|making|made|get|give|have|has|do|does|did"
    r"|turn|put|set|use|using|keep|show|create|into|in|on|of|to|for|from|with|at|by|as|out|up|all|some|any|more|bit"
    r"|little|lot|much|quite|rather|slightly|photos?|pictures?|pics?|images?|shots?|files?|videos?|movies?|clips?|film"
    r"|slideshow|thing|things|everything|here|there|way|new|nice|one|ones|both|each|whole|still|time|please)\b"
    r"|请|麻烦|帮我|帮忙|我想要?|我要|希望|能不能|可以|能否|把|将|给我?|让|这些|这个|这张|这|那个|那|它们?|我的?|你|您|的|了|吧|吗|呢|啊|呀"
    r"|一下|一个|一段|一点|一些|点|些|照片|图片|相片|视频|短片|影片|图|做成|做|变成|变|弄成|弄|换成|换|改成|改为|改|成|为|用|要|想|来|都|也|就"
    r"|谢谢|好的?|在|上|里|到|更|很|太|比较|稍微|稍|张|个|段|整个|全部|所有"
    r"|['\"’_\s\-–—/&+*#@%=<>\[\]{}|\\^`]",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:add|insert|include|remove|delete|replace|draw|paint|blur|translate|rotate|crop|change|write|record|recolou?r"
    r"|colou?r|animate|generate|invent|sing|speak|narrate|highlight|mirror|flip)\b|添加|加上|加入|加|插入|删除|删掉|去掉|替换|翻译|旋转|裁剪|变色|模糊",
    re.IGNORECASE,
)


class Sentence:
    """What a person typed. Rules look at `text` and take what they understand; nothing is understood twice."""

    def __init__(self, typed: str) -> None:
        self._quotes: list[str] = []
        masked = _QUOTED.sub(self._set_aside, _PRIVATE.sub(" ", typed))
        self.text = _repeat_verbs(unicodedata.normalize("NFKC", masked))
        self.chinese = _is_chinese(self.text)

    def _set_aside(self, match: re.Match[str]) -> str:
        self._quotes.append(next(group for group in match.groups() if group is not None).strip())
        return chr(_FIRST + len(self._quotes) - 1) if len(self._quotes) <= MOST_QUOTES else " "

    def quoted(self, mark: str) -> str:
        """The quotation that a character stands for."""
        return self._quotes[ord(mark) - _FIRST]

    def take(self, start: int, stop: int) -> None:
        """This part is understood."""
        self.text = self.text[:start] + TAKEN * (stop - start) + self.text[stop:]

    def replace(self, pattern: str, by: str) -> None:
        """Put it in other words."""
        self.text = re.sub(pattern, by, self.text, flags=re.IGNORECASE)

    def say(self, part: str) -> str:
        """A part of the text as it was typed."""
        return re.sub(QUOTE, lambda match: f"“{self.quoted(match[0])}”", part).replace(TAKEN, "")

    def leftovers(self) -> list[str]:
        """The wishes in it that nobody understood, each as it was typed.

        A clause of which a part was understood may describe as much as it likes; an order in it must be understood.
        """
        found = []
        for clause in _SEPARATOR.split(self.text):
            content = _FILLER.sub("", clause.replace(TAKEN, ""))
            if TAKEN in clause and not (_ORDERS.search(clause) and _ORDERS.sub("", content)):
                continue
            if content:
                found.append(" ".join(self.say(clause).split()))
        return found


def _is_chinese(text: str) -> bool | None:
    """Which of the two languages it is, None for neither. A name in the other script changes nothing."""
    chinese, latin = (len(re.findall(letters, text)) for letters in ("[\u4e00-\u9fff]", "[A-Za-z]"))
    return chinese * 2 >= latin if chinese or latin else None


_SHARED_VERB = re.compile(
    r"\b(remove|delete|drop|lose|without|no)(\s+(?:the\s+|any\s+)?\w+)\s*(?:,\s*|\band\s+|\bor\s+|&\s*)(?=(?:the\s+|any\s+)?(?:titles?|texts?|captions?|music|sound|transitions?|motion|photos?|pictures?)\b)",
    re.IGNORECASE,
)
_SHARED_VERB_ZH = re.compile(
    "(去掉|删除|删掉|不要|取消|移除)(标题|字幕|文字|音乐|配乐|转场)(?:和|与|跟|以及|、)(?=标题|字幕|文字|音乐|配乐|转场)"
)
_SHARED_OBJECT_ZH = re.compile(
    "(标题|字幕|文字|音乐|配乐|转场)(?:和|与|跟|以及|、)(标题|字幕|文字|音乐|配乐|转场)都?(去掉|删除|删掉|取消|移除)"
)


def _repeat_verbs(text: str) -> str:
    """ "Remove the music and the title" is "remove the music and remove the title"."""
    text = _SHARED_VERB.sub(r"\1\2 and \1 ", text)
    text = _SHARED_VERB_ZH.sub(r"\1\2,\1", text)
    return _SHARED_OBJECT_ZH.sub(r"\1\3,\2\3", text)
