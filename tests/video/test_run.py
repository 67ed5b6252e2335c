"""The command: films in, tables out, and one line where that cannot be."""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import gender_classifier.video
from gender_classifier.errors import UnreadableError

from ..running import call
from .films import plain, shaded, write_film


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_tables(film: Path, tmp_path: Path) -> None:
    out, tracks, shots, summary = (tmp_path / f"{name}.csv" for name in ("faces", "tracks", "shots", "summary"))
    done = call("video", film, "--out", out, "--tracks", tracks, "--shots", shots, "--summary", summary)
    assert done.code == 0
    (track,) = rows(tracks)
    assert (track["label"], track["shot"]) == ("female", "0")
    assert float(track["seconds"]) == pytest.approx(1.2, abs=0.05)
    faces = rows(out)
    assert len(faces) == int(track["faces"]) == 6
    assert {face["track_label"] for face in faces} == {"female"}
    across = [float(face["x0"]) for face in faces]
    assert np.diff(across) == pytest.approx(15, abs=8)
    assert [round(float(shot["begin"]), 1) for shot in rows(shots)] == [0.0, 1.2]
    (total,) = rows(summary)
    assert total["status"] == "ok"
    assert float(total["with_female_s"]) == pytest.approx(1.2, abs=0.05)
    assert float(total["with_nobody_s"]) == pytest.approx(0.8, abs=0.05)
    assert total["quotable"] == "False"
    assert "Do not quote" in done.err
    assert "perceived" in done.err
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in (film, out, tracks, shots, summary))


def test_several_films_and_one_that_cannot_be_read(film: Path, tmp_path: Path) -> None:
    broken, summary, out = tmp_path / "broken.mp4", tmp_path / "summary.csv", tmp_path / "faces.csv"
    broken.write_bytes(b"")
    done = call("video", film, broken, "--summary", summary, "--out", out)
    assert done.code == 1
    first, second = rows(summary)
    assert first["status"] == "ok"
    assert second["status"] == "unreadable: empty, 0 bytes"
    assert second["watched_s"] == ""
    assert {row["path"] for row in rows(out)} == {str(film)}


def test_a_start_behind_the_end(film: Path, tmp_path: Path) -> None:
    done = call("video", film, "--out", tmp_path / "a.csv", "--start", "9" * 20)
    assert done.code == 2
    assert "the film ends at 2.0 s; begin before that" in done.error
    assert [p.name for p in tmp_path.iterdir()] == ["film.mp4"]
    longer, summary = write_film(tmp_path / "b.mp4", shaded(160, 96, 75)), tmp_path / "summary.csv"
    assert call("video", film, longer, "--start", "2.5", "--summary", summary).code == 1
    first, second = rows(summary)
    assert first["status"] == "not looked at: start=2.5: the film ends at 2.0 s; begin before that"
    assert second["status"] == "ok"
    assert call("video", film, longer, "--start", "9").code == 2


def test_only_what_the_interrupted_run_named_is_replaced(film: Path, tmp_path: Path) -> None:
    out, own, other = tmp_path / "faces.csv", tmp_path / "own.html", tmp_path / "other.html"
    other.write_text("mine")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gender_classifier.video.run.write_table", stopped)
        assert call("video", film, "--out", out, "--page", own).code == 4
    assert own.is_file()
    refused = call("video", film, "--out", out, "--page", other, "--resume")
    assert refused.code == 2
    assert "other.html: is there already, and what is kept of an interrupted run does not name it" in refused.error
    assert "; --overwrite" in refused.error
    assert other.read_text() == "mine"
    assert call("video", film, "--out", out, "--page", own, "--resume").code == 0


@pytest.mark.parametrize("films", [1, 2])
def test_what_was_kept_stays_where_a_line_of_it_is_broken(tmp_path: Path, films: int) -> None:
    seen = [write_film(tmp_path / "a.mp4", shaded(160, 96, 15))]
    seen += [Path(shutil.copy(seen[0], tmp_path / "b.mp4"))][: films - 1]
    out, journal = tmp_path / "faces.csv", tmp_path / ".faces.csv.journal"

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gender_classifier.video.run.write_table", stopped)
        assert call("video", *seen, "--out", out).code == 4
    broken = journal.read_bytes().replace(b'"look"', b'"lo\xffk"', 1)
    journal.write_bytes(broken)
    refused = call("video", *seen, "--out", out, "--resume")
    assert refused.code == 3
    assert "line 2: broken; begin anew with --overwrite, without --resume" in refused.error
    assert journal.read_bytes() == broken
    assert not out.exists()
    assert call("video", *seen, "--out", out, "--overwrite").code == 0
    assert not journal.exists()


def test_what_was_seen_is_kept_where_the_film_cannot_be_read_once_more(tmp_path: Path) -> None:
    film, out = write_film(tmp_path / "a.mp4", shaded(160, 96, 15)), tmp_path / "faces.csv"

    def gone(*_: object) -> None:
        raise UnreadableError("a.mp4: no such file or directory")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gender_classifier.video.run.write_own", gone)
        assert call("video", film, "--out", out).code == 3
    assert (tmp_path / ".faces.csv.journal").is_file()
    assert call("video", film, "--out", out, "--resume").code == 0


def test_none_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("nothing")
    (tmp_path / "b.mp4").write_text("nothing")
    assert call("video", tmp_path / "a.mp4", tmp_path / "b.mp4").code == 3
    single = call("video", tmp_path / "a.mp4", "--out", tmp_path / "a.csv")
    assert single.code == 3
    assert "not a film" in single.error
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "b.mp4"]


def test_cut_off_is_code_1(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(160, 96, 200), options={"g": "25", "qp": "5"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    summary = tmp_path / "summary.csv"
    assert call("video", path, "--summary", summary).code == 1
    assert "the image ends at" in rows(summary)[0]["status"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--out", "faces.txt"], "must end in"),
        (["--page", "nowhere/a.html"], "folder that is there"),
        (["--fps", "0"], "frames a second"),
        (["--start", "soon"], "--start soon"),
        (["--start", "5", "--end", "0:02"], "after the start"),
        (["--min-face", "0"], "at least 1 pixel"),
        (["--resume"], "name it"),
        (["--format", "ina"], "--out; name it"),
        (["--out", "same.csv", "--tracks", "same.csv"], "is also --out"),
        (["--annotate", "film.mp4"], "there already"),
    ],
)
def test_wrong_use_is_a_line(film: Path, options: list[str], says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(film.parent)
    before = film.read_bytes()
    done = call("video", film.name, *options)
    assert done.code == 2
    assert says in done.error
    assert film.read_bytes() == before
    assert [p.name for p in film.parent.iterdir()] == ["film.mp4"]


def test_a_film_is_not_written_over_even_if_told_so(film: Path) -> None:
    before = film.read_bytes()
    done = call("video", film, "--annotate", film, "--overwrite")
    assert done.code == 2
    assert "a film that is read" in done.error
    assert film.read_bytes() == before


def test_without_the_extra_a_line_says_what_to_install(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name == "av" or name.startswith("gender_classifier.video")]:
        monkeypatch.delitem(sys.modules, name)
    # What is imported below takes the room's place in the package too: afterwards it is the one that other tests know.
    monkeypatch.setattr(gender_classifier, "video", gender_classifier.video)
    monkeypatch.setitem(sys.modules, "av", None)  # type: ignore[arg-type]
    done = call("video", film)
    assert done.code == 2
    assert "[video]" in done.error


def test_nobody(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [plain(160, 96, (80, 80, 80))] * 25)
    done = call("video", path)
    assert done.code == 0
    assert "no faces were found" in done.err
