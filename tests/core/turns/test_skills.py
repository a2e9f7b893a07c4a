"""Skills as a person meets them: offered, chosen, suggesting, told about once, in the person's language."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs import Phase
from studio.faults import Endpoint
from tests.core.turns.conftest import Build
from tests.core.turns.wishes import make

pytestmark = pytest.mark.anyio

WRITTEN = Path(__file__).parents[2] / "data" / "skills"
TITLES = ["Image to Video Extender", "Image to Video with an End Frame", "Image to Video Online", "Photo Slideshow"]
TIP = "Tip: Pictures of one size avoid awkward cropping."


async def test_all_four_are_offered_and_a_press_switches(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("skill")
        menu = await anna.sees("Now: Photo Slideshow.")
        assert menu.labels == TITLES
        await anna.presses("Image to Video with an End Frame")
        chosen = await anna.sees("From now on: Image to Video with an End Frame.")
        assert chosen.text.endswith("\nTip: High-contrast pictures with a clear subject make the smoothest ending.")


@pytest.mark.parametrize("named", ["image-to-video-end-frame", "Image to Video with an End Frame", "定格结尾视频"])
async def test_a_skill_is_chosen_by_its_name_or_title(build: Build, named: str) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("skill", named)
        await anna.sees("From now on: Image to Video with an End Frame.")


async def test_a_skill_that_is_not_there_is_named_and_the_others_offered(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("skill", "karaoke")
        menu = await anna.sees("I have no skill called “karaoke”.\nNow: Photo Slideshow.")
        assert menu.labels == TITLES


async def test_a_tip_is_told_once_in_a_chat(build: Build) -> None:
    async with build() as home:
        anna, ben = home.person(), home.person("ben", "2")
        await anna.commands("slideshow")
        await anna.sees(TIP)
        await anna.commands("slideshow")
        await home.room.until(lambda: len(home.room.messages) == 2, what="a second answer")
        await anna.is_done_with(await anna.sends(photos=2), Phase.DONE)
        assert home.room.everything.count(TIP) == 1
        await ben.is_done_with(await ben.sends(photos=2), Phase.DONE)
        await ben.commands("slideshow")
        await home.room.until(lambda: home.room.everything.count("From now on") == 3, what="the last answer")
        assert home.room.everything.count(TIP) == 2


async def test_photos_without_a_word_are_answered_with_suggestions_of_the_active_skill(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("endframe")
        await anna.sees("From now on")
        await anna.is_done_with(await anna.sends(photos=1), Phase.DONE)
        question = await anna.sees("What should I make of it?")
        wishes = ["make a video that ends on this picture", "zoom out until the whole picture shows"]
        assert question.labels == wishes, "there is no file to give yet"
        await anna.presses(wishes[0])
        await anna.gets_video()
        later = await anna.sends(photos=1)
        await anna.is_done_with(later, Phase.DONE)
        again = home.room.messages[-1]
        assert "give me the 1080p file" in again.labels


async def test_who_speaks_chinese_reads_skills_in_chinese(build: Build) -> None:
    async with build() as home:
        mei = home.person("mei", locale="zh-Hans")
        await mei.commands("skill")
        menu = await mei.sees("当前：照片幻灯片。")
        assert menu.labels == ["图片动起来", "定格结尾视频", "商品照变视频", "照片幻灯片"]
        await mei.presses("商品照变视频")
        chosen = await mei.sees("已切换到：商品照变视频。")
        assert "小提示：照片少于 10 张，视频不会超过一分钟。" in chosen.text
        await mei.is_done_with(await mei.sends(photos=2), Phase.DONE)
        question = await mei.sees("想做成什么样的视频？")
        assert question.labels == ["用这些照片做一个 15 秒的视频，转场流畅一点", "让这些商品照动起来"]
        await mei.presses("用这些照片做一个 15 秒的视频，转场流畅一点")
        await mei.gets_video()


async def test_of_many_skills_some_are_buttons_and_the_others_are_named(build: Build) -> None:
    async with build(skills=[WRITTEN]) as home:
        anna = home.person()
        await anna.commands("skill")
        menu = await anna.sees("By name, after /skill: ")
        assert len(menu.labels) == home.room.limits_now.choices
        assert menu.labels[:4] == TITLES
        assert "chinese" in menu.text
        await anna.commands("skill", "chinese")
        await anna.sees("From now on: 照片变视频.")


async def test_calls_are_made_in_the_name_of_the_active_skill(build: Build) -> None:
    async with build(skills=[WRITTEN]) as home:
        anna = home.person()
        await anna.commands("skill", "number-version")
        await anna.sees("From now on")
        await anna.is_done_with(await anna.sends("a 6-second slideshow", photos=2), Phase.DONE)
        told = [call.headers for call in home.studio.ledger.calls if call.endpoint in (Endpoint.RUN, Endpoint.RENDER)]
        named = {(one["x-skill-source"], one["x-skill-version"], one["x-skill-platform"]) for one in told}
        assert named == {("number-version", "1.10", "unknown")}


async def test_the_attribution_of_the_chosen_skill_goes_with_every_call(build: Build) -> None:
    async with build() as home:
        anna = home.person()
        await anna.commands("extend")
        await anna.sees("Tip:")
        await make(anna)
        calls = [call for call in home.studio.ledger.calls if call.endpoint in (Endpoint.RUN, Endpoint.RENDER)]
        assert {call.headers["x-skill-source"] for call in calls} == {"ai-image-to-video-extender"}
