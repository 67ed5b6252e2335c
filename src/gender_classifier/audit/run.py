"""`audit`: what a set of labelled images holds, and whether its splits can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gender_classifier import CLASS_NAMES, PERCEIVED
from gender_classifier.audit.confirmation import SAME
from gender_classifier.audit.copies import copy_findings, exclusions, learnt_split, person_findings
from gender_classifier.audit.doubtful_labels import judge_labels
from gender_classifier.audit.duplicates import Pair, find_pairs
from gender_classifier.audit.effects import Effect, compare_classes
from gender_classifier.audit.findings import Finding, leaks, ordered
from gender_classifier.audit.leaks import people
from gender_classifier.audit.looks import Look, look_at_all
from gender_classifier.audit.page import page
from gender_classifier.audit.quality import balance_findings, effect_findings, picture_findings
from gender_classifier.audit.tables import audit_report, duplicates_csv, quality_csv
from gender_classifier.data.datasets import Sample, given_splits
from gender_classifier.data.people import check_pattern
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.images.files import PassedOver
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.names import printable, to_line, to_text
from gender_classifier.system import streams
from gender_classifier.system.console import say, steps_left
from gender_classifier.system.files import atomic_path

PAGE, JSON, DUPLICATES, QUALITY, EXCLUDE = "audit.html", "audit.json", "duplicates.csv", "quality.csv", "exclude.txt"


@dataclass(frozen=True)
class Audit:
    """All that was found, before it is written.

    Example:
        >>> look = Look(Sample(Path("faces/a.jpg"), "a.jpg", 0), "train")
        >>> Audit("faces", [look], [], [], [], [], None).counts()
        {'train': {'female': 1, 'male': 0}}

    Attributes:
        title: what was audited.
        looks: all images, also those that cannot be read; rows are places in this list.
        pairs: of images that are one.
        effects: measures compared between classes.
        findings: in any order.
        notes: how things were measured, a paragraph each.
        probabilities: of male, by row, of images in which no face was found; None without a model.
    """

    title: str
    looks: list[Look]
    pairs: list[Pair]
    effects: list[Effect]
    findings: list[Finding]
    notes: list[str]
    probabilities: dict[int, float] | None

    def counts(self) -> dict[str, dict[str, int]]:
        """Count images by split and class, also those that cannot be read."""
        counts: dict[str, dict[str, int]] = {}
        for look in self.looks:
            here = counts.setdefault(look.split, dict.fromkeys(CLASS_NAMES, 0))
            here[CLASS_NAMES[look.sample.label]] += 1
        return counts


def audit(
    data: Sequence[Path],
    *,
    model: Path | None = None,
    scores: Path | None = None,
    out: Path | None = None,
    person: str = "",
    threads: int | None = None,
) -> ExitCode:
    """Audit labelled images: print a summary and, with `out`, write a page, tables and JSON.

    Args:
        data: folders and manifests of labelled images; of several, each one's splits are named after it.
        model: model file or run folder by whose scores labels are judged (`audit.doubtful_labels`). None: no model.
        scores: scores table by which they are judged instead. None: no table.
        out: folder to write; None: the summary alone.
        person: regular expression whose first group tells the person from a file's name; empty: people are not told.
        threads: None: all cores that this process may use.

    Returns:
        FOUND_WRONG where a split shares images or people with another; else FINE.

    Raises:
        UserError: options that cannot be, or data that are no labelled images.
        UnreadableError: no such data or model, or not one image that can be read.
    """
    check_pattern(person, "--person", takes_auto=False)
    if out is None:
        streams.require_stdout("name a folder with --out")
    elif out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a folder")
    classifier = _classifier(model, threads)
    passed = PassedOver()
    listed = listed_pictures(data, passed)
    labels = judge_labels(data, model, scores, threads, out)
    done = _audited(data, listed, classifier, person, threads)
    done.findings.extend(labels.findings())
    done.notes.extend(labels.notes())
    _summary(done)
    if passed:
        say(passed.sentence())
    if out is not None:
        write_audit(done, out)
        labels.write(out)
        say(f"page, tables and JSON in {out}; open {out / PAGE}")
    return ExitCode.FOUND_WRONG if leaks(done.findings) else ExitCode.FINE


def listed_pictures(data: Sequence[Path], passed: PassedOver | None = None) -> list[tuple[Sample, str]]:
    """List each labelled image and its split.

    Args:
        data: folders and manifests of labelled images.
        passed: is told of the files in class folders that are no images; None: they are not counted.

    Returns:
        Images and their splits' names, as the data has them; with several sources the source stands before the name.

    Raises:
        UserError: a source twice, or data that are no labelled images.
        UnreadableError: no such data.
    """
    if len({path.resolve() for path in data}) < len(data):
        raise UserError(f"{', '.join(map(str, data))}: the same folder or manifest twice")
    listed = []
    for source in data:
        given = given_splits(source, passed)
        for split, samples in given.items():
            whole = len(given) == 1 and split == "train" and not (source / "train").is_dir()
            name = to_text(source.as_posix())
            own = name if whole else f"{name}/{split}"
            listed += [(sample, own if len(data) > 1 else split) for sample in samples]
    return listed


def _classifier(model: Path | None, threads: int | None) -> GenderClassifier | None:
    if model is None:
        return None
    return GenderClassifier(model, threads=threads)


def _audited(
    data: Sequence[Path],
    listed: Sequence[tuple[Sample, str]],
    classifier: GenderClassifier | None,
    person: str,
    threads: int | None,
) -> Audit:
    with steps_left("images", len(listed)) as step:
        looks = look_at_all(listed, FaceDetector(threads=1), threads=threads, tick=step)
    if all(look.reason for look in looks):
        raise UnreadableError(f"{', '.join(map(str, data))}: none of {len(looks)} images can be read")
    pairs = _pairs(looks, threads)
    probabilities = _probabilities(classifier, looks) if classifier is not None else None
    effects = compare_classes(looks)
    title = ", ".join(map(to_text, data))
    found = Audit(title, looks, pairs, effects, [], _notes(looks, person, classifier), probabilities)
    found.findings.extend(
        [
            *copy_findings(looks, pairs),
            *person_findings(looks, person),
            *picture_findings(looks, probabilities),
            *effect_findings(effects),
            *balance_findings(found.counts()),
        ]
    )
    return found


def _pairs(looks: Sequence[Look], threads: int | None) -> list[Pair]:
    """All copies, with the time left in hundredths of searching and of confirming."""
    with steps_left("searching copies, of 200 parts", 200) as step:
        done = 0

        def tick(what: str, share: float) -> None:
            nonlocal done
            while done < 100 * (share + (what == "confirming")):
                done += 1
                step()

        return find_pairs(
            [look.digest for look in looks], [look.fingerprint for look in looks], threads=threads, tick=tick
        )


def _probabilities(classifier: GenderClassifier, looks: Sequence[Look]) -> dict[int, float]:
    """The model's probability of male of each image in which no face was found, taken as a crop."""
    rows = [row for row, look in enumerate(looks) if not look.reason and not look.faces]
    answers = classifier.predict([looks[row].sample.path for row in rows], faces_only=True).rows()
    found = zip(rows, answers, strict=True)
    return {row: answer.probability_male for row, answer in found if answer.probability_male is not None}


