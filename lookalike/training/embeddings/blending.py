"""Weights half-way between two trainings, where the later one went on from the earlier.

What was learned anew and what was known before then both stay, nearly whole (Wortsman et al. 2022,
"Robust fine-tuning of zero-shot models", https://arxiv.org/abs/2109.01903).
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from lookalike import cards
from lookalike.errors import LookalikeError
from lookalike.training.embeddings.loop import Objective, Source

BATCHES = 20  # that batch normalisation is measured on again


def blend(objective: Objective, earlier: Path, share: float, feed: Source, epoch: int) -> None:
    """Move the network's weights towards those of an earlier model.

    Args:
        objective: with the network, on the processor or a GPU.
        earlier: folder of a trained model with the same network.
        share: of the network's own weights; 0 would give the earlier ones.
        feed: what batch normalisation is measured on, since no training saw these weights.
        epoch: which of the feed's; one that was not trained on.

    Raises:
        LookalikeError: the earlier model is another network.
        WeightsError: there is none in the folder.
    """
    known = load_file(earlier / cards.verify(earlier)["file"])
    for name, tensor in objective.network.state_dict().items():
        if getattr(known.get(name), "shape", None) != tensor.shape:
            raise LookalikeError(
                f"The weights in {str(earlier)!r} have no {name} of this size.",
                "Blend with a model that the training began with.",
            )
        if tensor.is_floating_point():
            tensor.copy_(torch.lerp(known[name].to(tensor), tensor, share))
    _measure_normalisations(objective, feed, epoch)


@torch.no_grad()
def _measure_normalisations(objective: Objective, feed: Source, epoch: int) -> None:
    """Their means and variances, as averages over some batches."""
    device = next(objective.network.parameters()).device
    kept = {}
    for part in objective.network.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.reset_running_stats()
            kept[part], part.momentum = part.momentum, None  # None: every batch weighs as much
    objective.train()
    for step in range(BATCHES):
        objective.embed(feed.batch(epoch, step).to(device).views[0])
    objective.eval()
    for part, momentum in kept.items():
        part.momentum = momentum
