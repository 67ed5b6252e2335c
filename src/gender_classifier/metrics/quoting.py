"""Which of several counts to quote, and when none: what was measured of them, as rules.

Where the errors are known of faces like those that are counted, the adjusted count is off by a third of what counting
labels is, and its intervals hold the true share as often as they say. With errors measured on other people its
intervals held the share in half of the rounds, and counting labels was closer, since errors of both kinds about
cancelled (`benchmarks/counting.py`; tables in `benchmarks/README.md`). So the adjusted count is the one to quote,
and only where nothing shows that the faces are of another kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gender_classifier.metrics.counting import Estimate
from gender_classifier.metrics.known_errors import Confusion

FEW_FACES, TOO_FEW_FACES = 100, 30
FEW_LABELLED, TOO_FEW_LABELLED = 100, 30
"""Labelled faces of the gender that has fewer."""
WIDEST = 0.2
"""Width of an interval that tells too little to be quoted."""
MOST_UNCERTAIN = 0.4
"""Share of uncertain faces from which they are too hard to be counted by errors measured on others."""
_RATIO, _APART, _ERRORS = 1.5, 0.05, 3.0
"""Shares of uncertain faces that tell of other faces: ratio, difference, and that in standard errors."""


@dataclass(frozen=True)
class Facts:
    """What is known of the faces that are counted and of those that the errors were measured on.

    Attributes:
        faces: counted.
        independent: as many faces of as many images tell as much (`counting.independent_faces`).
        images: looked at, those without a face with them.
        several: of these, images with more than one face.
        uncertain: share of the faces within the model's own uncertain band, 0 to 1; None where it has none.
        uncertain_labelled: that share of the labelled faces; None: not known.
        confusion: of the labelled faces.
        own: the labelled faces were named by the user, as like those that are counted.
        unit: what is counted, for texts: `faces`, or a film's `tracks`.

    Example:
        >>> known = Confusion(tn=190, fp=10, fn=5, tp=195)
        >>> facts = Facts(20, 20, 20, 0, None, None, known, own=True)
        >>> low = Estimate(0.2, (0.15, 0.3))
        >>> [(reason.code, reason.forbids) for reason in reasons(facts, Estimate(0.25, (0.2, 0.3)), low, None)]
        [('few_faces', True), ('errors_cancel', False)]
    """

    faces: int
    independent: int
    images: int
    several: int
    uncertain: float | None
    uncertain_labelled: float | None
    confusion: Confusion
    own: bool
    unit: str = "faces"


@dataclass(frozen=True)
class Reason:
    """Why a share should not be quoted, or what to say with it.

    Attributes:
        code: for programs: `few_faces`, `other_faces`, ….
        text: one sentence for people.
        forbids: whether the share is not to be quoted as it stands.

    Example:
        >>> against = [Reason("few_faces", "only 20 faces: the share can lie anywhere.", forbids=True)]
        >>> headline(Estimate(0.4, (0.3, 0.55)), against)
        "Do not quote: 60.0 % women (95 %: 45.0 to 70.0), adjusted for the model's errors"
    """

    code: str
    text: str
    forbids: bool


def reasons(facts: Facts, plain: Estimate, adjusted: Estimate, em: Estimate | None) -> list[Reason]:
    """Find what speaks against quoting the adjusted count, and what to say with it.

    Args:
        facts: of the faces counted, and of the labelled ones.
        plain: of all faces, by the threshold.
        adjusted: corrected for the confusion.
        em: from the probabilities; None where that is not known.

    Returns:
        The reasons, those that forbid it first; empty where there are none.
    """
    found = [*_samples(facts), *_other_faces(facts), *_estimates(plain, adjusted, em)]
    return sorted(found, key=lambda reason: not reason.forbids)


def _samples(facts: Facts) -> Iterator[Reason]:
    if facts.independent < FEW_FACES:
        alike = "since faces of one image are alike" if facts.unit == "faces" else "since some are longer than others"
        worth = f" (worth {facts.independent}, {alike})" * (facts.independent < facts.faces)
        text = f"only {facts.faces} {facts.unit}{worth}"
        yield Reason("few_faces", f"{text}: the share can lie anywhere.", facts.independent < TOO_FEW_FACES)
    least = min(facts.confusion.women, facts.confusion.men)
    if least < FEW_LABELLED:
        gender = "women" if facts.confusion.women == least else "men"
        text = f"the errors rest on only {least} labelled {gender}: label more."
        yield Reason("few_labelled", text, least < TOO_FEW_LABELLED)
    if facts.several:
        text = (
            f"{facts.several} of {facts.images} images have several faces: this is a share of faces, not of images or "
            f"persons; the {facts.faces} faces tell as much as {facts.independent} of separate images would."
        )
        yield Reason("several_faces", text, False)


def _other_faces(facts: Facts) -> Iterator[Reason]:
    if facts.uncertain is not None and facts.uncertain > MOST_UNCERTAIN:
        weighed = "" if facts.unit == "faces" else ", by their time,"
        share = f"{100 * facts.uncertain:.0f} % of the {facts.unit}{weighed}"
        text = f"{share} are uncertain: the model hardly knows such faces."
        yield Reason("many_uncertain", text, not facts.own)
    if harder := _harder(facts):
        text = (
            f"these faces are {harder} than those that the errors were measured on "
            f"({100 * (facts.uncertain or 0):.0f} % uncertain against {100 * (facts.uncertain_labelled or 0):.0f} %), "
            "so the correction does not fit: label some hundreds of these and name their scores with --confusion."
        )
        yield Reason("other_faces", text, True)
    elif not facts.own:
        text = (
            "the errors were measured on other people than these; if these are of another kind, the share can be off "
            "by more than its interval says: label some hundreds of these and name their scores with --confusion."
        )
        yield Reason("errors_of_other_people", text, False)


def _harder(facts: Facts) -> str:
    """`harder` or `easier` where the shares of uncertain faces lie too far apart for chance; else empty."""
    here, there = facts.uncertain, facts.uncertain_labelled
    if here is None or there is None:
        return ""
    labelled = facts.confusion.women + facts.confusion.men
    error = (there * (1 - there) * (1 / max(1, facts.independent) + 1 / max(1, labelled))) ** 0.5
    low, high = min(here, there), max(here, there)
    if high - low < max(_APART, _ERRORS * error) or high < _RATIO * low:
        return ""
    return "harder" if here > there else "easier"


def _estimates(plain: Estimate, adjusted: Estimate, em: Estimate | None) -> Iterator[Reason]:
    low, high = adjusted.interval
    if high - low > WIDEST:
        yield Reason("wide", f"the interval is {100 * (high - low):.0f} points wide.", True)
    if low == high:  # cut off at 0 or 1: such answers are rarer than the errors alone would make them
        text = (
            "fewer faces are said to be of one gender than the measured errors alone would make: they do not hold here."
        )
        yield Reason("errors_too_large", text, True)
    if em is not None and not _holds(adjusted, em.share) and not _holds(em, adjusted.share):
        text = (
            f"the two corrections disagree beyond their intervals ({_women(adjusted)} and {_women(em)} women): these "
            "faces are not like the labelled ones."
        )
        yield Reason("corrections_disagree", text, True)
    if _holds(adjusted, plain.share):
        text = (
            f"counting labels says {_women(plain)}, within this interval: near this share the errors of both kinds "
            "about cancel, and that share would do as well. Its own interval leaves the model's errors out, so do not "
            "quote that one."
        )
        yield Reason("errors_cancel", text, False)


def _holds(estimate: Estimate, share: float) -> bool:
    return estimate.interval[0] <= share <= estimate.interval[1]


def _women(estimate: Estimate) -> str:
    return f"{100 * (1 - estimate.share):.1f} %"


def headline(adjusted: Estimate, against: list[Reason]) -> str:
    """Say in a line what to quote, or what not to; the reasons come after it.

    Args:
        adjusted: the adjusted count, a share of men.
        against: from `reasons`.

    Returns:
        One line without a full stop: `Quote` or `Do not quote`, and women's share with its interval, per cent.
    """
    low, high = adjusted.interval
    share = f"{_women(adjusted)} women (95 %: {100 * (1 - high):.1f} to {100 * (1 - low):.1f})"
    verb = "Do not quote" if any(reason.forbids for reason in against) else "Quote"
    return f"{verb}: {share}, adjusted for the model's errors"
