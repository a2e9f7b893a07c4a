"""What a storyboard takes, drawn in a child process that is warm: `python -m bench.storyboard`."""

from __future__ import annotations

import asyncio
import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

from PIL import Image

from core.drafts import Timeline, read
from core.media import easel
from core.media.boards import lay_out
from core.media.marks import encode
from core.media.storyboard import open_storyboards
from core.nemo.downloads import Wanted

ROUNDS: Final = 15
SAMPLES: Final = Path(__file__).parents[1] / "adapters/web/page/samples"
NAMES: Final = ("astronaut", "cat", "coffee", "galaxies", "rocket")
MOST: Final = 300_000


def timeline(clips: int, ms: int, *, titles: int = 1) -> Timeline:
    """Photos of equal length with music and titles."""
    photos = [
        {"s": number * ms, "d": ms, "m": {"name": f"里斯本 {NAMES[number % 5]}.jpg", "url": f"https://x/{number}.jpg"}}
        for number in range(clips)
    ]
    music = [{"s": 0, "d": clips * ms, "m": {"name": "Lo-fi", "volume": 0.35}}]
    texts = [[{"s": number * ms, "d": ms, "m": {"text": f"Title {number}"}}] for number in range(titles)]
    tracks: list[Mapping[str, Any]] = [{"tt": 0, "sg": photos}, {"tt": 1, "sg": music}]
    return read({"t": [*tracks, *({"tt": 7, "sg": text} for text in texts)]}, {"width": 1080, "height": 1920})


def photos(folder: Path) -> list[Path]:
    """The page's samples at 12 megapixels, as phones take them."""
    files = []
    for name in NAMES:
        buffer = io.BytesIO()
        Image.open(SAMPLES / f"{name}.jpg").convert("RGB").resize((4032, 3024)).save(buffer, "JPEG", quality=92)
        files.append(folder / f"{name}.jpg")
        files[-1].write_bytes(buffer.getvalue())
    return files


def drawing(board_of: Timeline, files: list[Path], folder: Path) -> tuple[float, float, int]:
    """Milliseconds at the median for layout, drawing and writing, once the clips are small, by the clock and of a
    processor; bytes of the result."""
    target, taken, worked = folder / "board.jpg", [], []
    board = lay_out(board_of)
    assert board
    pictures = {source: str(files[number % 5]) for number, source in enumerate(board.sources(24))}
    for _ in range(ROUNDS):
        began, idle = perf_counter(), process_time()
        board = lay_out(board_of)
        assert board
        marks = [encode(mark) for mark in board.marks]
        size = {"width": board.width, "height": board.height}
        easel.draw("board", str(target), **size, marks=marks, pictures=pictures, most=MOST)
        taken.append(1000 * (perf_counter() - began))
        worked.append(1000 * (process_time() - idle))
    return median(taken), median(worked), target.stat().st_size


async def whole(board_of: Timeline, files: list[Path], folder: Path) -> float:
    """Milliseconds at the median for all of it: photos of 12 megapixels fetched from this disk, decoded, drawn."""

    async def fetch(address: str, path: Path, _: Wanted) -> None:
        number = int(address.rpartition("/")[2].partition(".")[0])
        await asyncio.to_thread(shutil.copyfile, files[number % 5], path)

    taken = []
    async with open_storyboards(folder) as storyboards:
        for _ in range(4):
            began = perf_counter()
            assert await storyboards.draw(board_of, fetch)
            taken.append(1000 * (perf_counter() - began))
    return median(taken[1:])


def main() -> None:
    """Print a line for each timeline."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = photos(folder)
        small = [file.with_suffix(".bmp") for file in large]
        for file, target in zip(large, small, strict=True):
            easel.shrink("clip", str(file), str(target), edge=420, pixels=10**8, jpeg_pixels=10**8)
        print(f"{'timeline':<28}{'drawing ms':>12}{'CPU ms':>8}{'kB':>6}{'all of it ms':>14}")
        for text, clips, ms, titles in (
            ("5 photos, 15 s", 5, 3000, 1),
            ("10 photos, 15 s", 10, 1500, 2),
            ("60 photos, 3 min", 60, 3000, 8),
            ("200 photos, 2 min", 200, 600, 20),
        ):
            shown = timeline(clips, ms, titles=titles)
            drawn, worked, size = drawing(shown, small, folder)
            total = asyncio.run(whole(shown, large, folder))
            print(f"{text:<28}{drawn:>12.0f}{worked:>8.0f}{size / 1000:>6.0f}{total:>14.0f}")


if __name__ == "__main__":
    main()
