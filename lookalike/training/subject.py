"""Train the subject detector: YOLO11n from scratch, on composites, one class.

The loop is plain PyTorch around Ultralytics' model and loss, so that it can be stopped at any step,
runs in bfloat16 on a CPU, and grows its input from 192 to 256 pixels as it learns.
YOLO11: https://docs.ultralytics.com/models/yolo11/
"""

import json
import math
import platform
import random
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from lookalike import cards
from lookalike.detectors.yolo import keep_quiet, letterbox
from lookalike.errors import LookalikeError
from lookalike.files import replacing
from lookalike.photos import Box
from lookalike.settings import settings
from lookalike.training import composites, sources

Say = Callable[[str], None]

WEIGHTS = "model.onnx"
OPSET = 17  # every ONNX Runtime since 1.13 reads it
DATA_LICENCES = {
    "tuxpaint-stamps-default (Debian): cut-outs": "GPL-2",
    "Fashion Product Images (P. Aggarwal): cut-outs, and pictures as they are": "MIT",
    "Caltech-101 (Li, Andreeto, Ranzato, Perona): cut-outs, corners as backgrounds": "CC BY 4.0",
    "Fashion-MNIST (Zalando), training split: pictures as they are": "MIT",
    "mate-backgrounds, gnome-backgrounds, plasma-workspace-wallpapers, ukui-wallpapers "
    "(Debian): backgrounds": "GPL, LGPL and Creative Commons; see each package's copyright file",
}


@dataclass(frozen=True)
class Plan:
    """Everything that decides what comes out, apart from the sources."""

    pictures: int = 16000  # composites, rendered once
    picture_side: int = 320  # their longer side, pixels
    steps: int = 2400  # optimiser steps
    batch: int = 32  # pictures per step
    side: int = 256  # input of the exported model, pixels
    first_side: int = 192  # input in the first part: half the work per picture
    first_part: float = 0.45  # share of the steps
    rate: float = 0.002  # AdamW's, at its highest; cosine to 2 % of it
    decay: float = 0.0005  # weight decay, of weights only
    warmup: int = 200  # steps
    seed: int = 7
    threads: int = 1
    compiled: bool = True  # by torch.compile: twice as fast, but needs a C++ compiler


PLAN = Plan()


# The set.


def render(folder: Path, found: sources.Sources, plan: Plan, workers: int = 2) -> None:
    """Draw the set into `folder`: 000000.jpg and so on, and boxes.json. Kept if it is there."""
    listing = folder / "boxes.json"
    wanted = {"pictures": plan.pictures, "side": plan.picture_side, "seed": plan.seed}
    if listing.exists() and json.loads(listing.read_text())["plan"] == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    global _FOUND
    _FOUND = found  # forked workers share it; loaders cannot be pickled cheaply
    cv2.setNumThreads(0)  # its thread pool does not survive a fork
    jobs = [(folder, plan, start) for start in range(0, plan.pictures, 200)]
    with ProcessPoolExecutor(workers) as pool:
        boxes = [box for chunk in pool.map(_render_chunk, jobs) for box in chunk]
    listing.write_text(json.dumps({"plan": wanted, "boxes": boxes}))


_FOUND: sources.Sources | None = None


def _render_chunk(job: tuple[Path, Plan, int]) -> list[list[Box]]:
    folder, plan, start = job
    assert _FOUND is not None
    cv2.setNumThreads(1)
    boxes = []
    for index in range(start, min(start + 200, plan.pictures)):
        made = composites.compose(_FOUND, plan.seed, index, plan.picture_side)
        bgr = cv2.cvtColor(made.photo, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{index:06d}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 93])
        boxes.append(made.boxes)
    return boxes


