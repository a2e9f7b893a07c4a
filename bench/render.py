"""How fast, how steady and how small the renderer is, next to Debian's ffmpeg: `python -m bench.render`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import IO

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.render.__main__ import NICENESS
from studio.render.frames import new_frame, planes_of
from studio.render.framing import between, lay_out, pace, travel
from studio.render.plan import Fit, Motion, Plan, Shot, Transition
from studio.render.stage import Stage
from studio.render.wire import Done, Order, Progressed, pack_order, unpack_news

SAMPLES = Path(__file__).parent.parent / "adapters" / "web" / "page" / "samples"
WIDTH, HEIGHT, FPS = 1920, 1080, 30
SHOTS, SHOT_SECONDS, OVERLAP = 5, 3.4, 0.5
FRAMES = round((SHOTS * SHOT_SECONDS - (SHOTS - 1) * OVERLAP) * FPS)
PHOTO = (4000, 3000)

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took: seconds on the clock, seconds of CPU, megabytes at most."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A measured number and its bound."""

    what: str
    value: float
    bound: float
    above: bool = False

    @property
    def holds(self) -> bool:
        """Whether the number keeps to its bound."""
        return self.value >= self.bound if self.above else self.value <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.above else "<="
        return f"{'ok  ' if self.holds else 'MISS'} {self.what:<64} {self.value:8.3f}  ({sign} {self.bound:g})"


def main() -> int:
    """Measure everything in one run and print it. Exit code 1: a bound is missed."""
    options = argparse.ArgumentParser(prog="python -m bench.render", description=__doc__)
    options.add_argument("--photos", type=Path, help="a folder with five photos instead of the samples, enlarged")
    options.add_argument("--rounds", type=int, default=3, help="times that each command is run; the quickest counts")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoreel-bench-") as folder:
        verdicts = list(measure(Path(folder), chosen.photos, chosen.rounds))
    print()
    for verdict in verdicts:
        print(verdict)
    return 0 if all(verdict.holds for verdict in verdicts) else 1


def measure(folder: Path, photos: Path | None, rounds: int) -> Iterator[Verdict]:
    """All numbers, in turn."""
    plan = slideshow(make_photos(folder / "photos", photos))
    print(f"{FRAMES / FPS:g} s of {WIDTH}x{HEIGHT} at {FPS}/s from {SHOTS} photos of 12 MP, {os.cpu_count()} cores")
    ours = best(rounds, lambda: render_fresh(plan, folder / "ours.mp4", folder / "work"))
    report("photoreel", ours)
    yield Verdict("peak memory of the rendering process, MB", ours.memory, 600)
    ideal = Ideal(plan)
    yield Verdict("jitter, px RMS", jitter(folder / "ours.mp4"), 0.15)
    similar = similarity(folder / "ours.mp4", ideal)
    if shutil.which("ffmpeg"):
        yield from compare(plan, folder, ours, similar, rounds)
    else:
        print("ffmpeg is not on PATH: nothing to compare with (Debian: apt-get install ffmpeg)")
        print(f"similarity to the ideal frames (SSIM): {similar:.4f}")
    yield from survive(plan, folder)


