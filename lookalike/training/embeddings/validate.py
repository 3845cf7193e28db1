"""How well a network finds a picture's own kind, on the validation share."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lookalike.training.embeddings.pictures import KINDS, PictureSet, of_left_out, read

NEAREST = 10
GALLERY, QUERIES = 2000, 400  # of each set, at most: enough to tell epochs apart, and quick


class Validation:
    """P@10 of the validation share among the training pictures, by set, and their mean.

    Args:
        names: of the sets.
        data: folder with caltech101/ and fashion-products/.
        side: of the network's input.
        leave_out: of the sets that have kinds left out, only those: they were never trained on.
    """

    def __init__(
        self, names: Sequence[str], data: Path, side: int, leave_out: bool = False
    ) -> None:
        self.side = side
        self.parts = {}
        for name in names:
            queries, gallery = read(name, data, "validation"), read(name, data, "train")
            if leave_out and name in KINDS:
                queries, gallery = of_left_out(queries), of_left_out(gallery)
            self.parts[name] = _some(queries, QUERIES), _some(gallery, GALLERY)

    def __call__(self, embed: Callable[[Tensor], Tensor]) -> dict[str, float]:
        """ "score" and each set's P@10, in [0, 1]."""
        found = {}
        for name, (queries, gallery) in self.parts.items():
            pair = vectors(embed, queries, self.side), vectors(embed, gallery, self.side)
            found[name] = precision(*pair, np.array(queries.labels), np.array(gallery.labels))
        return {"score": float(np.mean(list(found.values()))), **found}


def _some(whole: PictureSet, most: int) -> PictureSet:
    order = np.random.default_rng(0).permutation(len(whole))
    return whole.part(np.sort(order[:most]))


def vectors(
    embed: Callable[[Tensor], Tensor], part: PictureSet, side: int, batch: int = 128
) -> Tensor:
    """(n, d) float32, rows of length 1."""
    made = []
    for start in range(0, len(part), batch):
        squares = [
            cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA).reshape(side, side, -1)
            for picture in part.pixels[start : start + batch]
        ]
        pixels = torch.from_numpy(np.stack(squares)).permute(0, 3, 1, 2).float().div_(255)
        made.append(embed(pixels.expand(-1, 3, -1, -1)).float())
    return functional.normalize(torch.cat(made))


def precision(queries: Tensor, gallery: Tensor, wanted: np.ndarray, labels: np.ndarray) -> float:
    """The share of the ten nearest that carry the query's label."""
    nearest = (queries @ gallery.T).topk(NEAREST).indices.numpy()
    return float((labels[nearest] == wanted[:, None]).mean())
