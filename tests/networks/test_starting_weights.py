"""Starting weights of others: their layouts, what is refused, and the download."""

from __future__ import annotations

import argparse
import hashlib
import http.server
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks import download
from gender_classifier.networks import starting_weights as weights
from gender_classifier.networks.config import B1
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import load_initial, read_weights
from gender_classifier.system.files import sha256_of


@pytest.fixture(scope="module")
def source() -> dict[str, Tensor]:
    """Tensors of a network with one output, all different from any fresh network's."""
    torch.manual_seed(1)
    tensors = EfficientNet().state_dict()
    return {k: torch.rand_like(v) + 0.5 if v.is_floating_point() else v for k, v in tensors.items()}


def differing(model: EfficientNet, tensors: dict[str, Tensor]) -> list[str]:
    """Keys whose tensors are not those of `tensors`; counters are not carried over."""
    state = model.state_dict()
    return [k for k, v in tensors.items() if not k.endswith("num_batches_tracked") and not torch.equal(state[k], v)]


def thousand(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same with ImageNet's classifier."""
    return {**tensors, "classifier.weight": torch.rand(1000, 1280), "classifier.bias": torch.rand(1000)}


def torchvision_keys() -> dict[str, str]:
    """Our keys to torchvision's `efficientnet_b1`, written down from its module tree.

    `features.0` is the stem, 1 to 7 the stages, 8 the head. A block is ``block.{0: expand, 1: depthwise,
    2: squeeze, 3: project}` (no expand in stage 1); ConvNormActivation holds `0` conv and `1`` norm.
    """
    modules = {"conv_stem": "features.0.0", "bn1": "features.0.1", "conv_head": "features.8.0", "bn2": "features.8.1"}
    modules["classifier"] = "classifier.1"
    for stage, spec in enumerate(B1.stages):
        for repeat in range(spec.repeats):
            ours, theirs = f"blocks.{stage}.{repeat}.", f"features.{stage + 1}.{repeat}.block."
            if stage == 0:
                inner = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "2.0", "bn2": "2.1"}
                inner |= {"se.conv_reduce": "1.fc1", "se.conv_expand": "1.fc2"}
            else:
                inner = {
                    "conv_pw": "0.0",
                    "bn1": "0.1",
                    "conv_dw": "1.0",
                    "bn2": "1.1",
                    "conv_pwl": "3.0",
                    "bn3": "3.1",
                }
                inner |= {"se.conv_reduce": "2.fc1", "se.conv_expand": "2.fc2"}
            modules |= {ours + ourselves: theirs + them for ourselves, them in inner.items()}
    names = EfficientNet().state_dict()
    return {name: f"{modules[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}" for name in names}


def test_our_own_layout_is_taken_whole(source: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    save_file(source, path)
    model = EfficientNet()
    report = load_initial(model, path)
    assert differing(model, source) == []
    counted = [key for key in source if not key.endswith("num_batches_tracked")]
    assert (report.layout, report.used, report.missing, report.left_over) == ("timm", len(counted), [], [])
    assert (report.source, report.sha256) == ("own.safetensors", sha256_of(path))
    assert report.line() == f"starting weights own.safetensors (timm layout): {len(counted)} tensors used"


def test_timm_s_thousand_classes_are_left_over(source: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(thousand(source), tmp_path / "timm.safetensors")
    model = EfficientNet()
    fresh = model.classifier.weight.detach().clone()
    report = load_initial(model, tmp_path / "timm.safetensors")
    assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert torch.equal(model.classifier.weight, fresh)
    assert report.missing == report.left_over == ["classifier.bias", "classifier.weight"]
    assert "2 missing (classifier.bias, classifier.weight), 2 left over (" in report.line()


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "state_dict_ema"])
def test_torchvision_s_layout_and_what_training_scripts_wrap_round_it(
    source: dict[str, Tensor], tmp_path: Path, wrapper: str | None
) -> None:
    keys = torchvision_keys()
    content: Any = {f"module.{keys[name]}": value for name, value in thousand(source).items()}
    if wrapper is not None:
        content = {wrapper: content, "epoch": 3, "args": argparse.Namespace(lr=0.1)}
    torch.save(content, tmp_path / "tv.pth")
    model = EfficientNet()
    report = load_initial(model, tmp_path / "tv.pth")
    assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert report.layout == "torchvision"
    assert report.missing == ["classifier.bias", "classifier.weight"]
    assert report.left_over == ["classifier.1.bias", "classifier.1.weight"]


def test_half_precision_is_taken(source: dict[str, Tensor], tmp_path: Path) -> None:
    save_file({k: v.half() for k, v in source.items()}, tmp_path / "half.safetensors")
    model = EfficientNet()
    load_initial(model, tmp_path / "half.safetensors")
    assert model.conv_stem.weight.dtype is torch.float32
    torch.testing.assert_close(model.conv_stem.weight, source["conv_stem.weight"], rtol=1e-3, atol=1e-3)


