"""The audit's part on labels: judged by a model or a table of scores, and written for a reviewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gender_classifier.audit.findings import Finding
from gender_classifier.audit.label_scores import scores_of_model, scores_of_table
from gender_classifier.audit.labels import (
    Suspect,
    decisions_in,
    draw_sheets,
    find_suspects,
    label_finding,
    write_review,
)
from gender_classifier.data.datasets import Sample, read_splits
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.read import read_picture
from gender_classifier.system.console import say

REVIEW = "labels.csv"
_SIDE = 128  # pixels, of an image on a contact sheet


@dataclass(frozen=True)
class JudgedLabels:
    """What was found about labels.

    Example:
        >>> JudgedLabels(said=["They were not judged."]).notes()
        ['Labels: They were not judged. `benchmarks/labels.py` measures what is found.']

    Attributes:
        suspects: by rank; none where labels could not be judged.
        said: which scores, warnings, or why labels were not judged, a sentence each.
        samples: images by name; none where labels were not judged.
        decided: what a reviewer of an earlier audit wrote, by the image's name: not to be looked at again.
    """

    suspects: list[Suspect] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    samples: dict[str, Sample] = field(default_factory=dict)
    decided: Mapping[str, str] = field(default_factory=dict)

    def undecided(self) -> list[Suspect]:
        """Give the suspects on which nobody has decided, by rank."""
        return [suspect for suspect in self.suspects if suspect.path not in self.decided]

    def findings(self) -> list[Finding]:
        """Make the finding about undecided suspects for page and summary: a list of one, or an empty list."""
        finding = label_finding(self.undecided(), self.samples, self._sentences())
        return [finding] if finding is not None else []

    def notes(self) -> list[str]:
        """Say how labels were judged: a list of one paragraph, or an empty list where nobody asked."""
        said = self._sentences()
        return [f"Labels: {' '.join(said)} `benchmarks/labels.py` measures what is found."] if said else []

    def _sentences(self) -> list[str]:
        done = len(self.suspects) - len(self.undecided())
        return [*self.said, *([f"Decided on in {REVIEW} already, and not shown: {done:,}."] if done else [])]

    def write(self, out: Path) -> None:
        """Write `labels.csv` for the reviewer, and contact sheets of the first undecided suspects.

        A reviewer's earlier decisions are kept. Nothing is written where labels were not judged.

        Args:
            out: the audit's folder, which must be there.

        Raises:
            UnreadableError: another file stands in the review's place, or an image for a sheet cannot be read.
        """
        if not self.samples:
            return
        kept = write_review(self.suspects, out / REVIEW)
        if kept:
            say(f"{out / REVIEW}: {kept} decisions that stood there are kept")
        draw_sheets(self.undecided(), lambda name: read_picture(self.samples[name].path, min_side=_SIDE), out)


def judge_labels(
    data: Sequence[Path],
    model: Path | None,
    scores: Path | None,
    threads: int | None = None,
    out: Path | None = None,
) -> JudgedLabels:
    """Find labels that are probably wrong, by a model's scores or by a table's; what speaks against these is said too.

    Where a model cannot judge them (it learnt from all of them, say), the reason is kept and the audit goes on.

    Args:
        data: folders and manifests; labels are judged of one alone.
        model: model file or run folder; None: no model judges.
        scores: scores table of the images; None: no table does.
        threads: of the model; None: all cores that this process may use.
        out: folder of an earlier audit: what a reviewer decided there is not found again. None: there is none.

    Returns:
        What was found; nothing, and why, where labels could not be judged.

    Raises:
        UserError: a model and a table at once; a table with several sources, or one that cannot be used.
        UnreadableError: no such model, table or data, or another file stands in the review's place.
    """
    if scores is not None and model is not None:
        raise UserError("--model and --scores: labels are judged by one of them")
    if scores is None and model is None:
        return JudgedLabels()
    if len(data) > 1:
        if scores is not None:
            raise UserError(f"--scores {scores}: goes with one data set, not {len(data)}")
        return _not_judged("that takes one data set at a time")
    decided = decisions_in(out / REVIEW) if out is not None else {}
    samples = {sample.name: sample for part in read_splits(data[0]).values() for sample in part}
    try:
        found = (
            scores_of_table(data[0], scores)
            if scores is not None
            else scores_of_model(data[0], Path(str(model)), threads)
        )
        suspects = find_suspects(found.scores, found.male)
    except UserError as error:
        if scores is not None or isinstance(error, UnreadableError):
            raise
        return _not_judged(str(error))
    for warning in found.warnings:
        say(f"labels: {warning}")
    return JudgedLabels(suspects, [found.source, *found.warnings], samples, decided)


def _not_judged(why: str) -> JudgedLabels:
    """Nothing found, and why; on screen too, where a summary without doubtful labels looks like that of good ones."""
    say(f"labels were not judged: {why}")
    return JudgedLabels(said=[f"They were not judged: {why}."])
