"""What a model says of the images that it learnt from, held against a data set or a split of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gender_classifier import CLASS_NAMES
from gender_classifier.config.reading import load_config, recipe_names
from gender_classifier.data.datasets import DataIndex, Sample, build_index
from gender_classifier.data.samples import SPLIT_NAMES
from gender_classifier.errors import UserError

_ALIKE = 0.95  # share of the data's images of a class from which a model's counts may be the same data's, less a few


@dataclass(frozen=True)
class Learnt:
    """What a model says of the images that it was trained on.

    Example:
        >>> Learnt(None, {}, "model.onnx").unseen(Path("faces"), {"val": []})
        ({'val': []}, ['model.onnx does not tell what it learnt from: make sure that it is not this data.'])

    Attributes:
        digest: of the index (`DataIndex.digest`); None: it does not tell.
        training: its `recipe`, and `counts` of images by split and class, as model files have them.
        name: of the model file or table, for messages.
    """

    digest: str | None
    training: dict[str, Any]
    name: str

    def unseen(self, data: Path, splits: dict[str, list[Sample]]) -> tuple[dict[str, list[Sample]], list[str]]:
        """Give the images that the model has not learnt from, as far as can be told.

        Args:
            data: folder or manifest; its index is made as the model's recipe says, to compare digests. Of a split's
                folder so is that of the data set above it.
            splits: images of `data` by split.

        Returns:
            The images that are left, by split, and warnings, a sentence each. All are left where `data` is not known to
            be the model's own.

        Raises:
            UserError: it has learnt from all.
        """
        own = self._own(data)
        if own is not None:
            learnt, chosen = own
            left = {split: [s for s in samples if s.name not in learnt] for split, samples in splits.items()}
            if learnt and not any(left.values()):
                raise UserError(f"{self.name}: was trained on all of {data}; use out-of-fold scores (`train --folds`)")
            if learnt:
                return left, [
                    f"{self.name} WAS TRAINED ON THIS DATA: the {len(learnt)} images that it learnt from are not "
                    "judged, and it was chosen on some of the others. `train --folds` judges all."
                ]
            return left, ([f"{self.name} learnt from none of these images, but was chosen on them."] if chosen else [])
        if self._alike(splits):
            return splits, [
                f"{self.name} MAY HAVE LEARNT FROM THIS DATA: the counts of its training data are nearly the same. "
                "A model finds its own training labels right; use `train --folds`."
            ]
        if self.digest is None:
            return splits, [f"{self.name} does not tell what it learnt from: make sure that it is not this data."]
        return splits, []

    def _own(self, data: Path) -> tuple[set[str], set[str]] | None:
        """Names of this data's images that the model learnt from, and was chosen on; None where it is not known as its.

        A split's folder is looked for in the index of the data set that it is part of, too.
        """
        if self.digest is None:
            return None
        places, whole = [(data, "")], data.absolute()
        if data.is_dir() and whole.name in SPLIT_NAMES:
            places.append((whole.parent, f"{whole.name}/"))
        for place, prefix in places:
            index = self._index(place)
            if index is not None:
                named = [[s.name for s in index.splits[split]] for split in ("train", "choose")]
                learnt, chosen = ({n.removeprefix(prefix) for n in names if n.startswith(prefix)} for names in named)
                return learnt, chosen
        return None

    def _index(self, data: Path) -> DataIndex | None:
        """The index of `data` whose digest is the model's, by its recipe's settings or the default ones."""
        recipe = self.training.get("recipe")
        for name in dict.fromkeys([recipe if recipe in recipe_names() else None, None]):
            d = load_config(name).data
            try:
                index = build_index(
                    data, val_share=d.val_share, choose_share=d.choose_share, person=d.person, seed=d.split_seed
                )
            except (UserError, OSError):  # of a folder above, which nobody named, too
                return None
            if index.digest() == self.digest:
                return index
        return None

    def _alike(self, splits: dict[str, list[Sample]]) -> bool:
        """Whether the data, or a split of it, has about as many women and men as the model's data or a part of that."""
        counts = self.training.get("counts") or {}
        train, choose = counts.get("train", {}), counts.get("choose", {})
        whole = _sum(counts.values())
        here = [Counter(CLASS_NAMES[sample.label] for sample in samples) for samples in splits.values()]
        # Not the model's `choose` or `val` alone, from which it learnt nothing.
        parts = [whole, _sum([train, choose]), _sum([train])]
        return any(_near(_sum(here), part) for part in parts) or any(_near(split, whole) for split in here)


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    parts = list(counts)
    return {name: sum(part.get(name, 0) for part in parts) for name in CLASS_NAMES}


def _near(here: Mapping[str, int], there: Mapping[str, int]) -> bool:
    return all(here[name] and _ALIKE * here[name] <= there[name] <= here[name] for name in CLASS_NAMES)
