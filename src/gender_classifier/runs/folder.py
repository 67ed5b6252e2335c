"""Where everything of a run, and of an evaluation, lies: no other module spells these names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gender_classifier.model_files.registry import MODEL

if TYPE_CHECKING:
    from gender_classifier.runs.report import Report

REPORT, REPORT_PAGE, REPORT_HTML, FIGURES = "report.json", "report.md", "report.html", "figures"
"""In a run's folder and in an evaluation's."""


@dataclass(frozen=True)
class _WithReport:
    """A folder that holds a report."""

    path: Path

    @property
    def report(self) -> Path:
        """Every figure of the report, JSON."""
        return self.path / REPORT

    @property
    def report_page(self) -> Path:
        """The report as a person reads it, Markdown."""
        return self.path / REPORT_PAGE

    @property
    def report_html(self) -> Path:
        """The same as one page that opens with the result and needs no network."""
        return self.path / REPORT_HTML

    @property
    def figures(self) -> Path:
        """Folder of the report's figures."""
        return self.path / FIGURES

    def read_report(self) -> Report:
        """Read the report; one of an older version, which lacks fields, gets their defaults.

        Raises:
            UnreadableError: there is none, or what is there is no report of ours.
        """
        from gender_classifier.runs.report import Report  # pydantic takes its time: only who reads waits

        return Report.read(self.report)

    def write_report(self, report: Report) -> None:
        """Write the report, whole or not at all; the folder is there.

        Args:
            report: of `report.build.build_report`.
        """
        report.write(self.report)


@dataclass(frozen=True)
class EvaluationFolder(_WithReport):
    """What `evaluate` writes.

    Example:
        >>> EvaluationFolder(Path("judged")).scores.name
        'scores.parquet'
    """

    @property
    def scores(self) -> Path:
        """Scores table of the labelled images."""
        return self.path / "scores.parquet"

    @property
    def finished(self) -> bool:
        """Whether it holds a whole evaluation."""
        return self.report.is_file() and self.scores.is_file()


@dataclass(frozen=True)
class RunFolder(_WithReport):
    """What `train` writes.

    Example:
        >>> RunFolder(Path("runs/first")).checkpoint("last").as_posix()
        'runs/first/checkpoints/last.safetensors'
    """

    @property
    def config(self) -> Path:
        """The settings as resolved, YAML."""
        return self.path / "config.yaml"

    @property
    def log(self) -> Path:
        """A JSON object a line: start, steps, epochs, end."""
        return self.path / "log.jsonl"

    @property
    def augmentation(self) -> Path:
        """The augmentation as it acts, a contact sheet."""
        return self.path / "augmentation.png"

    @property
    def checkpoints(self) -> Path:
        """Folder of what going on takes."""
        return self.path / "checkpoints"

    def checkpoint(self, name: str) -> Path:
        """Give the file of a checkpoint.

        Args:
            name: `last`, `previous`, `best` or `best_on_val`.

        Returns:
            Its path, whether it is there or not.
        """
        return self.checkpoints / f"{name}.safetensors"

    @property
    def draft_model(self) -> Path:
        """Model file of the best epoch while it is scored, before anything is chosen on its scores."""
        return self.checkpoints / "best.onnx"

    @property
    def best_on_val_model(self) -> Path:
        """Model file of the epoch that was best on the validation split, as the origin chose."""
        return self.checkpoints / "best_on_val.onnx"

    @property
    def held_out(self) -> Path:
        """Scores table of the protocol that chose on images held out of train."""
        return self.path / "scores" / "held_out.parquet"

    @property
    def as_origin(self) -> Path:
        """Scores table of the protocol that chose on the validation split."""
        return self.path / "scores" / "as_origin.parquet"

    @property
    def out_of_fold(self) -> Path:
        """Scores table of `train --folds`, in the folder above the folds' runs."""
        return self.path / "scores" / "out_of_fold.parquet"

    @property
    def corrections(self) -> Path:
        """The file of reviewed labels as it was."""
        return self.path / "corrections.csv"

    @property
    def soft_labels(self) -> Path:
        """Other models' averaged logits of the training images."""
        return self.path / "soft_labels.csv"

    @property
    def model(self) -> Path:
        """The model file, of the best epoch."""
        return self.path / MODEL

    @property
    def tensorboard(self) -> Path:
        """Folder of TensorBoard's event files."""
        return self.path / "tensorboard"

    @property
    def begun(self) -> bool:
        """Whether a run was begun here: it has settings."""
        return self.config.is_file()

    @property
    def finished(self) -> bool:
        """Whether the run has come to its end: it has a report and a model."""
        return self.report.is_file() and self.model.is_file()