class Evil:
    """Unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("write", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_a_pickle_that_would_run_code_is_refused_and_runs_none(
    write: Callable[[Any, Path], Any], source: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "evil.pth"
    write({"state_dict": source, "extra": Evil(tmp_path / "proof")}, path)
    with pytest.raises(UnreadableError, match=r"evil\.pth: ") as caught:
        read_weights(path)
    assert not (tmp_path / "proof").exists()
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pth", b""),
        ("text.pth", b"hello"),
        ("empty.safetensors", b""),
        ("text.safetensors", b"<html>log in</html>"),
        ("none.safetensors", save({})),
        ("short.safetensors", save({"a": torch.zeros(100)})[:-5]),
    ],
)
def test_files_that_hold_no_weights_are_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError, match=name) as caught:
        read_weights(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"it is a folder: of a run name .*model\.onnx$"):
        read_weights(tmp_path)
    with pytest.raises(UnreadableError, match="no such weights file"):
        load_initial(EfficientNet(), tmp_path / "none.pth")


def spoil_shape(tensors: dict[str, Tensor]) -> None:
    tensors["blocks.1.0.conv_pw.weight"] = torch.zeros(144, 16, 1, 1)


def drop(tensors: dict[str, Tensor]) -> None:
    for key in [k for k in tensors if k.startswith("blocks.6.1.se.")]:
        tensors[f"strange.{key}"] = tensors.pop(key)


def infinite(tensors: dict[str, Tensor]) -> None:
    tensors["bn1.running_var"] = tensors["bn1.running_var"].clone().fill_(float("inf"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            spoil_shape,
            r"1 tensors of another shape, for example blocks\.1\.0\.conv_pw\.weight is 144 x 16 x 1 x 1, not",
        ),
        (drop, r"4 keys missing \(blocks\.6\.1\.se\.conv_expand\.bias, .*\.\.\.\), 4 unknown \(strange\."),
        (infinite, r"1 tensors hold infinite values or none \(bn1\.running_var\)"),
    ],
)
def test_weights_of_another_network_are_refused_whole(
    spoil: Callable[[dict[str, Tensor]], None], message: str, source: dict[str, Tensor], tmp_path: Path
) -> None:
    tensors = dict(source)
    spoil(tensors)
    save_file(tensors, tmp_path / "x.safetensors")
    model = EfficientNet()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(UserError, match=message) as caught:
        load_initial(model, tmp_path / "x.safetensors")
    assert "\n" not in str(caught.value)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


class Server(http.server.ThreadingHTTPServer):
    """Answers every request in one way, and counts them."""

    daemon_threads, block_on_close = True, False  # an answer that nobody reads must not hold up the end
    status, body, cut, asked = 200, b"", 0, 0

    def handle_error(self, *_: object) -> None:
        """A client that goes away before the end is expected here."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body[: len(self.server.body) - self.server.cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.fixture
def server(source: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of weights on this machine, which `imagenet` is to be had from; an empty cache."""
    with Server(("127.0.0.1", 0), Handler) as made:
        made.body = save(thousand(source))
        monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_URL", f"http://127.0.0.1:{made.server_port}/b1.safetensors")
        monkeypatch.setenv("GENDER_CLASSIFIER_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def cached(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_imagenet_is_downloaded_once(server: Server, source: dict[str, Tensor], tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        model = EfficientNet()
        report = load_initial(model, "imagenet", said.append)
        assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert server.asked == len(said) == 1
    assert said[0].startswith("downloading http://127.0.0.1:")
    (name,) = cached(tmp_path)
    assert (report.source, report.left_over) == (name, ["classifier.bias", "classifier.weight"])


@pytest.mark.parametrize(
    ("status", "cut", "body", "message"),
    [
        (404, 0, None, "Not Found"),
        (503, 0, None, "Service Unavailable"),
        (200, 1000, None, "1000 more expected|IncompleteRead"),
        (200, 0, b"<html>please log in</html>", "cannot be had"),
        (200, 0, b"", "cannot be had"),
    ],
)
def test_a_download_that_fails_is_one_line_and_leaves_nothing(
    server: Server, tmp_path: Path, status: int, cut: int, body: bytes | None, message: str
) -> None:
    whole = server.body
    server.status, server.cut = status, cut
    server.body = whole if body is None else body
    with pytest.raises(UnreadableError, match=message) as caught:
        load_initial(EfficientNet(), "imagenet")
    assert "\n" not in str(caught.value)
    assert "give a file to --init-weights instead" in str(caught.value)
    assert cached(tmp_path) == []
    server.status, server.cut, server.body = 200, 0, whole
    load_initial(EfficientNet(), "imagenet")
    assert len(cached(tmp_path)) == 1


def test_a_download_with_another_checksum_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = hashlib.sha256(server.body).hexdigest()
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", "0" * 64)
    with pytest.raises(UnreadableError, match=f"SHA-256 {right}, not {'0' * 64}: not the known file") as caught:
        load_initial(EfficientNet(), "imagenet")
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", right[:8])
    load_initial(EfficientNet(), "imagenet")
    assert len(cached(tmp_path)) == 1


def test_a_file_in_the_cache_is_checked_each_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", hashlib.sha256(server.body).hexdigest())
    path = weights.download_imagenet()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UnreadableError, match="delete it, and it is downloaded again"):
        weights.download_imagenet()
    path.unlink()
    assert weights.download_imagenet() == path
    assert server.asked == 2


def test_what_a_file_s_checksum_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENDER_CLASSIFIER_IMAGENET_SHA256", raising=False)
    known = download.IMAGENET_SHA256
    assert len(known) == 64
    assert download.expected_sha256(download.IMAGENET_URL) == known
    mirrored = download.IMAGENET_URL.replace("huggingface.co", "mirror.example")
    assert download.expected_sha256(mirrored) == known
    assert download.expected_sha256("https://example.org/efficientnet_b1-533bc792.pth") == "533bc792"
    assert download.expected_sha256("https://example.org/b1.safetensors") == ""
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", "not one")
    with pytest.raises(UserError, match="expected a SHA-256"):
        download.expected_sha256("https://example.org/b1.safetensors")


def test_no_network_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENDER_CLASSIFIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_URL", "http://127.0.0.1:9/b1.safetensors")
    with pytest.raises(UnreadableError, match="cannot be had from http://127"):
        weights.download_imagenet()
    assert cached(tmp_path) == []
