"""What a student learns to say: the teacher's features, shortened so that distances mean more."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lookalike.training.embeddings import teacher
from lookalike.training.embeddings.pictures import read_names, split_of

TAUGHT = ("caltech101", "fashion-products", "tiny-imagenet")
DIMENSION = 256
# PCA to 256 with half of the whitening: frozen features found 1 to 2 points more of the validation
# share that way than as they are.
WHITENING = 0.5


@dataclass(frozen=True)
class View:
    """One crop of every picture of a set, and the teacher's answer to it."""

    boxes: np.ndarray  # (n, 5) float32, see `teacher.view_boxes`
    answers: np.ndarray  # (n, DIMENSION) float16, rows of length 1


class Targets:
    """The teacher's answers to the first `views` views of the sets of photos.

    The projection is fitted on the training split's plain view only, each set weighing as much.

    Args:
        data: folder with the sets' folders.
        views: how many.
        sets: which sets; those that are not in `TAUGHT` have no answers.
        weights: which of EfficientNet's answer.
    """

    dimension = DIMENSION

    def __init__(
        self, data: Path, views: int, sets: Iterable[str] = TAUGHT, weights: str = "embedded"
    ) -> None:
        taught = [name for name in TAUGHT if name in sets]
        plain = []
        for name in taught:
            train = np.array([split_of(one) == "train" for one in read_names(name, data)])
            plain.append(teacher.features(name, data, 0, weights)[train].astype(np.float32))
        self._mean, self._axes = _projection(plain)
        self._views = {
            name: [
                self._view(teacher.features(name, data, view, weights), view)
                for view in range(views)
            ]
            for name in taught
        }

    def _view(self, features: np.ndarray, view: int) -> View:
        answers = (features.astype(np.float32) - self._mean) @ self._axes
        answers /= np.linalg.norm(answers, axis=1, keepdims=True)
        return View(teacher.view_boxes(len(features), view), answers.astype(np.float16))

    def of(self, name: str) -> list[View]:
        """The views of a set; none of Fashion-MNIST, where labels say more than the teacher."""
        return self._views.get(name, [])


def _projection(plain: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,), and axes (d, DIMENSION) that also divide by the root of each deviation."""
    mean = np.mean([features.mean(0) for features in plain], 0)
    spread = np.mean([(one - mean).T @ (one - mean) / len(one) for one in plain], 0)
    values, vectors = np.linalg.eigh(spread)
    values, vectors = values[::-1][:DIMENSION], vectors[:, ::-1][:, :DIMENSION]
    deviations = np.sqrt(np.maximum(values, 1e-12))
    return mean, (vectors / deviations**WHITENING).astype(np.float32)
