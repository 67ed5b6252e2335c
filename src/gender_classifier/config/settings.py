"""The settings of a training run, section by section: keys, types, ranges, defaults.

Each section refuses keys that it does not know and values that cannot work.
"""

from __future__ import annotations

from gender_classifier.config.answer_settings import (
    ExportConfig,
    ThresholdConfig,
    TtaConfig,
)
from gender_classifier.config.image_settings import (
    AugmentConfig,
    DataConfig,
    MixConfig,
    Policy,
    SamplerConfig,
    SizeStep,
)
from gender_classifier.config.learning_settings import (
    AuxiliaryConfig,
    AverageConfig,
    LossConfig,
    ModelConfig,
    OptimizerConfig,
    ScheduleConfig,
    SoftLabelsConfig,
    StoppingConfig,
    TrainConfig,
)
from gender_classifier.config.section import (
    Section,
)

__all__ = [
    "AugmentConfig",
    "AuxiliaryConfig",
    "AverageConfig",
    "Config",
    "DataConfig",
    "ExportConfig",
    "LossConfig",
    "MixConfig",
    "ModelConfig",
    "OptimizerConfig",
    "Policy",
    "SamplerConfig",
    "ScheduleConfig",
    "SizeStep",
    "SoftLabelsConfig",
    "StoppingConfig",
    "ThresholdConfig",
    "TrainConfig",
    "TtaConfig",
]


class Config(Section):
    """Everything a run depends on besides the images.

    Example:
        >>> Config().train.epochs
        12
        >>> Config.model_validate({"data": {"size": 128}}).data.size
        128

    Attributes:
        recipe: name of the recipe, or of the file without suffix, that the settings come from; everything else is a
            section.
    """

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
