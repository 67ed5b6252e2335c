"""What is written of one film: subtitles, page, timeline, annotated film."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.system.files import atomic_path
from gender_classifier.video.options import Outputs
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors
from gender_classifier.video.thumbs import Thumbs


def write_own(result: VideoResult, film: Path, outputs: Outputs, thumbs: Thumbs | None, errors: Errors | None) -> None:
    """Write each output of a film's own that was asked for, whole or not at all.

    Args:
        result: of the film.
        film: its file.
        outputs: what was asked for.
        thumbs: the clearest face of each track, for a page; None: the page shows no faces.
        errors: of the model, for a page; None: not known.

    Raises:
        OSError: an output cannot be written.
        UnreadableError: the film is to be annotated and cannot be read any more.
    """
    if (path := outputs.of("subtitles", film)) is not None:
        from gender_classifier.video.subtitles import write_subtitles

        write_subtitles(result, path)
    if (path := outputs.of("timeline", film)) is not None:
        from gender_classifier.video.timeline import write_timeline

        write_timeline(result, path)
    if (path := outputs.of("page", film)) is not None:
        from gender_classifier.video.page import page

        with atomic_path(path) as partial:
            partial.write_text(page(result, thumbs.jpegs if thumbs is not None else {}, errors), encoding="utf-8")
    if (path := outputs.of("annotate", film)) is not None:
        from gender_classifier.video.annotated import write_annotated

        write_annotated(result, film, path)
