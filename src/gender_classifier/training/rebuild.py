"""From a run folder back to the images that it was trained on."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.config.reading import load_config
from gender_classifier.data.datasets import DataIndex
from gender_classifier.errors import UserError
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.system.files import find
from gender_classifier.training.prepare import prepared, run_corrections


def index_of_run(run: Path) -> DataIndex:
    """Index the images that a run was trained on once more, from the path in its log.

    Args:
        run: the run folder.

    Returns:
        The same index: without what the run left out, with labels as it corrected them.

    Raises:
        UserError: the images are not the same any more.
        UnreadableError: not a run folder, one whose run was stopped before it began, or the images are gone.
    """
    start = read_log(run, begun=True)[0]["data"]
    config = load_config(RunFolder(run).config)
    pictures = prepared(find(start["source"]), config.data, run_corrections(run, config))
    index = pictures.index.without(start["unreadable"])
    if index.digest() != start["digest"]:
        raise UserError(f"{start['source']}: not the images any more that {run} was trained on")
    return index
