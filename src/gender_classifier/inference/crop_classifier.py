"""Crops of faces in, answers out: what a model file says, by the engine that is there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError, first_line
from gender_classifier.faces.geometry import CANONICAL, Geometry
from gender_classifier.inference.abstention import band_of
from gender_classifier.inference.backends.registry import DEFAULT, check_name, open_network
from gender_classifier.inference.checks import text_or_path, whole_number
from gender_classifier.inference.image_result import FaceResult
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.test_time import apply_view, check_views
from gender_classifier.metrics.decision import DecisionRule, prior_shift
from gender_classifier.model_files.metadata import METADATA_KEY, ModelMetadata, parse_metadata
from gender_classifier.model_files.registry import (
    SHIPPED,
    is_name,
    missing,
    model_file,
)
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.engine import open_session


class CropClassifier:
    """Perceived gender of cropped faces from one ONNX file; safe to call from several threads.

    Args:
        model: as for `GenderClassifier`.
        threads: of the engine; None for all cores that this process may use, and never more than those.
        engine: one of `inference.backends.registry.NAMES`; `"auto"` takes the fastest that is there.

    Attributes:
        path: of the model file.
        metadata: what the file says of itself: sizes, calibration, threshold, band.
        threads: of the engine.
        engine: that runs the network; with `"auto"` the one that was chosen.

    Raises:
        UnreadableError: no such file, or not one of ours.
        UserError: `threads` below 1, another engine, or one that is not installed or has no device here.

    Example:
        >>> classifier = CropClassifier()
        >>> size = classifier.metadata.input_size
        >>> classifier.logits(np.zeros((2, size, size, 3), np.uint8)).shape
        (2,)
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        engine: str = DEFAULT,
    ) -> None:
        if model is None:
            model = SHIPPED[0].name
        self.path = model_file(text_or_path("model", model))
        if not self.path.is_file():
            raise missing(self.path)
        if threads is not None:
            threads = whole_number("threads", threads)
        check_name(engine)
        self.threads = checked_threads(threads)
        # A shipped model has its place in each installation, and another process may work in another folder.
        self._asked: dict[str, Any] = {
            "model": model if is_name(model) else os.path.abspath(self.path),
            "threads": threads,
            "engine": engine,
        }
        try:
            self._session = open_session(self.path, self.threads)
        except Exception as error:  # onnxruntime raises its own undocumented types
            raise UnreadableError(f"{self.path}: not a model file ({first_line(error)})") from None
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        self.metadata: ModelMetadata = parse_metadata(text, str(self.path))
        if "logit" not in [output.name for output in self._session.get_outputs()]:
            raise UnreadableError(f"{self.path}: not a model file of ours (it has no output `logit`)")
        self.engine, self._logits = open_network(engine, self._session, self.path, self.threads)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({os.fspath(self.path)!r}, threads={self.threads}, engine={self.engine!r})"

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to make the same classifier: where its files lie, and what was asked for."""
        return {"asked": self._asked, "metadata": self.metadata}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["asked"])  # type: ignore[misc]
        self.metadata = state["metadata"]  # a caller may have changed it

    @property
    def geometry(self) -> Geometry:
        """Where landmarks lie in the network's crops; of models trained on tight crops without a note: canonical."""
        given = self.metadata.geometry
        geometry = Geometry.from_dict(given) if given is not None else CANONICAL
        return geometry.scaled(self.metadata.input_size)

    def score_crops(
        self, crops: NDArray[np.uint8], views: Sequence[str] = ("identity",), batch_size: int = 32
    ) -> NDArray[np.float32]:
        """Give the logits of crops, view by view.

        Args:
            crops: uint8 (N, size, size, 3) RGB, as the network sees them; size is the model's `input_size`.
            views: names as in `inference.test_time`.
            batch_size: crops that go through the network at a time; more takes memory, not less time
                (`benchmarks/export_input.py` shows both).

        Returns:
            float32 (len(views), N), before calibration: positive speaks for male.

        Raises:
            UserError: another dtype or shape, an unknown view, or `batch_size` below 1.
        """
        check_views(views)
        batch_size = whole_number("batch_size", batch_size)
        self._check_crops(crops)
        logits = np.empty((len(views), len(crops)), np.float32)
        for row, view in enumerate(views):
            for start in range(0, len(crops), batch_size):
                part = apply_view(crops[start : start + batch_size], view)
                logits[row, start : start + len(part)] = self._logits(part)
        return logits

    def _check_crops(self, crops: NDArray[np.uint8]) -> None:
        size = self.metadata.input_size
        if not isinstance(crops, np.ndarray):
            raise UserError(f"crops: expected an array, uint8 (N, {size}, {size}, 3), got {type(crops).__name__}")
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
            raise UserError(f"crops: expected uint8 (N, {size}, {size}, 3), got {crops.dtype} {crops.shape}")

    def rule(
        self, tta: bool = False, prior: float | None = None, right: float | None = None, answer_all: bool = False
    ) -> DecisionRule:
        """Give the rule by which logits become answers.

        Args:
            tta: the logits are means over the model's views, which have a threshold of their own if there are several.
            prior: share of men, between 0 and 1, of a population to correct for; None: as calibrated.
            right: share of right answers that the band promises, 0.5 to 1; None: the model's own band.
            answer_all: no band.

        Returns:
            The model's calibration and threshold, moved by `prior`, with the band that was asked for.

        Raises:
            UserError: the model cannot be corrected (`metrics.decision.prior_shift`), or does not reach
                `right` (`inference.abstention.band_of`).
        """
        band = band_of(self.metadata, self.path, right, answer_all)
        rule = replace(DecisionRule.of_model(self.metadata, tta), band=band)
        return rule if prior is None else rule.shifted(prior_shift(self.metadata, prior, str(self.path)))

    def predict_crops(
        self,
        crops: NDArray[np.uint8],
        tta: bool = False,
        prior: float | None = None,
        right: float | None = None,
        answer_all: bool = False,
    ) -> list[Prediction]:
        """Say of each crop whether its face is perceived as female or male.

        Args:
            crops: uint8 (N, size, size, 3) RGB, as the network sees them; size is the model's `input_size`.
            tta: average over the model's views.
            prior: share of men in the population, between 0 and 1; None: as calibrated.
            right: share of the answers that is wanted right, 0.5 to 1; None: the model's own band.
            answer_all: no face is `uncertain`.

        Returns:
            N rows, in the order of the crops; without path, face and box, which are not known here.

        Raises:
            UserError: another dtype or shape, a model that no prior can correct, or a share that it does not reach.
        """
        said = self.said(self.logits(crops, tta), self.rule(tta, prior, right, answer_all))
        return [Prediction(face.label, face.probability_male, face.logit, best_guess=face.best_guess) for face in said]

    def logits(self, crops: NDArray[np.uint8], tta: bool = False) -> NDArray[np.float32]:
        """Give the logits of crops.

        Args:
            crops: uint8 (N, size, size, 3) RGB; size is the model's `input_size`.
            tta: the mean over the model's views; else the crop as it is.

        Returns:
            float32 (N,), before calibration: positive speaks for male.

        Raises:
            UserError: another dtype or shape.
        """
        logits: NDArray[np.float32] = self.score_crops(crops, self.metadata.tta.views if tta else ("identity",)).mean(0)
        return logits

    def said(self, logits: NDArray[np.float32], rule: DecisionRule) -> list[FaceResult]:
        """Give the answers that a rule makes of logits.

        Args:
            logits: float32 (N,), before calibration.
            rule: as `rule` gives it.

        Returns:
            N answers, in the order of the logits; box, landmarks, detection score and size are None.
        """
        names = self.metadata.class_names
        said = zip(rule.labels(logits, names), rule.probabilities(logits), logits, rule.guesses(logits), strict=True)
        return [FaceResult(label, names[guess], float(p), float(z)) for label, p, z, guess in said]
