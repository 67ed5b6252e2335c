"""The page's own modules without a model: its workers, what totals say, what is offered when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.metrics import quoting
from gender_classifier.metrics.known_errors import Confusion

from .conftest import serving

PAGE = Path(__file__).resolve().parents[2] / "src" / "gender_classifier" / "web" / "page"
FIRST = {"sha256": "aa", "version": "1.0"}

RENEWED = """async (models) => {
  const threads = [];
  self.Worker = class {
    constructor() { threads.push(Object.assign(this, { asked: [], ended: false })); }
    postMessage({ kind }) { this.asked.push(kind); }
    terminate() { this.ended = true; }
  };
  const { Work } = await import("/ui/work.js");
  const told = [];
  const tell = (word) => () => told.push(word);
  const work = new Work({ ready: tell("ready"), failed: tell("failed"), more: tell("more") });
  for (const [place, model] of models.entries()) {
    threads[place].onmessage({ data: { kind: "ready", model } });
    work.more();
  }
  work.answer(new Blob([]));
  return { told, most: work.most, ended: threads.map((one) => one.ended), asked: threads[0].asked };
}"""


@pytest.fixture(scope="module")
def page(browser: Any) -> Iterator[Any]:
    """A page of the modules' origin which runs nothing by itself, with three workers."""
    with serving(PAGE) as address:
        page = browser.new_page()
        page.goto(f"{address}licences.txt?workers=3")
        yield page
        page.close()


@pytest.mark.parametrize("other", [{"sha256": "bb"}, {"version": "1.1"}])
def test_a_worker_of_a_renewed_site_does_not_answer_beside_the_first(page: Any, other: dict[str, str]) -> None:
    found = page.evaluate(RENEWED, [FIRST, {**FIRST, **other}])
    assert found == {"told": ["ready"], "most": 1, "ended": [False, True], "asked": ["open", "picture"]}


def test_workers_of_one_model_answer_side_by_side(page: Any) -> None:
    found = page.evaluate(RENEWED, [FIRST, FIRST])
    assert (found["told"], found["most"], found["ended"]) == (["ready", "more"], 3, [False, False, False])


@pytest.mark.parametrize(
    ("uncertain", "band", "men", "said"),
    [
        (80, [0.1, 0.9], 200, ("Quote: ", "other people")),
        (0, [0.1, 0.9], 200, ("Do not quote: ", "These faces are easier")),
        (0, None, 200, ("Quote: ", "other people")),  # without a band no face can be uncertain
        (80, [0.1, 0.9], 20, ("Do not quote: ", "only 20 labelled men")),
    ],
)
def test_totals_say_whether_to_quote(page: Any, uncertain: int, band: Any, men: int, said: tuple[str, str]) -> None:
    faces = [{"label": "uncertain" if n < uncertain else "female", "best_guess": "female"} for n in range(280)]
    faces += [{"label": "male", "best_guess": "male"}] * 120
    model = {
        "rule": {"band": band},
        "errors": {
            "confusion": asdict(Confusion(2000, 10, 0, men)),
            "uncertain": 0.2,
            "few_faces": quoting.FEW_FACES,
            "too_few_faces": quoting.TOO_FEW_FACES,
            "few_labelled": quoting.FEW_LABELLED,
            "too_few_labelled": quoting.TOO_FEW_LABELLED,
            "widest": quoting.WIDEST,
            "most_uncertain": quoting.MOST_UNCERTAIN,
        },
    }
    ask = "async ([images, model]) => (await import('/ui/totals.js')).shareOf(images, model)"
    found = page.evaluate(ask, [[{"faces": [face]} for face in faces], model])
    assert found["line"].startswith(said[0])
    assert said[1] in " ".join(found["reasons"])


def test_the_webcam_is_not_offered_before_the_model_is_loaded(browser: Any) -> None:
    with serving(PAGE) as address:  # a page without a model
        page = browser.new_page()
        page.goto(address)
        assert page.is_disabled("#use-webcam")
        page.wait_for_selector("#fault:not([hidden])")
        assert "The model cannot be loaded" in page.inner_text("#fault")
        assert page.is_disabled("#use-webcam")
        page.close()
