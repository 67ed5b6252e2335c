"""A film's own outputs, as the command writes them: each where it was asked for, `{name}` for each film."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.video.options import Outputs
from gender_classifier.video.result import VideoResult
from gender_classifier.video.thumbs import Thumbs
from gender_classifier.video.written import write_own

from ..running import call


def test_several_films_need_a_name_each(film: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(film.read_bytes())
    assert "{name}" in call("video", film, other, "--subtitles", tmp_path / "all.srt").error
    assert call("video", film, other, "--subtitles", tmp_path / "{name}.srt").code == 0
    assert (tmp_path / "film.srt").read_text() == (tmp_path / "other.srt").read_text()


def test_all_at_once_and_nothing_else(analysed: tuple[VideoResult, Thumbs], made: Path, tmp_path: Path) -> None:
    (result, thumbs), folder = analysed, tmp_path / "out"
    folder.mkdir()
    named = Outputs(
        subtitles=folder / "{name}.ass", timeline=folder / "a.png", page=folder / "a.html", annotate=folder / "a.mp4"
    )
    write_own(result, made, named, thumbs, None)
    assert sorted(path.name for path in folder.iterdir()) == ["a.html", "a.mp4", "a.png", "film.ass"]
    assert "data:image/jpeg;base64," in (folder / "a.html").read_text(encoding="utf-8")
    write_own(result, made, Outputs(page=folder / "b.html"), None, None)
    assert "data:image" not in (folder / "b.html").read_text(encoding="utf-8")
    write_own(result, made, Outputs(), thumbs, None)
    assert len(list(folder.iterdir())) == 5
