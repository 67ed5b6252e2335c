"""Rows of every kind, as tables and journals hold them."""

from __future__ import annotations

from gender_classifier.inference.results import NO_FACE, Prediction

FACE = Prediction(
    "uncertain",
    0.123456789,
    -1.9,
    "ok",
    "a.jpg",
    0,
    (-1.26, 2.0, 33.333, 4e3),
    0.87654321,
    369.04,
    page=2,
    turned=90,
    best_guess="female",
    note="1 more page",
)
ROWS = [
    FACE,
    Prediction("uncertain", 0.5, 0.0, "ok", 'odd, "name"\n.jpg', 11, (1.0, 2.0, 3.0, 4.0), 0.6, 2.0),
    Prediction("male", 1.0, 40.0, "ok", "crop é 漢🙂.png", 0),
    Prediction("", None, None, NO_FACE, "b.jpg"),
    Prediction("", None, None, "unreadable: empty file", "bytes \udce9.jpg"),
]
