"""One training loop: seeded, with a progress bar, checkpoints, exact resuming, early stopping."""

import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from lookalike.storage.files import replacing
from lookalike.training.embeddings.batches import Batch
from lookalike.training.embeddings.recipe import Recipe, Schedule

# What embeds images to how good that is on the validation share: by set, and "score", the larger
# the better.
Validate = Callable[[Callable[[Tensor], Tensor]], dict[str, float]]


class Source(Protocol):
    """What the loop takes batches from."""

    @property
    def fingerprint(self) -> str: ...

    def batch(self, epoch: int, step: int) -> Batch: ...


class Objective(nn.Module):
    """What a model is trained for: forward takes a batch and a source of chance, gives the loss."""

    network: Any  # nn.Module: what is published

    def embed(self, images: Tensor) -> Tensor:
        """(n, 3, side, side) in [0, 1] to the vectors (n, d) that a search would compare."""
        return self.network(images)


@dataclass
class Progress:
    """What a run has behind it."""

    curve: list[dict[str, float]] = field(default_factory=list)  # of each epoch: loss, score, ...
    seconds: float = 0.0
    best: int = -1  # epoch whose weights are kept, counted from 0


def fit(
    objective: Objective,
    feed: Source,
    recipe: Recipe,
    checkpoint: Path,
    validate: Validate | None = None,
    *,
    resume: bool = True,
    report: Callable[[dict[str, float]], None] | None = None,
) -> Progress:
    """Train every parameter of `objective`, and leave it with the weights of its best epoch.

    It runs on a GPU where there is one. An epoch draws all its chance from (seed, epoch), so a run
    that was stopped and resumed ends with the same weights as one that was not.

    Args:
        objective: a module from a batch and a generator to the loss; `embed` gives its vectors.
        checkpoint: file that is replaced after each epoch; it holds tensors and numbers only.
        validate: decides which epoch was best; without it the last is.
        resume: go on from the checkpoint, if it comes from the same recipe and pictures.
        report: called with each epoch's row of the curve; without it there is a bar for each, and
            the row is printed.
    """
    run = _Run(objective, feed, recipe, checkpoint, report)
    if resume:
        run.restore()
    while not run.ended():
        run.epoch(validate)
    if run.best:
        objective.load_state_dict(run.best)
    return run.progress


class _Run:
    """The state of a run: what a checkpoint holds, and how it goes on."""

    def __init__(
        self,
        objective: Objective,
        feed: Source,
        recipe: Recipe,
        checkpoint: Path,
        report: Callable[[dict[str, float]], None] | None,
    ) -> None:
        self.report = report
        self.objective, self.feed, self.schedule = objective, feed, recipe.schedule
        self.checkpoint, self.progress = checkpoint, Progress()
        self.best: dict[str, Tensor] = {}
        self.origin = fingerprint(recipe, feed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        objective.to(self.device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(
            _decayed(objective, self.schedule.weight_decay), self.schedule.learning_rate, fused=True
        )
        self.rate = torch.optim.lr_scheduler.LambdaLR(
            self.optimiser, lambda step: rate_at(step, self.schedule)
        )

    def ended(self) -> bool:
        """Whether all epochs are done, or `patience` of them were in vain."""
        done, last = len(self.progress.curve), self.schedule.stop or self.schedule.epochs
        waited = done - 1 - self.progress.best
        return done >= last or (done > 0 and waited >= self.schedule.patience)

    def epoch(self, validate: Validate | None) -> None:
        """Train one epoch, look at the validation share, and save."""
        started, number = time.monotonic(), len(self.progress.curve)
        row = {"epoch": number + 1.0, "loss": self._pass(number)}
        if validate:
            self.objective.eval()
            with torch.inference_mode(), self._autocast():
                row |= validate(lambda images: self.objective.embed(images.to(self.device)).cpu())
        scores = [past["score"] for past in self.progress.curve if "score" in past]
        # One that stops half-way has not settled yet: its last epoch is what is gone on from.
        if self.schedule.stop or "score" not in row or row["score"] > max(scores, default=-1.0):
            self.progress.best = number
            self.best = {k: v.detach().clone() for k, v in self.objective.state_dict().items()}
        self.progress.curve.append({key: round(float(value), 5) for key, value in row.items()})
        self.progress.seconds += time.monotonic() - started
        (self.report or _print)(self.progress.curve[-1])
        self.save()

    def _pass(self, number: int) -> float:
        """One pass; the mean loss."""
        training_mode(self.objective)
        seed = self.schedule.seed * 1009 + number
        torch.manual_seed(seed)  # for layers that draw by themselves
        generator = torch.Generator().manual_seed(seed)
        total = 0.0
        bar = tqdm(
            range(self.schedule.steps),
            f"epoch {number + 1}/{self.schedule.epochs}",
            mininterval=2,
            disable=self.report is not None,
        )
        for step in bar:
            total += self._step(self.feed.batch(number, step).to(self.device), generator)
            bar.set_postfix(loss=f"{total / (step + 1):.4f}", refresh=False)
        return total / self.schedule.steps

    def _step(self, batch: Batch, generator: torch.Generator) -> float:
        with self._autocast():
            loss = self.objective(batch, generator)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.objective.parameters(), self.schedule.clip)
        self.optimiser.step()
        self.rate.step()
        return loss.item()

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.schedule.bf16)

    def _parts(self) -> dict:
        return {"objective": self.objective, "optimiser": self.optimiser, "rate": self.rate}

    def restore(self) -> None:
        """Go on where the checkpoint is, if it is this run's."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if state["origin"] != self.origin:
            return
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.progress = Progress(state["curve"], state["seconds"], state["best"])
        self.best = state["weights"]

    def save(self) -> None:
        """Replace the checkpoint."""
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state |= asdict(self.progress) | {"origin": self.origin, "weights": self.best}
        with replacing(self.checkpoint) as beside:
            torch.save(state, beside)


def _print(row: dict[str, float]) -> None:
    print(row, flush=True)


def rate_at(step: int, schedule: Schedule) -> float:
    """Share of the learning rate at a step: a linear warm-up, then a cosine down to 0."""
    steps = schedule.epochs * schedule.steps
    warm = schedule.warm_up * steps
    if step < warm:
        return (step + 1) / (warm + 1)
    return (1 + math.cos(math.pi * (step - warm) / max(1.0, steps - warm))) / 2


def fingerprint(recipe: Recipe, feed: Source) -> str:
    """What a checkpoint belongs to: the recipe and the pictures, as 64 hex digits."""
    text = recipe.model_dump_json() + feed.fingerprint
    return hashlib.sha256(text.encode()).hexdigest()


def training_mode(module: nn.Module) -> None:
    """Set to training, but for batch normalisations that are frozen: they count no batches."""
    module.train()
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm) and not part.weight.requires_grad:
            part.eval()


def _decayed(module: nn.Module, decay: float) -> list[dict]:
    """Weight decay on matrices and kernels only: biases and norms have nothing to shrink."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
