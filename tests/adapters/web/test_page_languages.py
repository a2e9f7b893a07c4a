"""The page in both languages: it speaks to everybody in theirs, and reads the bot's sentences in both."""

from __future__ import annotations

from playwright.async_api import expect

from tests.adapters.web.browsing import SAMPLES, opened
from tests.adapters.web.site import site
from tests.wire.browser import Stage


def test_a_chinese_browser_gets_a_chinese_page(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium, locale="zh-CN") as page:
            assert await page.evaluate("document.documentElement.lang") == "zh-CN"
            await expect(page.get_by_role("heading", name="照片变视频")).to_be_visible()
            await expect(page.get_by_label("消息", exact=True)).to_have_attribute("placeholder", "说说你想要的视频")
            await page.get_by_label("菜单").click()
            await expect(page.locator("#menu")).to_contain_text("我能做什么")
            await page.keyboard.press("Escape")
            left = await page.evaluate("""() => [...document.querySelectorAll("body :not(noscript)")]
                .flatMap((node) => [node.ariaLabel, node.title, node.placeholder,
                    ...[...node.childNodes].filter((child) => child.nodeType === 3).map((child) => child.data)])
                .filter((text) => text && /[A-Za-z]{3}/.test(text.replaceAll("Photoreel", "")))""")
            named = ("/help", *(path.stem for path in SAMPLES))
            assert [text for text in left if "示例照片" not in text and text not in named] == []

    theatre.play(act())


SAME_KEYS = r"""async () => {
  const { english } = await import("/static/english.js");
  const { chinese } = await import("/static/chinese.js");
  const kind = (value) => Array.isArray(value) ? `list of ${value.length}` : typeof value;
  const keys = (words) => Object.entries(words).flatMap(([key, value]) =>
    kind(value) === "object" ? keys(value).map((inner) => `${key}.${inner}`) : [`${key}: ${kind(value)}`]).sort();
  const html = await (await fetch("/")).text();
  const named = [...html.matchAll(/data-(?:say|label|tip|hint)="(\w+)"/g)].map((found) => found[1]);
  const { page, tag, ...others } = chinese;
  const inPage = Object.keys(page).sort();
  return { english: keys(english), chinese: keys(others), named: [...new Set(named)].sort(), inPage };
}"""


def test_both_languages_say_the_same_sentences(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            told = await page.evaluate(SAME_KEYS)
            assert told["english"] == told["chinese"]
            assert len(told["english"]) > 40
            assert told["named"] == told["inPage"]

    theatre.play(act())


STAGES = {
    "Rendering 40 %": 40,
    "Your video is ready.\n\nRendering 40 % · about 20 s left": 40,
    "正在渲染 7%": 7,
    "视频已生成。\n\n正在渲染 55% · 大约还要 20 秒": 55,
    "Music now at 20 %.": None,
    "Rendering…": None,
    "100% of the photos are there": None,
    "Lower the music to 20%\n\nDone.": None,
}
WORK = (
    "Connecting…",
    "Rendering… · about 2 min left",
    "Done.\n\n⏳ Still working... (2 min)",
    "⏳ 还在制作中…（2 分钟）",
)


def test_progress_is_told_from_sentences(theatre: Stage) -> None:
    async def act() -> None:
        async with site() as place, opened(place, theatre.chromium) as page:
            look = 'async (texts) => { const { NAME } = await import("/static/messages.js"); return texts.map(NAME); }'
            told = await page.evaluate(look.replace("NAME", "percentIn"), list(STAGES))
            assert dict(zip(STAGES, told, strict=True)) == STAGES
            assert all(await page.evaluate(look.replace("NAME", "isWorking"), list(WORK)))
            assert not any(await page.evaluate(look.replace("NAME", "isWorking"), ["Done.", "Music now at 20 %."]))

    theatre.play(act())
