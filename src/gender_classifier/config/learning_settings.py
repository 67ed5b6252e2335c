"""Settings of the learning: network, optimizer, schedule, loss, averaging, stopping, length of the run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gender_classifier.config.section import Positive, Probability, Section


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
        float,
        Field(
            ge=0.0,
            lt=1.0,
            description="stochastic depth: grows evenly from 0 at the first block; the last has (blocks - 1) / blocks "
            "of it",
        ),
    ] = 0.0
    grad_checkpointing: Annotated[bool, Field(description="less memory, about a third slower")] = False


class OptimizerConfig(Section):
    """AdamW (decoupled decay) or plain Adam (decay in the gradient), for comparison."""

    name: Annotated[Literal["adamw", "adam"], Field(description="decay apart, or in the gradient")] = "adamw"
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

    name: Annotated[Literal["one_cycle", "constant"], Field(description="of the learning rate")] = "one_cycle"
    warm_share: Annotated[float, Field(gt=0.0, lt=1.0, description="of the steps, in which the rate climbs")] = 0.25
    start_divisor: Annotated[Positive, Field(description="the first rate is the peak divided by it")] = 25.0
    end_divisor: Annotated[Positive, Field(description="the last rate is the first divided by it")] = 1e4


class LossConfig(Section):
    """Binary focal loss; `gamma` 0 and `alpha` 0.5 make it half of cross-entropy."""

    name: Annotated[Literal["focal", "bce"], Field(description="`bce`: binary cross-entropy")] = "focal"
    gamma: Annotated[float, Field(ge=0.0, description="the higher, the less an easy image weighs; 0: all alike")] = 2.0
    alpha: Annotated[
        Probability | Literal["auto"],
        Field(
            description="weight of the positive class, male; auto: the share of women as they are drawn, so 0.5 with "
            "`sampler.balanced`; with `sampler.by` by the groups' weights, averaged over the epochs; else as in train"
        ),
    ] = "auto"
    label_smoothing: Annotated[float, Field(ge=0.0, lt=0.5, description="share of the other class in a label")] = 0.0


class AuxiliaryConfig(Section):
    """Further labels learnt beside gender, by heads that are dropped on export."""

    columns: list[str] = Field(default=[], description="of the manifest, with a class each: race, age")
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


class AverageConfig(Section):
    """Averages of weights and batch-norm statistics: over the steps of a run, and with finished models."""

    enabled: Annotated[
        bool, Field(description="judge, keep and export the average; false: the weights as they are")
    ] = True
    horizon: Annotated[float, Field(gt=0.0, lt=1.0, description="share of the run's steps that it remembers")] = 0.1
    max_decay: Annotated[float, Field(gt=0.0, lt=1.0, description="most of the average that a step leaves")] = 0.9999
    models: list[str] = Field(
        default=[],
        description="model files or names, whose weights are averaged with the run's, evenly, before it is judged",
    )


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


class TrainConfig(Section):
    """Length, precision and bookkeeping of the run."""

    epochs: Annotated[int, Field(ge=1, description="at most; early stopping may end sooner")] = 12
    batch_size: Annotated[int, Field(ge=2, description="images a step, over all processes")] = 32
    seed: Annotated[int, Field(description="of all chance but the split's")] = 0
    precision: Annotated[
        Literal["auto", "float32", "bfloat16", "float16"],
        Field(description="`auto`: float16 on a GPU, float32 on a CPU"),
    ] = "auto"
    device: Annotated[Literal["auto", "cpu", "cuda"], Field(description="`auto`: a GPU where there is one")] = "auto"
    checkpoint_minutes: Annotated[Positive, Field(description="between checkpoints within an epoch")] = 5.0
    log_every: Annotated[int, Field(ge=1, description="steps between step lines in the log")] = 10
    tensorboard: Annotated[bool, Field(description="write RUN/tensorboard too, as `--log tensorboard`")] = False
    report_on: Annotated[
        int, Field(ge=2, description="training images scored for the report at most, evenly spaced; others: all")
    ] = 5000
