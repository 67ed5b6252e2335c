"""The audit's tables and JSON: a row a pair, a row an image, and all findings with the images they show."""

from __future__ import annotations

import csv
import io

from gender_classifier.audit.duplicates import Pair
from gender_classifier.audit.effects import LEAST, compare_classes
from gender_classifier.audit.findings import Finding, Severity, tile
from gender_classifier.audit.tables import audit_report, duplicates_csv, quality_csv

from .looking import look


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_a_pair_by_group() -> None:
    looks = [look("a"), look("b", "val"), look("c", "train", 1), look("d"), look("e", "val")]
    pairs = [Pair(3, 4, True, False, 1.0), Pair(0, 1, False, True, 0.95), Pair(1, 2, False, False, 0.9412)]
    rows = rows_of(duplicates_csv(looks, pairs))
    assert len({row["group"] for row in rows}) == 2
    named = {(row["path_a"], row["path_b"]): row for row in rows}
    assert list(named) == sorted(named, key=lambda pair: (named[pair]["group"], pair))
    first = named["a", "b"]
    assert (first["split_a"], first["split_b"], first["across_splits"]) == ("train", "val", "yes")
    assert (first["kind"], first["mirrored"], first["correlation"]) == ("near", "yes", "0.9500")
    assert named["b", "c"]["label_b"] == "male"
    assert named["b", "c"]["group"] == first["group"] != named["d", "e"]["group"]
    assert named["d", "e"]["kind"] == "same file"


def test_a_row_an_image_with_what_is_to_be_said_of_it() -> None:
    looks = [
        look("fine.jpg", sharpness=12.34, brightness=99.96),
        look("broken.jpg", "val", 1, reason="empty file", faces=()),
        look("wall.jpg", faces=()),
    ]
    fine, broken, wall = rows_of(quality_csv(looks, {2: 0.25}))
    assert (fine["width"], fine["sharpness"], fine["brightness"], fine["faces"], fine["face_px"]) == (
        "200",
        "12.3",
        "100.0",
        "1",
        "100",
    )
    assert (broken["flags"], broken["reason"], broken["width"], broken["label"]) == (
        "unreadable",
        "empty file",
        "",
        "male",
    )
    assert (wall["flags"], wall["faces"], wall["face_px"], wall["probability_male"]) == ("no face", "0", "", "0.2500")
    assert fine["probability_male"] == ""
    assert "probability_male" not in rows_of(quality_csv(looks))[0]


def test_the_json_holds_findings_gravest_first_and_differences_between_the_classes() -> None:
    looks = [
        look(f"{label}{n}", "train", label, brightness=50.0 + 100 * label + n) for label in (0, 1) for n in range(LEAST)
    ]
    note = Finding("note", Severity.NOTE, "n", "why", "do", 2, lines=("one", "two"))
    leak = Finding("leak", Severity.LEAK, "l", "why", "do", 1, groups=((tile(looks[0]), tile(looks[1])),))
    counts = {"train": {"female": LEAST, "male": LEAST}}
    told = audit_report("faces", [note, leak], counts, compare_classes(looks), ["how"]).document()
    assert (told["schema_version"], told["data"], told["leaks"], told["counts"]) == (1, "faces", True, counts)
    assert [finding["key"] for finding in told["findings"]] == ["leak", "note"]
    assert (told["findings"][0]["severity"], told["findings"][0]["shown"]) == ("leak", [["00", "01"]])
    assert told["findings"][1]["lines"] == ["one", "two"]
    (bright,) = (each for each in told["classes"] if each["measure"] == "brightness")
    assert (bright["delta"], bright["size"]) == (1.0, "large")
    assert bright["counts"] == {"female": LEAST, "male": LEAST}
    assert bright["quantiles"]["male"][2] - bright["quantiles"]["female"][2] == 100
