"""What a card says of the model: who is spoken of by which name, and what is not known is said to be not known."""

from __future__ import annotations

from typing import Any

import pytest

from gender_classifier.errors import UnreadableError
from gender_classifier.report.card_subject import details, factors, subject_of, summary, title, training_data
from gender_classifier.runs.report import Report

from .conftest import tell
from .test_detection import detection


def test_a_protocol_that_chose_on_what_it_reports_is_not_shown(report: Report) -> None:
    assert [protocol.name for protocol in subject_of(report).protocols] == ["held out"]
    with pytest.raises(UnreadableError, match="no validation results"):
        subject_of(report.model_copy(update={"protocols": report.protocols[1:]}))


@pytest.mark.parametrize(
    ("data", "names", "shown"),
    [
        (["/home/somebody/faces/val"], ["faces/val"], "`faces/val`"),
        (["mine.csv", "other"], ["mine.csv", "other"], "`mine.csv` and `other`"),
        ([], [], "the data"),
        (["FACECOM"], ["FACECOM"], "FACECOM Task A"),
    ],
)
def test_data_is_named_without_folders_of_the_machine(
    report: Report, data: list[str], names: list[str], shown: str
) -> None:
    tell(report, data=data)
    subject = subject_of(report)
    assert (subject.data, subject.data_name) == (names, shown)


def test_a_run_s_card_tells_of_its_training(report: Report) -> None:
    subject = subject_of(report)
    assert title(subject).endswith("(recipe `quick`)")
    lines = "\n".join(details(subject))
    assert "crops of 96 × 96 pixels" in lines
    assert "recipe `quick`, 3 epochs on cpu, 2 cores; epoch 2 is kept" in lines
    assert "**Crops**: as the images are." in lines
    assert "Fitted on 40 women + 120 men" in "\n".join(training_data(subject))
    assert "**Network**: EfficientNet-B1 " in lines
    tell(report, geometry={"margin": 1.0}, config={"export": {"licence": "MIT"}, "model": {"depth": 1.0}})
    assert "**Network**: EfficientNet-B0 " in "\n".join(details(subject_of(report)))
    assert "aligned by five landmarks" in "\n".join(details(subject_of(report)))
    assert "**Licence of the weights**: MIT." in "\n".join(details(subject_of(report)))


def test_an_evaluation_s_card_does_not(report: Report) -> None:
    training: dict[str, Any] = {"counts": {"choose": {"female": 1, "male": 2}}}
    tell(report, model="model.onnx", training=training, trained_on="feed")
    subject = subject_of(report)
    assert (subject.of_run, title(subject)) == (False, "Perceived gender of faces, EfficientNet-B1")
    tell(report, training={**training, "network": {"width": 1.0, "depth": 1.0}})
    assert title(subject_of(report)) == "Perceived gender of faces, EfficientNet-B0"
    assert "that it did not learn from" not in summary(subject)
    told = list(training_data(subject))
    assert told[0].startswith("Epoch, threshold and calibration were chosen on 1 women + 2 men")
    assert told[-1].endswith("only the digest of their list: `feed`.")


def test_of_photos_the_summary_counts_faces_that_were_not_found(report: Report) -> None:
    assert "A face was found" not in summary(subject_of(report))
    report.context.detection = detection(4).model_copy(update={"protocol": "held out"})
    paragraph = summary(subject_of(report)).split("\n\n")[0]
    assert " of men. A face was found in 96 of 100 photos. From photo to answer (held out, single view)" in paragraph


def test_without_groups_it_is_not_known_on_whom_it_does_well(report: Report) -> None:
    assert "**not known**" in factors(subject_of(report))
