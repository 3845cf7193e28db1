"""Shorten long vectors by PCA fitted on the gallery; kept beside the index.

Jégou and Chum, "Negative evidences and co-occurences in image retrieval: the benefit of PCA and
whitening", ECCV 2012, project VLAD vectors so (without the whitening here).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from lookalike.errors import IndexFileError
from lookalike.files import replacing

FILE = "projection.safetensors"
FIT_ON = 20_000  # vectors that PCA is fitted on at most; more change little and cost memory
SEED = 0


@dataclass(frozen=True)
class Projection:
    """x -> components (x - mean)."""

    mean: np.ndarray  # (d,) float32
    components: np.ndarray  # (p, d) float32, orthonormal rows
    explained: float  # share of the variance that is kept, in [0, 1]

    @classmethod
    def fit(cls, vectors: np.ndarray, dimension: int) -> "Projection":
        """Fit on (n, d) vectors; p is `dimension`, or n or d where those are smaller."""
        from sklearn.decomposition import PCA  # here, since searching does not need it

        generator = np.random.default_rng(SEED)
        sample = vectors
        if len(vectors) > FIT_ON:
            sample = vectors[np.sort(generator.choice(len(vectors), FIT_ON, replace=False))]
        pca = PCA(min(dimension, *sample.shape), random_state=SEED).fit(sample)
        return cls(
            pca.mean_.astype(np.float32),
            np.ascontiguousarray(pca.components_, np.float32),
            float(np.nan_to_num(pca.explained_variance_ratio_).sum()),
        )

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """(m, d) to (m, p), float32."""
        return ((vectors - self.mean) @ self.components.T).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write FILE into an existing folder.

        Raises:
            StorageError: the disk refused.
        """
        explained = np.array([self.explained], np.float32)
        tensors = {"mean": self.mean, "components": self.components, "explained": explained}
        with replacing(folder / FILE) as beside:
            beside.write_bytes(save(tensors))  # safetensors' own errors hide that the disk is full

    @classmethod
    def load(cls, folder: Path) -> "Projection":
        """Read FILE.

        Raises:
            IndexFileError: it is missing or damaged.
        """
        try:
            tensors = load_file(folder / FILE)
            return cls(tensors["mean"], tensors["components"], float(tensors["explained"][0]))
        except (OSError, KeyError, SafetensorError) as error:
            raise IndexFileError(
                f"The projection beside the index {folder} is missing or damaged.",
                "Rebuild it with `python -m lookalike index build`.",
            ) from error
