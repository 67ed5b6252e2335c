"""What a report says besides its figures: the images and their labels, the training, the model that was evaluated."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gender_classifier.config.settings import Config
from gender_classifier.metrics.groups import Groups, Share
from gender_classifier.runs.records import Number, Record, plain


class _Open(Record):
    """A record that keeps what it does not know: it comes from logs and model files."""

    model_config = ConfigDict(extra="allow")


class Counts(Record):
    """Images of each class.

    Example:
        >>> Counts(female=3, male=4).document()
        {'female': 3, 'male': 4}
    """

    female: int
    male: int


class Start(_Open):
    """A weights file that training began with, or a model that it was averaged with.

    Example:
        >>> Start(source="weights.safetensors", sha256="5f2a").used
        0

    Attributes:
        source: the file's name.
        sha256: of the file.
        used: tensors taken from it.
        missing: tensors of the network that it does not have.
        left_over: its tensors that the network does not have.
    """

    source: str
    sha256: str
    used: int = 0
    missing: list[str] = Field(default=[])
    left_over: list[str] = Field(default=[])


class Kept(_Open):
    """What was measured of one set of weights at the kept epoch, on `choose`.

    Attributes:
        accuracy: 0 to 1.
        loss: the one that training minimises.
    """

    accuracy: Number = None
    loss: Number = None


class Averaging(Record):
    """Averaged and raw weights at the kept epoch.

    Example:
        >>> Averaging(averaged=Kept(accuracy=0.97), raw=Kept(accuracy=0.96)).raw.accuracy
        0.96

    Attributes:
        averaged: weights that were kept.
        raw: weights as the last step left them.
        own: the run's average before finished models were averaged in; None: there were none.
    """

    averaged: Kept
    raw: Kept
    own: Kept | None = None


class Corrected(_Open):
    """What a file of reviewed labels did.

    Example:
        >>> Corrected(file="reviewed.csv", sha256="5f2a", changed=12, excluded=3, kept=40).elsewhere
        0

    Attributes:
        file: its name.
        sha256: of the file.
        changed: labels that it changed.
        excluded: images that it left out.
        kept: labels that it let stand.
        elsewhere: decisions about images that were not evaluated on; an evaluation's alone.
        counts: of the images as corrected; an evaluation's alone.
    """

    file: str
    sha256: str
    changed: int
    excluded: int
    kept: int
    elsewhere: int = 0
    counts: Counts | None = None


class Table(_Open):
    """A scores table by its name and SHA-256."""

    file: str
    sha256: str


class Learnt(_Open):
    """Other models' answers that a run learnt from.

    Example:
        >>> Learnt(tables=[Table(file="scores.parquet", sha256="5f2a")], images=900).tables[0].file
        'scores.parquet'

    Attributes:
        tables: that hold them.
        images: training images that have an answer.
    """

    tables: list[Table]
    images: int


class Detection(Record):
    """Faces found of labelled photos: as `metrics.detection.Found`, and the names of photos without a face.

    Example:
        >>> share = Share(hits=9, count=10, share=0.9, interval=(0.6, 0.98))
        >>> Detection(found=share, found_of={}, right=share, right_of={}, missed=["a.jpg"]).missed
        ['a.jpg']

    Attributes:
        found: of all photos.
        found_of: by the label of the person.
        right: found and answered rightly, of all photos.
        right_of: by the label of the person.
        groups: the same by columns of the manifest, where `accuracy` and `recall` are shares found; None: no groups.
        missed: names of photos without a face.
        protocol: whose threshold and labels `right` goes by; empty: not known.
    """

    found: Share
    found_of: dict[str, Share]
    right: Share
    right_of: dict[str, Share]
    groups: Groups | None = None
    missed: list[str] = Field(default=[])
    protocol: str = ""


class Training(_Open):
    """How a model came about, as its run or its file tells it; all of it may be unknown.

    Example:
        >>> at_random, unknown = Training(init=None), Training()
        >>> at_random.tells("init"), unknown.tells("init")
        (True, False)

    Attributes:
        recipe: the configuration's name.
        counts: images by split.
        init: starting weights; None: random ones, or not known (`tells` says which).
        epochs: that were trained.
        best_epoch: which of them is kept, from 0.
        averaged_with: finished models whose weights and the run's were averaged.
    """

    recipe: str | None = None
    counts: dict[str, Counts] = Field(default={})
    init: Start | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    averaged_with: list[Start] = Field(default=[])

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, content: Any) -> Any:
        return plain(content)

    def tells(self, name: str) -> bool:
        """Tell whether a field was set, be it to None.

        Args:
            name: of the field.

        Returns:
            False where the field has its default because nothing is known.
        """
        return name in self.model_fields_set


class Context(Training):
    """What a report says besides its figures: of a run in the first part, of an evaluation in the last.

    Example:
        >>> Context(data=["faces"], model="model.onnx").of_run
        False

    Attributes:
        data: names of what was trained or evaluated on.
        digest: of the list of images, labels and splits, SHA-256.
        unreadable: why images were left out, by name.
        corrections: what reviewed labels did.
        config: the settings of the run, plain.
        augmentation: file name of its contact sheet.
        averaging: what averaged and raw weights reached.
        size: side of a crop, pixels.
        geometry: where the landmarks lie in a crop; None: images are not aligned.
        soft_labels: other models' answers that it learnt from.
        versions: of programs, by name.
        device: that it was trained on.
        best_epoch_on_val: the epoch that was best on the validation split, from 0.
        reason: why training ended.
        seconds: that its epochs took.
        model: file name of the model that was evaluated; None: the report is a run's own.
        training: what that file says of its training, plain.
        trained_on: digest of the images that it was trained on.
        notes: what makes the figures mean less than they seem to, a sentence each.
        detection: faces found, of an evaluation on photos.
    """

    data: list[str] = Field(default=[])
    digest: str | None = None
    unreadable: dict[str, str] = Field(default={})
    corrections: Corrected | None = None
    config: dict[str, Any] | None = None
    augmentation: str | None = None
    averaging: Averaging | None = None
    size: int | None = None
    geometry: dict[str, Any] | None = None
    soft_labels: Learnt | None = None
    versions: dict[str, str] = Field(default={})
    device: str | None = None
    best_epoch_on_val: int | None = None
    reason: str | None = None
    seconds: float | None = None
    model: str | None = None
    training: dict[str, Any] | None = None
    trained_on: str | None = None
    notes: list[str] = Field(default=[])
    detection: Detection | None = None

    @property
    def of_run(self) -> bool:
        """Whether the report is that of a training run, on its own data; else a model file was evaluated."""
        return self.model is None

    @property
    def trained(self) -> Training:
        """What is known of the training."""
        if self.of_run:
            return self
        try:
            return Training.model_validate(self.training or {})
        except ValidationError:  # another program's note, in a form of its own
            return Training()

    @property
    def settings(self) -> Config | None:
        """The run's settings; those that this version does not know are left out. None: not known."""
        if self.config is None:
            return None
        try:
            return Config.model_validate(_known(self.config, Config))
        except ValidationError:  # of a version with other rules
            return None


def _known(tree: dict[str, Any], section: type[BaseModel]) -> dict[str, Any]:
    """The settings of a section that this version knows."""
    kinds = {name: field.annotation for name, field in section.model_fields.items() if name in tree}
    return {
        name: _known(tree[name], kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(tree[name], dict)
        else tree[name]
        for name, kind in kinds.items()
    }
