"""The bot speaks the language of the person, or the one that is set for the chat; the backend follows."""

from __future__ import annotations

import pytest

from tests.core.turns.conftest import Build
from tests.core.turns.wishes import make

pytestmark = pytest.mark.anyio

WISH = "用这些照片做一个 6 秒的幻灯片，配上音乐"


async def test_a_chinese_chat_is_chinese_throughout(build: Build) -> None:
    async with build(silent_edits=True) as home:
        mei = home.person("mei", locale="zh-Hans-CN")
        await make(mei, WISH)
        assert home.room.messages[0].was[0] in ("收到 2 张照片。", "正在连接…", "正在上传 1/2")
        assert "准备好了，正在制作…" in home.room.everything
        assert home.room.videos[0].labels[0] == "修改…"
        assert "6 秒 · 1920×1080" in home.room.videos[0].text
        await make(mei, "加上标题“里斯本”", photos=0)
        await mei.sees("添加了标题：“里斯本”，0–3 秒。")
        assert not [text for text in home.room.texts if "Title" in text or "Rendering" in text]


async def test_the_commands_are_answered_in_chinese(build: Build) -> None:
    async with build() as home:
        mei = home.person("mei", locale="zh-CN")
        await make(mei, WISH)
        await mei.commands("help")
        told = await mei.sees("/video")
        assert "/status – 查看时间线和进度" in told.text
        await mei.commands("status")
        status = await mei.sees("没有正在进行的任务。")
        assert status.text.startswith("时间线（2 条轨道）：1. 视频：2 张照片（0-6 秒）2. 配乐：")


async def test_the_backend_is_told_the_language(build: Build) -> None:
    async with build() as home:
        await make(home.person("mei", locale="zh-Hans"), WISH)
        await make(home.person("ana", "2", locale="pt-BR"), WISH)
        sessions = home.studio.backend.sessions
        opened = [sessions.current(run.session).language for run in home.studio.ledger.runs]
        assert opened == ["zh-CN", "en"]


async def test_what_is_set_for_the_chat_wins_at_once(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "language zh")
        await anna.sees("语言：简体中文")
        await make(anna, WISH)
        assert home.room.videos[0].labels[0] == "修改…"
        await anna.presses("音乐")
        await anna.sees("想要什么音乐？")
        await anna.commands("settings", "language en")
        await anna.sees("Language: English")
        await anna.commands("settings", "language auto")
        await anna.sees("Language: as in your app")


async def test_one_chat_has_no_effect_on_another(build: Build) -> None:
    async with build() as home:
        await home.person("mei", "1", locale="zh").commands("start")
        await home.person("tom", "2", locale="en-GB").commands("start")
        await home.room.until(lambda: len(home.room.messages) == 2, what="two greetings")
        greetings = {message.to.chat: message.text[:2] for message in home.room.messages}
        assert greetings == {"1": "你好", "2": "Hi"}


async def test_a_language_that_nobody_here_speaks_is_not_set(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("settings", "language klingon")
        await anna.sees("You can set: language auto / en / zh-CN")
        assert (await home.record(anna)).preferences.language == ""