def _augmented(
    photo: np.ndarray, boxes: np.ndarray, chance: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Mirror, and change the light a little; the composites vary enough in all else."""
    if chance.random() < 0.5:
        photo = photo[:, ::-1]
        boxes = boxes * [-1, 1, -1, 1] + [photo.shape[1], 0, photo.shape[1], 0]
        boxes = boxes[:, [2, 1, 0, 3]]
    gain, shift = chance.uniform(0.8, 1.2), chance.uniform(-15, 15)
    table = np.clip(np.arange(256) * gain + shift, 0, 255).astype(np.uint8)
    photo = cv2.LUT(np.ascontiguousarray(photo), table)
    if chance.random() < 0.2:
        photo = photo[..., ::-1]
    return photo, boxes


def _read(path: Path) -> np.ndarray:
    bgr = cv2.imread(str(path))
    if bgr is None:
        raise LookalikeError(f"The composite {str(path)!r} is missing.", "Delete its folder.")
    return bgr[..., ::-1]


def load_batch(
    folder: Path, boxes: list, chosen: list[int], side: int, full: int, chance: random.Random
) -> dict[str, Any]:
    """The batch that Ultralytics' loss reads: img (n, 3, side, side) float32 in [0, 1], boxes."""
    import torch

    sheets, rows = [], []
    for position, index in enumerate(chosen):
        photo = _read(folder / f"{index:06d}.jpg")
        found = np.array(boxes[index], float).reshape(-1, 4)
        photo, found = _augmented(photo, found, chance)
        sheet, (left, top, _, _) = letterbox(photo, full)
        found = (found + np.array([left, top, left, top])) / full
        if side != full:
            sheet = cv2.resize(sheet, (side, side), interpolation=cv2.INTER_AREA)
        sheets.append(sheet)
        rows += [
            [position, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1] for x1, y1, x2, y2 in found
        ]
    table = torch.tensor(rows, dtype=torch.float32).reshape(-1, 5)
    img = torch.from_numpy(np.stack(sheets).transpose(0, 3, 1, 2).copy()).float() / 255
    return {"img": img, "batch_idx": table[:, 0], "cls": table[:, :1] * 0, "bboxes": table[:, 1:]}


# The loop.


def side_at(step: int, plan: Plan) -> int:
    """Input side of a step: two stages, so that only two shapes are compiled."""
    return plan.first_side if step < plan.first_part * plan.steps else plan.side


def rate_at(step: int, plan: Plan) -> float:
    """Learning rate of a step: linear warm-up, then a cosine to 2 %."""
    if step < plan.warmup:
        return plan.rate * (step + 1) / plan.warmup
    progress = (step - plan.warmup) / max(1, plan.steps - plan.warmup)
    return plan.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * progress)) / 2)


def _model(plan: Plan) -> Any:
    import torch
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(plan.seed)
    model: Any = DetectionModel("yolo11n.yaml", nc=1, verbose=False)
    model.names = {0: "subject"}
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)  # Ultralytics' default weights
    return model


def _optimiser(model: Any, plan: Plan) -> Any:
    import torch

    weights = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    rest = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": plan.decay}, {"params": rest, "weight_decay": 0}]
    return torch.optim.AdamW(groups, lr=plan.rate, betas=(0.9, 0.999))


def fit(folder: Path, work: Path, plan: Plan, resume: bool, say: Say) -> tuple[Any, dict]:
    """Run the schedule; gives the averaged model, and {"seconds", "curve"}."""
    import torch
    from ultralytics.utils.torch_utils import ModelEMA

    torch.set_num_threads(plan.threads)
    boxes = json.loads((folder / "boxes.json").read_text())["boxes"]
    model = _model(plan)
    ema, optimiser = ModelEMA(model, decay=0.999, tau=500), _optimiser(model, plan)
    state: dict[str, Any] = {"step": 0, "seconds": 0.0, "curve": []}
    checkpoint = work / "checkpoint.pt"
    if resume and checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        ema.ema.load_state_dict(saved["ema"])
        ema.updates = saved["state"]["step"]
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]
        say(f"resumed at step {state['step']}")
    criterion = model.init_criterion()
    model.train()
    model.to(memory_format=torch.channels_last)
    forward = torch.compile(model, dynamic=False) if plan.compiled else model
    mean, began = np.zeros(3), time.perf_counter()
    for step in range(state["step"], plan.steps):
        chance = random.Random(plan.seed * 1_000_003 + step)
        side = side_at(step, plan)
        batch = load_batch(
            folder, boxes, _chosen(step, len(boxes), plan), side, plan.picture_side, chance
        )
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, plan)
        with torch.autocast("cpu", torch.bfloat16):
            predictions = forward(batch["img"].contiguous(memory_format=torch.channels_last))
        loss, parts = criterion(_floats(predictions), batch)
        optimiser.zero_grad()
        loss.sum().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        ema.update(model)
        mean += np.array([float(part) for part in _values(parts)])
        if (step + 1) % 50 == 0 or step + 1 == plan.steps:
            now = time.perf_counter()
            state["seconds"] += now - began
            began, count = now, (step % 50) + 1
            state["step"] = step + 1
            state["curve"].append([step + 1, side, *(round(float(x), 4) for x in mean / count)])
            say(f"{state['curve'][-1]} {state['seconds']:.0f} s")
            mean[:] = 0
            if (step + 1) % 200 == 0 or step + 1 == plan.steps:
                _save(checkpoint, model, ema.ema, optimiser, state)
    return ema.ema, state


