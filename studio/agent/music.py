"""Wishes about music: its mood, its volume, none at all, or the person's own."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from typing import ClassVar

from studio.agent.project import Project
from studio.agent.quantities import DEGREE, NUMBER, NUMBER_ZH, factor, number
from studio.agent.sentence import TAKEN, Sentence
from studio.agent.wishes import Both, Build, Found, Impossible, Phase, Rule, Wish, always, rule
from studio.render.plan import Mood
from studio.timeline import MOOD_NAMES, Song, Timeline, Tune

USUAL = 0.5
_PANEL = Both("Open the Music panel to fine-tune it.", "打开音乐面板可以进一步微调。")
MOODS_ZH = {Mood.CALM: "舒缓", Mood.HAPPY: "欢快", Mood.EPIC: "史诗", Mood.LOFI: "Lo-fi"}


@dataclass(frozen=True, slots=True)
class Score(Wish):
    """There shall be music, of this mood if one is given; `other`: not the one there is."""

    phase: ClassVar[Phase] = Phase.MUSIC
    tool: ClassVar[str] = "set_music"
    hint: ClassVar[Both] = _PANEL
    mood: Mood | None = None
    other: bool = False

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """An uploaded song is taken where nothing else is asked for; the volume stays what it was."""
        old = timeline.sound
        volume = old.volume if old else USUAL
        if self.mood is None and not self.other:
            if old is not None:
                return timeline
            if project.songs:
                return replace(timeline, sound=Song(project.songs[-1].hash, project.songs[-1].name, volume))
        return replace(timeline, sound=self._tune(old, timeline, volume))

    def _tune(self, old: Tune | Song | None, timeline: Timeline, volume: float) -> Tune:
        seed = zlib.crc32("".join(clip.media for clip in timeline.clips).encode()) % 100_000
        if isinstance(old, Tune):
            mood = self.mood or old.mood
            return Tune(mood, volume, old.seed + 1 if self.other or mood is old.mood else old.seed)
        return Tune(self.mood or Mood.CALM, volume, seed)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """What is heard."""
        match after.sound:
            case Tune(mood):
                return Both(f"There is {MOOD_NAMES[mood].lower()} music now.", f"已配上{MOODS_ZH[mood]}音乐。")
            case Song(name=name):
                return Both(f"Your song {name} is the music.", f"已使用您的音乐{name}。")
            case None:
                return Both("There is no music.", "没有音乐。")


@dataclass(frozen=True, slots=True)
class Own(Wish):
    """The uploaded song shall be the music."""

    phase: ClassVar[Phase] = Phase.MUSIC
    tool: ClassVar[str] = "set_music"
    hint: ClassVar[Both] = _PANEL

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """The last one that came in."""
        if not project.songs:
            raise Impossible("Please upload the song first.", "请先上传音乐。")
        volume = timeline.sound.volume if timeline.sound else USUAL
        return replace(timeline, sound=Song(project.songs[-1].hash, project.songs[-1].name, volume))

    def told(self, before: Timeline, after: Timeline) -> Both:
        """Which."""
        name = after.sound.name if isinstance(after.sound, Song) else ""
        return Both(f"Your song {name} is the music now.", f"已使用您的音乐{name}。")


@dataclass(frozen=True, slots=True)
class Loudness(Wish):
    """The music shall be so loud, from 0 to 1."""

    phase: ClassVar[Phase] = Phase.MUSIC
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "set_volume"
    hint: ClassVar[Both] = _PANEL
    volume: float

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """Above everything is everything."""
        return _at_volume(timeline, self.volume)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The volume."""
        return _told_volume(after)


@dataclass(frozen=True, slots=True)
class Louder(Wish):
    """The music shall be louder (above 1) or quieter (below 1)."""

    phase: ClassVar[Phase] = Phase.MUSIC
    quiet: ClassVar[bool] = True
    tool: ClassVar[str] = "set_volume"
    hint: ClassVar[Both] = _PANEL
    factor: float

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """By so much, to full percents."""
        return _at_volume(timeline, (timeline.sound.volume if timeline.sound else 0) * self.factor)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """The volume."""
        return _told_volume(after)


@dataclass(frozen=True, slots=True)
class Silence(Wish):
    """There shall be no music."""

    phase: ClassVar[Phase] = Phase.MUSIC
    tool: ClassVar[str] = "remove_music"

    def grant(self, timeline: Timeline, project: Project) -> Timeline:
        """It goes."""
        return replace(timeline, sound=None)

    def told(self, before: Timeline, after: Timeline) -> Both:
        """That it is gone."""
        return Both("The music is gone.", "音乐已去掉。")


