"""The scores table: its rows, its files, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.scores import (
    COLUMNS,
    Scores,
    read_scores,
    write_scores,
)

HEADER = ",".join(COLUMNS)


def table(logits: list[float], view: str = "identity", split: str = "val", **extra: list[object]) -> Scores:
    n = len(logits)
    return Scores(
        path=np.array([f"val/Zoë, {i}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=np.array([i % 2 for i in range(n)], np.int64),
        logit=np.array(logits, np.float64),
        view=np.full(n, view, dtype=object),
        split=np.full(n, split, dtype=object),
        extra={name: np.array(values, dtype=object) for name, values in extra.items()},
    )


def test_a_table_that_a_spreadsheet_saved_with_decimal_commas_is_the_same(tmp_path: Path) -> None:
    scores = table([0.1, -2.5e-7, 1 / 3], age=["1,5", "", "20-29"])
    rows = [map(str, row) for row in zip(*(column.tolist() for column in scores.columns().values()), strict=True)]
    cells = [[cell.replace(".", ",") if number == 3 else cell for number, cell in enumerate(row)] for row in rows]
    lines = [";".join(line) for line in [list(scores.columns()), *cells]]
    (tmp_path / "s.csv").write_text("\ufeff" + "\r\n".join(lines), encoding="utf-8", newline="")
    back = read_scores(tmp_path / "s.csv")
    assert {name: column.tolist() for name, column in back.columns().items()} == {
        name: column.tolist() for name, column in scores.columns().items()
    }


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_gives_back_the_table(tmp_path: Path, suffix: str) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow")
    scores = table([0.1, -2.5e-7, 1 / 3], race=["Black", "", "East Asian"])
    write_scores(scores, tmp_path / "new" / f"scores{suffix}")
    back = read_scores(tmp_path / "new" / f"scores{suffix}")
    for name, column in scores.columns().items():
        assert back.columns()[name].dtype == column.dtype
        assert back.columns()[name].tolist() == column.tolist()


def test_tta_is_the_mean_logit_of_each_face() -> None:
    scores = table([1.0, 2.0]).concat(table([3.0, -2.0], view="hflip"))
    both = scores.with_tta(("identity", "hflip"))
    assert len(both) == 6
    tta = both.select(view="tta")
    assert tta.logit.tolist() == [2.0, 0.0]
    assert tta.path.tolist() == table([0.0, 0.0]).path.tolist()


def test_tta_of_views_with_other_faces_is_refused() -> None:
    scores = table([1.0, 2.0]).concat(table([3.0], view="hflip"))
    with pytest.raises(UserError, match="`hflip` does not have the faces"):
        scores.with_tta(("identity", "hflip"))


def test_select_and_concat_keep_rows_together() -> None:
    scores = table([1.0, 2.0], split="train", age=[30, 31]).concat(table([3.0], split="val"))
    assert scores.select("train").logit.tolist() == [1.0, 2.0]
    assert scores.select("val").extra["age"].tolist() == [""]
    assert scores.select("val", "hflip").logit.size == 0


def test_a_further_column_named_like_one_of_the_table_is_refused() -> None:
    with pytest.raises(UserError, match=r"that the table itself uses \(label\)"):
        table([1.0, 2.0], label=["a", "b"])


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(UserError, match="different lengths"):
        table([1.0, 2.0], age=[30])


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", None, "not a scores table"),
        ("a.csv", "path,face,label\nx,0,1\n", "needs the columns logit, view, split"),
        ("a.csv", "", "needs the columns"),
        ("a.csv", f"{HEADER}\nx,0,man,1.0,identity,val\n", "a column holds what it should not"),
        ("a.csv", f"{HEADER}\nx,0,1\n", "a column holds what it should not"),
        ("a.parquet", "no parquet at all", "not a scores table"),
    ],
)
def test_what_is_no_scores_table_is_one_clear_error(
    tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableError, match=message) as raised:
        read_scores(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_suffix_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.parquet or \.csv"):
        write_scores(table([1.0]), tmp_path / "scores.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_table_with_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\n", encoding="utf-8")
    assert len(read_scores(tmp_path / "a.csv")) == 0


def test_a_parquet_file_is_not_left_to_arrow_s_threads(tmp_path: Path) -> None:
    """They let go of it after the read: a command that ended with an error right then was aborted, with code 134."""
    pytest.importorskip("pyarrow")
    write_scores(table([0.5]), tmp_path / "s.parquet")
    code = (
        "import sys; from pathlib import Path; from gender_classifier.metrics.scores import read_table; "
        "read_table(Path(sys.argv[1])); sys.exit('pyarrow.dataset' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "s.parquet")], check=False)
    assert done.returncode == 0
