"""What a training run leaves behind: weights, card and README; and where its checkpoints are."""

import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from lookalike import cards
from lookalike.files import replacing
from lookalike.settings import settings
from lookalike.training.loop import Progress

WEIGHTS = "model.safetensors"
DATA = "Fashion-MNIST, training split (Xiao, Rasul and Vollgraf 2017)"


def checkpoint(name: str) -> Path:
    """Where a run of this name keeps its checkpoint."""
    return settings().home / "runs" / name / "checkpoint.pt"


def write(
    folder: Path, title: str, network: nn.Module, recipe: Any, progress: Progress, images: int
) -> None:
    """Write model.safetensors (float16), card.json and README.md.

    Args:
        folder: created if it is missing.
        title: of the method.
        network: what the encoder loads; its floating-point values are stored as float16.
        recipe: a dataclass; it goes into the card.
        progress: what `fit` returned.
        images: how many it was trained on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = {name: _stored(tensor) for name, tensor in network.state_dict().items()}
    with replacing(folder / WEIGHTS) as beside:
        save_file(state, beside)
    card = {
        "title": f"{title}, embedded weights",
        "data": DATA,
        "data_licence": "MIT",
        "images": images,
        "licence": "AGPL-3.0-or-later",
        "parameters": sum(p.numel() for p in network.parameters()),
        "settings": asdict(recipe),
        "seconds": round(progress.seconds, 1),
        "hardware": f"{torch.get_num_threads()} thread(s), {platform.machine()}",
        "torch": torch.__version__,
        "training_curve": [round(loss, 5) for loss in progress.curve],
    }
    cards.write(folder, card, WEIGHTS)
    cards.write_readme(folder)


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach().contiguous()
    return tensor.half() if tensor.is_floating_point() else tensor
