"""``card``: a model card from a report."""

from __future__ import annotations

import json
from pathlib import Path

from gender_classifier.commands.progress import say
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.files import atomic_path
from gender_classifier.report.card import card as render
from gender_classifier.report.further import Further, read_further

REPORT = "report.json"


def card(source: Path, figures: Path | None = None, out: Path | None = None) -> ExitCode:
    """Write the card of a run's or an evaluation's report to ``out``, or print it.

    Args:
        source: the report, or the folder that holds it.
        figures: JSON file of further tables (``report.further``).
        out: Markdown file to write; none: standard output.
    """
    text = card_text(source, read_further(figures) if figures is not None else None)
    if out is None:
        print(text, end="")
        return ExitCode.FINE
    if out.is_dir():
        raise UserError(f"{out}: is a folder; --out names a file")
    out.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(out) as partial:
        partial.write_text(text, encoding="utf-8")
    say(f"model card: {out}")
    return ExitCode.FINE


def card_text(source: Path, further: Further | None = None) -> str:
    """The card in Markdown.

    Raises:
        UnreadableError: no such report, or not a whole one of this version.
    """
    path = source / REPORT if source.is_dir() else source
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: no report to read ({error.strerror})") from None
    except ValueError as error:
        raise UnreadableError(f"{path}: not a report, which is JSON ({error})") from None
    try:
        return render(report, further)
    except UnreadableError as error:
        raise UnreadableError(f"{path}: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        missing = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(
            f"{path}: not a whole report of this version ({missing}); make it again with `gender-classifier evaluate`"
        ) from None
