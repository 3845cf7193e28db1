"""Shorten long vectors by PCA fitted on the gallery; kept beside the index.

Jégou and Chum, "Negative evidences and co-occurences in image retrieval: the benefit of PCA and
whitening", ECCV 2012, project VLAD vectors so (without the whitening here).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from lookalike.distance import normalise
from lookalike.errors import IndexFileError
from lookalike.storage.files import replacing

FILE = "projection.safetensors"
FIT_ON = 20_000  # vectors that PCA is fitted on at most; more change little and cost memory
BLOCK = 512  # vectors that are projected at a time; of VLAD's length they take 8 MB
SEED = 0


@dataclass(frozen=True)
class Projection:
    """x -> components (x - mean)."""

    mean: np.ndarray  # (d,) float32
    components: np.ndarray  # (p, d) float32, orthonormal rows
    explained: float  # share of the variance that is kept, in [0, 1]

    @classmethod
    def fit(
        cls, vectors: np.ndarray, dimension: int, rows: np.ndarray | None = None
    ) -> "Projection":
        """Fit on (n, d) vectors; p is `dimension`, or n or d where those are smaller.

        Args:
            vectors: may lie on the disk; at most FIT_ON of them are read.
            rows: which of them count; all unless given.
        """
        from sklearn.decomposition import PCA  # here, since searching does not need it

        rows = np.arange(len(vectors)) if rows is None else rows
        if len(rows) > FIT_ON:
            chosen = np.random.default_rng(SEED).choice(len(rows), FIT_ON, replace=False)
            rows = rows[np.sort(chosen)]
        sample = vectors[rows]  # a copy, which PCA may work in
        pca = PCA(min(dimension, *sample.shape), copy=False, random_state=SEED).fit(sample)
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


def prepare(vectors: np.ndarray, projection: Projection | None, metric: str) -> np.ndarray:
    """What the engine sees: projected, and on the unit sphere again when the metric is cosine."""
    if projection is None:
        return vectors
    projected = projection(vectors)
    return normalise(projected) if metric == "cosine" else projected


def prepare_rows(
    vectors: np.ndarray, rows: np.ndarray, projection: Projection | None, metric: str
) -> np.ndarray:
    """`prepare` some rows block by block, for vectors that lie on the disk; (r, p) float32."""
    if projection is None and len(rows) == len(vectors):
        return vectors
    width = vectors.shape[1] if projection is None else len(projection.components)
    prepared = np.empty((len(rows), width), np.float32)
    for start in range(0, len(rows), BLOCK):
        block = vectors[rows[start : start + BLOCK]]
        prepared[start : start + BLOCK] = prepare(block, projection, metric)
    return prepared
