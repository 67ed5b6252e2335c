"""Who is shown, as file names tell: all images of a person stay on one side of a split."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gender_classifier.data.samples import Sample
from gender_classifier.errors import UserError

AUTO = "auto"
_NUMBERED = r"^{}(.+?)_\d{{4}}\."
_COMMON, _FEW = 0.05, 5


def person_of(name: str, pattern: str) -> str:
    """Give the person that a file's name tells.

    Args:
        name: of the file, as the index has it; folders in it are not looked at.
        pattern: regular expression whose first group is the person; empty: each file is another person.

    Returns:
        The person; `name` itself where the pattern is empty, does not match, has no group or matches without it.
    """
    match = re.search(pattern, Path(name).name) if pattern else None
    person = match.group(1) if match and match.groups() else None
    return name if person is None else person


def person_pattern(samples: Sequence[Sample], pattern: str) -> str:
    """Settle what `auto` means for these images.

    It takes names such as `Ann_Lee_0001.jpg`, as LFW has them. One word that stands before the number of more than a
    twentieth of all images is what a camera calls them (`IMG_0001.jpg`), and nobody.

    Args:
        samples: of train.
        pattern: `auto`, or any other, which stays as it is.

    Returns:
        The pattern for `person_of`.
    """
    if pattern != AUTO:
        return pattern
    words = camera_words(samples)
    return _NUMBERED.format(f"(?!(?:{'|'.join(map(re.escape, words))})_\\d{{4}}\\.)" if words else "")


def camera_words(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Find the words that `auto` takes for what a camera calls its images.

    Args:
        samples: of train.

    Returns:
        The words, sorted: `IMG` of `IMG_0001.jpg`.
    """
    found = Counter(person_of(sample.name, _NUMBERED.format("")) for sample in samples)
    most = max(_FEW, _COMMON * len(samples))
    return tuple(sorted(word for word, count in found.items() if count > most and "_" not in word))


def check_pattern(pattern: str, setting: str = "data.person", takes_auto: bool = True) -> None:
    """Refuse a pattern that cannot tell people.

    Args:
        pattern: as for `person_of`, or `auto`.
        setting: what the error calls it.
        takes_auto: `auto` is no pattern but means what names tell; False: it is taken for the word.

    Raises:
        UserError: it is no regular expression, or has no group.
    """
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise UserError(f"{setting}: `{pattern}` is not a regular expression ({error})") from None
    if not pattern or groups or (takes_auto and pattern == AUTO):
        return
    which = " (which is for `train`)" if pattern == AUTO else ""
    raise UserError(
        f"{setting}: `{pattern}`{which} has no group to tell the person by; put that part of a name in brackets, "
        r"for example '^(.+?)_\d{4}\.'"
    )
