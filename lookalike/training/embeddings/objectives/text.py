"""Pictures beside the captions that fit them."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lookalike.encoders.networks import clip
from lookalike.training.embeddings.batches import Batch, Feed
from lookalike.training.embeddings.captions import Captions
from lookalike.training.embeddings.loop import Objective
from lookalike.training.embeddings.objectives.taught import Taught, full_digits


class MultiPositive(Objective):
    """CLIP's symmetric loss where several captions of a batch fit a picture.

    With captions made from labels, plain InfoNCE would push a sneaker away from most captions that
    say sneaker. As in UniCL (Yang et al. 2022, https://arxiv.org/abs/2204.03610) the target of a
    picture is spread evenly over all captions that fit it, and that of a caption over its pictures.

    Args:
        network: both towers.
        feed: tells what the pictures show.
        dimension: length of the vectors.
        forget: share of the caption's tokens that are shown as unknown.
        teacher: weight of the distance to the teacher's answers; 0 turns it off.
        relation: weight of the relations to other pictures; 0 turns it off.
    """

    def __init__(
        self,
        network: clip.SmallCLIP,
        feed: Feed,
        dimension: int,
        forget: float = 0.1,
        teacher: float = 0.0,
        relation: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self.forget = network, forget
        self.captions = Captions(feed.sets)
        self.words = clip.Words(network.vocabulary, network.context)
        self.taught = Taught(feed, dimension, teacher, relation)

    def embed(self, images: Tensor) -> Tensor:
        """The image tower's vectors."""
        return self.network.encode_image(images)

    def forward(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        texts, fits = self.captions.draw(batch.items.cpu(), generator)
        tokens = self.words(texts)
        forgotten = torch.rand(tokens.shape, generator=generator) < self.forget
        # The start and the end are kept: the text tower reads the end's vector.
        tokens[forgotten & (tokens < tokens.max() - 1)] = clip.UNKNOWN
        pictures = self.network.encode_image(batch.views[0])
        sentences = self.network.encode_text(tokens.to(pictures.device))
        with full_digits(pictures):
            pictures, sentences = pictures.float(), sentences.float()
            cosines = functional.normalize(pictures) @ functional.normalize(sentences).T
            logits = cosines * self.network.logit_scale.exp().clamp(max=100)
            return contrast(logits, fits.to(logits.device)) + self.taught(pictures, batch)


def vocabulary(feed: Feed) -> dict[str, Any]:
    """The tokens that captions of these pictures use."""
    return {"vocabulary": clip.vocabulary_of(Captions(feed.sets).everything())}


def contrast(logits: Tensor, fits: Tensor) -> Tensor:
    """Mean of both directions' cross-entropy against targets spread over all that fit.

    Args:
        logits: (n, n) float32, picture i with caption j.
        fits: (n, n) bool; every row and column holds a True.
    """
    targets = fits.float()
    to_text = functional.cross_entropy(logits, targets / targets.sum(1, keepdim=True))
    to_image = functional.cross_entropy(logits.T, targets.T / targets.T.sum(1, keepdim=True))
    return (to_text + to_image) / 2
