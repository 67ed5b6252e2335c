"""Every figure that a released model is asked for, beside what is asked: Markdown on stdout, JSON with `--out`.

    python benchmarks/release.py MODEL --fairface MANIFEST.csv [--facecom DIR/val] [--only PART ...] [--out FILE]

The manifest has the columns path, split, gender, race and age, and holds FairFace's tight crops; its `test` is measured
in the published order, which the numbers of the files tell. Parts: fairface, groups, sizes, degradations, peers,
facecom, framing. Without `--facecom` its part is left out. With `--only`, what FILE holds of other parts of the same
model, measured with the same options, stays in it. Needs no torch.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import cv2
import typer

from _release_bench import Bench, Figures
from _release_parts import PARTS
from _release_pictures import STRENGTH
from _release_tables import asked, markdown, tables
from gender_classifier.errors import UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.system.files import atomic_path, sha256_of


def chosen(only: list[str] | None, fairface: Path | None, facecom: Path | None) -> list[str]:
    """Parts to run, in the report's order: those asked for, else all whose images are at hand.

    Raises:
        UserError: an unknown part, or no images at all.
    """
    unknown = sorted(set(only or ()) - set(PARTS))
    if unknown:
        raise UserError(f"--only {unknown[0]}: no such part; known are {', '.join(PARTS)}")
    at_hand = [name for name in PARTS if (facecom if name == "facecom" else fairface) is not None]
    parts = [name for name in PARTS if name in only] if only else at_hand
    missing = [name for name in parts if name not in at_hand]
    if missing or not parts:
        wanted = "--facecom" if missing == ["facecom"] else "--fairface"
        raise UserError(f"{wanted}: images are needed" + (f" for {', '.join(missing)}" if missing else ""))
    return parts


def measure(bench: Bench, parts: list[str]) -> Figures:
    """The report: the model, the options, and each part's figures; a line a part on stderr."""
    m = bench.classifier.metadata
    model = {"file": bench.classifier.path.name, "sha256": sha256_of(bench.classifier.path), "input_size": m.input_size}
    model |= {"threshold": m.threshold.logit, "tta_threshold": m.tta.threshold_logit, "tta_views": m.tta.views}
    options = {"limit": bench.limit, "degrade_limit": bench.degrade_limit, "framing_limit": bench.framing_limit}
    report: Figures = {"model": model, "options": {**options, "strength": STRENGTH}, "parts": {}}
    for place, name in enumerate(parts, 1):
        began = time.monotonic()
        print(f"{place}/{len(parts)} {name} …", file=sys.stderr, flush=True)
        report["parts"][name] = PARTS[name](bench)
        print(f"{place}/{len(parts)} {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return report


def earlier(out: Path | None, report: Figures) -> Figures:
    """Parts that `out` already holds of the same model and options."""
    if out is None or not out.is_file():
        return {}
    try:
        found = json.loads(out.read_text(encoding="utf-8"))
        same = found["model"] == report["model"] and found["options"] == report["options"]
        return dict(found["parts"]) if same else {}
    except (ValueError, KeyError, TypeError):
        return {}


def complete(report: Figures, before: Figures) -> Figures:
    """The report with what was measured before of other parts, in the report's order, and what follows from all."""
    parts = {**before, **report["parts"]}
    whole = {**report, "parts": {name: parts[name] for name in PARTS if name in parts}}
    return {**whole, "asked": asked(whole["parts"]), "tables": tables(whole["parts"])}


def main(
    model: Annotated[str, typer.Argument(help="name or file")],
    fairface: Annotated[Path | None, typer.Option(help="FairFace's manifest")] = None,
    facecom: Annotated[Path | None, typer.Option(help="FACECOM's val, with female and male")] = None,
    only: Annotated[list[str] | None, typer.Option(help="a part; may be repeated")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="images of each set, for a trial")] = None,
    degrade_limit: Annotated[int, typer.Option(min=1, help="images that are degraded, and compared with peers")] = 2000,
    framing_limit: Annotated[int, typer.Option(min=1, help="images that are shifted, scaled, turned")] = 1000,
    threads: Annotated[int | None, typer.Option(min=1, help="of network and detector; none: all cores")] = None,
    out: Annotated[Path | None, typer.Option(help="JSON file to write")] = None,
) -> None:
    cv2.setNumThreads(1)  # images are changed in one thread while the network runs in others
    try:
        parts = chosen(only, fairface, facecom)
        classifier = GenderClassifier(model, threads=threads)
        report = measure(Bench(classifier, fairface, facecom, limit, degrade_limit, framing_limit, threads), parts)
        report = complete(report, earlier(out, report) if only else {})
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(int(error.exit_code)) from None
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(out) as partial:
            partial.write_text(
                json.dumps(report, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
            )
    print(markdown(report), end="")


if __name__ == "__main__":
    typer.run(main)
