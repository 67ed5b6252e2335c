"""What `video.py` measures beside made films: several pictures of one person, and speed."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier import CLASS_NAMES
from gender_classifier.faces.crops import crop_of, cut
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import resize
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.calibration import calibrate
from gender_classifier.report.tables import markdown_table
from gender_classifier.video.analysis import looks_of
from gender_classifier.video.finding import Finder, smallest_face
from gender_classifier.video.options import VideoOptions
from gender_classifier.video.reading import Film, Taken
from gender_classifier.video.tracks import Tracker

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
_NAMED = re.compile(r"(.+)_\d{4}\.jpg")


def log_loss(p: Floats, male: Floats) -> float:
    """Mean of -log of the probability of what is true."""
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(male == 1, np.log(p), np.log(1 - p))))


def calibration_error(p: Floats, male: Floats, bins: int = 15) -> float:
    """Expected calibration error over equally filled bins."""
    parts = np.array_split(np.argsort(p), bins)
    return float(sum(len(part) * abs(p[part].mean() - male[part].mean()) for part in parts if len(part)) / len(p))


def slope(p: Floats, male: Floats) -> float:
    """By what log-odds would have to be multiplied to fit: 1 is calibrated, below 1 too sure."""
    p = np.clip(p, 1e-9, 1 - 1e-9)
    fitted = calibrate(male.astype(int), np.log(p / (1 - p)))
    return float("nan") if fitted is None else fitted.scale


def people_table(facecom: Path, classifier: GenderClassifier) -> str:
    """Single pictures against the mean over a person's pictures."""
    pictures: dict[tuple[str, int], list[Path]] = {}
    for path in sorted(facecom.glob("*/*/*.jpg")):
        if found := _NAMED.fullmatch(path.name):
            pictures.setdefault((found[1], int(path.parent.name == "male")), []).append(path)
    several = {who: paths for who, paths in pictures.items() if len(paths) >= 2}
    logits = _logits(classifier, [path for paths in several.values() for path in paths])
    rule, rows = classifier.rule(), []
    single = [(logits[path], who[1]) for who, paths in several.items() for path in paths if path in logits]
    groups = {"single pictures": single}
    for least, most in ((2, 2), (3, 4), (5, 1000)):
        groups[f"persons with {least} to {most}" if most < 1000 else f"persons with {least} or more"] = [
            (float(np.mean(own)), who[1])
            for who, paths in several.items()
            if least <= len(own := [logits[path] for path in paths if path in logits]) <= most
        ]
    groups["all persons"] = [pair for name, pairs in groups.items() if name != "single pictures" for pair in pairs]
    for name, pairs in groups.items():
        if not pairs:
            continue
        z, male = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
        p = rule.probabilities(z)
        right = rule.guesses(z) == male
        values = (100 * right.mean(), log_loss(p, male), calibration_error(p, male), slope(p, male))
        rows.append([name, str(len(p)), *(f"{value:.3f}" for value in values)])
    return "\n".join(markdown_table(["", "number", "right, %", "log loss", "calibration error", "slope"], rows, 1))


def _logits(classifier: GenderClassifier, paths: list[Path]) -> dict[Path, float]:
    """Of the largest face of each picture."""
    found = {}
    for image in classifier.stream(paths, rotate=False):
        if image.faces and image.source is not None:
            found[Path(image.source)] = max(image.faces, key=lambda face: face.face_px or 0.0).logit
    return found


def landmarks_table(facecom: Path, classifier: GenderClassifier, most: int) -> str:
    """Faces of 80 pixels, found in an image of half the size."""
    paths = [(path, label) for label, name in enumerate(CLASS_NAMES) for path in _some(facecom, name, most)]
    detector, geometry = classifier.face_detector(), classifier.geometry
    crops: dict[str, list[Picture]] = {"as found": [], "found once more": []}
    male, spent = [], dict.fromkeys(crops, 0.0)
    for path, label in paths:
        image = read_picture(path)
        faces = detector.detect(image)
        scale = 80 / max(face.side for face in faces) if faces else 0.0
        height, width = round(image.shape[0] * scale), round(image.shape[1] * scale)
        if min(height, width) < 40:
            continue
        image = resize(image, (width, height))
        small = resize(image, (width // 2, height // 2))
        faces = detector.detect(small, min_face=20)
        if not faces:
            continue
        face = max(faces, key=lambda face: face.side)
        face = replace(face, landmarks=face.landmarks * (width / small.shape[1], height / small.shape[0]))
        male.append(label)
        for name, own in crops.items():
            began = time.process_time()
            again = name == "found once more"
            own.append(crop_of(image, face, detector, geometry).picture if again else cut(image, face, geometry))
            spent[name] += time.process_time() - began
    rows = []
    for name, own in crops.items():
        z, y = classifier.score_crops(np.stack(own))[0], np.array(male, np.float64)
        right = 100 * float((classifier.rule().guesses(z) == y).mean())
        loss = log_loss(classifier.rule().probabilities(z), y)
        rows.append([name, str(len(own)), f"{right:.1f}", f"{loss:.3f}", f"{1000 * spent[name] / len(own):.1f}"])
    return "\n".join(markdown_table(["landmarks", "faces", "right, %", "log loss", "CPU ms"], rows, 1))


def _some(facecom: Path, name: str, most: int) -> list[Path]:
    every = sorted(facecom.glob(f"*/{name}/*.jpg"))
    return every[:: max(1, len(every) // most)][:most]


def speed_table(path: Path, seconds: float) -> str:
    """Real time over time taken, for each stage alone, for the whole, and for `predict` on extracted frames."""
    classifier, options = GenderClassifier(), VideoOptions(end=seconds)
    rows: list[tuple[str, tuple[float, float]]] = []
    taken: list[Taken] = []
    with Film(path) as film:
        rows.append(("read and find cuts", _timed(lambda: taken.extend(film.frames(options.sampling())))))
        finder = Finder(film, classifier.face_detector(), classifier.geometry, smallest_face(film.height, None))
        photos = []
        rows.append(("find faces and cut them out, one thread", _timed(lambda: photos.extend(map(finder, taken)))))
        crops = [photo.crops for photo in photos if photo.crops is not None]
        faces = sum(map(len, crops))
        if crops:
            rows.append(("classify", _timed(lambda: classifier.score_crops(np.concatenate(crops)))))
        rows.append(("the whole", _timed(lambda: list(looks_of(film, classifier, options, Tracker())))))
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for number, one in enumerate(taken):
                files.append(Path(folder) / f"{number:06d}.jpg")
                Image.fromarray(one.frame.to_ndarray(format="rgb24")).save(files[-1], quality=92)
            rows.append(("`predict` on the frames as pictures", _timed(lambda: classifier.predict(files))))
    whole = dict(rows)["the whole"]
    table = [
        [
            name,
            f"{wall:.1f}",
            f"{cpu:.1f}",
            f"{seconds / wall:.1f}",
            f"{2 * seconds / cpu:.1f}",
            f"{cpu / whole[1]:.2f}",
        ]
        for name, (wall, cpu) in rows
    ]
    head = [f"{seconds:.0f} s of film, {len(taken)} frames, {faces} faces", "s", "CPU s", "times real time"]
    return "\n".join(markdown_table([*head, "… if two cores were its own", "CPU, of the whole"], table, 1))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of the processors, which tell more on a busy machine."""
    began, worked = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began, time.process_time() - worked
