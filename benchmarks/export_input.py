"""How pixels should enter the exported graph, and how many crops at a time.

    python benchmarks/export_input.py [MODEL.onnx] [--threads 2] [--rounds 20] [--cpu-time]

Compares the graph as it is exported (uint8, height x width x channels) with others of the same weights, in rounds that
take turns, so that a busy machine is busy for all of them. What the caller must do to the pixels is in the time.
Then crops a second of the exported graph by batch size, and the time to load it. MODEL must be exported without
float16 (released models hold float16 weights and are refused). Without MODEL: random weights, which take the same
time. On a busy machine `--threads 1 --cpu-time` counts the processor's seconds alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from gender_classifier.networks.onnx_graph import INPUT, LOGIT
from gender_classifier.system.engine import VERSION, open_session

Pixels = NDArray[np.uint8]
Clock = Callable[[], float]
Prepare = Callable[[Pixels], NDArray[np.generic]]


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, help="model file without float16; none: random weights")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--batch", type=int, default=8, help="crops a run when inputs are compared")
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 4, 8, 16, 32, 64])
    parser.add_argument("--cpu-time", action="store_true", help="seconds of the processor, not of the wall clock")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.cpu_time else time.perf_counter
    data = arguments.model.read_bytes() if arguments.model else random_graph()
    print(f"onnxruntime {VERSION}, {arguments.threads} threads, {processor()}, load {os.getloadavg()[0]:.1f}")
    size = onnx.load_from_string(data).graph.input[0].type.tensor_type.shape.dim[1].dim_value
    crops = np.random.default_rng(0).integers(0, 256, (max(arguments.batch_sizes), size, size, 3), np.uint8)
    inputs(data, crops[: arguments.batch], arguments.threads, arguments.rounds, clock)
    batches(data, crops, arguments.batch_sizes, arguments.threads, arguments.rounds, clock)
    loading(data, arguments.threads, arguments.rounds, clock)


def random_graph() -> bytes:
    """The network at 224 px with random weights, serialised."""
    from gender_classifier.networks.efficientnet import EfficientNet
    from gender_classifier.networks.onnx_graph import build_graph

    graph: bytes = build_graph(EfficientNet().eval(), 224).SerializeToString()
    return graph


def processor() -> str:
    """The processor's name where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def float_planes(model: onnx.ModelProto) -> None:
    """Take float (n, 3, size, size) in place of uint8 (n, size, size, 3)."""
    transpose, cast, sub = model.graph.node[:3]
    if [node.op_type for node in (transpose, cast, sub)] != ["Transpose", "Cast", "Sub"]:
        raise SystemExit("the model does not begin with Transpose, Cast, Sub: export it without --float16")
    sub.input[0] = INPUT
    size = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
    model.graph.input[0].CopyFrom(helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 3, size, size]))
    del model.graph.node[:2]


def cast_first(model: onnx.ModelProto) -> None:
    """Cast to float before the planes are taken apart."""
    transpose, cast = model.graph.node[:2]
    middle, last = transpose.output[0], cast.output[0]
    first = helper.make_node("Cast", [INPUT], [middle], to=TensorProto.FLOAT)
    second = helper.make_node("Transpose", [middle], [last], perm=[0, 3, 1, 2])
    transpose.CopyFrom(first)
    cast.CopyFrom(second)


def any_size(model: onnx.ModelProto) -> None:
    """Leave height and width open."""
    for dimension in (*model.graph.input[0].type.tensor_type.shape.dim[1:3],):
        dimension.dim_param = f"side{id(dimension)}"
    maps = [dim for output in model.graph.output for dim in output.type.tensor_type.shape.dim[2:]]
    for dimension in maps:  # none where logits alone come out
        dimension.dim_param = f"cells{id(dimension)}"


def mean_over_axes(model: onnx.ModelProto) -> None:
    """Pool by a mean over height and width, as torch's exporter writes it."""
    for node in model.graph.node:
        if node.op_type == "GlobalAveragePool":
            node.CopyFrom(helper.make_node("ReduceMean", list(node.input), list(node.output), axes=[2, 3], keepdims=1))


def to_planes(crops: Pixels) -> NDArray[np.generic]:
    """What the caller of a float graph has to do."""
    return np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32)


def as_they_are(crops: Pixels) -> NDArray[np.generic]:
    """Nothing."""
    return crops


VARIANTS: dict[str, tuple[Callable[[onnx.ModelProto], None] | None, Prepare]] = {
    "uint8 NHWC (as exported)": (None, as_they_are),
    "uint8 NHWC, cast before transpose": (cast_first, as_they_are),
    "uint8 NHWC, any size": (any_size, as_they_are),
    "uint8 NHWC, mean over axes": (mean_over_axes, as_they_are),
    "float NCHW, prepared by NumPy": (float_planes, to_planes),
}


def inputs(data: bytes, crops: Pixels, threads: int, rounds: int, clock: Clock) -> None:
    """Crops a second of every variant, median over rounds that take turns, and the largest difference of logits."""
    runs, expected = {}, open_session(data, threads).run([LOGIT], {INPUT: crops})[0]
    for name, (change, prepare) in VARIANTS.items():
        model = onnx.load_from_string(data)
        if change is not None:
            change(model)
        runs[name] = (open_session(model.SerializeToString(), threads), prepare)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    difference = {}
    for _ in range(rounds + 1):
        for name, (model_session, prepare) in runs.items():
            begin = clock()
            logits = model_session.run([LOGIT], {INPUT: prepare(crops)})[0]
            seconds[name].append(clock() - begin)
            difference[name] = float(np.abs(logits - expected).max())
    print(f"\n{'input, batch ' + str(len(crops)):36}{'crops/s, median':>17}{'best':>8}{'logits differ by':>19}")
    for name, times in seconds.items():
        median, best = len(crops) / np.median(times[1:]), len(crops) / min(times[1:])
        print(f"{name:36}{median:17.1f}{best:8.1f}{difference[name]:19.1e}")


def batches(data: bytes, crops: Pixels, sizes: list[int], threads: int, rounds: int, clock: Clock) -> None:
    """Crops a second by batch size, rounds taking turns."""
    exported = open_session(data, threads)
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds + 1):
        for size in sizes:
            begin = clock()
            exported.run([LOGIT], {INPUT: crops[:size]})
            seconds[size].append(clock() - begin)
    print(f"\n{'batch':>8}{'crops/s, median':>17}{'best':>8}")
    for size, times in seconds.items():
        print(f"{size:8}{size / np.median(times[1:]):17.1f}{size / min(times[1:]):8.1f}")


def loading(data: bytes, threads: int, rounds: int, clock: Clock) -> None:
    """Time from bytes to a session."""
    seconds = []
    for _ in range(rounds):
        begin = clock()
        open_session(data, threads)
        seconds.append(clock() - begin)
    print(f"\nload: median {np.median(seconds):.3f} s, best {min(seconds):.3f} s ({len(data) / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
