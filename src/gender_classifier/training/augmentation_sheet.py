"""The augmentation as it acts: a contact sheet in the run's folder."""

from __future__ import annotations

from pathlib import Path

from gender_classifier import CLASS_NAMES
from gender_classifier.config.settings import Config
from gender_classifier.data.augment import policies
from gender_classifier.data.datasets import DataIndex
from gender_classifier.data.reading import load_input
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.training.loading import FaceDataset
from gender_classifier.training.sampling import PictureKey


def augmentation_sheet(config: Config, index: DataIndex, path: Path, draws: int = 7) -> None:
    """Write a sheet of training images as augmentation changes them; nothing where the configuration has none.

    A row an image, three of each class: as read, and then as `draws` epochs may show it.

    Args:
        config: of the run.
        index: its images; those of `train` are shown.
        path: PNG to write.
        draws: epochs that are shown.
    """
    both = policies(config.augment, **index.counts()["train"])
    if both is None:
        return
    title = "Augmentation: a row an image, as read and then as training may show it"
    train, oversize = index.splits["train"], config.augment.oversize
    dataset = FaceDataset(train, config.data.fit, config.train.seed, both, oversize=oversize)
    pictures, captions = [], []
    for label, name in enumerate(CLASS_NAMES):
        strengths = (f"{key.replace('_', ' ')} {value:g}" for key, value in both[label].model_dump().items())
        title += f"\n{name}: {', '.join(strengths)}"
        chosen = [place for place, sample in enumerate(train) if sample.label == label][:3]
        for place in chosen:
            plain = load_input(train[place], config.data.size, config.data.fit)
            pictures.append(plain)
            captions.append(f"{name}, as read")
            for epoch in range(draws):
                pictures.append(dataset[PictureKey(epoch, place, place, config.data.size)][0])
                captions.append("")
    contact_sheet(pictures, captions, path, columns=1 + draws, title=title)
