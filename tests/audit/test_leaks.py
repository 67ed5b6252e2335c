"""What of one split stands in another."""

from __future__ import annotations

from gender_classifier.audit.leaks import copied_classes, crossings, people

from .looking import look


def test_crossings_name_the_splits_and_keep_only_their_pictures() -> None:
    looks = [look("a"), look("b", "val"), look("c", "test"), look("d"), look("e")]
    found = crossings(looks, [[0, 1, 2], [3, 4]])
    assert [(crossing.splits, crossing.groups) for crossing in found] == [
        (("train", "val"), [[0, 1]]),
        (("train", "test"), [[0, 2]]),
        (("val", "test"), [[1, 2]]),
    ]


def test_a_class_of_val_copied_into_train() -> None:
    looks = [look(f"train{n}") for n in range(20)] + [look(f"val{n}", "val") for n in range(6)]
    looks += [look("man", "val", 1), look("man in train", "train", 1)]
    groups = [[n, 20 + n] for n in range(6)]
    (copied,) = copied_classes(looks, crossings(looks, groups))
    assert (copied.split, copied.into, copied.label, copied.copied, copied.count) == ("val", "train", 0, 6, 6)


def test_some_copies_are_no_class() -> None:
    looks = [look(f"train{n}") for n in range(20)] + [look(f"val{n}", "val") for n in range(10)]
    assert copied_classes(looks, crossings(looks, [[n, 20 + n] for n in range(4)])) == []
    assert len(copied_classes(looks, crossings(looks, [[n, 20 + n] for n in range(5)]))) == 1


def test_where_two_splits_are_one_the_second_is_the_copy() -> None:
    looks = [look(f"train{n}") for n in range(4)] + [look(f"val{n}", "val") for n in range(4)]
    (copied,) = copied_classes(looks, crossings(looks, [[n, 4 + n] for n in range(4)]))
    assert (copied.split, copied.into) == ("val", "train")


def test_people_are_those_whom_names_tell() -> None:
    looks = [look("train/female/Ann_0001.jpg"), look("val/female/Ann_0002.jpg", "val"), look("001.jpg")]
    assert [(person.name, person.rows) for person in people(looks, r"^(.+?)_\d{4}\.")] == [("Ann", [0, 1])]
