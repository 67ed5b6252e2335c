"""The figures of the site's page on techniques: each technique as it acts, by the code that training runs.

    python benchmarks/gallery.py --drawn FOLDER --out FOLDER/figures
    python benchmarks/techniques.py FOLDER/run        # into docs/techniques

What a run shows comes from that run on drawn faces (rates, stopping, averaging, thresholds, views, augmentation); the
rest is computed here by the program's own functions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from torch import nn

from gallery import small
from gender_classifier import CLASS_NAMES
from gender_classifier.config.reading import load_config
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.metrics.scores import read_scores
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import normalise
from gender_classifier.networks.starting_weights import load_initial
from gender_classifier.report.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILION,
    figure_style,
    new_figure,
    percent_ticks,
    save,
)
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.training.loss import FocalLoss
from gender_classifier.training.sampling import EpochBatches

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "techniques"
Lines = list[dict[str, Any]]


def precision(run: Path, path: Path) -> None:
    """Gradients of a late step, and where float16 loses them: with loss scaling they lie within its range."""
    config = load_config(RunFolder(run).config)
    network = EfficientNet(config=NetworkConfig.of(config.model))
    load_initial(network, RunFolder(run).model)
    files = [run.parent / "faces" / "train" / name / f"face{i:04d}.jpg" for i in range(8) for name in CLASS_NAMES]
    crops = np.stack([fit(read_picture(file), config.data.size) for file in files])
    labels = torch.tensor([0.0, 1.0] * 8)
    FocalLoss()(network(normalise(torch.from_numpy(crops))), labels).backward()
    gradients = torch.cat([p.grad.abs().flatten() for p in network.parameters() if p.grad is not None])
    powers = torch.log2(gradients[gradients > 0]).numpy()
    figure = new_figure(3.4)
    axis = figure.subplots()
    bins = np.arange(-50, 24)
    axis.hist(powers, bins, color=GREY, alpha=0.6, label="gradients")
    axis.hist(powers + 16, bins, color=BLUE, alpha=0.6, label="the same, loss times 65,536")
    axis.axvspan(-50, -24, color=VERMILION, alpha=0.12, label="float16 has nothing but zero here")
    axis.set(
        xlabel="size, as a power of two", yticks=[], xlim=(-50, 24), title="Mixed precision: why the loss is scaled"
    )
    axis.legend(loc="upper left")
    save(figure, path)


def rates(run: Path, path: Path) -> None:
    """Learning rate of three layers over the steps: decay by layer, and one cycle."""
    steps = [line for line in read_log(run) if line["kind"] == "step"]
    figure = new_figure(3.4)
    axis = figure.subplots()
    for layer, colour in (("classifier", VERMILION), ("stage4", ORANGE), ("stem", BLUE)):
        axis.plot([s["global_step"] for s in steps], [s["rates"][layer] for s in steps], color=colour, label=layer)
    axis.set(xlabel="step", ylabel="learning rate", title="Layer-wise rates under one cycle, as the optimizer had them")
    axis.legend()
    save(figure, path)


def sampler(run: Path, path: Path) -> None:
    """Share of women in each batch, with the weighted sampler and without."""
    counts = read_log(run)[0]["data"]["counts"]["train"]
    labels = [0] * counts["female"] + [1] * counts["male"]
    figure = new_figure(3.0)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, balanced in zip(axes, (False, True), strict=True):
        shares = []
        for epoch in range(8):
            batches = EpochBatches(labels, 16, balanced=balanced, seed=0)
            batches.set_epoch(epoch, 64)
            shares += [np.mean([labels[key.index] == 0 for key in batch]) for batch in batches]
        axis.hist(shares, np.arange(-0.5, 17) / 16, color=BLUE if balanced else GREY)
        axis.axvline(
            float(np.mean(shares)), color=VERMILION, linestyle="--", label=f"mean {100 * np.mean(shares):.0f} %"
        )
        axis.set(xlabel="female in a batch of 16", title="weighted" if balanced else "as they come")
        axis.xaxis.set_major_formatter(percent_ticks())
        axis.legend()
    axes[0].set_ylabel("batches")
    save(figure, path)


def focal(_run: Path, path: Path) -> None:
    """The loss of one image over the probability that the network gives its label, by gamma."""
    probability = torch.linspace(0.01, 0.99, 197)
    logits = torch.logit(probability)
    figure = new_figure(3.4)
    axis = figure.subplots()
    for gamma, colour in ((0.0, GREY), (1.0, ORANGE), (2.0, BLUE), (4.0, BLACK)):
        loss = FocalLoss(gamma, 0.5).each(logits, torch.ones_like(logits))
        axis.plot(probability, loss, color=colour, label="cross-entropy (γ 0)" if gamma == 0 else f"γ {gamma:g}")
    axis.set(
        xlabel="probability of the right class",
        ylabel="loss",
        title="Focal loss: easy images, right, weigh next to nothing",
    )
    axis.legend()
    save(figure, path)


def stopping(run: Path, path: Path) -> None:
    """Loss on the images held out, epoch by epoch, which is kept, and where training stopped."""
    epochs = _epochs(run)
    patience = load_config(RunFolder(run).config).stopping.patience
    x = [line["epoch"] + 1 for line in epochs]
    loss = [line["choose"]["loss"] for line in epochs]
    kept = max(line["epoch"] + 1 for line in epochs if line["best"])
    figure = new_figure(3.2)
    axis = figure.subplots()
    axis.plot(x, loss, "o-", color=BLUE, label="loss on images held out")
    axis.axvline(kept, color=VERMILION, linestyle="--", label=f"kept: epoch {kept}")
    planned = load_config(RunFolder(run).config).train.epochs
    axis.set(xlabel="epoch", ylabel="loss", yscale="log", xlim=(0.5, planned + 0.5))
    ending = f"stopped after {len(x)} of {planned}" if len(x) < planned else f"all {planned} were trained"
    axis.set_title(f"Early stopping, patience {patience}: {ending}")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend()
    save(figure, path)


def averaging(run: Path, path: Path) -> None:
    """Loss on the images held out, of the averaged weights and of the raw ones."""
    epochs = [line for line in _epochs(run) if "choose_raw" in line]
    figure = new_figure(3.2)
    axis = figure.subplots()
    for key, name, colour in (("choose_raw", "weights as they are", GREY), ("choose", "moving average", BLUE)):
        axis.plot([e["epoch"] + 1 for e in epochs], [e[key]["loss"] for e in epochs], "o-", color=colour, label=name)
    axis.set(xlabel="epoch", ylabel="loss on images held out", yscale="log", title="Averaged weights (EMA)")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.legend()
    save(figure, path)


def decay(_run: Path, path: Path) -> None:
    """What weight decay does to two weights whose gradients differ in size, in Adam and in AdamW."""
    figure = new_figure(3.2)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, (name, kind) in zip(axes, (("Adam", torch.optim.Adam), ("AdamW", torch.optim.AdamW)), strict=True):
        for size, colour in ((0.01, ORANGE), (1.0, BLUE)):
            values = _decayed(kind, size)
            axis.plot(values, color=colour, label=f"gradients of about {size:g}")
        axis.set(xlabel="step", title=name)
        axis.legend()
    axes[0].set_ylabel("weight")
    save(figure, path)


def _decayed(kind: Callable[..., torch.optim.Optimizer], size: float) -> list[float]:
    """A weight under gradients of chance, which pull nowhere: what moves it on average is the decay."""
    weights = nn.Parameter(torch.ones(2000))
    optimizer = kind([weights], lr=1e-3, weight_decay=0.5)
    generator = torch.Generator().manual_seed(0)
    values = []
    for _ in range(400):
        weights.grad = size * torch.randn(2000, generator=generator)
        optimizer.step()
        values.append(float(weights.detach().mean()))
    return values


def views(run: Path, path: Path) -> None:
    """Logits of the crop and of its mirror image, and what their mean changes."""
    scores = read_scores(RunFolder(run).held_out)
    parts = {
        view: scores.take((scores.view == view) & (scores.split == "val")) for view in ("identity", "hflip", "tta")
    }
    label = parts["identity"].label
    figure = new_figure(3.6)
    axes = figure.subplots(1, 2)
    for value, name, colour in ((0, "female", VERMILION), (1, "male", BLUE)):
        at = label == value
        axes[0].plot(parts["identity"].logit[at], parts["hflip"].logit[at], ".", color=colour, label=name, alpha=0.7)
    axes[0].set(xlabel="logit of the crop", ylabel="logit of its mirror image", title="Two views of each face")
    axes[0].legend()
    _spread(axes[1], {"one view": parts["identity"], "mean of two": parts["tta"]})
    save(figure, path)


def _spread(axis: Axes, shown: dict[str, Any]) -> None:
    """How far the classes lie apart, in their own standard deviations."""
    for name, scores, colour in zip(shown, shown.values(), (GREY, BLUE), strict=True):
        women, men = scores.logit[scores.label == 0], scores.logit[scores.label == 1]
        apart = (men.mean() - women.mean()) / np.sqrt((men.var() + women.var()) / 2)
        axis.barh(name, apart, color=colour)
        axis.text(apart, name, f" {apart:.2f}", va="center")
    axis.set(xlabel="distance of the classes, in their deviations", title="What the mean is worth here")
    axis.margins(x=0.15)


def _epochs(run: Path) -> Lines:
    return [line for line in read_log(run) if line["kind"] == "epoch"]


DRAWN: dict[str, Callable[[Path, Path], None]] = {
    "precision": precision,
    "rates": rates,
    "sampler": sampler,
    "focal": focal,
    "stopping": stopping,
    "averaging": averaging,
    "decay": decay,
    "views": views,
}


def main(run: Annotated[Path, typer.Argument(help="of `gallery.py --drawn`")], out: Path = FOLDER) -> None:
    with tempfile.TemporaryDirectory() as folder, figure_style():
        for name, draw in DRAWN.items():
            draw(run, Path(folder) / f"{name}.png")
            small(Path(folder) / f"{name}.png", out / f"{name}.png")
    small(RunFolder(run).augmentation, out / "augmentation.png")
    small(run / "figures" / "thresholds.png", out / "thresholds.png")
    print("\n".join(f"{path.name}: {path.stat().st_size / 1000:.0f} kB" for path in sorted(out.iterdir())))


if __name__ == "__main__":
    typer.run(main)
