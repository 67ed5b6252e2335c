"""The figures of README and site, from the files that measuring wrote; by hand stand only those of others.

    python docs/readme.py                     # put them into README.md anew; prints which parts changed
    python docs/readme.py --facecom RUN       # first take the run of the README's FACECOM table from RUN/report.json
    python docs/readme.py --quick RUN         # first take what the recipe `quick` reaches there

A part of README.md stands between `<!-- made: NAME -->` and `<!-- end -->`. Sources: the shipped model's `figures.json`
(by `benchmarks/release.py`), `docs/results/facecom.json` (by this script), `docs/results/ablation.md` (by
`benchmarks/ablation.py`). Figures of others are constants that no script here repeats: the peers' in
`readme_release.py`, measured once, before this model was made, each peer with its best crop on the same images; and
what the origin states of itself in `readme_facecom.py`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from readme_facecom import SHOWN, facecom, quick, take_facecom, take_quick
from readme_release import band, fast, models, peers, peers_all, right, said, weak, weakest
from readme_techniques import techniques

__all__ = ["SHOWN", "band", "models", "peers_all", "said", "weakest"]  # parts of the site, and what tests read

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"
PART = re.compile(r"(<!-- made: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def answer() -> str:
    """What `gender-classifier demo` prints, run here."""
    from gender_classifier.inference.demo import demo

    before, here = os.environ.get("COLUMNS"), Path.cwd()
    printed = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(printed):
        os.environ["COLUMNS"] = "100"
        os.chdir(folder)
        try:
            demo(Path("demo.jpg"))
        finally:
            os.chdir(here)
            os.environ.pop("COLUMNS") if before is None else os.environ.update(COLUMNS=before)
    lines = [line.rstrip() for line in printed.getvalue().strip("\n").splitlines()]
    return "\n".join(["```text", *lines, "```"])


def printed() -> str:
    """What the README's Python prints of the demo's photograph, run here."""
    from gender_classifier.inference.demo import demo_photo

    (block,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    here, out = Path.cwd(), io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(out):
        (Path(folder) / "holiday.jpg").write_bytes(demo_photo().read_bytes())
        os.chdir(folder)
        try:
            exec(compile(block, str(README), "exec"), {})
        finally:
            os.chdir(here)
    return f"```text\n{out.getvalue().rstrip()}\n```"


PARTS: dict[str, Callable[[], str]] = {
    "right": right,
    "answer": answer,
    "printed": printed,
    "fast": fast,
    "peers": peers,
    "weak": weak,
    "quick": quick,
    "facecom": facecom,
    "techniques": techniques,
}


def filled(text: str, parts: dict[str, Callable[[], str]] = PARTS) -> str:
    """The README with every part made anew; what is not in `parts` stays as it is."""
    return PART.sub(
        lambda found: f"{found[1]}{_compact(parts[found[2]]())}\n{found[3]}" if found[2] in parts else found[0], text
    )


def _compact(text: str) -> str:
    """Tables without spaces at their bars, which whoever counts words would take for words."""
    return re.sub(r"^\|.*\|$", lambda row: _bars(row[0]), text, flags=re.MULTILINE)


def _bars(row: str) -> str:
    return re.sub(r"\|(?=\|)", "| ", re.sub(r" *\| *", "|", row))


def main() -> None:
    """Put all parts into README.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--facecom", type=Path, metavar="RUN", help="finished run whose report the FACECOM table shows")
    parser.add_argument("--quick", type=Path, metavar="RUN", help="finished run on FACECOM by the recipe `quick`")
    asked = parser.parse_args()
    if asked.facecom is not None:
        take_facecom(asked.facecom)
    if asked.quick is not None:
        take_quick(asked.quick)
    before = README.read_text(encoding="utf-8")
    after = filled(before)
    changed = [a[2] for a, b in zip(PART.finditer(before), PART.finditer(after), strict=True) if a[0] != b[0]]
    README.write_text(after, encoding="utf-8")
    print("\n".join(changed) or "all as it was")


if __name__ == "__main__":
    main()