def compare(plan: Plan, folder: Path, ours: Cost, similar: float, rounds: int) -> Iterator[Verdict]:
    """Next to ffmpeg on the same photos with the same camera."""
    plain = best(rounds, lambda: run(zoompan(plan, folder / "plain.mp4", smooth=False)))
    report("ffmpeg zoompan + xfade, veryfast crf 20", plain)
    smooth = run(zoompan(plan, folder / "smooth.mp4", smooth=True))
    report("ffmpeg, scaled to 8000 px first", smooth)
    draw_raw(plan, folder / "frames.yuv")
    alone = best(rounds, lambda: run(x264_alone(folder / "frames.yuv", folder / "alone.mp4")))
    report("x264 alone on our frames, our settings", alone)
    theirs = similarity(folder / "plain.mp4", Ideal(plan))
    jumps = [jitter(folder / name) for name in ("plain.mp4", "smooth.mp4")]
    print(f"  jitter of zoompan {jumps[0]:.3f}, of the smooth way {jumps[1]:.3f} px")
    print(f"  size in MB: ours {size(folder / 'ours.mp4'):.1f}, zoompan {size(folder / 'plain.mp4'):.1f}")
    yield Verdict("wall time / plain ffmpeg", ours.wall / plain.wall, 0.75)
    yield Verdict("CPU time / plain ffmpeg", ours.cpu / plain.cpu, 0.75)
    yield Verdict("wall time / smooth ffmpeg", ours.wall / smooth.wall, 0.5)
    yield Verdict("wall time / x264 alone", ours.wall / alone.wall, 2.0)
    yield Verdict("SSIM to the ideal frames, ours / plain ffmpeg", similar / theirs, 1.0, above=True)


def survive(plan: Plan, folder: Path) -> Iterator[Verdict]:
    """Kill a render half way, start it again, and compare what comes out with a render that was left alone."""
    work, output = folder / "killed", folder / "resumed.mp4"
    with start(Order(plan, output, work)) as child:
        for line in output_of(child):
            news = unpack_news(line)
            if isinstance(news, Progressed) and news.share > 0.5:
                break
        child.kill()
    kept = len(list(work.glob("*.nut")))
    again = render(plan, output, work)
    print(f"  killed half way: {kept} finished segments were there, the rest took {again.wall:.1f} s")
    same = decoded(output) == decoded(folder / "ours.mp4")
    yield Verdict("segments that a killed render left behind", kept, 1, above=True)
    yield Verdict("frames after SIGKILL and resume are the same", float(same), 1.0, above=True)


# --- the slideshow ----------------------------------------------------------------------------------------------------


def slideshow(photos: Sequence[Path]) -> Plan:
    """Five photos that are zoomed into, one dissolving into the next."""
    shots = [Shot(photo, SHOT_SECONDS, Motion.ZOOM_IN, Transition.DISSOLVE, OVERLAP, fit=Fit.CROP) for photo in photos]
    return Plan(WIDTH, HEIGHT, FPS, tuple(shots))