def _values(parts: Any) -> list:
    return list(parts.values()) if isinstance(parts, dict) else list(parts)


def _chosen(step: int, count: int, plan: Plan) -> list[int]:
    """The pictures of a step: every epoch is another permutation."""
    per_epoch = count // plan.batch
    epoch, place = divmod(step, per_epoch)
    order = np.random.default_rng([plan.seed, epoch]).permutation(count)
    return order[place * plan.batch : (place + 1) * plan.batch].tolist()


def _floats(predictions: Any) -> Any:
    """Losses want float32; the forward pass gave bfloat16."""
    import torch

    if torch.is_tensor(predictions):
        return predictions.float()
    if isinstance(predictions, dict):
        return {key: _floats(value) for key, value in predictions.items()}
    return [_floats(value) for value in predictions]


def _save(path: Path, model: Any, average: Any, optimiser: Any, state: dict) -> None:
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        torch.save(
            {
                "model": model.state_dict(),
                "ema": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "state": state,
            },
            beside,
        )


# What is published.


def export(model: Any, file: Path, plan: Plan) -> None:
    """Write the model as ONNX: one photo of side x side, weights stored as float16.

    Half the bytes, the same speed: ONNX Runtime turns them back to float32 once, when it loads.
    """
    import onnx
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as folder:
        shell = YOLO("yolo11n.yaml", task="detect")
        model.args, model.task = shell.model.args, "detect"
        model.pt_path = str(Path(folder) / "model.pt")  # the export goes beside it
        shell.model = model
        made = shell.export(
            format="onnx", imgsz=plan.side, opset=OPSET, batch=1, simplify=True, device="cpu"
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


def card(plan: Plan, state: dict, found: sources.Sources) -> dict[str, Any]:
    """What the weights are, for card.json."""
    import torch

    return {
        "title": "YOLO11n that finds the main subject, embedded weights",
        "name": "yolo11n-subject",
        "architecture": "YOLO11n (Ultralytics' yolo11n.yaml), one class, trained from scratch",
        "licence": "AGPL-3.0, as the code that it was trained with",
        "data": "composites of cut-outs on backgrounds, drawn by lookalike/training/composites.py",
        "data_licences": DATA_LICENCES,
        "held_out": f"{sources.HELD_OUT:.0%} of the sources, by a hash of their name",
        "sources": {
            "cutouts": len(found.cutouts),
            "backgrounds": len(found.backgrounds),
            "plain": len(found.plain),
            "grey": len(found.grey),
        },
        "input_size": plan.side,
        "seed": plan.seed,
        "settings": asdict(plan),
        "seconds": round(state["seconds"]),
        "hardware": f"{plan.threads} thread(s), {platform.machine()}",
        "torch": torch.__version__,
        "training_curve": state["curve"],
        "training_curve_columns": ["step", "input side", "box loss", "class loss", "DFL loss"],
    }


def train(
    output: Path,
    *,
    resume: bool = True,
    data: Path | None = None,
    work: Path | None = None,
    plan: Plan = PLAN,
    say: Say = print,
) -> None:
    """Make the composites, train, export to ONNX, and write the card.

    Args:
        output: folder to write model.onnx, card.json and README.md to.
        resume: go on from the last checkpoint; else start again.
        data: folder of caltech101/ and fashion-products/; see `sources.data_folder`.
        work: folder of the composites and checkpoints, some 500 MB; LOOKALIKE_HOME/runs/subject.
        plan: everything else that decides what comes out.
        say: gets a line of progress every 50 steps.

    Raises:
        LookalikeError: a data set, a Debian package or a library for exporting is missing.
    """
    _needs("onnx", "onnxslim")
    keep_quiet()
    work = work or settings().home / "runs" / "subject"
    found = sources.find(sources.data_folder(data), "train")
    say(f"{len(found.cutouts)} cut-outs, {len(found.backgrounds)} backgrounds")
    render(work / "pictures", found, plan)
    model, state = fit(work / "pictures", work, plan, resume, say)
    output.mkdir(parents=True, exist_ok=True)
    export(model, output / WEIGHTS, plan)
    cards.write(output, card(plan, state, found), WEIGHTS)
    cards.write_readme(output)


def _needs(*libraries: str) -> None:
    """Say so before an hour of training, not after it."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise LookalikeError(
            f"Exporting the subject detector needs {' and '.join(missing)}.",
            f"Install it: pip install {' '.join(missing)}.",
        )
