"""Films of faces whose seconds are known: pictures that move over backgrounds, in shots with hard cuts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.read import read_picture

Picture = NDArray[np.uint8]
WIDTH, HEIGHT, RATE = 640, 360, 10


@dataclass(frozen=True)
class Actor:
    """A face in one shot: whose picture, when, and how it moves; pixels and seconds."""

    picture: Path
    male: bool
    begin: float
    end: float
    start: tuple[float, float]
    motion: tuple[float, float]
    side: float

    def centre(self, time: float) -> tuple[float, float]:
        """Where its middle is."""
        passed = time - self.begin
        return self.start[0] + self.motion[0] * passed, self.start[1] + self.motion[1] * passed


@dataclass(frozen=True)
class Made:
    """A film and what is true of it."""

    path: Path
    actors: list[Actor]
    cuts: list[float]

    def seconds(self, male: bool) -> float:
        """Face-seconds of one gender."""
        return sum(actor.end - actor.begin for actor in self.actors if actor.male == male)


def fairface_test(manifest: Path) -> tuple[list[Path], list[Path]]:
    """Pictures of women and of men of FairFace's test."""
    found: tuple[list[Path], list[Path]] = ([], [])
    with manifest.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["split"] == "test":
                found[row["gender"] == "male"].append(manifest.parent / row["path"])
    return found


def draw_actors(
    faces: tuple[Sequence[Path], Sequence[Path]], rng: np.random.Generator, shots: int
) -> tuple[list[Actor], list[float]]:
    """Shots of 0.6 to 2 seconds, each with one to three faces that move, of a share of men drawn for the film."""
    share, begin, actors, cuts = rng.uniform(0.05, 0.95), 0.0, list[Actor](), list[float]()
    for _ in range(shots):
        lasts = round(float(rng.uniform(0.6, 2.0)) * RATE) / RATE
        for lane in rng.permutation(3)[: rng.integers(1, 4)]:
            male = bool(rng.random() < share)
            side = float(rng.uniform(70, 150))
            x = (lane + 0.5) * WIDTH / 3 + rng.uniform(-25, 25)
            y = rng.uniform(0.5 * side, HEIGHT - 0.5 * side)
            motion = (float(rng.normal(0, 25)), float(rng.normal(0, 12)))
            picture = faces[male][int(rng.integers(len(faces[male])))]
            actors.append(Actor(picture, male, begin, begin + lasts, (float(x), float(y)), motion, side))
        begin += lasts
        cuts.append(begin)
    return actors, cuts


def make_film(path: Path, actors: Sequence[Actor], cuts: Sequence[float], rng: np.random.Generator) -> Made:
    """Encode the film: H.264 at the quality of a broadcast."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, picture in enumerate(_frames(actors, cuts, rng)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Made(path, list(actors), list(cuts[:-1]))


def _frames(actors: Sequence[Actor], cuts: Sequence[float], rng: np.random.Generator) -> Iterator[Picture]:
    begin = 0.0
    for end in cuts:
        ground = _background(rng)
        here = [(actor, _oval(actor)) for actor in actors if begin <= actor.begin < end]
        light = rng.uniform(0.6, 1.1)
        for n in range(round((end - begin) * RATE)):
            picture = np.roll(ground, 2 * n, 1).astype(np.float32)
            for actor, (face, mask) in here:
                _paste(picture, face, mask, actor.centre(begin + n / RATE))
            noisy = picture * light + rng.normal(0, 3, (HEIGHT, WIDTH, 1)).astype(np.float32)
            yield np.clip(noisy, 0, 255).astype(np.uint8)
        begin = end


def _background(rng: np.random.Generator) -> Picture:
    coarse = rng.integers(20, 230, (6, 10, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def _oval(actor: Actor) -> tuple[Picture, NDArray[np.float32]]:
    """A face's picture with soft edges."""
    side = round(actor.side)
    face = cv2.resize(read_picture(actor.picture), (side, side), interpolation=cv2.INTER_AREA)
    down, across = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    mask = np.clip((1.02 - np.maximum(np.abs(down), np.abs(across))) * 12, 0, 1)[..., None]
    return np.asarray(face, np.uint8), mask.astype(np.float32)


def _paste(picture: NDArray[np.float32], face: Picture, mask: NDArray[np.float32], at: tuple[float, float]) -> None:
    side = face.shape[0]
    x, y = round(at[0] - side / 2), round(at[1] - side / 2)
    x0, y0, x1, y1 = max(0, x), max(0, y), min(WIDTH, x + side), min(HEIGHT, y + side)
    if x0 >= x1 or y0 >= y1:
        return
    part = np.s_[y0 - y : y1 - y, x0 - x : x1 - x]
    picture[y0:y1, x0:x1] += mask[part] * (face[part] - picture[y0:y1, x0:x1])
