"""How far a film goes, and when it is called cut off."""

from __future__ import annotations

import math
from typing import Any

import pytest

from gender_classifier.video.coverage import Coverage
from gender_classifier.video.ending import Ending


class Seen(Coverage):
    """Packets of which only the end is known: where the image's last begins and all end, and sound."""

    def __init__(self, last: float, reached: float, broken: bool = False, others: float = -math.inf) -> None:
        self.ends, self.others = (last, reached, broken), others

    def end(self) -> tuple[float, float, bool]:
        return self.ends


def closed(seen: Seen, own: float | None, whole: float | None, until: float | None = None, **begun: Any) -> Ending:
    ending = Ending(**begun)
    ending.close(seen, own, whole, until)
    return ending


def test_the_last_frame_stands_until_the_stated_end() -> None:
    assert closed(Seen(9.96, 10.0), 10.02, 10.02) == Ending(10.02)
    assert closed(Seen(9.0, 14.0), 10.0, 10.0) == Ending(10.0)  # a length that was guessed
    assert closed(Seen(9.96, 10.0), None, None) == Ending(10.0)
    assert closed(Seen(9.96, 10.0), 10.02, 10.02, until=4.0) == Ending(4.0)


def test_joined_broadcasts_go_on_beyond_the_stated_end() -> None:
    assert closed(Seen(39.96, 40.0), 20.02, 20.02) == Ending(40.0)


@pytest.mark.parametrize(
    ("seen", "own", "cut"),
    [
        (Seen(4.96, 5.0), 10.0, True),
        (Seen(4.96, 5.0, others=14.0), 10.0, True),
        (Seen(4.96, 5.0, others=5.1), None, True),
        (Seen(4.96, 5.0), None, True),
        (Seen(4.96, 5.0, others=14.0), None, False),  # the sound is longer, and all of it there
        (Seen(9.96, 5.0, broken=True, others=14.0), None, True),
    ],
)
def test_cut_off_by_its_own_length_or_where_nothing_reaches_the_end(seen: Seen, own: float | None, cut: bool) -> None:
    end = 14.0 if own is None else own
    fault = f"cut off: the image ends at 5.0 of {end:.1f} s" if cut else ""
    assert closed(seen, own, 14.0) == Ending(5.0, fault=fault)
    assert closed(seen, own, 14.0, until=5.5).fault == ""  # as much as was asked for, but for a little


def test_why_it_is_broken_is_said_with_where() -> None:
    assert closed(Seen(4.96, 5.0), None, None, fault="broken (eof)").fault == "broken (eof): the image ends at 5.0 s"
    assert closed(Seen(-math.inf, -math.inf), None, None, covered=3.0).covered == 3.0