def _at_volume(timeline: Timeline, volume: float) -> Timeline:
    if timeline.sound is None:
        raise Impossible("There is no music yet.", "视频里还没有音乐。")
    return replace(timeline, sound=replace(timeline.sound, volume=min(1.0, max(0.0, round(volume, 2)))))


def _told_volume(timeline: Timeline) -> Both:
    percent = round((timeline.sound.volume if timeline.sound else 0) * 100)
    return Both(f"The music is at {percent} % now.", f"音乐音量现在是{percent}%。")


# --- how it is said ---------------------------------------------------------------------------------------------------


def _loudness(match: re.Match[str], _: Sentence) -> Found:
    text = next(group for group in match.groups() if group)
    half = text.strip().lower() in ("half", "一半")
    return Loudness(0.5 if half else number(text) / 100)


def _louder(usual: float) -> Build:
    return lambda match, _sentence: Louder(factor(match[0], usual))


_MOODS = {
    Mood.LOFI: Both(
        r"lo[\s-]?fi|chill(?:ed|er|out)?|hip[\s-]?hop|jazz(?:y|ier)?|study|caf[eé]|coffee[\s-]?shop|laid[\s-]back|mellow",
        r"lo-?fi|慵懒|爵士|悠闲|咖啡馆|嘻哈",
    ),
    Mood.HAPPY: Both(
        r"happ(?:y|ier)|cheer(?:ful|ier|y)|up[\s-]?beat|fun(?:ny|nier)?|joyful|energetic|lively|livelier|pop|playful"
        r"|sunny|bright(?:er)?|summery?|danc(?:e|y)|festive|party",
        r"欢快|快乐|开心|活泼|轻快|愉快|欢乐|动感|喜庆|热闹|流行",
    ),
    Mood.EPIC: Both(
        r"epic|cinematic|dramatic|orchestral|powerful|heroic|intense|grand(?:er)?|trailer|majestic|inspiring|uplifting"
        r"|movie[\s-]like",
        r"史诗|大气|震撼|激昂|宏大|电影感|磅礴|励志|管弦",
    ),
    Mood.CALM: Both(
        r"calm(?:er|ing)?|relax(?:ed|ing)|soft|gentle(?:r)?|peaceful|slow(?:er)?|romantic|sad(?:der)?|piano"
        r"|ambient|dreamy|soothing|tender|emotional|acoustic|classical|warm|quiet",
        r"平静|舒缓|安静|轻柔|柔和|温柔|放松|浪漫|抒情|钢琴|治愈|温馨|忧伤|古典",
    ),
}
"""Words for the moods, in English and Chinese."""

_MUSIC = (
    r"(?:(?:background\s+|bg\s+|back\s+)?(?:music|songs?|tunes?|sound\s*track|bgm|score|melody|audio|sound"
    r"|beats?|vibes?))"
)
_MUSIC_ZH = r"(?:背景音乐|配乐|音乐|bgm|乐曲|歌曲|曲子|歌)"
_WITH = (
    r"(?:(?:with|and|add|use|have|put|set|play|include|some|a|an|the|to|it|me|give|more|make|change|switch"
    r"|background|bit|little|much|of|nice)\s+){0,6}"
)
_WITH_ZH = (
    r"(?:配上?|加上?|加|添加|用|来点|来首|换成?|换|改成|改为|放|带上?|带|有)?"
    r"(?:一首|一段|一些|一点|几首|个|点|首|段)?(?:更|比较|稍微)?"
)
_TO = (
    r"(?:\s+(?:to|to\s+be|be|is|should\s+be|into|sound|a\s+bit|a\s+little|much|more|something|less|gets?"
    r"|more\s+like|with|for)){0,6}"
)
_VOLUME = r"(?:(?:the\s+|its\s+)?(?:music(?:'s)?\s+)?(?:volume|loudness)(?:\s+of\s+the\s+music)?)"
_PERCENT = rf"(?:({NUMBER})\s*(?:%|percent|per\s+cent)|(?:百分之)\s*({NUMBER_ZH}))"


def _mood_rule(mood: Mood, words: Both) -> Rule:
    en, zh = words
    return rule(
        always(Score(mood)),
        rf"{_WITH}(?:really\s+|very\s+)?\b(?:{en})\b(?:[\s,]+(?:and\s+)?\w+)?\s+{_MUSIC}\b",
        rf"{_WITH}{_MUSIC}\b{_TO}\s+(?:{en})\b",
        rf"{_WITH}(?:something|anything)\s+{DEGREE}(?:more\s+)?(?:{en})\b",
        rf"{_WITH_ZH}(?:{zh})(?:一点|一些|些|点)?(?:的|感的|风格的?|风格)*{_MUSIC_ZH}",
        rf"{_MUSIC_ZH}(?:要|风格|换成|换|改成|改为|变得?|再|得|更|能|可以|用|是)*(?:{zh})(?:一点|一些|些|点)?(?:的|风格)*",
        rf"(?:换成?|来点|来首|改成)(?:更|比较)?(?:{zh})(?:一点|一些|些|点)?的",
    )


