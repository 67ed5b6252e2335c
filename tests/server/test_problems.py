"""Refusals as problem documents: status, word, line, and when to come again."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from gender_classifier.server.problems import CODES, MEDIA_TYPE, Problem, ProblemError, documented, response


@pytest.mark.parametrize("status", sorted(CODES))
def test_each_status_has_its_word_and_its_media_type(status: int) -> None:
    answer = response(ProblemError(status, "what, where, what to do"), "id-1")
    assert (answer.status_code, answer.media_type) == (status, MEDIA_TYPE)
    said = Problem.model_validate_json(bytes(answer.body))
    assert said == Problem(status=status, code=CODES[status], detail="what, where, what to do", request_id="id-1")
    assert "retry-after" not in answer.headers
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


def test_a_word_and_a_time_of_its_own() -> None:
    problem = ProblemError(503, "the model is being loaded", "not_ready", retry=1)
    assert str(problem) == problem.detail == "the model is being loaded"
    answer = response(problem, "x")
    assert json.loads(bytes(answer.body))["code"] == "not_ready"
    assert answer.headers["retry-after"] == "1"
    assert ProblemError(418, "tea").code == "refused"


def test_what_openapi_says_of_refusals() -> None:
    found = documented(413, 503)
    assert list(found) == [413, 503]
    assert "Retry-After" in found[503]["description"]
    assert found[413]["content"][MEDIA_TYPE]["schema"]["$ref"].endswith("/Problem")
