"""The sections of a training run's configuration: keys, types, ranges, defaults.

Each section refuses keys that it does not know and values that cannot work.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Metric = Literal["balanced_accuracy", "f1", "f1_macro", "accuracy", "youden_j", "worst_recall"]


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, values are checked."""

    model_config = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)


class SizeStep(Section):
    """Images are `size` pixels wide until the share `until` of the epochs has passed."""

    size: Annotated[int, Field(ge=32, le=1024)]
    until: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0


class DataConfig(Section):
    """What is read, how it is split, and how an image becomes a network input."""

    size: Annotated[int, Field(ge=32, le=1024, description="pixels; validation and the exported model")] = 224
    progressive: list[SizeStep] = Field(
        default=[],
        description="smaller training images first, judged at their size and not kept; empty: always `size`",
    )
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    val_share: Annotated[Share, Field(description="of train, where there is no validation folder")] = 0.2
    choose_share: Annotated[Share, Field(gt=0.0, description="of train, held out to choose epoch and threshold")] = 0.1
    person: Annotated[str, Field(description="regex; its first group in a file's name tells the person")] = (
        r"^(.+?)_\d{4}\."
    )
    split_seed: Annotated[int, Field(description="of chance, which people are held out")] = 0
    workers: Annotated[int, Field(ge=-1, description="reading processes; -1: as the machine suits")] = -1
    skip_unreadable: Annotated[
        bool, Field(description="leave out images that cannot be read; else they end the run")
    ] = False
    canonical: Annotated[
        bool,
        Field(description="images are crops in the canonical geometry already, though `align` did not make them"),
    ] = False
    exclude: Annotated[str, Field(description="file with an image's name a line: left out of every split")] = ""
    corrections: Annotated[str, Field(description="CSV of reviewed labels, columns path and decision")] = ""
    folds: Annotated[int, Field(ge=0, description="train is cut into so many folds, and `fold` is `val`; 0: not")] = 0
    fold: Annotated[int, Field(ge=0, description="which of the folds is held out, from 1")] = 0

    @model_validator(mode="after")
    def _ordered(self) -> DataConfig:
        untils = [step.until for step in self.progressive]
        if untils != sorted(set(untils)):
            raise ValueError("data.progressive: `until` must grow from step to step")
        if self.folds == 1 or (self.folds > 0) != (self.fold > 0) or self.fold > self.folds:
            raise ValueError(f"data.fold={self.fold} of data.folds={self.folds}: folds from 2, fold from 1 to folds")
        return self


class ModelConfig(Section):
    """The network's own settings, and the weights that it starts from."""

    init_weights: Annotated[
        str,
        Field(
            min_length=1,
            description="`release`, `imagenet`, a file, or `none` for random layers; `--init-weights` wins over it",
        ),
    ] = "release"
    width: Annotated[
        float, Field(ge=0.05, le=4.0, description="channels, against EfficientNet-B0's; 1.0 is B0 and B1, 1.1 is B2")
    ] = 1.0
    depth: Annotated[
        float, Field(ge=0.05, le=4.0, description="blocks a stage, against B0's: 1.0 is B0, 1.1 is B1, 1.2 is B2")
    ] = 1.1

    dropout: Annotated[float, Field(ge=0.0, lt=1.0, description="of pooled features before the classifier")] = 0.4
    drop_path: Annotated[
        float, Field(ge=0.0, lt=1.0, description="stochastic depth: of the last block; the first has 0")
    ] = 0.0
    grad_checkpointing: Annotated[bool, Field(description="less memory, about a third slower")] = False


class OptimizerConfig(Section):
    """AdamW (decoupled decay) or plain Adam (decay in the gradient), for comparison."""

    name: Literal["adamw", "adam"] = "adamw"
    rate: Annotated[Positive, Field(description="peak learning rate of the classifier")] = 2e-3
    weight_decay: Annotated[float, Field(ge=0.0, description="of weights; norms and biases do not decay")] = 0.02
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0, description="rate ratio from a layer to the one below")] = 0.8
    layer_floor: Annotated[Probability, Field(description="no layer's rate is below this share of the peak")] = 0.05
    clip_norm: Annotated[float, Field(ge=0.0, description="0: no clipping")] = 5.0
    frozen: Annotated[
        int, Field(ge=0, le=9, description="layers that keep their starting weights: 1 the stem, 4 also stages 1 to 3")
    ] = 0


class ScheduleConfig(Section):
    """One-cycle (Smith and Topin 2018) or a constant rate."""

    name: Literal["one_cycle", "constant"] = "one_cycle"
    warm_share: Annotated[float, Field(gt=0.0, lt=1.0, description="of the steps, in which the rate climbs")] = 0.25
    start_divisor: Annotated[Positive, Field(description="the first rate is the peak divided by it")] = 25.0
    end_divisor: Annotated[Positive, Field(description="the last rate is the first divided by it")] = 1e4


