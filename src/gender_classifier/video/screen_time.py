"""How long women and men are on screen, and which share of that is women's, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier.metrics.counting import DRAWS, LEVEL, Estimate, adjusted_count
from gender_classifier.metrics.decision import UNCERTAIN, DecisionRule
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.metrics.quoting import Facts, Reason, reasons
from gender_classifier.video.answers import Track, present


@dataclass(frozen=True)
class Errors:
    """How often the model errs on labelled faces.

    Example:
        >>> errors = Errors(Confusion(tn=90, fp=10, fn=5, tp=95), uncertain=0.02, own=True, source="scores.csv")
        >>> errors.confusion.women
        100

    Attributes:
        confusion: on labelled faces.
        uncertain: share of them within the uncertain band; None: not known.
        own: the user labelled faces like those of the film.
        source: whose faces they are, for texts.
    """

    confusion: Confusion
    uncertain: float | None
    own: bool
    source: str


@dataclass(frozen=True)
class ScreenTime:
    """Totals of a film, or of a part of it; seconds.

    Face-seconds add up faces: two women seen for a second are two face-seconds.

    Example:
        >>> time = ScreenTime(10, 6, 4, 0, 6, 4, 0, 0, tracks=2, share_female=0.61, interval=(0.55, 0.67))
        >>> time.line()
        "Quote: 61.0 % of the face-seconds are women's (95 %: 55.0 to 67.0), adjusted for the model's errors"

    Attributes:
        watched: seconds of film that were looked at.
        female: face-seconds of tracks answered `female`.
        male: of those answered `male`.
        uncertain: of those answered `uncertain`.
        with_female: seconds with at least one track answered `female`.
        with_male: seconds with at least one answered `male`.
        with_both: seconds with both.
        with_nobody: seconds without any face.
        tracks: how many there are.
        share_female: women's share of all face-seconds, corrected for the model's errors, 0 to 1; None: no faces, or
            no errors are known.
        interval: 95 %, of that share.
        against: what speaks against quoting it, or is to be said with it.
    """

    watched: float
    female: float
    male: float
    uncertain: float
    with_female: float
    with_male: float
    with_both: float
    with_nobody: float
    tracks: int
    share_female: float | None = None
    interval: tuple[float, float] | None = None
    against: tuple[Reason, ...] = ()

    @property
    def quotable(self) -> bool:
        """Whether there is a share, and nothing forbids to quote it."""
        return self.share_female is not None and not any(reason.forbids for reason in self.against)

    def line(self) -> str:
        """Say in a line which share to quote, or that none is to be."""
        if self.share_female is None or self.interval is None:
            return "No share to quote: no faces were found" if not self.tracks else "No share to quote"
        low, high = self.interval
        verb = "Quote" if self.quotable else "Do not quote"
        return (
            f"{verb}: {100 * self.share_female:.1f} % of the face-seconds are women's "
            f"(95 %: {100 * low:.1f} to {100 * high:.1f}), adjusted for the model's errors"
        )


def totals(tracks: Sequence[Track], spans: Sequence[tuple[float, float]]) -> ScreenTime:
    """Add up the seconds; no share yet.

    Args:
        tracks: of the film, or of the part of it.
        spans: from when until when each look stands, seconds; `first` and `last` of the tracks count these looks.

    Returns:
        The totals; `share_female` and `interval` are None.
    """
    lasts = np.array([end - begin for begin, end in spans], np.float64)
    count = {label: present(tracks, len(spans), label) for label in ("female", "male", UNCERTAIN)}
    woman, man = count["female"] > 0, count["male"] > 0
    nobody = (count["female"] + count["male"] + count[UNCERTAIN]) == 0
    return ScreenTime(
        watched=float(lasts.sum()),
        female=float(lasts @ count["female"]),
        male=float(lasts @ count["male"]),
        uncertain=float(lasts @ count[UNCERTAIN]),
        with_female=float(lasts @ woman),
        with_male=float(lasts @ man),
        with_both=float(lasts @ (woman & man)),
        with_nobody=float(lasts @ nobody),
        tracks=len(tracks),
    )


def share_of_women(
    tracks: Sequence[Track], errors: Errors, own: DecisionRule | None = None
) -> tuple[Estimate, tuple[Reason, ...]]:
    """Estimate women's share of the face-seconds, and find what speaks against quoting it.

    Args:
        tracks: at least one, not all of no length.
        errors: of the model.
        own: the model's rule, at which the errors were measured, whatever the tracks were answered by; None: by that.

    Returns:
        The share, 0 to 1, with its 95 % interval, and reasons.

    Raises:
        UserError: by these errors no share can be corrected (`metrics.counting.adjusted_count`).
    """
    seconds = np.array([track.seconds for track in tracks], np.float64)
    if own is None:
        male = np.array([track.best_guess == "male" for track in tracks])
        unsure = np.array([track.label == UNCERTAIN for track in tracks])
    else:
        logits = np.array([track.logit for track in tracks], np.float64)
        male, unsure = own.guesses(logits) == 1, ~own.answered(logits)
    men = adjusted_time(male, seconds, errors.confusion)
    worth = effective(seconds)
    plain = float(seconds @ male / seconds.sum())
    facts = Facts(
        faces=len(tracks),
        independent=max(1, round(worth)),
        images=len(tracks),
        several=0,
        uncertain=None if own is not None and own.band is None else float(seconds @ unsure / seconds.sum()),
        uncertain_labelled=errors.uncertain,
        confusion=errors.confusion,
        own=errors.own,
        unit="tracks",
    )
    against = reasons(facts, Estimate(plain, (plain, plain)), men, None)
    women = Estimate(1 - men.share, (1 - men.interval[1], 1 - men.interval[0]))
    return women, tuple(against)


def effective(seconds: NDArray[np.float64]) -> float:
    """Give how many tracks of one length tell as much as these of several.

    Source: Kish, "Survey Sampling", 1965, 11.7.

    Args:
        seconds: of each track, (T,), T at least 1, not all 0.

    Returns:
        1 to T.
    """
    return float(seconds.sum() ** 2 / np.square(seconds).sum())


def adjusted_time(
    said_male: NDArray[np.bool_], seconds: NDArray[np.float64], confusion: Confusion, draws: int = DRAWS, seed: int = 0
) -> Estimate:
    """Give the share of men among the face-seconds that explains the answers.

    The correction is that of `metrics.counting.adjusted_count`. The interval draws anew which tracks there were
    (bootstrap over tracks, each with all its seconds) and the labelled faces by which the model's errors are known.

    Args:
        said_male: of each track, bool (T,), T at least 1.
        seconds: of each track, (T,), not all 0.
        confusion: of labelled faces, at the same threshold.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The share, 0 to 1, and a 95 % interval that holds it.

    Raises:
        UserError: no labelled women or men, or answers that hardly depend on gender.
    """
    share = float(seconds @ said_male / seconds.sum())
    known = adjusted_count(round(1e6 * share), 1_000_000, confusion, draws=1)  # raises where nothing can be corrected
    rng = np.random.default_rng(seed)
    # Among those to draw from is half a track of either kind: ten tracks of men do not say that there never is a woman.
    count, mean = len(seconds), float(seconds.mean())
    chances = np.r_[np.ones(count), 0.5, 0.5] / (count + 1)
    times = rng.multinomial(count, chances, draws) * np.r_[seconds, mean, mean]
    said = times @ np.r_[said_male, True, False] / times.sum(1)
    recalls = _drawn(rng, confusion.tp, confusion.men, draws)
    falses = _drawn(rng, confusion.fp, confusion.women, draws)
    drawn = np.clip((said - falses) / np.maximum(recalls - falses, 1e-9), 0.0, 1.0)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return Estimate(known.share, (min(low, known.share), max(high, known.share)))


def _drawn(rng: np.random.Generator, hits: int, of: int, draws: int) -> NDArray[np.float64]:
    return rng.binomial(of, (hits + 0.5) / (of + 1), draws) / of
