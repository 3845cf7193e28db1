"""The small CLIP: open_clip's model and tokenizer, cut to 64 pixels and a few words."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from torch import Tensor

from lookalike.encoders.networks.blocks import centred

CONFIG = "open_clip_config.json"  # where open_clip looks for it
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


def load(folder: Path) -> tuple[open_clip.CLIP, "Words"]:
    """The trained model and its tokenizer, read by open_clip from a local folder."""
    settings = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    model = open_clip.create_model(f"local-dir:{folder}")
    return model, Words(settings["vocabulary"])


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
