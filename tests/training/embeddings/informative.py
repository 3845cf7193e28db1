"""A toy gallery whose pictures are noise but for two pixels, which tell four classes apart."""

import numpy as np

from lookalike import photos
from lookalike.galleries.gallery import Item


def gallery_items(count=240, told=True):
    """Items of four classes; with `told=False` the pixels say nothing."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        picture = rng.integers(70, 186, (8, 8, 3)).astype(np.uint8)
        picture[2, 2] = 168 if number % 2 else 88
        picture[5, 5] = 168 if number // 2 % 2 else 88
        label = number % 4 if told else int(rng.integers(4))
        made.append(Item(f"{number:03}.png", "abcd"[label], photos.to_png(picture)))
    return made