def _notes(looks: Sequence[Look], person: str, classifier: GenderClassifier | None) -> list[str]:
    notes = [
        PERCEIVED,
        "Copies: 64-bit perceptual hashes of each image, of its mirror image and of its slight crops (up to a tenth "
        "of each side) that differ in at most 8 bits, confirmed by laying both images over one another and "
        f"correlating their details: from {SAME} on they are one. Different photographs of one person stay below it. "
        "`benchmarks/duplicates.py` measures both.",
        "Faces: YuNet, smallest face 24 pixels in an image of up to 1,280. Sharpness: variance of the Laplacian of "
        "the central square at 128 pixels. Differences between classes: Cliff’s delta with DeLong’s interval.",
    ]
    if person:
        matched = sum(len(each.rows) for each in people(looks, person))
        notes.append(f"People are told from file names by `{person}`: {matched} of {len(looks)} names match it.")
        if not matched:
            say(f"--person: `{person}` matches none of {len(looks)} file names, so no people were compared")
    else:
        notes.append("People were not compared: where file names tell them, `--person REGEX` does.")
    if classifier is not None:
        notes.append(f"Probabilities are of the model `{to_text(classifier.path.name)}`.")
    return notes


def _summary(done: Audit) -> None:
    """The gravest first, a line each, on standard output."""
    for finding in ordered(done.findings):
        print(printable(f"{finding.severity.word}: {finding.title}"))
    if not done.findings:
        print("nothing found that needs attention")
    for split, of in done.counts().items():
        print(f"{printable(split)}: " + ", ".join(f"{count:,} {name}" for name, count in of.items()))


def write_audit(done: Audit, out: Path) -> None:
    """Write the page, JSON, tables and the list for `train --exclude`, each whole or not at all.

    Args:
        done: what was found.
        out: folder to write `audit.html`, `audit.json`, `duplicates.csv`, `quality.csv` and `exclude.txt` to; it is
            made where it is not there.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts = done.counts()
    _write(out / PAGE, page(done.title, done.findings, counts, done.effects, done.notes))
    report = audit_report(done.title, done.findings, counts, done.effects, done.notes)
    report.write(out / JSON, ascii_only=False)
    _write(out / DUPLICATES, duplicates_csv(done.looks, done.pairs))
    _write(out / QUALITY, quality_csv(done.looks, done.probabilities))
    _write(out / EXCLUDE, _exclude_list(done))


def _exclude_list(done: Audit) -> str:
    learnt = learnt_split(look.split for look in done.looks)
    names = exclusions(done.looks, done.pairs, learnt)
    total = sum(look.split == learnt for look in done.looks)
    head = [
        f"# {len(names)} of {total} images of {learnt} with a copy in another split,",
        f"# by: gender-classifier audit {done.title}",
    ]
    return "\n".join([*head, *map(to_line, names), ""])


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as partial:
        partial.write_text(text, encoding="utf-8")
