"""A run's own report, made again: from its checkpoints and the images that it was trained on."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.errors import UserError
from gender_classifier.runs.report import Report
from gender_classifier.training.finish import finish_run
from gender_classifier.training.rebuild import index_of_run


def evaluate_again(
    run: Path,
    threads: int | None = None,
    *,
    out: Path | None = None,
    tta: bool | None = None,
    prior: str | None = None,
    corrections: Path | None = None,
    photos: bool = False,
) -> Report:
    """Score a run's own images again and write its report and figures anew.

    Args:
        run: run folder.
        threads: of the engine; None: all cores that this process may use.
        out: as the others, an option of `evaluate` that goes with images to evaluate on; refused here.
        tta: the same.
        prior: the same.
        corrections: the same.
        photos: the same.

    Returns:
        The report.

    Raises:
        UserError: an option that goes with images, `run` is a file, or its images are not the same any more.
        UnreadableError: not a run folder.
    """
    if corrections is not None:
        raise UserError(
            f"{run}: --corrections goes with images to evaluate on; a run keeps those that it was trained with"
        )
    if run.is_file():
        raise UserError(f"{run}: name the labelled images to evaluate a model file on, folders or manifests")
    if out is not None or tta is not None or prior is not None or photos:
        raise UserError(
            f"{run}: --out, --tta, --prior and --photos go with images to evaluate on; "
            "without any, the run's own report is made again"
        )
    return finish_run(run, index_of_run(run), threads)
