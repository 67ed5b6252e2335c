"""Which engine runs the network: by name, or the fastest that is there; a device is played where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.cli.options import ENGINES as OFFERED
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.backends import registry
from gender_classifier.inference.backends.registry import AUTO, ENGINES, NAMES
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.system import engine as onnx_engine

from ...small_model import logits_by_hand

Writer = Callable[..., Path]
GPUS = ("cuda", "directml", "coreml")


def play(monkeypatch: pytest.MonkeyPatch, *here: str, broken: tuple[str, ...] = (), bfloat16: bool = False) -> None:
    """Have a build of onnxruntime for some devices, which the CPU plays; `broken` ones do not open."""
    names = {ENGINES[name].provider: name for name in (*here, *broken)}
    real = onnx_engine.open_session

    def open_session(model: Path, threads: int, provider: str = onnx_engine.CPU, settings: Any = None) -> Any:
        if names.get(provider) in broken:
            raise RuntimeError("CUDA failure 35: driver is too old\nand a second line")
        return real(model, threads)

    monkeypatch.setattr(registry, "providers", lambda: [*filter(None, names), onnx_engine.CPU])
    monkeypatch.setattr(registry, "open_session", open_session)
    monkeypatch.setattr(registry, "has_bfloat16", lambda: bfloat16)


def test_the_command_line_offers_what_there_is() -> None:
    assert OFFERED == NAMES
    assert set(NAMES) == {AUTO, *ENGINES}


@pytest.mark.parametrize(
    ("here", "broken", "bfloat16", "chosen"),
    [
        (GPUS, (), True, "cuda"),
        (("directml", "coreml"), (), True, "directml"),
        (("coreml",), (), False, "coreml"),
        (("coreml",), ("cuda",), True, "coreml"),
        ((), GPUS, False, "onnxruntime"),
        ((), (), False, "onnxruntime"),
    ],
)
def test_auto_takes_the_first_that_opens(
    here: tuple[str, ...],
    broken: tuple[str, ...],
    bfloat16: bool,
    chosen: str,
    write_model: Writer,
    monkeypatch: pytest.MonkeyPatch,
    crops: NDArray[np.uint8],
) -> None:
    play(monkeypatch, *here, broken=broken, bfloat16=bfloat16)
    classifier = GenderClassifier(write_model(), threads=1, engine="auto")
    assert classifier.engine == chosen
    assert f"engine='{chosen}'" in repr(classifier)
    np.testing.assert_allclose(classifier.score_crops(crops)[0], logits_by_hand(crops), rtol=1e-4)


@pytest.mark.parametrize("bfloat16", [False, True])
def test_auto_takes_openvino_where_it_is_faster(
    bfloat16: bool, write_model: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    play(monkeypatch, bfloat16=bfloat16)
    chosen = GenderClassifier(write_model(), threads=1, engine="auto").engine
    assert chosen == ("openvino" if bfloat16 else "onnxruntime")


def test_auto_goes_on_where_openvino_is_broken(write_model: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> bool:
        raise UserError("engine openvino: cannot be imported (libtbb.so.12: no such file)")

    play(monkeypatch)
    monkeypatch.setattr(registry, "find_spec", lambda name: name)  # it is installed
    monkeypatch.setattr(registry, "has_bfloat16", broken)
    assert GenderClassifier(write_model(), threads=1, engine="auto").engine == "onnxruntime"


def test_auto_without_openvino(write_model: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    play(monkeypatch, bfloat16=True)
    assert GenderClassifier(write_model(), threads=1, engine="auto").engine == "onnxruntime"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("cuda", r"onnxruntime-gpu\[cuda,cudnn\]"),
        ("directml", "onnxruntime-directml"),
        ("coreml", "macOS"),
    ],
)
def test_a_build_that_lacks_it_is_one_line(
    name: str, advice: str, write_model: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch)
    expected = rf"engine {name}: the installed onnxruntime lacks \w+ExecutionProvider; .*{advice}.*, or take onnx"
    with pytest.raises(UserError, match=expected) as refused:
        GenderClassifier(write_model(), engine=name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", GPUS)
def test_a_device_that_does_not_open_is_one_line(
    name: str, write_model: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch, broken=GPUS)
    with pytest.raises(UserError, match=rf"engine {name}: cannot be opened: CUDA failure 35: driver is too old; pip"):
        GenderClassifier(write_model(), engine=name)


@pytest.mark.parametrize("name", GPUS)
def test_a_provider_that_the_build_has_is_opened_by_its_name_and_settings(
    name: str, write_model: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class Session:
        def __init__(self, model: Any, options: Any, providers: Any, enable_fallback: int) -> None:
            asked.append((providers, enable_fallback))

        def get_providers(self) -> list[str]:
            return [onnx_engine.CPU]  # as onnxruntime does where CUDA's libraries are missing: a message and the CPU

    monkeypatch.setattr(onnx_engine.ort, "InferenceSession", Session)
    engine = ENGINES[name]
    with pytest.raises(RuntimeError, match="no such device, or its driver or libraries are missing"):
        onnx_engine.open_session(write_model(), 1, str(engine.provider), engine.settings)
    assert asked == [([(engine.provider, engine.settings), onnx_engine.CPU], 0)]


def test_names_of_providers_are_onnxruntime_s() -> None:
    known = onnx_engine.ort.get_all_providers()
    assert {engine.provider for engine in ENGINES.values() if engine.provider} <= set(known)
    assert onnx_engine.CPU in onnx_engine.providers()


def test_an_engine_that_there_is_not(write_model: Writer) -> None:
    with pytest.raises(UserError, match="engine=tensorrt: one of auto, onnxruntime, openvino, cuda"):
        GenderClassifier(write_model(), engine="tensorrt")


def test_a_broken_file_is_no_engine_s_fault(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    for name in NAMES:
        with pytest.raises(UnreadableError, match=r"model\.onnx: not a model file"):
            GenderClassifier(tmp_path / "model.onnx", engine=name)
