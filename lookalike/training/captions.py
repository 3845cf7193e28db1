"""Captions made from labels, for the embedded CLIP."""

import itertools

import torch
from torch import Tensor

# What a word is said of: positions in `fashion_mnist.CLASSES`. Two classes may share a word; an
# image is a match for every caption whose word fits its class.
WORDS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("t-shirt", "tee", "tee shirt", "t-shirt top", "top"), (0,)),
    **dict.fromkeys(("trouser", "trousers", "pants", "jeans", "leggings"), (1,)),
    **dict.fromkeys(("pullover", "sweater", "jumper", "sweatshirt", "hoodie"), (2,)),
    **dict.fromkeys(("dress", "gown", "long dress"), (3,)),
    **dict.fromkeys(("coat", "jacket", "overcoat", "winter coat"), (4,)),
    **dict.fromkeys(("sandal", "sandals", "flip-flops", "high heels"), (5,)),
    **dict.fromkeys(("shirt", "blouse", "button-up shirt", "dress shirt"), (6,)),
    **dict.fromkeys(("sneaker", "sneakers", "trainers", "running shoe", "sports shoe"), (7,)),
    **dict.fromkeys(("bag", "handbag", "purse", "backpack"), (8,)),
    **dict.fromkeys(("ankle boot", "ankle boots", "boot", "boots"), (9,)),
    **dict.fromkeys(("shoe", "shoes", "footwear"), (5, 7, 9)),
}
OFFICIAL = (
    "t-shirt top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
TEMPLATES = (
    "a photo of a {}",
    "a photo of the {}",
    "a picture of a {}",
    "an image of the {}",
    "a product photo of a {}",
    "my {}",
    "{}",
)
# Said of everything, so that the tower learns that they tell nothing: the pictures are grey.
ADJECTIVES = (
    "", "", "", "", "red ", "blue ", "black ", "white ", "grey ", "green ", "brown ", "yellow ",
    "pink ", "nice ", "new ", "old ", "small ", "large ", "women's ", "men's ",
)  # fmt: skip


def draw(labels: Tensor, generator: torch.Generator) -> tuple[list[str], Tensor]:
    """One caption per label, and which images each caption fits.

    Half the captions use the class's own name, the others another word for it.

    Args:
        labels: (n,) int64 positions in `CLASSES`.
        generator: where all chance comes from.

    Returns:
        n captions, and (n, n) bool: row i, column j says that image i fits caption j.
    """
    captions, fits = [], torch.zeros(len(labels), 10, dtype=torch.bool)
    chance = torch.rand(len(labels), 4, generator=generator).tolist()
    for row, (label, (official, word, template, adjective)) in enumerate(
        zip(labels.tolist(), chance, strict=True)
    ):
        others = [word for word, classes in WORDS.items() if label in classes]
        chosen = OFFICIAL[label] if official < 0.5 else _pick(others, word)
        captions.append(_pick(TEMPLATES, template).format(_pick(ADJECTIVES, adjective) + chosen))
        fits[row, list(WORDS[chosen])] = True
    return captions, fits[:, labels].T


def _pick(options: list[str] | tuple[str, ...], chance: float) -> str:
    return options[int(chance * len(options))]


def everything() -> list[str]:
    """Captions that hold every word that `draw` may use."""
    return list(itertools.chain(WORDS, TEMPLATES, ADJECTIVES))
