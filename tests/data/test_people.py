"""Who is shown, as file names tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.data.people import camera_words, check_pattern, person_of, person_pattern
from gender_classifier.data.samples import Sample
from gender_classifier.errors import UserError


@pytest.mark.parametrize(("name", "person"), [("a3.jpg", "3"), ("b.jpg", "b.jpg"), ("c.jpg", "c.jpg")])
def test_a_name_that_tells_nobody_is_its_own_person(name: str, person: str) -> None:
    assert person_of(name, r"a(\d)|b") == person


def named(*names: str) -> list[Sample]:
    return [Sample(Path(name), f"train/male/{name}", 1) for name in names]


def test_names_like_lfw_s_tell_people_unless_a_regex_does() -> None:
    samples = named(*(f"Ann_Lee_{n:04d}.jpg" for n in range(30)), *(f"Juanes_{n:04d}.jpg" for n in range(3)), "a.jpg")
    pattern = person_pattern(samples, "auto")
    assert [person_of(s.name, pattern) for s in samples[::33]] == ["Ann_Lee", "train/male/a.jpg"]
    assert person_of("Juanes_0001.jpg", pattern) == "Juanes"
    assert person_pattern(samples, "") == ""
    assert person_pattern(samples, "a(b)") == "a(b)"


def test_a_word_is_a_camera_s_where_it_names_more_than_a_twentieth() -> None:
    few = named(*(f"IMG_{n:04d}.jpg" for n in range(6)), *(f"Ann_Lee_{n:04d}.jpg" for n in range(120)))
    assert camera_words(few) == ()  # 6 of 126
    assert camera_words(few[:100]) == ("IMG",)
    assert camera_words(few[6:]) == ()  # two words are a name


@pytest.mark.parametrize(
    ("pattern", "message"), [("(", "is not a regular expression"), ("a+_", "has no group to tell")]
)
def test_a_pattern_that_tells_nobody_is_refused(pattern: str, message: str) -> None:
    for fine in ("", "auto", r"^(.+?)_"):
        check_pattern(fine)
    with pytest.raises(UserError, match=rf"^data\.person: `.+` {message}"):
        check_pattern(pattern)
