"""One ONNX file that carries all that using the model takes.

The input is uint8 NHWC and normalisation is inside the graph, so that a user cannot get it wrong.
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from gender_classifier.errors import FoundWrongError
from gender_classifier.model_files.metadata import METADATA_KEY, ModelMetadata
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import normalise
from gender_classifier.networks.onnx_graph import (
    INPUT,
    LOGIT,
    build_graph,
    store_half,
)
from gender_classifier.system.cores import usable_cores
from gender_classifier.system.engine import open_session
from gender_classifier.system.files import atomic_path

TOLERANCE = 1e-4
TOLERANCE_FLOAT16 = 5e-2


def export_onnx(
    model: EfficientNet,
    metadata: ModelMetadata,
    path: Path,
    pictures: NDArray[np.uint8],
    *,
    float16: bool = False,
) -> float:
    """Write a network as an ONNX file, if its logits are those of torch.

    Args:
        model: weights as they are to be used; it is not changed.
        metadata: goes into the file; its `input_size` is the graph's.
        path: file to write, whole or not at all.
        pictures: uint8 (N, size, size, 3), RGB; at least one.
        float16: store weights in half the space; they are cast back when the file is loaded.

    Returns:
        The largest difference of logits from torch's on `pictures`, 0 or more.

    Raises:
        FoundWrongError: a logit differs by more than 1e-4 (5e-2 with float16 weights); nothing is written.
        ValueError: no images, or not of the model's size.
    """
    size = metadata.input_size
    if len(pictures) == 0 or pictures.shape[1:] != (size, size, 3):
        raise ValueError(f"images {pictures.shape}: at least one of ({size}, {size}, 3)")
    network = copy.deepcopy(model).cpu().float().eval()
    with torch.inference_mode():
        expected = network(normalise(torch.from_numpy(pictures))).numpy()
    graph = build_graph(network, size)
    entry = graph.metadata_props.add()
    entry.key, entry.value = METADATA_KEY, metadata.model_dump_json()
    if float16:
        store_half(graph)
    difference = float(np.abs(_run(graph, pictures) - expected).max())
    limit = TOLERANCE_FLOAT16 if float16 else TOLERANCE
    if not difference <= limit:
        raise FoundWrongError(
            f"{path}: the exported model's logits differ from torch's by {difference:.2g} (limit {limit:g}) "
            f"on {len(pictures)} images; nothing was written"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        onnx.save(graph, str(partial))
    return difference


def _run(graph: onnx.ModelProto, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = open_session(graph.SerializeToString(), usable_cores())
    return np.asarray(session.run([LOGIT], {INPUT: pictures})[0], np.float32)
