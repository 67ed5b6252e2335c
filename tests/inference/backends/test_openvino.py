"""The network in OpenVINO beside the same in onnxruntime."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.resize import fit
from gender_classifier.inference.backends import openvino
from gender_classifier.inference.backends.openvino import OpenVinoNetwork
from gender_classifier.inference.backends.registry import Engine
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.occlusion import OcclusionMaps, agreement
from gender_classifier.system.engine import CPU

from ...small_model import logits_by_hand

Crops = NDArray[np.uint8]
Writer = Callable[..., Path]


@pytest.fixture
def installed() -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 3, 12])
def test_logits_in_order(threads: int, count: int, write_model: Writer, crops: Crops) -> None:
    logits = OpenVinoNetwork(write_model(), threads)(crops[:count])
    assert logits.shape == (count,)
    assert logits.dtype == np.float32
    # bfloat16 keeps 8 bits of each weight and value; sums of a thousand of them are within a hundredth.
    np.testing.assert_allclose(logits, logits_by_hand(crops[:count]), atol=0.02 * np.abs(logits_by_hand(crops)).max())


@pytest.mark.usefixtures("installed")
def test_the_released_model_s_answers(astronaut: Crops) -> None:
    ours = GenderClassifier(threads=2).predict(astronaut).rows()
    theirs = GenderClassifier(threads=2, engine="openvino").predict(astronaut).rows()
    assert [row.label for row in theirs] == [row.label for row in ours]
    assert [row.logit for row in theirs] == pytest.approx([row.logit for row in ours], abs=0.3)


@pytest.mark.usefixtures("installed")
def test_maps_of_evidence_are_like_with_either(astronaut: Crops) -> None:
    crop = fit(astronaut[40:190, 140:290], 128)[None]
    engines = ("onnxruntime", "openvino")
    ours, theirs = (OcclusionMaps(GenderClassifier(threads=2, engine=engine))(crop) for engine in engines)
    assert agreement(ours, theirs)[0] > 0.9


@pytest.mark.usefixtures("installed")
def test_threads_take_turns(write_model: Writer, crops: Crops) -> None:
    network = OpenVinoNetwork(write_model(), 2)
    parts = [crops[i : i + 4] for i in range(9)] * 10
    expected = [network(part) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        for logits, alone in zip(pool.map(network, parts), expected, strict=True):
            np.testing.assert_array_equal(logits, alone)


@pytest.mark.usefixtures("installed")
def test_a_file_that_it_cannot_run(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"not a graph")
    with pytest.raises(UnreadableError, match=r"model\.onnx: OpenVINO cannot run it"):
        OpenVinoNetwork(file, 1)


@pytest.mark.usefixtures("installed")
def test_nothing_is_sent_to_anyone() -> None:
    script = (
        "import sys; from gender_classifier import GenderClassifier; GenderClassifier(threads=1, engine='openvino');"
        "import openvino; kept = sorted(m for m in sys.modules if m.startswith('openvino_telemetry'));"
        "print(kept, type(openvino.tools.ovc.telemetry).__module__)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["[]", "openvino.tools.ovc.telemetry_stub"]


def test_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(UserError, match=r"pip install '\.\[openvino\]'"):
        GenderClassifier(engine="openvino")


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO is there, and does not fit this machine."""
    (tmp_path / "lib" / "openvino").mkdir(parents=True)
    (tmp_path / "lib" / "openvino" / "__init__.py").write_text("raise ImportError('libtbb.so.12: no such file')\n")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    monkeypatch.delitem(sys.modules, "openvino", raising=False)


@pytest.mark.usefixtures("broken")
def test_installed_but_broken_is_said_so(write_model: Writer) -> None:
    expected = (
        r"^engine openvino: cannot be imported \(libtbb\.so\.12: no such file\); pip [^\n]+, or take onnxruntime$"
    )
    with pytest.raises(UserError, match=expected):
        GenderClassifier(write_model(), threads=1, engine="openvino")


@pytest.mark.usefixtures("broken")
def test_auto_goes_on_where_it_is_broken(write_model: Writer) -> None:
    assert GenderClassifier(write_model(), threads=1, engine="auto").engine != "openvino"


def test_auto_goes_on_where_it_does_not_start(write_model: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def core() -> None:
        raise RuntimeError("no plugins.xml\nand a second line")

    monkeypatch.setattr(openvino, "_quiet_openvino", lambda: SimpleNamespace(Core=core))
    monkeypatch.setattr(Engine, "missing", lambda self: None if self.provider in (None, CPU) else "not here")
    assert GenderClassifier(write_model(), threads=1, engine="auto").engine == "onnxruntime"
    with pytest.raises(UserError, match=r"^engine openvino: cannot be opened \(no plugins\.xml\); [^\n]+$"):
        GenderClassifier(write_model(), threads=1, engine="openvino")
