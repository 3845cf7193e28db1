"""Train the embedded CLIP: pictures beside the captions that fit them."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import open_clip
import torch
from torch import Tensor, nn
from torch.nn import functional

from lookalike.encoders.networks import clip
from lookalike.files import replacing
from lookalike.training import captions, data, publish
from lookalike.training.augment import augment
from lookalike.training.loop import Schedule, fit


@dataclass(frozen=True)
class Recipe:
    """The embedded weights' settings."""

    schedule: Schedule = field(default_factory=lambda: Schedule(epochs=12, batch_size=256))
    side: int = 64
    forget: float = 0.1  # share of the caption's tokens that are shown as unknown


class MultiPositive(nn.Module):
    """CLIP's symmetric loss where several captions of a batch fit an image.

    With captions made from ten labels, plain InfoNCE would push a sneaker away from most captions
    that say sneaker. As in UniCL (Yang et al. 2022, https://arxiv.org/abs/2204.03610) the target of
    an image is spread evenly over all captions that fit it, and that of a caption over its images.
    """

    def __init__(self, model: open_clip.CLIP, words: clip.Words, forget: float) -> None:
        super().__init__()
        self.model, self.words, self.forget = model, words, forget

    def forward(self, images: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """The loss of a batch."""
        texts, fits = captions.draw(labels, generator)
        tokens = self.words(texts)
        forgotten = torch.rand(tokens.shape, generator=generator) < self.forget
        # The start and the end are kept: the text tower reads the end's vector.
        tokens[forgotten & (tokens < tokens.max() - 1)] = clip.UNKNOWN
        pictures = self.model.encode_image(clip.pixels(augment(images, generator)))
        sentences = self.model.encode_text(tokens)
        with torch.autocast("cpu", enabled=False):  # bfloat16 has too few digits for an angle
            cosines = (
                functional.normalize(pictures.float()) @ functional.normalize(sentences.float()).T
            )
            return contrast(cosines * self.model.logit_scale.exp().clamp(max=100), fits)


def contrast(logits: Tensor, fits: Tensor) -> Tensor:
    """Mean of both directions' cross-entropy against targets spread over all that fit.

    Args:
        logits: (n, n) float32, image i with caption j.
        fits: (n, n) bool; every row and column holds a True.
    """
    targets = fits.float()
    to_text = functional.cross_entropy(logits, targets / targets.sum(1, keepdim=True))
    to_image = functional.cross_entropy(logits.T, targets.T / targets.T.sum(1, keepdim=True))
    return (to_text + to_image) / 2


def train(
    output: Path, *, recipe: Recipe | None = None, resume: bool = True, limit: int | None = None
) -> None:
    """Train and write the weights, open_clip's config, card.json and README.md into `output`.

    Args:
        recipe: settings, if not the embedded weights'.
        resume: go on from this recipe's checkpoint.
        limit: train on this many images.
    """
    recipe = recipe or Recipe()
    torch.manual_seed(recipe.schedule.seed)
    config = clip.config(clip.vocabulary_of(captions.everything()))
    model = clip.build(config)
    objective = MultiPositive(model, clip.Words(config["vocabulary"]), recipe.forget)
    images, labels = data.images(recipe.side, limit)
    progress = fit(objective, images, labels, recipe, publish.checkpoint("clip"), resume=resume)
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / clip.CONFIG) as beside:
        beside.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    publish.write(output, "CLIP", model, recipe, progress, len(images))
