"""The model card, in the Hugging Face hub's format, from the report alone.

Sections as in Mitchell et al., "Model Cards for Model Reporting", FAT* 2019; the prose that is the same for every
model stands in `card_template.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib import resources
from string import Template

from gender_classifier.errors import WHERE, install_command
from gender_classifier.report.card_header import VIEWS, calibration_error, header
from gender_classifier.report.card_subject import (
    Subject,
    details,
    evaluation_data,
    factors,
    subject_of,
    summary,
    title,
    training_data,
)
from gender_classifier.report.further import Further, further_lines
from gender_classifier.report.groups import group_lines, uncertain_lines
from gender_classifier.report.markdown import FIGURES
from gender_classifier.report.tables import (
    NONE,
    markdown_table,
    percent,
    threshold_sentence,
    tta_sentence,
    with_interval,
)
from gender_classifier.runs.report import ProtocolResult, Report, Row

TEMPLATE = "card_template.md"
WITHOUT_FACES = (
    "confusion.png",
    "roc_pr.png",
    "scores.png",
    "thresholds.png",
    "reliability.png",
    "risk_coverage.png",
    "curves.png",
    "rates.png",
)
"""The report's figures that show no face: a card is published, and those who are shown were not asked."""
HEADINGS = (
    "view",
    "n",
    "accuracy [95 %]",
    "recall of women [95 %]",
    "recall of men [95 %]",
    "F1 macro",
    "ROC AUC",
    "ECE",
)


def card(report: Report, further: Further | None = None, figures: Iterable[str] = ()) -> str:
    """Write the model card of a report, in Markdown.

    Args:
        report: of a run or an evaluation.
        further: tables of further figures; None: there are none.
        figures: names of the report's figures to show, addressed as `figures/NAME`; others than
            `WITHOUT_FACES`, or that the report does not name, are left out.

    Returns:
        The card, which begins with the header of the Hugging Face hub.

    Raises:
        UnreadableError: a report without validation results.
    """
    subject = subject_of(report)
    parts = {
        "title": title(subject),
        "summary": summary(subject),
        "details": _bullets(details(subject)),
        "factors": factors(subject),
        "evaluation_data": "\n\n".join(evaluation_data(subject)),
        "training_data": "\n\n".join(training_data(subject)),
        "results": "\n".join(_results(subject)),
        "decisions": "\n\n".join(_decisions(subject.protocols[0])),
        "figures": _section("### Figures", _figure_lines(set(figures) & set(report.figures))),
        "groups": _section("### By group", group_lines(subject.groups, 4) if subject.groups else []),
        "further": _section("### Further figures", further_lines(further, 4) if further else []),
        "caveats": _bullets(_caveats(subject)),
        "network": subject.network.name,
        "install": f"{install_command()}   # {WHERE}" if WHERE else install_command(),
        "citation": "\n\n".join(_citation(subject)),
    }
    template = (resources.files("gender_classifier.report") / TEMPLATE).read_text(encoding="utf-8")
    return f"{header(subject)}\n{Template(template).substitute(parts)}"


def _results(subject: Subject) -> Iterator[str]:
    for place, protocol in enumerate(subject.protocols):
        rows = protocol.validation
        note = f": {protocol.note}" if protocol.note else ""
        yield from [""] * min(place, 1)
        yield from (f"Protocol `{protocol.name}`{note}.", "")
        yield from markdown_table(HEADINGS, [_cells(row, protocol) for row in rows], left=1)
        women, men = rows[0].recall_female, rows[0].recall
        if women is not None and men is not None:
            yield from ("", f"Recalls of women and men lie {percent(abs(men - women))} points apart, single view.")


def _cells(row: Row, protocol: ProtocolResult) -> list[str]:
    shares = [with_interval(*row.share(name)) for name in ("accuracy", "recall_female", "recall")]
    figures = [NONE if value is None else f"{value:.4f}" for value in (row.roc_auc, calibration_error(row, protocol))]
    return [VIEWS[row.tta], str(row.count), *shares, percent(row.f1_macro), *figures]


def _decisions(protocol: ProtocolResult) -> Iterator[str]:
    """Threshold, views, calibration and uncertain band, and where each was chosen."""
    logit = protocol.thresholds["disabled"].logit
    yield f"{threshold_sentence(protocol)} Single view: male from a logit of {logit:.4f} on."
    if protocol.tta is not None:
        yield tta_sentence(protocol)
    platt = protocol.calibration.platt
    if platt is not None:
        where = "as in the model file" if platt.fitted_on == "model file" else f"fitted on `{platt.fitted_on}`"
        yield (
            f"Probabilities are calibrated, {where} (Platt scaling: scale {platt.scale:.4f}, offset "
            f"{platt.offset:.4f}); the ECE above is theirs."
        )
    else:
        yield "Scores are **not calibrated**: do not read them as probabilities; the ECE above is theirs."
    uncertain = uncertain_lines(protocol)
    yield "\n".join(uncertain) if uncertain else "The report knows of no uncertain band: every face counts as answered."


def _figure_lines(asked: Collection[str]) -> list[str]:
    lines = []
    for name, (shown, said) in FIGURES.items():
        if name in asked and name in WITHOUT_FACES:
            lines += [f"![{shown}](figures/{name})", "", f"*{shown}.* {said}", ""]
    return lines


def _caveats(subject: Subject) -> Iterator[str]:
    if subject.groups is not None and "children" in subject.groups.results.ages:
        yield "Children: read their line under *By group* before any use on images of them."
    else:
        yield "Children: the report does not show them apart, so how the model does on them is not known."
    yield (
        "Calibration and threshold fit images with about the shares of women and men that they were chosen on; "
        "elsewhere they are off."
    )
    yield "A count of predicted women and men is biased wherever the two recalls differ: correct it before it is used."
    if subject.origin is not None and not subject.origin.free:
        yield f"{subject.origin.name}: {subject.origin.terms}"


def _citation(subject: Subject) -> Iterator[str]:
    if subject.export.citation:
        yield subject.export.citation.strip()
    version = subject.context.versions.get("gender-classifier")
    number = f",\n  version = {{{version}}}" if version else ""
    yield _bibtex(f"@software{{gender_classifier,\n  title   = {{gender-classifier}}{number}\n}}")
    if subject.origin is not None and subject.origin.bibtex:
        yield _bibtex(subject.origin.bibtex)


def _bibtex(entry: str) -> str:
    return f"```bibtex\n{entry}\n```"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _section(heading: str, lines: list[str]) -> str:
    return "\n".join([heading, "", *lines, ""]) if lines else ""
