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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from lookalike import cards
from lookalike.detectors.yolo import keep_quiet, letterbox, own_threads
from lookalike.errors import LookalikeError
from lookalike.files import replacing
from lookalike.photos import Box
from lookalike.settings import settings
from lookalike.training import composites, sources

Say = Callable[[str], None]

WEIGHTS = "model.onnx"
LISTING = "boxes.json"
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
    report: int = 50  # steps between two checkpoints
    threads: int = 1
    compiled: bool = True  # by torch.compile: twice as fast, but needs a C++ compiler


PLAN = Plan()


# The set.


def render(folder: Path, found: sources.Sources, plan: Plan, workers: int = 2) -> None:
    """Draw the set into `folder`: 000000.jpg and so on, and boxes.json. Kept if it is there."""
    listing = folder / LISTING
    wanted = {"pictures": plan.pictures, "side": plan.picture_side, "seed": plan.seed}
    if listing.exists() and json.loads(listing.read_text())["plan"] == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)

    def draw(index: int) -> list[Box]:
        made = composites.compose(found, plan.seed, index, plan.picture_side)
        bgr = cv2.cvtColor(made.photo, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{index:06d}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 93])
        return made.boxes

    with ThreadPoolExecutor(workers) as pool:
        boxes = list(pool.map(draw, range(plan.pictures)))
    with replacing(listing) as beside:
        beside.write_text(json.dumps({"plan": wanted, "boxes": boxes}))


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
        raise LookalikeError(
            f"The composite {str(path)!r} is missing.",
            "Delete its folder, so that it is made again.",
        )
    return bgr[..., ::-1]


def load_batch(folder: Path, boxes: list, step: int, plan: Plan) -> dict[str, Any]:
    """The batch of a step, as Ultralytics' loss reads it.

    Returns:
        "img" (n, 3, side, side) float32 RGB in [0, 1]; "batch_idx" (m,), "cls" (m, 1) and "bboxes"
        (m, 4), centre and size as shares of the side, of the m subjects on them.
    """
    import torch

    chance = random.Random(plan.seed * 1_000_003 + step)
    full, side = plan.picture_side, side_at(step, plan)
    sheets, rows = [], []
    for position, index in enumerate(_chosen(step, len(boxes), plan)):
        found = np.array(boxes[index], float).reshape(-1, 4)
        photo, found = _augmented(_read(folder / f"{index:06d}.jpg"), found, chance)
        sheet, (left, top, _, _) = letterbox(photo, full)
        x1, y1, x2, y2 = ((found + np.array([left, top, left, top])) / full).T
        rows.append(
            np.column_stack([x1 * 0 + position, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1])
        )
        sheets.append(cv2.resize(sheet, (side, side), interpolation=cv2.INTER_AREA))
    table = torch.from_numpy(np.concatenate(rows)).float()
    img = torch.from_numpy(np.stack(sheets).transpose(0, 3, 1, 2).copy()).float() / 255
    return {"img": img, "batch_idx": table[:, 0], "cls": table[:, :1] * 0, "bboxes": table[:, 1:]}


def _chosen(step: int, count: int, plan: Plan) -> list[int]:
    """The pictures of a step: every epoch is another permutation."""
    epoch, place = divmod(step, count // plan.batch)
    order = np.random.default_rng([plan.seed, epoch]).permutation(count)
    return order[place * plan.batch : (place + 1) * plan.batch].tolist()


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


def build(plan: Plan) -> Any:
    """YOLO11n with one class and random weights."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(plan.seed)
    model: Any = DetectionModel("yolo11n.yaml", nc=1, verbose=False)
    model.names = {0: "subject"}
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)  # Ultralytics' default weights
    return model


class Run:
    """A training run: all that a checkpoint holds, and one step of it."""

    def __init__(self, plan: Plan) -> None:
        import torch
        from ultralytics.utils.torch_utils import ModelEMA

        self.model = build(plan)
        self.average = ModelEMA(self.model, decay=0.999, tau=500)
        self.optimiser = torch.optim.AdamW(_groups(self.model, plan), lr=plan.rate)
        self.state: dict[str, Any] = {"step": 0, "seconds": 0.0, "curve": []}
        self.criterion = self.model.init_criterion()
        self.model.train().to(memory_format=torch.channels_last)
        self.forward = torch.compile(self.model, dynamic=False) if plan.compiled else self.model

    def step(self, batch: dict[str, Any], rate: float) -> np.ndarray:
        """One step of the optimiser; gives the box, class and DFL losses."""
        import torch

        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            out = self.forward(batch["img"].contiguous(memory_format=torch.channels_last))
        loss, parts = self.criterion(_floats(out), batch)
        self.optimiser.zero_grad()
        loss.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 10.0)
        self.optimiser.step()
        self.average.update(self.model)
        return np.array([float(part) for part in parts.values()])

    def save(self, path: Path) -> None:
        """Write the checkpoint; the last one is there until this one is whole."""
        import torch

        parts = ("model", self.model), ("ema", self.average.ema), ("optimiser", self.optimiser)
        content = {name: part.state_dict() for name, part in parts} | {"state": self.state}
        with replacing(path) as beside:
            torch.save(content, beside)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        import torch

        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.average.ema.load_state_dict(saved["ema"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = saved["state"]
        self.average.updates = self.state["step"]


def fit(folder: Path, checkpoint: Path, plan: Plan, resume: bool, say: Say) -> Run:
    """Run the schedule over the pictures in `folder`."""
    boxes = json.loads((folder / LISTING).read_text())["boxes"]
    run = Run(plan)
    if resume and checkpoint.exists():
        run.load(checkpoint)
        say(f"resumed at step {run.state['step']}")
    losses, began = [], time.perf_counter()
    for step in range(run.state["step"], plan.steps):
        side = side_at(step, plan)
        losses.append(run.step(load_batch(folder, boxes, step, plan), rate_at(step, plan)))
        if (step + 1) % plan.report and step + 1 < plan.steps:
            continue
        now = time.perf_counter()
        run.state["seconds"] += now - began
        run.state["step"] = step + 1
        mean = [round(float(part), 4) for part in np.mean(losses, axis=0)]
        run.state["curve"].append([step + 1, side, *mean])
        run.save(checkpoint)
        say(f"step {step + 1}, {side} px, losses {mean}, {run.state['seconds']:.0f} s")
        losses, began = [], now
    return run


def _groups(model: Any, plan: Plan) -> list[dict]:
    """Weights decay; biases and the scales of the normalisation don't."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": plan.decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0},
    ]


def _floats(predictions: Any) -> Any:
    """Losses want float32; the forward pass gave bfloat16."""
    import torch

    if torch.is_tensor(predictions):
        return predictions.float()
    if isinstance(predictions, dict):
        return {key: _floats(value) for key, value in predictions.items()}
    return [_floats(value) for value in predictions]


# What is published.


def export(model: Any, file: Path, plan: Plan) -> None:
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
        "sources_with_repeats": {
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
    with own_threads(plan.threads):
        run = fit(work / "pictures", work / "checkpoint.pt", plan, resume, say)
    output.mkdir(parents=True, exist_ok=True)
    export(run.average.ema, output / WEIGHTS, plan)
    cards.write(output, card(plan, run.state, found), WEIGHTS)
    cards.write_readme(output)


def _needs(*libraries: str) -> None:
    """Say so before an hour of training, not after it."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise LookalikeError(
            f"Exporting the subject detector needs {' and '.join(missing)}.",
            f"Install it: pip install {' '.join(missing)}.",
        )