def _bare_mood_rule(mood: Mood, words: Both) -> Rule:
    """ "More epic", with no word of music."""
    return rule(
        always(Score(mood)),
        rf"{_BE}{DEGREE}more\s+(?:{words.en})\b(?!\s+(?:motion|movement|zoom|pace|transitions|cuts))",
    )


_BE = r"(?:(?:make|be)\s+(?:it|this)\s+|sound\s+)?"

RULES = (
    rule(
        always(Silence()),
        (
            r"(?:no|without|remove|delete|drop|kill|get\s+rid\s+of|turn\s+off|switch\s+off|mute|cut|stop"
            r"|take\s+(?:out|away|off)|lose|don't\s+(?:want|need|like))\s+(?:the\s+|any\s+|all\s+|that\s+"
            rf")*{_MUSIC}\b(?!\s*(?:volume|to\s+\d))"
        ),
        rf"{_MUSIC}\s+off\b",
        r"\bmute\b(?:\s+(?:it|the\s+video|everything))?",
        r"\bsilent\b(?:\s+video)?",
        r"in\s+silence",
    ),
    rule(
        always(Silence()),
        rf"(?:不要|去掉|删除|删掉|移除|关掉|关闭|取消|没有|无|静音|拿掉|去除)(?:这个|那个|所有)?的?(?:{_MUSIC_ZH}|声音)",
        rf"把?(?:{_MUSIC_ZH}|声音)(?:都|给我)?(?:去掉|删掉|删除|关掉|关闭|移除|拿掉|取消|静音|不要了?)",
        r"静音",
    ),
    *(_mood_rule(mood, words) for mood, words in _MOODS.items()),
    *(_bare_mood_rule(mood, words) for mood, words in _MOODS.items()),
    rule(always(Score(Mood.HAPPY)), rf"{_BE}{DEGREE}(?:happier|cheerier|livelier)"),
    rule(always(Score(Mood.CALM)), rf"{_BE}{DEGREE}(?:calmer|sadder)"),
    rule(always(Score(Mood.LOFI)), rf"{_WITH}(?:lo[\s-]?fi|hip[\s-]?hop|jazz)(?:\s+hip[\s-]?hop)?"),
    rule(
        _loudness,
        (
            r"(?:(?:lower|raise|set|turn|change|reduce|bring|increase|put|make|drop|decrease|adjust)\s+"
            rf")?(?:(?:the\s+)?{_MUSIC}\s+(?:volume\s+)?|{_VOLUME}\s+)(?:down\s+|up\s+)?(?:should\s+be\s+"
            rf")?(?:to|at|be|of|is|=|:)?\s*{_PERCENT}(?:\s+volume)?"
        ),
    ),
    rule(
        _loudness,
        (
            rf"(?:(?:lower|raise|set|turn|reduce|bring|put|make)\s+)?(?:it|{_VOLUME})\s+(?:down\s+|up\s+)?(?:to"
            rf"|at)\s+{_PERCENT}"
        ),
        rf"(?:at\s+)?{_PERCENT}\s+(?:{_MUSIC}\s+)?volume",
        rf"{_MUSIC}\s+(?:at|on)\s+(half)(?:\s+volume)?",
    ),
    rule(
        _loudness,
        (
            rf"(?:把)?(?:{_MUSIC_ZH}|声音)?(?:的)?(?:音量|声音|{_MUSIC_ZH})(?:的)?(?:调|降|升|提|减|改|设|开)?(?:低|高|小|大)?(?:到|至"
            rf"|为|成|是)?\s*(?:{_PERCENT}|({NUMBER_ZH})\s*%|(一半))"
        ),
    ),
    rule(
        _loudness,
        rf"{TAKEN}\s*[,]?\s*(?:at|to|on|with)\s+{_PERCENT}(?:\s+volume)?",
        rf"(?:set\s+)?(?:the\s+)?(?:{_MUSIC}\s+)?volume\s+(?:to|at)\s+(half)",
    ),
    rule(
        _louder(0.6),
        r"half\s+(?:the\s+)?volume|half\s+as\s+loud",
        (
            rf"(?:lower|reduce|decrease|soften|quieten)\s+(?:the\s+)?(?:{_MUSIC}(?:\s+volume)?|{_VOLUME})(?:\s+"
            r"(?:a\s+(?:little\s+)?bit|a\s+little|slightly|a\s+lot))?"
        ),
        rf"turn\s+(?:it|(?:the\s+)?(?:{_MUSIC}|{_VOLUME}))\s+down",
        rf"turn\s+down\s+(?:the\s+)?(?:{_MUSIC}|{_VOLUME})",
        rf"(?:{_MUSIC}{_TO}\s+)?{DEGREE}(?:quieter|less\s+loud|not\s+so\s+loud)(?:\s+{_MUSIC})?",
        rf"{_MUSIC}\s+(?:is\s+)?(?:too|so)\s+loud",
        r"too\s+loud",
        rf"{_MUSIC}{_TO}\s+(?:softer|lower)",
    ),
    rule(
        _louder(1.6),
        (
            rf"(?:raise|increase|boost|amplify)\s+(?:the\s+)?(?:{_MUSIC}(?:\s+volume)?|{_VOLUME})(?:\s+(?:a\s+"
            r"(?:little\s+)?bit|a\s+little|slightly|a\s+lot))?"
        ),
        rf"turn\s+(?:it|(?:the\s+)?(?:{_MUSIC}|{_VOLUME}))\s+up",
        rf"turn\s+up\s+(?:the\s+)?(?:{_MUSIC}|{_VOLUME})",
        rf"(?:{_MUSIC}{_TO}\s+)?{DEGREE}(?:louder|less\s+quiet)(?:\s+{_MUSIC})?",
        rf"{_MUSIC}\s+(?:is\s+)?(?:too|so)\s+quiet",
        r"too\s+quiet",
    ),
    rule(
        _louder(0.6),
        rf"(?:{_MUSIC_ZH}|音量|声音)(?:的?音量|声)?(?:调|再|太大了?[,]?|稍微|更|放|开)*(?:小|轻|低|减小|降低)(?:一点点?|一些|些|点|声|很多)?",
        r"小声(?:一点|些|点)?",
        rf"(?:调低|降低|减小)(?:一点|一些)?(?:{_MUSIC_ZH}|音量|声音)的?(?:音量)?",
    ),
    rule(
        _louder(1.6),
        rf"(?:{_MUSIC_ZH}|音量|声音)(?:的?音量|声)?(?:调|再|太小了?[,]?|稍微|更|放|开)*(?:大|响|高|增大|提高)(?:一点点?|一些|些|点|声|很多)?",
        r"大声(?:一点|些|点)?",
        rf"(?:调高|提高|增大)(?:一点|一些)?(?:{_MUSIC_ZH}|音量|声音)的?(?:音量)?",
    ),
    rule(
        always(Own()),
        (
            r"(?:use|add|with|take|play)\s+(?:my|the\s+uploaded|the\s+attached|this|that|our|the)\s+(?:own\s+"
            r")?(?:uploaded\s+)?(?:song|track|mp3|audio(?:\s+file)?|recording|voice\s*(?:note|over)?"
            r"|music(?:\s+file)?)(?:\s+(?:that\s+)?(?:i\s+)?(?:uploaded|sent|just\s+sent|attached))?(?:\s+as\s+"
            rf"(?:the\s+)?{_MUSIC})?"
        ),
        r"\bmy\s+(?:own\s+)?(?:song|music|mp3)",
        rf"用(?:我|这首|刚才|刚)(?:自己)?(?:上传|发|传)?的?(?:这首|那首)?{_MUSIC_ZH}",
    ),
    rule(
        always(Score(other=True)),
        rf"{_WITH}(?:different|another|other|new)\s+(?:kind\s+of\s+|piece\s+of\s+)?{_MUSIC}",
        rf"(?:change|replace|switch|swap)\s+(?:the\s+)?{_MUSIC}\b(?!\s+(?:to|volume|with|into))",
        rf"换(?:一)?(?:首|个|段|种)(?:别的|其他的?|不同的?)?{_MUSIC_ZH}?",
        rf"换{_MUSIC_ZH}",
    ),
    rule(
        always(Score()),
        (
            rf"{_WITH}(?:nice\s+|matching\s+|fitting\s+|suitable\s+|good\s+|background\s+)*{_MUSIC}\b(?:\s+"
            r"(?:to\s+it|in\s+the\s+background))?"
        ),
        rf"{_WITH_ZH}(?:合适的?|好听的?)?{_MUSIC_ZH}",
    ),
)
"""What takes away first, then moods, then volume, the bare mention last."""
