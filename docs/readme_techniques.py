"""What README and site say of the eleven techniques of training: what each does, its setting, its worth."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.report.tables import NONE, markdown_table

REPOSITORY = Path(__file__).resolve().parents[1]
ABLATION = REPOSITORY / "docs" / "results" / "ablation.md"
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
