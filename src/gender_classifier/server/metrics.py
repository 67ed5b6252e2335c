"""What the service counts, for Prometheus; no names, no addresses, no images."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from gender_classifier.inference.image_result import Status

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one service, in a registry of their own.

    Example:
        >>> metrics = Metrics(in_progress=lambda: 0)
        >>> metrics.faces.labels("female").inc()
        >>> b'gender_classifier_faces_total{label="female"} 1.0' in metrics.text()
        True

    Args:
        in_progress: tells images in progress; called when the counters are read.
    """

    def __init__(self, in_progress: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        name, at = "gender_classifier_", self.registry
        self.requests = Counter(name + "requests", "Requests answered", ["path", "status"], registry=at)
        self.refusals = Counter(name + "refusals", "Requests refused, by reason", ["code"], registry=at)
        self.vanished = Counter(name + "vanished", "Clients that left before their answer", registry=at)
        self.images = Counter(name + "images", "Images, by status", ["status"], registry=at)
        self.faces = Counter(name + "faces", "Faces, by answer", ["label"], registry=at)
        self.batches = Histogram(
            name + "batch_faces", "Faces that shared a batch", buckets=(1, 2, 4, 8, 16, 32, 64), registry=at
        )
        self.stages = Histogram(
            name + "stage_seconds",
            "Seconds a request spends: read (from the client), prepare (an image: waiting, decoding, finding faces), "
            "network (an image's faces: waiting, scoring), all",
            ["stage"],
            buckets=_SECONDS,
            registry=at,
        )
        self.model = Gauge(name + "model", "Models that answer", ["name", "sha256", "engine"], registry=at)
        self.queue = Gauge(name + "images_in_progress", "Images waiting or worked on", registry=at)
        self.queue.set_function(in_progress)
        for label in ("female", "male", "uncertain"):
            self.faces.labels(label)
        for status in Status:
            self.images.labels(str(status))

    def text(self) -> bytes:
        """Give all counters in Prometheus's text format."""
        return generate_latest(self.registry)
