"""Settings of the images: what is read, how often each is seen, how it is mixed and augmented."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gender_classifier.config.section import Probability, Section, Share


class SizeStep(Section):
    """Images are `size` pixels wide until the share `until` of the epochs has passed.

    Example:
        >>> DataConfig(progressive=[SizeStep(size=128, until=0.5)]).progressive[0].until
        0.5

    Attributes:
        size: width and height of the training images, pixels, 32 to 1024.
        until: share of the run's epochs, above 0 to 1; then comes the next step, or `data.size`.
    """

    size: Annotated[int, Field(ge=32, le=1024)]
    until: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0


class DataConfig(Section):
    """What is read, how it is split, and how an image becomes a network input."""

    size: Annotated[int, Field(ge=32, le=1024, description="pixels; validation and the exported model")] = 224
    progressive: list[SizeStep] = Field(
        default=[],
        description="smaller training images first, judged at their size and not kept; empty: always `size`",
    )
    fit: Annotated[
        Literal["stretch", "crop", "pad"], Field(description="how an image that is not square becomes so")
    ] = "stretch"
    val_share: Annotated[Share, Field(description="of train, where there is no validation folder")] = 0.2
    choose_share: Annotated[Share, Field(gt=0.0, description="of train, held out to choose epoch and threshold")] = 0.1
    person: Annotated[
        str,
        Field(description="regex; its first group in a file's name is the person; `auto`: as `Ann_Lee_0001.jpg` tells"),
    ] = "auto"
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

    def size_in(self, epoch: int, epochs: int) -> int:
        """Give the size of an epoch's training images.

        Args:
            epoch: from 0.
            epochs: of the run.

        Returns:
            Width and height, pixels.
        """
        for step in self.progressive:
            if (epoch + 0.5) / epochs < step.until:
                return step.size
        return self.size


class MixConfig(Section):
    """Two training images as one, and both labels in their shares."""

    mixup: Annotated[float, Field(ge=0.0, description="alpha of the share's Beta distribution; 0: no mixup")] = 0.0
    cutmix: Annotated[float, Field(ge=0.0, description="the same for CutMix; with both, either half of the time")] = 0.0
    probability: Annotated[Probability, Field(description="share of the batches that are mixed")] = 1.0


class SamplerConfig(Section):
    """Weighted sampling: classes, or groups of people, equally often."""

    balanced: Annotated[bool, Field(description="both classes equally often")] = True
    by: list[str] = Field(
        default=[],
        description="columns of the manifest, or gender, whose combinations are groups: [gender, race, age]",
    )
    power: Annotated[Probability, Field(description="0: groups as often as they come; 1: each equally often")] = 1.0
    since: Annotated[Share, Field(description="share of the epochs after which `by` begins to act")] = 0.0

    @model_validator(mode="after")
    def _once(self) -> SamplerConfig:
        if len(set(self.by)) < len(self.by):
            raise ValueError(f"sampler.by={self.by}: each only once")
        return self


class Policy(Section):
    """Probabilities and strengths of the augmentation operations for one class.

    Example:
        >>> policy = Policy(flip=0.0)
        >>> policy.flip, policy.rotate
        (0.0, 10.0)
    """

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
    oversize: Annotated[
        float,
        Field(
            ge=1.0,
            le=4.0,
            description="images are read at this times the input's size, and moved and brought down to it in one step; "
            "1: moved at that size, which blurs them a little",
        ),
    ] = 1.0
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
