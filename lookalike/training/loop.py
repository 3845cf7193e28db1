"""One training loop: seeded, with a progress bar, checkpoints and exact resuming."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn
from tqdm import tqdm

from lookalike.files import replacing

# (n, 1, side, side) greys in [0, 1], (n,) labels and a source of chance to a loss.
Objective = Callable[[Tensor, Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Schedule:
    """How long and how fast; every recipe has one."""

    epochs: int
    batch_size: int = 128
    learning_rate: float = 2e-3  # at the top of the one-cycle schedule
    warm_up: float = 0.15  # share of the steps
    weight_decay: float = 0.05
    clip: float = 1.0  # largest norm of the gradient
    bf16: bool = True  # autocast; about twice as fast on processors with AVX512_BF16
    seed: int = 0


class HasSchedule(Protocol):
    """A recipe: a dataclass with a schedule and whatever else its model needs."""

    __dataclass_fields__: ClassVar[dict]

    @property
    def schedule(self) -> Schedule: ...


@dataclass
class Progress:
    """What a run has behind it: the loss of each epoch, and the seconds."""

    curve: list[float] = field(default_factory=list)
    seconds: float = 0.0


def fit(
    objective: nn.Module,
    images: Tensor,
    labels: Tensor,
    recipe: HasSchedule,
    checkpoint: Path,
    *,
    resume: bool = True,
) -> Progress:
    """Train every parameter of `objective`, whose forward is an `Objective`.

    An epoch draws all its chance from (seed, epoch), so a run that was stopped and resumed ends
    with the same weights as one that was not.

    Args:
        images: (n, 1, side, side) uint8 greys.
        labels: (n,) int64.
        recipe: a dataclass with a `schedule`.
        checkpoint: file that is replaced after each epoch; it holds tensors and numbers only.
        resume: go on from the checkpoint, if it comes from the same settings and data.
    """
    schedule = recipe.schedule
    objective.to(memory_format=torch.channels_last)
    steps = max(1, len(images) // schedule.batch_size)
    optimiser = torch.optim.AdamW(
        _decayed(objective, schedule.weight_decay), schedule.learning_rate, fused=True
    )
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, schedule.learning_rate, schedule.epochs * steps, pct_start=schedule.warm_up
    )
    parts = {"objective": objective, "optimiser": optimiser, "rate": rate}
    origin = fingerprint(recipe, images, labels)
    progress = _restore(checkpoint, parts, origin) if resume else Progress()
    for epoch in range(len(progress.curve), schedule.epochs):
        started = time.monotonic()
        batches = _batches(images, labels, schedule, epoch)
        bar = tqdm(batches, f"epoch {epoch + 1}/{schedule.epochs}", steps, mininterval=2)
        progress.curve.append(_epoch(objective, bar, optimiser, rate, schedule, epoch))
        progress.seconds += time.monotonic() - started
        _save(checkpoint, parts, origin, progress)
    return progress


def _decayed(module: nn.Module, decay: float) -> list[dict]:
    """Weight decay on matrices and kernels only: biases and norms have nothing to shrink."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def _batches(
    images: Tensor, labels: Tensor, schedule: Schedule, epoch: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """The images in a new order; the last, smaller batch is left out unless it is the only one."""
    generator = torch.Generator().manual_seed(schedule.seed * 1009 + epoch)
    order = torch.randperm(len(images), generator=generator)
    size = min(schedule.batch_size, len(images))
    for chosen in order[: len(order) // size * size].split(size):
        yield images[chosen].float().div_(255), labels[chosen]


def _epoch(
    objective: nn.Module,
    batches: tqdm,
    optimiser: torch.optim.Optimizer,
    rate: torch.optim.lr_scheduler.LRScheduler,
    schedule: Schedule,
    epoch: int,
) -> float:
    """One pass; the mean loss."""
    objective.train()
    seed = schedule.seed * 1009 + epoch + 500_000
    torch.manual_seed(seed)  # for layers that draw by themselves
    generator = torch.Generator().manual_seed(seed)
    total, count = 0.0, 0
    for images, labels in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=schedule.bf16):
            loss = objective(images, labels, generator)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(objective.parameters(), schedule.clip)
        optimiser.step()
        rate.step()
        total, count = total + loss.item(), count + 1
        batches.set_postfix(loss=f"{total / count:.4f}", refresh=False)
    return total / count


def fingerprint(recipe: HasSchedule, images: Tensor, labels: Tensor) -> str:
    """What a checkpoint belongs to: the settings and the data, as 64 hex digits."""
    digest = hashlib.sha256(repr(sorted(asdict(recipe).items())).encode())
    digest.update(images.numpy().tobytes())
    digest.update(labels.numpy().tobytes())
    return digest.hexdigest()


def _restore(checkpoint: Path, parts: dict, origin: str) -> Progress:
    if not checkpoint.exists():
        return Progress()
    state = torch.load(checkpoint, weights_only=True)
    if state["origin"] != origin:
        return Progress()
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return Progress(state["curve"], state["seconds"])


def _save(checkpoint: Path, parts: dict, origin: str, progress: Progress) -> None:
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    state = {name: part.state_dict() for name, part in parts.items()}
    with replacing(checkpoint) as beside:
        torch.save(state | {"origin": origin} | asdict(progress), beside)
