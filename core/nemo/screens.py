"""How people are told to use a screen, in English and Chinese: the patterns by which such talk is recognised.

A person is addressed, or told what to do, and the thing is a part of a screen: that is an instruction. Somebody *in the
video* who clicks, opens or drags is named before the verb, so such a clause does not begin like one of these. All
patterns read a clause without markup, in which every quotation has become a `Q`.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Act(StrEnum):
    """What an instruction of the editor comes down to here. An `EDIT` costs credits: it is only offered."""

    EXPORT = "export"
    STATE = "state"
    EDIT = "edit"
    TIMELINE = "timeline"
    CREDITS = "credits"


def _one_of(*lines: str) -> str:
    """A group out of comma-separated patterns."""
    return "(?:" + "|".join(part.strip() for line in lines for part in line.split(",") if part.strip()) + ")"


def _compiled(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)


# --- how an instruction begins ----------------------------------------------------------------------------------------

_LEAD: Final = _one_of(
    "and, or, but, so, then, next, now, finally, first, second, third, lastly, also, simply, just, please, afterwards",
    "alternatively, otherwise, again, either, from there, after that, go ahead and, feel free to, be sure to",
    "make sure to, make sure you, remember to, try to, (?:do not|don['’]t) forget to, at any time, manually, directly",
    "all you (?:need|have) to do is(?: to)?, it's time to, you're ready to, (?:could|can|would) you(?: please)?",
    "i (?:suggest|recommend)(?: that)?(?: you)?, i'd suggest you, let's, step \\d+, whenever you like, quickly, kindly",
)
_MANNER: Final = _one_of(
    "can, could, may, might, should, must, will, need to, have to, want to, just, now, also, always, simply",
    "then, even",
    "easily, either, directly, be able to, only need to, are able to, only have to, just need to, still, first",
    "quickly",
    "manually, further",
)
_YOU: Final = rf"(?:(?:which|where|that)\s+)?you(?:['’]ll| will|['’]d)?(?>(?:\s+{_MANNER})*)"
_NOT: Final = _one_of(
    "do not(?! forget), don['’]t(?! forget), never, avoid, no need to",
    "there['’]s no need to, you (?:do not|don['’]t) (?:need|have) to",
)
_BEGIN: Final = rf"(?>(?:(?:{_NOT}|{_LEAD}|{_YOU})[\s,]+)*)"

_BEGIN_ZH: Final = (
    "(?>(?:"
    "请|您|你|用鼠标|\\w{1,8}的话|就|也|还|都|现在|然后|接着|接下来|再|最后|首先|先|或者|或|并|之后|随后|直接"
    "|只需要?|只要|可以|可|能够?|需要"
    "|即可|记得|不要忘记|别忘了|试着|尝试|手动|随时|轻轻|同时|另外|此外|而且|不要|别|无需|不用|不必|请勿"
    r"|[完确满准编修预制]\w{1,3}(?:之|以)?后|\s|[，,])*)"
)

# --- verbs and things of a screen -------------------------------------------------------------------------------------

_POINT: Final = (
    r"(?:double[- ]?|right[- ]?|left[- ]?|long[- ]?)?"
    r"(?:click|tap|press|hit|drag(?:[- ]and[- ]drop)?|hover|scrub|swipe|toggle|pinch)(?!-)"
)
_AT: Final = (
    r"(?=\s*$|\s+(?:Q\b|\[|(?:on|onto|over|the|your|it|its|this|that|them|a|an|any|each|every|both|either|one|here|and"
    r"|through|to|into|in|with|export|download|play|apply)\b))"
)
_USE: Final = _one_of(
    "press, hit, open, select, choose, pick, use, go, head, navigate, switch, see, check, view, preview, watch",
    "play, find",
    "look, visit, adjust, change, move, trim, expand, scroll, export, download, (?:take|have) a look, enter",
    "drop, save",
    "review, try, access, locate, close, collapse, resize, cut, split, delete, remove, add, edit, modify, set, turn",
    "reorder, rearrange, zoom, log, sign, manage, fine-tune, tweak, customi[sz]e, render, get, upload, import, place",
    "pause, hold, make, continue, inspect, pull, push, slide, grab, stretch, enable, disable, confirm, apply, refer",
    "browse, top up, monitor, refresh, double-check, hop, jump, return, come, share, undo",
)
_SCREEN: Final = _one_of(
    "buttons?, panels?, tabs?, menus?, toolbars?, side ?bars?, icons?, sliders?, drop-?downs?, check ?box(?:es)?",
    "timeline, editor, library, media (?:browser|bin|pool), inspector, properties, on the preview, player, play ?head",
    "the preview, preview (?:window|pane|panel|area|player|screen|monitor), play$, (?:hit|press) play",
    "play button, in the preview",
    "(?:top|upper|bottom|lower|right|left)[- ]?(?:right|left|hand)?[- ]?(?:corner|side|bar)",
    "(?:top|upper|lower)[- ]right",
    "(?:bottom|lower|top|upper)[- ]left, bottom[- ]right, on (?:the|your) screen, shortcuts?, ctrl, cmd, space ?bar",
    "(?:top|bottom) of (?:the|your) (?:screen|page|window|editor), keyboard",
    "(?:delete|enter|space|arrow|esc\\w*) (?:key|bar)",
    "(?:second|first|third|video|audio|music|text|same|new) track, file\\s?[>→].*, [>→]\\s?\\w+, handles?",
    "account, billing",
    "avatar, profile, dashboard, settings, workspace, web ?site, canvas",
    "(?:text|search|input|prompt) (?:box|field|bar)",
    "pop-?up, dialog(?:ue)?, controls?, cursor, toggle, interface, window, browser, page, press delete, section",
    "(?:edges?|ends?|sides?) of (?:the|a|each|your|any) (?:clip|segment|photo|track)s?, clip's (?:edge|end|handle)s?",
    "export (?:options?|settings|feature|function), download (?:link|option), downloads? folder",
)
_RESULT: Final = (
    "(?:it|this|them|Q|(?:the|your)(?: final| finished| completed)?"
    " (?:video|clip|file|mp4|result|slideshow|movie|project|creation))"
)
_FREELY: Final = (
    r"(?:\s+(?:now|here|directly|any ?time|at any time|right away|whenever you(?:['’]re ready| like| want)|when ready"
    r"|as an? mp4|as mp4|in 1080p|to your (?:device|computer|phone)))*"
)
_PLACE: Final = (
    r"(?:top|upper|bottom|lower|left|right|toolbar|menu|sidebar|corner|editor|screen|timeline|preview|panel)\b"
    r"(?! (?:side )?of (?:the|your|each) (?:picture|photo|image|frame|shot|scene|video|clip|poster))"
)

_STRONG: Final = "(?:editor|timeline|panel|toolbar|sidebar|menu|preview window|inspector|media library)"
_STRONG_ZH: Final = "(?:面板|素材库|媒体库|时间线|时间轴|编辑器|预览窗口|工具栏|菜单栏|个人中心)"
_POINT_ZH: Final = (
    "(?:点击|单击|双击|右击|右键|点按|轻点|点选|点一下|点下|点开|长按|勾选|拖拽|拖动|拖放|拖到|拖入|拉动)(?![率量])"
)
_USE_ZH: Final = (
    "(?:打开|切换|选择|选中|展开|前往|进入|访问|到|去|按下?|使用|通过|检查|查看|找到|滚动|调整|收起|关闭|按住"
    "|移动|利用|预览)"
)
_SCREEN_ZH: Final = (
    "(?:按钮|面板|菜单|标签页?|选项卡|工具栏|侧边栏|侧栏|图标|滑块|滑杆|下拉|时间线|时间轴|编辑器|素材库"
    "|媒体库|资源库|属性|检查器"
    "|预览窗口?|预览区|播放器|[左右][上下]角|屏幕|页面|窗口|设置|快捷键|空格键?|删除键|回车键?|弹窗|对话框"
    "|选项|导出|下载|Q"
    "|账户|账号|帐户|个人中心|画布|控制台|左侧|右侧|上方|下方|顶部|底部|左边|右边)"
)
_ABLE_ZH: Final = (
    "(?:可以?|即可|能|点击|找到|看到|查看|预览|播放|选择|充值|调整|编辑|导出|下载|拖|修改|设置|添加|更换|切换)"
)

INSTRUCTION: Final = _compiled(
    rf"^{_BEGIN}{_POINT}{_AT}",
    rf"^{_BEGIN}(?:click|tap|press|hit|choose|select)(?: on)? (?-i:[A-Z])",
    rf"^{_BEGIN}{_USE}\b.*\b{_SCREEN}(?:\b|$)",
    rf"^{_BEGIN}(?:export|download|render|preview) {_RESULT}{_FREELY} (?:using|by|from|with|in|via) .*\b{_SCREEN}\b",
    rf"^(?>(?:{_LEAD}[\s,]+)*){_YOU} (?:export|download|render|preview) {_RESULT}{_FREELY}$",
    rf"\bcan (?:now |also |then )?be (?:\w+ed|found|seen) .*\b{_SCREEN}\b",
    rf"^(?>(?:{_LEAD} )*)(?:the|an?|there is an?|there['’]s an?|there is the) (?:[\w-]+ ){{0,3}}?(?:button|panel"
    rf"|tab|menu|icon|slider)s?"
    rf" (?:is |are |can be found |sits )?(?:located |right |just )?(?:in|at|on|near|under|below"
    rf"|above) the (?:\w+ )?{_PLACE}",
    rf"^(?:in|on|from|via|using) the (?:[\w-]+ ){{0,2}}{_STRONG}(?: on the (?:left|right))?,? {_YOU} ",
    rf"^{_BEGIN_ZH}{_POINT_ZH}",
    rf"^{_BEGIN_ZH}{_USE_ZH}.{{0,24}}{_SCREEN_ZH}",
    rf"^{_BEGIN_ZH}[在从于].{{0,14}}{_SCREEN_ZH}.{{0,10}}?{_ABLE_ZH}",
    rf"(?:可以?|能)(?:直接)?[在从].{{0,10}}{_STRONG_ZH}.{{0,6}}?(?:找到|看到|查看|预览)",
    rf"^{_BEGIN_ZH}[把将].{{1,24}}拖[拽动放到入进至]",
    rf"^{_BEGIN_ZH}按(?:下|住)?.{{0,6}}键",
    "^(?:您|你)?(?:现在|随时)*(?:就)?(?:可以|能|请)(?:直接|随时)*(?:导出|下载)(?:视频|成片|文件|它|作品"
    "|影片)?(?:了|啦|到本地)*$",
    rf"^(?:导出|下载|播放|Q).{{0,4}}(?:按钮|选项|图标)(?:就)?(?:在|位于).{{0,8}}{_SCREEN_ZH}",
)
"""A clause that tells a person to use the screen, or where something is on it."""

NEGATED: Final = _compiled(
    rf"^(?>(?:{_LEAD}[\s,]+)*){_NOT}(?! forget)\b", "^(?:请)?(?:先)?(?:不要|别|无需|不用|不必|请勿)(?!忘)"
)
"""An instruction not to do something: nothing is to be done then."""

# --- what belongs to an instruction -----------------------------------------------------------------------------------

CONDITION: Final = _compiled(
    "^(?:and |but |so |or )?(?:if|when|whenever|once|after|before|as soon as|to|in order to|for|from|in|on|at|with|by"
    r"|via|until|unless|next steps?|note|tip|hint|pro tip|optionally|optional|alternatively|otherwise|step \d+|finally"
    r"|export|download|preview|how to|need|want|ready|happy|(?:select|choose|pick) (?:the|a|your|any|an|it"
    r"|them|this))\b",
    "^(?:next|then|now|first|second|third|lastly)$",
    "^(?:如果|如需|如要|如想|倘若|若|要是|假如|想要?|需要|要|为了|当|等|一旦|提示|注意|下一步|最后|接下来"
    "|确认)|(?:的话|之后|以后)$",
    r"^[完满准编修]\w{0,3}后$",
)
"""A clause that only leads up to an instruction after it."""

FOLLOWING: Final = _compiled(
    rf"^(?>(?:{_LEAD}[\s,]+)*)(?:to|so that|which|where|if|when|once|whenever|as soon as|wait|choose|select|pick|set"
    r"|enter|confirm|adjust|save|type|drop|release|move|hold|while|it will|it['’]ll|until"
    r"|(?:the|your) (?:video|file|download|export|mp4) will|you['’]re (?:done|all set)|that['’]s it)\b",
    "^(?:即可|就(?:可以|能|行|好|会)|便可|然后|再|并|以便?|来|从而|选择|等待|可以?下载|这样|(?:视频)?[就便将]会|稍等)",
)
"""A clause that only goes on from an instruction before it."""

_FINE_PRINT: Final = _one_of(
    "mp4, 1080p, 720p, 4k, resolution, format, quality, preset, download, export, location, folder, destination",
    "finish\\w*, complete\\w*, render\\w*, file ?name",
)
STEP: Final = _compiled(
    rf"^(?>(?:{_LEAD}[\s,]+)*)(?:choose|select|pick|set|enter|confirm|wait|save|specify)\b.*\b{_FINE_PRINT}\b",
    rf"^(?>(?:{_LEAD}[\s,]+)*)(?:the|your) (?:video|file|download|export|mp4|render) (?:will|should) (?:then )?"
    "(?:start|begin|download|save|be (?:saved|downloaded|exported|rendered))",
    "^(?:然后|再|接着|最后|\\s)*(?:选择|设置|等待|确认|保存|输入)"
    ".{0,10}(?:MP4|1080|720|分辨率|格式|画质|清晰度|下载|导出|完成|位置|路径|文件夹)",
)
"""A sentence that is only the next step of an instruction before it."""

LETTERING: Final = _compiled(
    r"\b(?:(?:sub)?titles?|texts?|captions?|headings?|headlines?|slogan|tagline|lettering|lyrics|voice-?over|narration"
    r"|wording|call to action|says?|saying|reads?|reading)(?: \d+)?$",
    "(?:标题|字幕|文字|文案|旁白|台词|标语|口号|歌词|片名|贴纸)\\d*$|(?:改[为成]|写着|显示|内容[为是]?)$",
)
"""A clause after which the words that stand in the picture, or are spoken, are written behind a colon."""

EDITING: Final = _compiled(
    "^(?:edit|editing|change|changing|modify|add|adding|adjust|style|move|delete|remove|replace|customi[sz]e)\\b"
    "|^(?:请|修改|编辑|调整|添加|删除|移动|更换|设置)"
)
"""A clause that names an errand: what stands behind its colon is how to do it."""

SEPARATOR: Final = _compiled(
    r"\s*[;；]\s*",
    r"，\s*",
    r"(?<=[\u4e00-\u9fff])[,;:](?=[\u4e00-\u9fffQ])|(?<=[Q%\d])[,;](?=[\u4e00-\u9fff])",  # Chinese, typed in ASCII
    r",\s+",
    r"\s*—\s*",
    r"\s+[–-]\s+",
    r"：\s*",
    r":\s+",
    rf"(?<!go ahead)\s+(?=(?:and|or|but|then|so)\s+(?:then\s+)?(?>(?:(?:{_YOU}|please|simply"
    rf"|just)\s+)*)(?:{_POINT}{_AT}|{_USE}\b))",
    "(?=(?:或者?|然后|并且?|再)(?:点击|单击|双击|拖|打开|按))",
)
"""Between two clauses."""

EXPORTING: Final = _compiled(
    r"\bexport|\bdownload|\brender\b|save (?:it|your video|the video)|导出|下载|保存视频|保存成片"
)
ACTS: Final = tuple(
    (act, _compiled(pattern))
    for act, pattern in (
        (Act.TIMELINE, r"\b(?:move|drag|set|put)\b.*\bplay ?head"),
        (Act.EDIT, r"\bdrag|\bgrab|double[- ]click|right[- ]click|拖|双击|右键|右击"),
        (
            Act.CREDITS,
            r"\baccount\b|billing|\bcredits?\b|\bbalance\b|avatar|\bprofile\b|upgrade|top[- ]?up|subscription"
            "|账户|账号|帐户|余额|积分|充值|头像|升级",
        ),
        (Act.EXPORT, EXPORTING.pattern),
        (
            Act.EDIT,
            r"\b(?:select|change|edit|adjust|remove|delete|trim|split|slider|undo|add|replace|modify|apply"
            r"|generate|drop|move"
            r"|reorder|rearrange|fine-tune|tweak|resize|cut|speed|customi[sz]e|pick another|choose a|choose another)\b"
            "|修改|编辑|调整|删除|裁剪|添加|撤销|应用|滑块|更换|替换|分割",
        ),
        (Act.TIMELINE, r"\bpreview|\bplay\b|timeline|space ?bar|\bwatch\b|scrub|player|预览|播放|时间线|时间轴|空格"),
        (
            Act.STATE,
            r"\bpanel|\btab\b|\bmenu|library|side ?bar|inspector|properties|\bopen\b|\bfind\b|\bsee\b|\bview\b"
            "|面板|标签|菜单|素材|媒体|打开|查看|看到",
        ),
    )
)
"""What an instruction comes down to: the first that fits; else an edit, unless another clause tells more."""
