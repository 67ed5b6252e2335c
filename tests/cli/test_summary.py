"""`summary` through the command line."""

import pytest

pytest.importorskip("torch")

from ..running import call


@pytest.mark.parametrize(("size", "shape"), [(224, "7×7"), (240, "8×8"), (64, "2×2")])
def test_the_table_has_the_sizes_of_the_picture(size: int, shape: str) -> None:
    done = call("summary", "--size", str(size))
    assert (done.code, done.err) == (0, "")
    assert "6,514,465" in done.out
    head = next(line for line in done.out.splitlines() if "1280" in line)
    assert shape in head


def test_the_diagram() -> None:
    done = call("summary", "--mermaid")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("flowchart")
    assert "112" in done.out


@pytest.mark.parametrize("size", ["31", "5000"])
def test_a_size_that_cannot_be(size: str) -> None:
    done = call("summary", "--size", size)
    assert (done.code, done.out) == (2, "")
    assert "between 32 and 2048 pixels" in done.error
