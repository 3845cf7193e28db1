"""Giving back the clean picture. No label is looked at."""

import torch
from torch import Tensor
from torch.nn import functional

from lookalike.encoders.networks.autoencoder import Autoencoder
from lookalike.training.embeddings.batches import Batch, Feed
from lookalike.training.embeddings.loop import Objective


class Denoising(Objective):
    """Squared error of the clean picture, given a changed one (Vincent et al. 2008).

    Args:
        network: with `forward` to latents and `decode` back.
        feed: gives the clean picture and a changed one.
        corrupted: share of the pictures that come in changed.
    """

    def __init__(self, network: Autoencoder, feed: Feed, corrupted: float = 0.8) -> None:
        super().__init__()
        self.network, self.corrupted = network, corrupted

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        clean, changed = batch.views
        chosen = torch.rand(len(clean), 1, 1, 1, generator=generator) < self.corrupted
        chosen = chosen.to(clean.device)
        drawn = self.network.decode(self.network(torch.where(chosen, changed, clean)))
        return functional.mse_loss(drawn.float(), clean)
