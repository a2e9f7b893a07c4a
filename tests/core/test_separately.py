"""Who wants a video of each picture, and what for each; a wrong guess would cost as often as there are photos."""

from __future__ import annotations

import pytest

from core.routing.separately import wish_for_each

ASKED = {
    "one video per photo": "",
    "Make one video per photo, with calm music": "with calm music",
    "please make a video for each photo": "",
    "PLEASE a separate video for every picture!": "",
    "I'd like a clip for each of these photos": "",
    "one clip per picture please": "",
    "turn each photo into its own video, 6 seconds each": "6 seconds each",
    "make each of them into a separate video": "",
    "separate videos of these photos please": "",
    "an individual video out of every photo": "",
    "make a separate 5-second video for every picture. Title: “Lisbon”": "5-second\nTitle: “Lisbon”",
    "calm and slow: one video per image": "calm and slow",
    "one short vertical video per photo": "short, vertical",
    "make a 6-second video for each of them": "6-second",
    "每张照片一个视频": "",
    "给每张照片做一个视频，配欢快的音乐": "配欢快的音乐",
    "把每张照片都做成视频": "",
    "給每張照片做一個視頻，配歡快的音樂，謝謝": "配歡快的音樂，謝謝",
    "請幫我把每張照片都做成視頻，謝謝": "",
    "请帮我把每张图片分别做成一个视频，谢谢": "",
    "一张照片一个视频吧": "",
    "Ein Video pro Foto": "",
    "un vídeo por foto": "",
    "une vidéo par photo, avec musique": "avec musique",
    "um vídeo para cada foto": "",
    "по одному видео на каждое фото": "",
    "写真ごとに1本の動画": "",
}
NOT_ASKED = (
    "",
    "a slideshow of these",
    "make one video of these photos",
    "make a video of each one",  # which may be one video of all
    "a video with each photo shown for 3 seconds",
    "a video of each photo zooming in",
    "each photo 3 seconds",
    "3 seconds per photo",
    "add a title for each photo",
    "one transition per photo",
    "one video per photo album",
    "not one video per photo, one of all",
    "I don't want one video per photo",
    "one long video instead of one video per photo",
    "每张照片3秒的视频",
    "每张照片停留三秒",
    "不要每张照片一个视频",
    "用每张照片做一个视频的封面",
    "一张照片的视频",
    "eine Sekunde pro Foto",
)


@pytest.mark.parametrize("text", ASKED)
def test_a_video_of_each_is_understood_with_what_is_wished_for_it(text: str) -> None:
    assert wish_for_each(text) == ASKED[text]


@pytest.mark.parametrize("text", NOT_ASKED)
def test_what_may_mean_one_video_does_mean_one(text: str) -> None:
    assert wish_for_each(text) is None