class LossConfig(Section):
    """Binary focal loss; `gamma` 0 and `alpha` 0.5 make it half of cross-entropy."""

    name: Literal["focal", "bce"] = "focal"
    gamma: Annotated[float, Field(ge=0.0, description="the higher, the less an easy image weighs; 0: all alike")] = 2.0
    alpha: Annotated[
        Probability | Literal["auto"],
        Field(description="weight of the positive class; auto: 0.5 with the sampler, else by class frequency"),
    ] = "auto"
    label_smoothing: Annotated[float, Field(ge=0.0, lt=0.5, description="share of the other class in a label")] = 0.0


class AuxiliaryConfig(Section):
    """Further labels learnt beside gender, by heads that are dropped on export."""

    columns: Annotated[list[str], Field(description="of the manifest, with a class each: race, age")] = []
    weight: Annotated[
        Positive, Field(description="of their loss beside gender's; 1 is the loss of a head that only guesses")
    ] = 0.1

    @model_validator(mode="after")
    def _once(self) -> AuxiliaryConfig:
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"auxiliary.columns={self.columns}: each only once")
        return self


class SoftLabelsConfig(Section):
    """Learning from other models' answers beside the labels (knowledge distillation)."""

    scores: list[str] = Field(
        default=[], description="scores tables of the training images; several are averaged; empty: labels alone"
    )
    weight: Annotated[Probability, Field(description="share of their loss; the labels have the rest")] = 0.5
    temperature: Annotated[
        Positive, Field(description="their logits, and the network's beside them, are divided by it: above 1 is softer")
    ] = 1.0


class MixConfig(Section):
    """Two training images as one, and both labels in their shares."""

    mixup: Annotated[float, Field(ge=0.0, description="alpha of the share's Beta distribution; 0: no mixup")] = 0.0
    cutmix: Annotated[float, Field(ge=0.0, description="the same for CutMix; with both, either half of the time")] = 0.0
    probability: Annotated[Probability, Field(description="share of the batches that are mixed")] = 1.0


class SamplerConfig(Section):
    """Weighted sampling: classes, or groups of people, equally often."""

    balanced: Annotated[bool, Field(description="both classes equally often")] = True
    by: Annotated[
        list[str],
        Field(description="columns of the manifest, or gender, whose combinations are groups: [gender, race, age]"),
    ] = []
    power: Annotated[Probability, Field(description="0: groups as often as they come; 1: each equally often")] = 1.0
    since: Annotated[Share, Field(description="share of the epochs after which `by` begins to act")] = 0.0

    @model_validator(mode="after")
    def _once(self) -> SamplerConfig:
        if len(set(self.by)) < len(self.by):
            raise ValueError(f"sampler.by={self.by}: each only once")
        return self


class Policy(Section):
    """Probabilities and strengths of the augmentation operations for one class."""

    flip: Annotated[Probability, Field(description="probability of the mirror image")] = 0.5
    scale: Annotated[float, Field(ge=0.0, lt=1.0, description="uniform in 1 - scale ... 1 + scale")] = 0.1
    shift: Annotated[float, Field(ge=0.0, lt=0.5, description="share of the side, each axis")] = 0.05
    rotate: Annotated[float, Field(ge=0.0, le=180.0, description="degrees either way")] = 10.0
    colour: Annotated[float, Field(ge=0.0, lt=1.0, description="brightness, contrast and saturation jitter")] = 0.25
    grey: Annotated[Probability, Field(description="probability of no colour")] = 0.05
    degrade: Annotated[Probability, Field(description="probability of one degradation of corruptions/image.py")] = 0.25
    degrade_strength: Annotated[Probability, Field(description="how strong it is at most; 1: hardly to be told")] = 0.5
    erase: Annotated[Probability, Field(description="random erasing (Zhong et al., AAAI 2020)")] = 0.1


class AugmentConfig(Section):
    """The same operations for both classes, at a strength for each (the minority's stronger)."""

    enabled: Annotated[bool, Field(description="false: images as they are")] = True
    per_class: Annotated[bool, Field(description="false: the majority's policy for both")] = True
    majority: Policy = Policy()
    minority: Policy = Policy(
        scale=0.15,
        shift=0.07,
        rotate=15.0,
        colour=0.35,
        grey=0.08,
        degrade=0.35,
        degrade_strength=0.6,
        erase=0.2,
    )

    @model_validator(mode="after")
    def _same_operations(self) -> AugmentConfig:
        if self.enabled and self.per_class:
            for name in Policy.model_fields:
                if (getattr(self.majority, name) > 0) != (getattr(self.minority, name) > 0):
                    raise ValueError(f"`{name}` acts on one class only and would give it away: set it for both or none")
        return self


