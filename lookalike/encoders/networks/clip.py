"""The small CLIP: our residual network beside open_clip's text transformer, cut to a few words."""

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import open_clip
import torch
from torch import Tensor, nn

from lookalike.encoders import hub
from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.networks import loading
from lookalike.encoders.networks.blocks import ResidualNetwork, to_pixels
from lookalike.photos import Photo
from lookalike.storage.files import sha256_file

CONFIG = "open_clip_config.json"  # where open_clip looks for it
ENDS = "</w>"  # how open_clip's tokenizer marks a token that ends a word
# The model, `Words` or open_clip's tokenizer (texts to token ids), images to the image tower's
# input, and the weights with sha256.
Loaded: TypeAlias = tuple[
    Any,
    Any,
    Callable[[Sequence[Photo]], Tensor],
    WeightsSpec,
]
UNKNOWN = 0  # padding, and every token that no caption had


class SmallCLIP(nn.Module):
    """A residual network beside a small text transformer (Radford et al. 2021, section 2).

    Args:
        dimension: length of both towers' vectors.
        vocabulary: ascending ids of open_clip's tokenizer that get an embedding of their own. The
            other 49,000 would be stored untrained.
        image: the image tower's settings; see `ResidualNetwork`.
        width, heads, layers: of the text tower.
        context: tokens that are read, with start and end.
    """

    def __init__(
        self,
        dimension: int,
        vocabulary: Sequence[int],
        image: dict[str, Any],
        width: int = 128,
        heads: int = 2,
        layers: int = 2,
        context: int = 16,
    ) -> None:
        super().__init__()
        self.visual = ResidualNetwork(dimension, **image)
        self.text = open_clip.transformer.TextTransformer(
            context_length=context,
            vocab_size=len(vocabulary) + 1,
            width=width,
            heads=heads,
            layers=layers,
            output_dim=dimension,
        )
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        self.vocabulary, self.context = list(vocabulary), context

    def encode_image(self, images: Tensor) -> Tensor:
        """(n, 3, h, w) in [0, 1] to (n, dimension)."""
        return self.visual(images)

    def encode_text(self, tokens: Tensor) -> Tensor:
        """(n, context) ids of `Words` to (n, dimension)."""
        return self.text(tokens)


def embedded(weights: WeightsSpec) -> Loaded:
    """The CLIP that we trained.

    Raises:
        WeightsError: a file is missing, or is not what the card says.
    """
    model, weights = loading.embedded(weights, lambda settings: SmallCLIP(**settings))

    def prepare(images: Sequence[Photo]) -> Tensor:
        return to_pixels(images, weights.input_size)

    return model, Words(model.vocabulary, model.context), prepare, weights


def from_hub(weights: WeightsSpec) -> Loaded:
    """A CLIP from a pinned hub repository in open_clip's layout.

    Raises:
        WeightsError: a file could not be fetched, or is another one.
    """
    place = hub.snapshot(weights, "open_clip_model.safetensors", CONFIG)
    settings = json.loads((place / CONFIG).read_text(encoding="utf-8"))
    colours = settings["preprocess_cfg"]
    model = open_clip.create_model(f"local-dir:{place}")
    context = settings["model_cfg"]["text_cfg"].get("context_length", 77)
    sha256 = weights.sha256 or sha256_file(place / "open_clip_model.safetensors")

    def prepare(images: Sequence[Photo]) -> Tensor:
        return loading.to_rgb(images, weights.input_size, colours["mean"], colours["std"])

    tokenizer = open_clip.SimpleTokenizer(context_length=context)
    return loading.ready(model), tokenizer, prepare, dataclasses.replace(weights, sha256=sha256)


class Words:
    """Texts to token ids: open_clip's tokenizer, then the vocabulary.

    Args:
        vocabulary: ids of open_clip's tokenizer, ascending; the end-of-text id is the last, as
            the text tower reads the vector at the largest id.
    """

    def __init__(self, vocabulary: Sequence[int], context_length: int = 16) -> None:
        self.tokenizer = open_clip.SimpleTokenizer(context_length=context_length)
        self.rows = torch.full((self.tokenizer.vocab_size,), UNKNOWN)
        self.rows[torch.tensor(list(vocabulary))] = torch.arange(1, len(vocabulary) + 1)

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """n texts to (n, context_length) int64; a text that is too long loses its end."""
        return self.rows[self.tokenizer(list(texts))]

    def knows(self, word: str) -> bool:
        """Whether each token of a word has an embedding of its own."""
        return bool((self.rows[self.tokenizer.encode(word)] != UNKNOWN).all())


def whole_words(tokens: Any) -> list[str]:
    """The words that are one token, and have an embedding.

    Args:
        tokens: `Words`, or open_clip's tokenizer, each of whose tokens has one.
    """
    every = tokens.tokenizer if isinstance(tokens, Words) else tokens
    return [
        word
        for token, row in every.encoder.items()
        if token.endswith(ENDS)
        and (word := token.removesuffix(ENDS)).isascii()
        and word.isalpha()
        and (every is tokens or tokens.rows[row] != UNKNOWN)
    ]


def vocabulary_of(texts: Sequence[str]) -> list[int]:
    """The ids of open_clip's tokenizer that the texts use, ascending, with start and end."""
    tokenizer = open_clip.SimpleTokenizer()
    ids = {token for text in texts for token in tokenizer.encode(text)}
    return sorted((ids | set(tokenizer.all_special_ids)) - {UNKNOWN})
