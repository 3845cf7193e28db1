"""Train the subject detector: YOLO11n on composites, one class.

The loop is plain PyTorch around Ultralytics' model and loss, so that it can be stopped at any step,
runs in bfloat16 on a CPU, and grows its input from 256 to 320 pixels as it learns.
YOLO11: https://docs.ultralytics.com/models/yolo11/
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from lookalike import cards
from lookalike.detectors import registry
from lookalike.detectors.yolo import keep_quiet, own_threads
from lookalike.errors import LookalikeError
from lookalike.settings import settings
from lookalike.storage.files import replacing, sha256_file
from lookalike.training.subject import photographs, sources
from lookalike.training.subject.composite_set import load_batch, read_boxes, render
from lookalike.training.subject.export import card, export
from lookalike.training.subject.recipe import RECIPE, SubjectRecipe, rate_at, side_at
from lookalike.training.subject.start import unfold

Say = Callable[[str], None]

WEIGHTS = "model.onnx"
MEASURED = 16  # batches that tell a started network's normalisation what passes through it


def build(recipe: SubjectRecipe) -> Any:
    """YOLO11n with one class and random weights."""
    import torch
    from ultralytics.nn.tasks import DetectionModel

    torch.manual_seed(recipe.seed)
    model: Any = DetectionModel("yolo11n.yaml", nc=1, verbose=False)
    model.names = {0: "subject"}
    model.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5)  # Ultralytics' default weights
    return model


class Run:
    """A training run: all that a checkpoint holds, and one step of it."""

    def __init__(self, recipe: SubjectRecipe) -> None:
        import torch
        from ultralytics.utils.torch_utils import ModelEMA

        self.model = build(recipe)
        self.average = ModelEMA(self.model, decay=0.999, tau=500)
        self.optimiser = torch.optim.AdamW(_groups(self.model, recipe), lr=recipe.rate)
        self.state: dict[str, Any] = {"step": 0, "seconds": 0.0, "curve": []}
        self.criterion = self.model.init_criterion()
        self.model.train().to(memory_format=torch.channels_last)
        self.forward = torch.compile(self.model, dynamic=False) if recipe.compiled else self.model

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

    def start_from(self, path: Path, batches: Iterable[Any]) -> None:
        """Take over what published weights know, with a fresh optimiser and schedule.

        Args:
            path: model.onnx.
            batches: of pictures, see `subject_start.unfold`.
        """
        unfold(self.model, path, batches)
        self.average.ema.load_state_dict(self.model.state_dict())
        self.state["started_from"] = {"sha256": sha256_file(path)}

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        import torch

        saved = torch.load(path, weights_only=True)
        self.model.load_state_dict(saved["model"])
        self.average.ema.load_state_dict(saved["ema"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.state = saved["state"]
        self.average.updates = self.state["step"]


def fit(
    folder: Path,
    checkpoint: Path,
    recipe: SubjectRecipe,
    resume: bool,
    say: Say,
    start: Path | None = None,
) -> Run:
    """Run the schedule over the pictures in `folder`."""
    boxes = read_boxes(folder)
    run = Run(recipe)
    if resume and checkpoint.exists():
        run.load(checkpoint)
        say(f"resumed at step {run.state['step']}")
    elif start:
        measured = (load_batch(folder, boxes, step, recipe)["img"] for step in range(MEASURED))
        run.start_from(start, measured)
    with own_threads(recipe.threads):
        while run.state["step"] < recipe.steps:
            _stretch(run, folder, boxes, recipe)
            run.save(checkpoint)
            step, side, *losses = run.state["curve"][-1]
            say(f"step {step}, {side} px, losses {losses}, {run.state['seconds']:.0f} s")
    return run


def _stretch(run: Run, folder: Path, boxes: list, recipe: SubjectRecipe) -> None:
    """The steps up to the next report; adds their mean losses to the curve."""
    began, first = time.perf_counter(), run.state["step"]
    end = min(recipe.steps, (first // recipe.report + 1) * recipe.report)
    losses = [
        run.step(load_batch(folder, boxes, step, recipe), rate_at(step, recipe))
        for step in range(first, end)
    ]
    mean = [round(float(part), 4) for part in np.mean(losses, axis=0)]
    run.state["step"] = end
    run.state["seconds"] += time.perf_counter() - began
    run.state["curve"].append([end, side_at(end - 1, recipe), *mean])


def _groups(model: Any, recipe: SubjectRecipe) -> list[dict]:
    """Weights decay; biases and the scales of the normalisation don't."""
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": recipe.decay},
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


def train(
    output: Path,
    *,
    resume: bool = True,
    data: Path | None = None,
    work: Path | None = None,
    recipe: SubjectRecipe = RECIPE,
    start: Path | None = None,
    say: Say = print,
) -> None:
    """Make the composites, train, export to ONNX, and write the card.

    Args:
        output: folder to write model.onnx, card.json and README.md to.
        resume: go on from the last checkpoint; else start again.
        data: folder of caltech101/, fashion-products/ and photos/; see `sources.data_folder`.
        work: folder of the composites and checkpoints, some 500 MB; LOOKALIKE_HOME/runs/subject.
        recipe: everything else that decides what comes out.
        start: published model.onnx to start from; random weights if none.
        say: gets a line of progress every 50 steps.

    Raises:
        LookalikeError: a data set, a Debian package or a library for exporting is missing.
    """
    _needs("onnx", "onnxslim")
    keep_quiet()
    work = work or settings().home / "runs" / "subject"
    folder = sources.data_folder(data)
    found = sources.find(folder, "train")
    real = photographs.with_objects(folder)
    boxed = photographs.find(folder, registry.load())
    found = replace(found, photographs=[*boxed, *real * max(1, len(boxed) // max(1, len(real)))])
    say(f"{len(found.cutouts)} cut-outs, {len(found.backgrounds)} backgrounds")
    render(work / "pictures", found, recipe)
    run = fit(work / "pictures", work / "checkpoint.pt", recipe, resume, say, start)
    output.mkdir(parents=True, exist_ok=True)
    export(run.average.ema, output / WEIGHTS, recipe)
    cards.write(output, card(recipe, run.state, found), WEIGHTS)
    cards.write_readme(output)


def _needs(*libraries: str) -> None:
    """Say so before an hour of training, not after it."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        raise LookalikeError(
            f"Exporting the subject detector needs {' and '.join(missing)}.",
            f"Install it: pip install {' '.join(missing)}.",
        )