def make_photos(folder: Path, chosen: Path | None) -> list[Path]:
    """Five JPEGs of 12 megapixels, with the grain of a camera's sensor."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(1)
    sources = sorted(path for path in (chosen or SAMPLES).iterdir() if path.suffix in {".jpg", ".jpeg", ".png"})
    photos = []
    for number, source in enumerate(sources[:SHOTS]):
        with Image.open(source) as image:
            enlarged = np.asarray(_four_by_three(image.convert("RGB")), np.float32)
        grain = random.normal(0, 4, (*enlarged.shape[:2], 1)).astype(np.float32)
        photo = folder / f"{number}.jpg"
        Image.fromarray(
            np.clip(enlarged + cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None], 0, 255).astype(np.uint8)
        ).save(photo, quality=92)
        photos.append(photo)
    return photos


def _four_by_three(image: Image.Image) -> Image.Image:
    scale = min(image.width / 4, image.height / 3)
    left, top = (image.width - 4 * scale) / 2, (image.height - 3 * scale) / 2
    return image.resize(PHOTO, Image.Resampling.LANCZOS, (left, top, left + 4 * scale, top + 3 * scale))


# --- what is run ------------------------------------------------------------------------------------------------------


def start(order: Order) -> subprocess.Popen[bytes]:
    """The rendering process, as the studio starts it."""
    child = subprocess.Popen([sys.executable, "-m", "studio.render"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(pack_order(order))
    child.stdin.flush()
    return child


def output_of(child: subprocess.Popen[bytes]) -> IO[bytes]:
    """What it tells."""
    assert child.stdout is not None
    return child.stdout


def render_fresh(plan: Plan, output: Path, work: Path) -> Cost:
    """Render with nothing to go on from."""
    shutil.rmtree(work, ignore_errors=True)
    return render(plan, output, work)


def render(plan: Plan, output: Path, work: Path) -> Cost:
    """Render in a process of its own."""
    began = time.perf_counter()
    child = start(Order(plan, output, work))
    with watched(child.pid) as peak:
        results = [news.result for line in output_of(child) if isinstance(news := unpack_news(line), Done)]
        assert len(results) == 1
        return _cost(child, began, peak)


def run(command: Sequence[str]) -> Cost:
    """Run a command to its end, as willing to wait for others as the renderer is."""
    began = time.perf_counter()
    child = subprocess.Popen(["nice", "-n", str(NICENESS), *command], stdin=subprocess.DEVNULL)
    with watched(child.pid) as peak:
        return _cost(child, began, peak)


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """The peak memory of a process in megabytes, as the last item, looked at twenty times a second. (What `wait` tells
    would count the memory of this process, from the moment before the command replaced it.)"""
    peaks, over = [0.0], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            with suppress(OSError):
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                peaks.extend(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _cost(child: subprocess.Popen[bytes], began: float, peaks: list[float]) -> Cost:
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, child.args
    return Cost(wall, used.ru_utime + used.ru_stime, max(peaks))


def best(rounds: int, measured: Callable[[], Cost]) -> Cost:
    """The quickest of several rounds: others share the machine."""
    costs = [measured() for _ in range(rounds)]
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs), max(cost.memory for cost in costs))


def report(name: str, cost: Cost) -> None:
    """Print a line."""
    print(f"  {name:<42} {cost.wall:6.2f} s wall  {cost.cpu:6.2f} s CPU  {cost.memory:6.0f} MB", flush=True)


def zoompan(plan: Plan, output: Path, *, smooth: bool) -> list[str]:
    """The same slideshow as an ffmpeg command. The usual cure for its jitter is to enlarge every photo first."""
    frames, offset = round(SHOT_SECONDS * FPS), SHOT_SECONDS - OVERLAP
    zoom = 1 / travel(lay_out(PHOTO, (WIDTH, HEIGHT), Fit.CROP, Motion.ZOOM_IN), Motion.ZOOM_IN, SHOT_SECONDS)[1].size
    enlarge = "scale=8000:-1," if smooth else ""
    camera = f"zoompan=z='pow({zoom:.6f},on/{frames - 1})':x='(iw-iw/zoom)*0.5':y='(ih-ih/zoom)*0.4'"
    parts = [
        f"[{number}:v]crop=iw:iw*9/16:0:(ih-iw*9/16)*0.3,{enlarge}{camera}:d={frames}:s={WIDTH}x{HEIGHT}:fps={FPS},setsar=1[v{number}]"
        for number in range(SHOTS)
    ]
    last = "v0"
    for number in range(1, SHOTS):
        parts.append(
            f"[{last}][v{number}]xfade=transition=fade:duration={OVERLAP}:offset={number * offset:.3f}[x{number}]"
        )
        last = f"x{number}"
    inputs = [part for shot in plan.shots for part in ("-i", str(shot.source))]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    return [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        *inputs,
        "-filter_complex",
        ";".join(parts),
        "-map",
        f"[{last}]",
        *encoder,
        str(output),
    ]


def x264_alone(frames: Path, output: Path) -> list[str]:
    """Encoding and nothing else."""
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", str(frames)]
    encoder = ["-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-x264-params", "mbtree=1:rc-lookahead=10"]
    return ["ffmpeg", "-v", "error", "-y", *source, *encoder, str(output)]


def draw_raw(plan: Plan, path: Path) -> None:
    """Write all frames as they go into the encoder."""
    stage = Stage(plan, room=3)
    with stage.performance() as performance, path.open("wb") as file:
        for number in range(stage.timeline.frames):
            frame = new_frame(stage.size)
            performance.draw(number, planes_of(frame))
            for plane in planes_of(frame):
                file.write(np.ascontiguousarray(plane).data)


# --- what is measured -------------------------------------------------------------------------------------------------


def jitter(video: Path) -> float:
    """How far pictures jump from frame to frame beside the smooth way of the camera, in pixels (RMS): the shift of
    five patches by phase correlation, less a cubic fitted through all shifts of the first shot."""
    frames = [grey for number, grey in read_grey(video) if number < round((SHOT_SECONDS - OVERLAP) * FPS)]
    residues = []
    for x, y in ((0.5, 0.5), (0.25, 0.3), (0.75, 0.3), (0.25, 0.7), (0.75, 0.7)):
        residues += [_residue(shifts) for shifts in zip(*_shifts(frames, x, y), strict=True)]
    return float(np.sqrt(np.mean(np.square(residues))))


def _shifts(frames: Sequence[Grey], x: float, y: float) -> Iterator[tuple[float, float]]:
    side = 256
    left, top = round(x * WIDTH - side / 2), round(y * HEIGHT - side / 2)
    window = cv2.createHanningWindow((side, side), cv2.CV_32F)
    patches = [frame[top : top + side, left : left + side].astype(np.float32) for frame in frames]
    for before, after in pairwise(patches):
        (across, down), _ = cv2.phaseCorrelate(before, after, window)
        yield across, down


def _residue(shifts: Sequence[float]) -> float:
    places = np.linspace(-1, 1, len(shifts))
    fitted = np.polynomial.polynomial.polyval(places, np.polynomial.polynomial.polyfit(places, shifts, 3))
    return float(np.sqrt(np.mean((np.asarray(shifts) - fitted) ** 2)))


class Ideal:
    """Frames as they should be: cut from the photo to fractions of a pixel, with the best filter there is."""

    NUMBERS = (10, 31, 52, 73)

    def __init__(self, plan: Plan) -> None:
        shot = plan.shots[0]
        with Image.open(shot.source) as image:
            self._photo = image.convert("L")
        self._layout = lay_out(self._photo.size, (WIDTH, HEIGHT), shot.fit, shot.motion)
        self._shot = shot

    def frame(self, number: int) -> Grey:
        """One of the first shot's frames, in shades of grey."""
        share = pace(self._shot.motion, number, round(self._shot.seconds * FPS), FPS)
        window = between(*travel(self._layout, self._shot.motion, self._shot.seconds), share)
        unit = self._photo.width / self._layout.picture.width
        tall = unit * HEIGHT / WIDTH
        left, top = (window.x - self._layout.picture.x) * unit, (window.y - self._layout.picture.y) * tall
        box = (left, top, left + window.size * unit, top + window.size * tall)
        return np.asarray(self._photo.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS, box))


