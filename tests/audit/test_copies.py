"""Findings about copies and people say how many, where, and what each is a copy of."""

from __future__ import annotations

from gender_classifier.audit.copies import SHOWN, copy_findings, exclusions, learnt_split, person_findings
from gender_classifier.audit.duplicates import Pair
from gender_classifier.audit.findings import Severity
from gender_classifier.audit.looks import Look

from .looking import look


def pair(a: int, b: int, mirrored: bool = False, same_file: bool = False) -> Pair:
    return Pair(a, b, same_file, mirrored, 1.0 if same_file else 0.957)


def test_a_copied_class_is_said_once_and_what_else_is_shared_beside_it() -> None:
    looks: list[Look] = [look(f"t{n}") for n in range(8)] + [look(f"v{n}", "val") for n in range(4)]
    looks += [look("m", "train", 1), look("n", "val", 1)] + [look(f"o{n}", "val", 1) for n in range(3)]
    pairs = [*(pair(n, 8 + n, same_file=True) for n in range(4)), pair(12, 13, mirrored=True)]
    whole, further = copy_findings(looks, pairs)
    assert (whole.key, whole.title, whole.count) == ("copied_class", "All 4 women of val stand in train too", 4)
    assert further.title == "1 further image stands in both train and val"
    assert [t.caption for t in further.groups[0]] == ["train, male", "val, male; details correlate 0.96, mirrored"]
    assert {whole.severity, further.severity} == {Severity.LEAK}


def test_two_labels_and_copies_within_a_split() -> None:
    looks = [look("a"), look("b", label=1), look("c"), look("d"), look("e")]
    found = {finding.key: finding for finding in copy_findings(looks, [pair(0, 1), pair(2, 3), pair(3, 4)])}
    assert set(found) == {"copies_with_two_labels", "copies_within_a_split"}
    assert (found["copies_with_two_labels"].count, found["copies_within_a_split"].count) == (1, 3)
    assert found["copies_within_a_split"].title == "3 images are copies of another in the same split"
    assert copy_findings(looks, []) == []


def test_a_finding_shows_some_and_counts_all() -> None:
    looks = [look(f"{n}") for n in range(2 * SHOWN + 2)]
    (finding,) = copy_findings(looks, [pair(2 * n, 2 * n + 1) for n in range(SHOWN + 1)])
    assert (finding.count, len(finding.groups)) == (SHOWN + 1, SHOWN)


def test_what_is_excluded_is_of_the_split_that_is_learnt_from() -> None:
    looks = [look("b"), look("a"), look("v", "val"), look("t", "test"), look("u", "val")]
    pairs = [pair(0, 2), pair(1, 2), pair(3, 4)]
    assert exclusions(looks, pairs, "train") == ["a", "b"]
    assert exclusions(looks, pairs, "test") == ["t"]
    assert exclusions(looks, [], "train") == []


def test_the_split_that_is_learnt_from_is_train_or_the_first() -> None:
    assert learnt_split(["val", "mine/val", "mine/train", "other/train"]) == "mine/train"
    assert learnt_split(["women.csv", "men.csv", "women.csv"]) == "women.csv"


def test_advice_is_about_the_split_that_the_list_names() -> None:
    train, val = [look(f"t{n}") for n in range(4)], [look(f"v{n}", "val") for n in range(8)]
    (into_val,) = copy_findings([*train, *val], [pair(n, 4 + n) for n in range(4)])
    assert into_val.title == "All 4 women of train stand in val too"
    assert into_val.action.startswith("Take those of train out of training: exclude.txt names them")
    assert into_val.action.endswith("Measure anew whatever was measured on val.")
    (into_train,) = copy_findings(
        [*train, *(look(f"u{n}") for n in range(4)), *val[:4]], [pair(n, 8 + n) for n in range(4)]
    )
    assert into_train.action.startswith("Take those of train out of training: exclude.txt names them")
    assert into_train.action.endswith("Measure anew whatever was measured on val.")
    (first_last,) = copy_findings([look("v", "val"), look("t")], [pair(0, 1)])
    assert first_last.action.startswith("Take those of train out of training")


def test_copies_between_splits_that_are_not_learnt_from_are_to_be_mended_in_the_data() -> None:
    looks = [look("t"), *(look(f"v{n}", "valid") for n in range(9)), *(look(f"s{n}", "test") for n in range(4))]
    pairs = [pair(1 + n, 10 + n) for n in range(4)]
    (copied,) = copy_findings(looks, pairs)
    (crossing,) = copy_findings(looks, pairs[:1])
    assert copied.action.startswith("Take them out of valid in the data itself: exclude.txt is for training")
    assert crossing.action.startswith("Take them out of valid in the data itself: exclude.txt is for training")
    assert exclusions(looks, pairs, learnt_split(look.split for look in looks)) == []


def test_people_in_several_splits_and_in_both_classes() -> None:
    looks = [look("Ann_0001.jpg"), look("Ann_0002.jpg", "val"), look("Ann_0003.jpg", "val"), look("Bo_0001.jpg")]
    looks += [look("Bo_0002.jpg", label=1), look("Cy_0001.jpg")]
    across, both = person_findings(looks, r"^(.+?)_\d{4}\.")
    assert across.title == "1 of 3 people stands in several splits"
    assert across.lines == ("Ann: 1 image in train, 2 images in val",)
    assert [t.name for t in across.groups[0]] == ["Ann_0001.jpg", "Ann_0002.jpg"]
    assert both.title == "1 person has images in both classes"
    assert both.lines == ("Bo: 1 image as female, 1 image as male",)
    assert person_findings(looks, "") == []
