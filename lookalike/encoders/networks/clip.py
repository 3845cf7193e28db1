"""The small CLIP: open_clip's model and tokenizer, cut to 64 pixels and a few words."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import open_clip
import torch
from torch import Tensor

from lookalike import cards
from lookalike.encoders import hub
from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.networks import loading
from lookalike.encoders.networks.blocks import centred, to_grey
from lookalike.errors import WeightsError
from lookalike.files import sha256_file
from lookalike.photos import Photo

CONFIG = "open_clip_config.json"  # where open_clip looks for it
# The model, texts to token ids, images to the image tower's input, and the weights with sha256.
Loaded: TypeAlias = tuple[
    open_clip.CLIP,
    Callable[[Sequence[str]], Tensor],
    Callable[[Sequence[Photo]], Tensor],
    WeightsSpec,
]
UNKNOWN = 0  # padding, and every token that no caption had


def config(vocabulary: Sequence[int]) -> dict[str, Any]:
    """What open_clip builds the model from, plus the vocabulary.

    The image tower is CLIP's own residual network (Radford et al. 2021, section 2.4) at a quarter
    of the width and depth; the text tower a two-layer transformer.

    Args:
        vocabulary: ascending ids of open_clip's tokenizer that get an embedding of their own. The
            other 49,000 would be stored untrained.
    """
    return {
        "model_cfg": {
            "embed_dim": 128,
            "vision_cfg": {
                "image_size": 64,
                "layers": [2, 2, 2, 2],
                "width": 16,
                "patch_size": None,
            },
            "text_cfg": {
                "context_length": 16,
                "vocab_size": len(vocabulary) + 1,
                "width": 64,
                "heads": 2,
                "layers": 2,
            },
        },
        "vocabulary": list(vocabulary),
    }


def build(settings: dict[str, Any]) -> open_clip.CLIP:
    """A model with random weights, from what `config` returns."""
    return open_clip.CLIP(**settings["model_cfg"])


def embedded(weights: WeightsSpec) -> Loaded:
    """The CLIP that we trained.

    Raises:
        WeightsError: a file is missing, or is not what the card or open_clip's config says.
    """
    place = cards.find(weights.location)
    card = cards.verify(place)
    try:
        vocabulary = json.loads((place / CONFIG).read_text(encoding="utf-8"))["vocabulary"]
        model = open_clip.create_model(f"local-dir:{place}")
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"The weights in {str(place)!r} do not fit their {CONFIG}.",
            "Make them again with `python -m lookalike train clip`.",
        ) from error
    weights = dataclasses.replace(weights, sha256=card["sha256"])

    def prepare(images: Sequence[Photo]) -> Tensor:
        return pixels(to_grey(images, weights.input_size))

    return loading.ready(model), Words(vocabulary), prepare, weights


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


def pixels(greys: Tensor) -> Tensor:
    """(n, 1, 64, 64) greys in [0, 1] to what the image tower takes, (n, 3, 64, 64)."""
    return centred(greys).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last)


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


def vocabulary_of(texts: Sequence[str]) -> list[int]:
    """The ids of open_clip's tokenizer that the texts use, ascending, with start and end."""
    tokenizer = open_clip.SimpleTokenizer()
    ids = {token for text in texts for token in tokenizer.encode(text)}
    return sorted((ids | set(tokenizer.all_special_ids)) - {UNKNOWN})