def similarity(video: Path, ideal: Ideal) -> float:
    """Structural similarity of brightness (SSIM, as published) to the ideal frames."""
    values = [_ssim(grey, ideal.frame(number)) for number, grey in read_grey(video) if number in Ideal.NUMBERS]
    return float(np.mean(values))


def _ssim(one: Grey, other: Grey) -> float:
    a, b = one.astype(np.float32), other.astype(np.float32)

    def mean(image: cv2.typing.MatLike) -> cv2.typing.MatLike:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    ma, mb = mean(a), mean(b)
    va, vb, both = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return float(np.mean((2 * ma * mb + c1) * (2 * both + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))))


def read_grey(video: Path) -> Iterator[tuple[int, Grey]]:
    """The frames of the first shot, brightness only, over the full range."""
    with av.open(str(video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number >= round(SHOT_SECONDS * FPS):
                return
            luma = planes_of(frame).y.astype(np.float32)
            yield number, np.clip((luma - 16) * (255 / 219) + 0.5, 0, 255).astype(np.uint8)


def decoded(video: Path) -> list[bytes]:
    """What is seen, frame by frame."""
    with av.open(str(video)) as container:
        return [sha256(frame.to_ndarray().tobytes()).digest() for frame in container.decode(video=0)]


def size(path: Path) -> float:
    """In megabytes."""
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    sys.exit(main())
