"""What a training run leaves behind: weights, recipe, curves, card and README."""

import csv
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from lookalike import cards
from lookalike.settings import settings
from lookalike.storage.files import replacing
from lookalike.training import registry
from lookalike.training.embeddings import teacher
from lookalike.training.embeddings.loop import Progress
from lookalike.training.embeddings.pictures import SETS
from lookalike.training.embeddings.recipe import Recipe

WEIGHTS = "model.safetensors"
CURVES = "curves"
DATA = {
    "caltech101": "Caltech-101 (Li, Andreeto, Ranzato and Perona, doi 10.22002/D1.20086), "
    "four fifths of 97 classes",
    "fashion-products": "Fashion Product Images (P. Aggarwal, Kaggle), four fifths of a part",
    "fashion-mnist": "Fashion-MNIST, training split (Xiao, Rasul and Vollgraf 2017)",
    "tiny-imagenet": "Tiny ImageNet (Le and Yang, Stanford CS231n), four fifths of 200 pictures of "
    "each of its 200 kinds",
    "drawings": "emoji of seven styles (Noto Emoji, two of its versions, and FxEmojis: Apache-2.0; "
    "Twemoji and Emoji One 2: CC BY 4.0; Emoji One 1 and OpenMoji: CC BY-SA 4.0), four fifths; no "
    "Fluent emoji, which the gallery of things holds",
}
LICENCES = {
    "caltech101": "CC BY 4.0",
    "fashion-products": "MIT",
    "fashion-mnist": "MIT",
    "tiny-imagenet": "ImageNet's terms, for research and not for sale",
    "drawings": "Apache-2.0, CC BY 4.0 and CC BY-SA 4.0",
}
HELD_OUT = (
    "a fifth of Caltech-101, of Fashion Product Images, of Tiny ImageNet and of the drawings by a "
    "hash of the name, and the test split of Fashion-MNIST"
)


def checkpoint(name: str) -> Path:
    """Where a run of this name keeps its checkpoint."""
    return settings().home / "runs" / name / "checkpoint.pt"


def write(
    folder: Path,
    title: str,
    network: nn.Module,
    built: dict[str, Any],
    recipe: Recipe,
    progress: Progress,
    images: int,
) -> None:
    """Write model.safetensors (float16), curves.csv, curves.png, card.json and README.md.

    Args:
        folder: created if it is missing.
        title: of the method.
        network: what the encoder loads; its floating-point values are stored as float16.
        built: what the encoder builds the network from; "settings" in the card.
        recipe: it goes into the card.
        progress: what `fit` returned.
        images: how many it was trained on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: _stored(tensor) for name, tensor in network.state_dict().items()}
    with replacing(folder / WEIGHTS) as beside:
        save_file(state, beside)
    write_curves(folder, progress.curve)
    sets = [name for name in SETS if name in recipe.data.batch]
    card: dict[str, Any] = {
        "title": f"{title}, embedded weights",
        "data": "; ".join(DATA[name] for name in sets),
        "data_licence": "; ".join(f"{name}: {LICENCES[name]}" for name in sets),
        "held_out": HELD_OUT,
        "images": images,
        "licence": "AGPL-3.0-or-later",
        "parameters": sum(p.numel() for p in network.parameters()),
        "settings": built,
        "input_size": recipe.data.side,
        "recipe": recipe.model_dump(),
        "seconds": round(progress.seconds, 1),
        "hardware": hardware(),
        "torch": torch.__version__,
        "best_epoch": progress.best + 1,
        "training_curve": [round(row["loss"], 5) for row in progress.curve],
    }
    if recipe.data.teacher_views:
        taught = teacher.spec_of(recipe.data.teacher)
        kind = taught.location.split("-")[1].capitalize()
        card["teacher"] = f"EfficientNet-{kind}'s features ({taught.location} {taught.revision})"
    if recipe.start:
        card |= started_from(recipe.start)
    cards.write(folder, card, WEIGHTS)
    cards.write_readme(folder)


def started_from(name: str) -> dict[str, Any]:
    """What a card says of the model that its training began with: what that took, and its teacher.

    Raises:
        WeightsError: there is no such model.
    """
    earlier = cards.verify(registry.find(name))
    said = {
        "start": f"the embedded weights of {name}, where they fit",
        "start_epochs": len(earlier["training_curve"]),
        "start_seconds": earlier["seconds"],
    }
    return said | {key: earlier[key] for key in ("teacher",) if key in earlier}


def hardware() -> str:
    """The GPU that a run uses, or how many threads of which processor."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"{torch.get_num_threads()} thread(s), {platform.machine()}"


def write_curves(folder: Path, curve: Sequence[dict[str, float]]) -> None:
    """curves.csv, one row per epoch, and curves.png of the same."""
    columns = list(dict.fromkeys(key for row in curve for key in row))
    with replacing(folder / f"{CURVES}.csv") as beside, beside.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(curve)
    with replacing(folder / f"{CURVES}.png") as beside:
        _draw(beside, curve, [name for name in columns if name not in ("epoch", "loss")])


def _draw(file: Path, curve: Sequence[dict[str, float]], scores: list[str]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = [row["epoch"] for row in curve]
    left.plot(epochs, [row["loss"] for row in curve])
    left.set(xlabel="epoch", ylabel="training loss")
    for name in scores:
        right.plot(epochs, [row.get(name, float("nan")) for row in curve], label=name)
    right.set(xlabel="epoch", ylabel="P@10, validation share")
    if scores:
        right.legend()
    figure.savefig(file, format="png", dpi=100, metadata={"Software": ""})


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach().cpu().contiguous()
    return tensor.half() if tensor.is_floating_point() else tensor
