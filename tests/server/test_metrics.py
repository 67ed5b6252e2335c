"""Counters in Prometheus's format: each service its own, every answer there from the start."""

from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client", reason="the extra `server` is not installed")

from gender_classifier.server.metrics import Metrics


def test_every_label_is_there_before_anything_happens() -> None:
    text = Metrics(lambda: 3.0).text().decode()
    for line in (
        'gender_classifier_faces_total{label="female"} 0.0',
        'gender_classifier_faces_total{label="male"} 0.0',
        'gender_classifier_faces_total{label="uncertain"} 0.0',
        'gender_classifier_images_total{status="unreadable"} 0.0',
        "gender_classifier_images_in_progress 3.0",
    ):
        assert line in text


def test_two_services_count_apart() -> None:
    one, other = Metrics(lambda: 0.0), Metrics(lambda: 0.0)
    one.requests.labels("/v1/faces", "200").inc()
    one.batches.observe(9)
    assert 'gender_classifier_requests_total{path="/v1/faces",status="200"} 1.0' in one.text().decode()
    assert 'gender_classifier_batch_faces_bucket{le="16.0"} 1.0' in one.text().decode()
    assert "/v1/faces" not in other.text().decode()
