"""The page of a film: everything on it, nothing from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.video.page import clock, page
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors
from gender_classifier.video.thumbs import Thumbs

ERRORS = Errors(Confusion(tn=930, fp=70, fn=60, tp=940), 0.2, False, "held-out faces of the model's report")


def test_page_holds_everything(analysed: tuple[VideoResult, Thumbs]) -> None:
    result, thumbs = analysed
    text = page(result, thumbs.jpegs, ERRORS)
    assert "perceived" in text
    assert "not a person" in text
    assert not re.search(r'(src|href)="(?!data:)', text)  # nothing from elsewhere
    assert text.count("data:image/jpeg;base64,") == 1
    assert "at least one woman" in text
    assert "Do not quote" in text
    assert "2 shots" in text
    assert "<script" not in text
    assert "Errors as among 2000 held-out faces" in text
    assert "70 of 1000 women said male, 60 of 1000 men said female" in text


def test_names_are_escaped_and_a_film_that_ends_early_says_so(result: VideoResult) -> None:
    odd = replace(result, path="films/<b>&.mp4", status="cut off: the image ends at 1.0 of 2.0 s", note="a <note>")
    text = page(odd, {}, None)
    assert "<title>Women and men on screen: &lt;b&gt;&amp;.mp4</title>" in text
    assert "could not be read to its end: cut off" in text
    assert "a &lt;note&gt;" in text
    assert "data:image" not in text
    assert "Errors as among" not in text


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0.4, 59.6, 3723.0)] == ["0:00:00", "0:01:00", "1:02:03"]
