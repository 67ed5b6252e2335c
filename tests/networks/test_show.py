"""`summary`: a table or a diagram of the network on standard output, and sizes that cannot be."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.networks.show import summary
from gender_classifier.networks.summary import StageRow

ROWS = [
    StageRow("stem", "conv 3x3", 1, (32, 32, 32), 928, 1_500_000),
    StageRow("head", "linear", 1, (1,), 72, 0),
]


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two stages by hand, in place of the network's."""
    monkeypatch.setattr("gender_classifier.networks.show.summarise", lambda size: ROWS)


def test_a_table_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert summary(64) == ExitCode.FINE
    said = capsys.readouterr().out
    assert "EfficientNet-B1 at 3 x 64 x 64" in said
    assert "32×32×32" in said
    (total,) = [line for line in said.splitlines() if "total" in line]
    assert "1,000" in total
    assert "1.5" in total


@pytest.mark.parametrize("size", [31, 2049])
def test_sizes_that_cannot_be(size: int) -> None:
    with pytest.raises(UserError, match=f"--size {size}: between 32 and 2048"):
        summary(size)