class AverageConfig(Section):
    """Exponential moving average of the weights and of the batch-norm statistics."""

    enabled: Annotated[
        bool, Field(description="judge, keep and export the average; false: the weights as they are")
    ] = True
    horizon: Annotated[float, Field(gt=0.0, lt=1.0, description="share of the run's steps that it remembers")] = 0.1
    max_decay: Annotated[float, Field(gt=0.0, lt=1.0, description="most of the average that a step leaves")] = 0.9999


class StoppingConfig(Section):
    """Early stopping, and which epoch is kept."""

    enabled: Annotated[bool, Field(description="false: all epochs; the best is kept even so")] = True
    metric: Annotated[
        Literal["loss", "roc_auc", "accuracy", "f1", "f1_macro", "balanced_accuracy"],
        Field(description="that makes an epoch the best, on `choose`"),
    ] = "loss"
    min_delta: Annotated[float, Field(ge=0.0, description="an epoch is better by at least this much")] = 0.0
    patience: Annotated[int, Field(ge=1, description="epochs without a better one, after which training ends")] = 5
    watch_val: Annotated[
        bool, Field(description="score the validation set after each epoch; false: once, when all is chosen")
    ] = True


class ThresholdConfig(Section):
    """The sigmoid threshold sweep."""

    enabled: Annotated[bool, Field(description="false: 0.5")] = True
    metric: Annotated[
        Metric | Literal["precision", "auto"],
        Field(description="auto: balanced_accuracy where the smaller class is below 40 % of `choose`, else accuracy"),
    ] = "auto"
    precision: Annotated[
        Probability | None, Field(description="wanted with `metric: precision`, the cut then has the highest recall")
    ] = None
    answered: Annotated[
        Probability | None,
        Field(description="right among the answers on held-out images; the rest is `uncertain`; null: answer all"),
    ] = 0.98
    tolerance: Annotated[
        float,
        Field(ge=0.0, description="standard errors within which cuts count as equals; of them the one nearest 0.5"),
    ] = 0.0

    @model_validator(mode="after")
    def _complete(self) -> ThresholdConfig:
        if (self.metric == "precision") != (self.precision is not None):
            raise ValueError("threshold.precision goes with threshold.metric=precision, and is needed there")
        return self


class TtaConfig(Section):
    """Test-time augmentation: logits averaged over views."""

    enabled: Annotated[bool, Field(description="score the views too; they are used where they are better")] = True
    views: Annotated[
        list[str],
        Field(description="identity, hflip, zoom_in, zoom_out, shift_left, _right, _up, _down; joined by +"),
    ] = ["identity", "hflip"]

    @model_validator(mode="after")
    def _with_identity(self) -> TtaConfig:
        if "identity" not in self.views or len(set(self.views)) < len(self.views):
            raise ValueError(f"tta.views={self.views}: `identity` must be among them, and each only once")
        return self


class TrainConfig(Section):
    """Length, precision and bookkeeping of the run."""

    epochs: Annotated[int, Field(ge=1, description="at most; early stopping may end sooner")] = 12
    batch_size: Annotated[int, Field(ge=2, description="images a step, over all processes")] = 32
    seed: Annotated[int, Field(description="of all chance but the split's")] = 0
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Literal["auto", "cpu", "cuda"] = "auto"
    checkpoint_minutes: Annotated[Positive, Field(description="between checkpoints within an epoch")] = 5.0
    log_every: Annotated[int, Field(ge=1, description="steps between step lines in the log")] = 10
    tensorboard: Annotated[bool, Field(description="write RUN/tensorboard too, as `--log tensorboard`")] = False
    report_on: Annotated[
        int, Field(ge=2, description="training images scored for the report at most, evenly spaced; others: all")
    ] = 5000


class ExportConfig(Section):
    """What the model file says and holds."""

    float16: Annotated[bool, Field(description="weights in half the space; arithmetic stays float32")] = False
    licence: Annotated[str | None, Field(description="of the model: an SPDX name, for file and card")] = None
    citation: Annotated[str | None, Field(description="how to cite it, for file and card; BibTeX or text")] = None


class Config(Section):
    """Everything a run depends on besides the images."""

    recipe: str = "default"
    data: DataConfig = DataConfig()
    model: ModelConfig = ModelConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    loss: LossConfig = LossConfig()
    auxiliary: AuxiliaryConfig = AuxiliaryConfig()
    soft_labels: SoftLabelsConfig = SoftLabelsConfig()
    mix: MixConfig = MixConfig()
    sampler: SamplerConfig = SamplerConfig()
    augment: AugmentConfig = AugmentConfig()
    average: AverageConfig = AverageConfig()
    stopping: StoppingConfig = StoppingConfig()
    threshold: ThresholdConfig = ThresholdConfig()
    tta: TtaConfig = TtaConfig()
    train: TrainConfig = TrainConfig()
    export: ExportConfig = ExportConfig()
