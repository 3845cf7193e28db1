"""The subject detector as it is published: ONNX, half the bytes, and its card."""

import platform
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.galleries.splits import HELD_OUT
from lookalike.storage.files import replacing
from lookalike.training.subject.recipe import SubjectRecipe
from lookalike.training.subject.sources import Sources

OPSET = 17  # every ONNX Runtime since 1.13 reads it
DATA_LICENCES = {
    "tuxpaint-stamps-default (Debian): cut-outs": "GPL-2",
    "Fashion Product Images (P. Aggarwal): cut-outs, and pictures as they are": "MIT",
    "Caltech-101 (Li, Andreeto, Ranzato, Perona): cut-outs, corners as backgrounds, "
    "photographs": "CC BY 4.0",
    "Fashion-MNIST (Zalando), training split: pictures as they are": "MIT",
    "ImageNet photographs, boxed by SSD-MobileNetV2 and ISNet": "ImageNet's terms: research",
    "mate-backgrounds, gnome-backgrounds, plasma-workspace-wallpapers, ukui-wallpapers "
    "(Debian): backgrounds": "GPL, LGPL and Creative Commons; see each package's copyright file",
}


def export(model: Any, file: Path, recipe: SubjectRecipe) -> None:
    """Write the model as ONNX: one photo of side x side, weights stored as float16.

    Half the bytes, the same speed: ONNX Runtime turns them back to float32 once, when it loads.
    """
    import onnx
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as folder:
        shell: Any = YOLO("yolo11n.yaml", task="detect")
        model.args, model.task = shell.model.args, "detect"
        model.pt_path = str(Path(folder) / "model.pt")  # the export goes beside it
        shell.model = model
        made = shell.export(
            format="onnx", imgsz=recipe.side, opset=OPSET, batch=1, simplify=True, device="cpu"
        )
        graph = onnx.load(made)
    halve(graph.graph)
    onnx.checker.check_model(graph)
    with replacing(file) as beside:
        onnx.save(graph, beside)


def halve(graph: Any, least: int = 256) -> None:
    """Store every float32 weight of at least `least` values as float16, cast back at load."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weight in graph.initializer:
        if weight.data_type != TensorProto.FLOAT:
            continue
        values = numpy_helper.to_array(weight)
        if values.size < least:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def card(recipe: SubjectRecipe, state: dict, found: Sources) -> dict[str, Any]:
    """What the weights are, for card.json."""
    import torch

    return {
        "title": "YOLO11n that finds the main subject, embedded weights",
        "name": "yolo11n-subject",
        "architecture": "YOLO11n (Ultralytics' yolo11n.yaml), one class",
        "licence": "AGPL-3.0, as the code that it was trained with",
        "data": "composites of cut-outs on backgrounds, drawn by composites.py and hard.py of "
        "lookalike/training; photographs, boxed by photographs.py",
        "started_from": state.get("started_from", "random weights"),
        "data_licences": DATA_LICENCES,
        "held_out": f"{HELD_OUT:.0%} of the sources, by a hash of their name",
        "sources_with_repeats": {
            "cutouts": len(found.cutouts),
            "backgrounds": len(found.backgrounds),
            "plain": len(found.plain),
            "grey": len(found.grey),
            "photographs": len(found.photographs),
        },
        "input_size": recipe.side,
        "seed": recipe.seed,
        "settings": asdict(recipe),
        "seconds": round(state["seconds"]),
        "hardware": f"{recipe.threads} thread(s), {platform.machine()}",
        "torch": torch.__version__,
        "training_curve": state["curve"],
        "training_curve_columns": ["step", "input side", "box loss", "class loss", "DFL loss"],
    }
