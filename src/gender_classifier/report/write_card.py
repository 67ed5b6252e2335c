"""`card`: a model card from a report, for a model hub or as a page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.model_files.registry import FIGURES
from gender_classifier.report.card import WITHOUT_FACES
from gender_classifier.report.card import card as render
from gender_classifier.report.further import Further, read_further
from gender_classifier.runs.folder import REPORT
from gender_classifier.runs.report import Report
from gender_classifier.system import streams
from gender_classifier.system.console import say
from gender_classifier.system.files import atomic_path

PAGES = (".html", ".htm")


def card(source: Path, figures: Path | None = None, out: Path | None = None, html: bool = False) -> ExitCode:
    """Write the card of a run's or an evaluation's report to `out`, or print it.

    Args:
        source: the report, the folder that holds it, or the model file that it lies beside.
        figures: JSON file of further tables (`report.further`); None: of a model file those beside it, if any.
        out: file to write; `.html` makes it a page; None: standard output.
        html: a page, whatever the name of `out`.

    Returns:
        FINE.

    Raises:
        UserError: `out` is a folder; or it is None and standard output is closed.
        UnreadableError: no such report, not a whole one of this version, one without validation results, or tables
            that cannot be read.
    """
    further = read_further(figures) if figures is not None else None
    as_page = html or (out is not None and out.suffix.lower() in PAGES)
    text = page_text(source, further) if as_page else card_text(source, further)
    if out is None:
        streams.require_stdout("name a file with --out")
        streams.for_data().write(text)
        return ExitCode.FINE
    if out.is_dir():
        raise UserError(f"{out}: is a folder; --out names a file")
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(out) as partial:
        partial.write_text(text, encoding="utf-8")
    say(f"model card: {out}")
    return ExitCode.FINE


def card_text(source: Path, further: Further | None = None) -> str:
    """Write the card in Markdown, with the hub's header.

    Args:
        source: the report, the folder that holds it, or the model file that it lies beside.
        further: further tables; None: of a model file those beside it, if any.

    Returns:
        The card.

    Raises:
        UnreadableError: no such report, not a whole one of this version, or one without validation results.
    """
    return _rendered(_file(source), further or _beside(source))


def page_text(source: Path, further: Further | None = None) -> str:
    """Write the card as a page, with those of the report's figures that lie beside it and show no face.

    Args:
        source: the report, the folder that holds it, or the model file that it lies beside.
        further: as for `card_text`.

    Returns:
        HTML.

    Raises:
        UnreadableError: as `card_text`.
    """
    from gender_classifier.report.opening import report_page

    path = _file(source)
    drawn = {name: path.parent / "figures" / name for name in WITHOUT_FACES}
    pictures = {name: file.read_bytes() for name, file in drawn.items() if file.is_file()}
    text = _rendered(path, further or _beside(source), pictures)
    return report_page(text, {f"figures/{name}": data for name, data in pictures.items()})


def _file(source: Path) -> Path:
    if source.is_dir():
        return source / REPORT
    return source.with_name(REPORT) if source.suffix == ".onnx" else source


def _beside(source: Path) -> Further | None:
    """What was measured of a model file, where it lies beside it."""
    path = source.with_name(FIGURES)
    return read_further(path) if source.suffix == ".onnx" and path.is_file() else None


def _rendered(path: Path, further: Further | None, figures: Iterable[str] = ()) -> str:
    report = Report.read(path)
    try:
        return render(report, further, figures)
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from None
