"""What distance means here, below encoders and engines alike: smaller is nearer.

Cosine distance is 1 - cos, in [0, 2]; Euclidean distance is not squared.
"""

from typing import Literal

import numpy as np

Metric = Literal["cosine", "euclidean"]

SAME = 1e-5  # what is no farther is a copy: float32's rounding leaves less than a tenth of it


def normalise(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a zero row becomes the unit vector with equal entries.

    A zero vector has no angle. Equal entries give a blank image a place of its own that is the
    same every time.
    """
    vectors = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    flat = np.float32(vectors.shape[1] ** -0.5)
    return np.where(lengths > 1e-12, vectors / np.maximum(lengths, 1e-12), flat)


def distances_between(first: np.ndarray, second: np.ndarray, metric: Metric) -> np.ndarray:
    """Distances between the vectors on the last axis.

    Args:
        first, second: (..., d), broadcast against each other.

    Returns:
        (...) in the vectors' own type.
    """
    if metric == "cosine":
        first, second = _unit(first), _unit(second)
        return np.maximum(1 - np.einsum("...d,...d->...", first, second), 0)
    return np.linalg.norm(first - second, axis=-1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return normalise(vectors.reshape(-1, vectors.shape[-1])).reshape(vectors.shape)
