"""Where in a crop the evidence for an answer lies: class-activation maps, from the model file alone.

Source: Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016, section 2. The network ends
in a mean over places and one linear layer, so that the layer may be applied at each place first: the mean of the map
plus the layer's bias is the logit.

A map says where evidence lies, not why it is evidence, and no finer than its cells (4 x 4 at 128 pixels), each of which
has seen far more of the picture than the place where it is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError
from gender_classifier.images.overlay import legend, limits, overlay
from gender_classifier.images.resize import resize
from gender_classifier.inference.annotate import NOTE, caption
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.prediction import Prediction

Maps = NDArray[np.float32]
Picture = NDArray[np.uint8]

_BATCH = 32
_LEGIBLE = 300  # pixels; smaller crops are enlarged by a whole number, so that there is room for words
_WEIGHT, _BIAS = "classifier.weight", "classifier.bias"
_HALF = ".half"
"""What ``export --float16`` adds to the name of a tensor that it stores in half the space."""
_STORED: dict[int, type] = {1: np.float32, 10: np.float16}  # numbers of TensorProto.DataType


class ActivationMaps:
    """Maps of crops by one model; safe to call from several threads.

    Args:
        classifier: the model; its file is read once more, for the weights of its last layer.

    Raises:
        UnreadableError: the file has no output ``features``, or no last layer of the names that ``export`` gives.
    """

    def __init__(self, classifier: GenderClassifier) -> None:
        self.classifier = classifier
        classifier.check_features()
        self.weights, self.bias = last_layer(classifier.path)

    def __call__(self, crops: NDArray[np.uint8]) -> Maps:
        """Evidence at each place, float32 (N, h, w), in logits before calibration: positive towards male.

        The mean over a map plus ``bias`` is the logit of the single view.

        Args:
            crops: uint8 (N, size, size, 3) RGB, as the network sees them.

        Raises:
            UserError: another dtype or shape.
        """
        parts = [
            np.tensordot(self.classifier.features(crops[i : i + _BATCH]), self.weights, axes=(1, 0))
            for i in range(0, max(1, len(crops)), _BATCH)
        ]
        return np.concatenate(parts).astype(np.float32, copy=False)


def explained(crop: Picture, values: Maps, row: Prediction) -> Picture:
    """A crop beside its map, with the answer and a legend below: uint8 (H, W, 3).

    Args:
        crop: uint8 (size, size, 3) RGB, as the network saw it.
        values: its map, float32 (h, w); drawn on a scale of its own, whose end the legend names.
        row: the answer.
    """
    side = crop.shape[0] * max(1, -(-_LEGIBLE // crop.shape[0]))
    end = float(np.abs(values).max())
    pair = [resize(part, (side, side)) for part in (crop, overlay(crop, values, end))]
    each = end / values.size
    notes = (f"{caption(row)}; {NOTE}", f"Ends: what a cell adds to the logit. {limits(values)}")
    key = legend(2 * side, f"-{each:.2f} towards female", f"towards male +{each:.2f}", notes)
    return np.concatenate([np.concatenate(pair, axis=1), key])


def last_layer(path: Path) -> tuple[NDArray[np.float32], float]:
    """Weights (C,) and bias of the layer that makes the logit, out of a model file.

    Raises:
        UnreadableError: no such layer in it, or not as ``export`` writes it.
    """
    tensors = {tensor.name.removesuffix(_HALF): tensor for tensor in _model(path).graph.initializer}
    if _WEIGHT not in tensors or _BIAS not in tensors:
        raise UnreadableError(
            f"{path}: no activation maps, for it has no tensors `{_WEIGHT}` and `{_BIAS}`; "
            "write the file anew with `gender-classifier export`"
        )
    weights, bias = (_values(path, tensors[name]).reshape(-1) for name in (_WEIGHT, _BIAS))
    if bias.size != 1:
        raise UnreadableError(f"{path}: no activation maps, for its last layer has {bias.size} outputs, not one")
    return weights, float(bias[0])


def _values(path: Path, tensor: Any) -> NDArray[np.float32]:
    kind = _STORED.get(tensor.data_type)
    if kind is None or len(tensor.raw_data) != int(np.prod(tensor.dims)) * np.dtype(kind).itemsize:
        raise UnreadableError(f"{path}: no activation maps, for its `{tensor.name}` is not stored as `export` does")
    return np.frombuffer(tensor.raw_data, np.dtype(kind).newbyteorder("<")).astype(np.float32)


def _model(path: Path) -> Any:
    """A model file's message. onnxruntime runs a graph and shows none of its tensors; the package onnx would show all.

    Only the fields that are needed are described (numbers from onnx.proto3); the parser passes over all others.
    """
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    from google.protobuf.message import DecodeError

    kinds = descriptor_pb2.FieldDescriptorProto
    one, many = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED
    file = descriptor_pb2.FileDescriptorProto(name="model_file.proto", package="model_file", syntax="proto3")

    def message(name: str, *members: tuple[str, int, int, int, str | None]) -> None:
        entry = file.message_type.add(name=name)
        for member, number, label, kind, of in members:
            entry.field.add(name=member, number=number, label=label, type=kind, type_name=of)

    message(
        "Tensor",
        ("dims", 1, many, kinds.TYPE_INT64, None),
        ("data_type", 2, one, kinds.TYPE_INT32, None),
        ("name", 8, one, kinds.TYPE_STRING, None),
        ("raw_data", 9, one, kinds.TYPE_BYTES, None),
    )
    message("Graph", ("initializer", 5, many, kinds.TYPE_MESSAGE, ".model_file.Tensor"))
    message("Model", ("graph", 7, one, kinds.TYPE_MESSAGE, ".model_file.Graph"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    try:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName("model_file.Model")).FromString(
            path.read_bytes()
        )
    except DecodeError as error:
        raise UnreadableError(f"{path}: not a model file ({error})") from None
