"""A few hundred turns leave behind what they may, and nothing else: `python -m bench.soak` plays thousands."""

from __future__ import annotations

from pathlib import Path

from bench.backend import backend
from bench.product import run, stage
from bench.soak import STAY, VIDEOS, measure
from bench.turns import make_film

TURNS, CHATS = 250, 25  # the first look comes after a first video
KEPT = 2.0  # keys that a turn leaves until their time is over: its job, and that its message was seen
PER_VIDEO = 3.0  # … and that its buttons under a video do


def test_neither_keys_nor_the_data_folder_grow_without_bound(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    with backend(film) as address, stage(address) as ground, ground.started("run") as product:
        first, *_, last = run(measure(ground, product.address(), CHATS, TURNS))
    assert set(last.staying) <= STAY, "a key without a lifetime"
    assert last.staying == first.staying
    turns = last.turns - first.turns
    assert last.kinds.total() - first.kinds.total() <= KEPT * turns + PER_VIDEO * turns / VIDEOS
    assert last.waiting == 0
    assert last.folders.get("work", 0) == 0, "files in the making"
    assert 0 < last.folders["blobs"] <= 1.1 * first.folders["blobs"] * TURNS / VIDEOS, "more than its videos"
