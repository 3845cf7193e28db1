"""What making a codebook for local features shares: gather, fit, write."""

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.decomposition import PCA
from tqdm import tqdm

from lookalike import cards
from lookalike.encoders.local import Descriptors, Extraction, weighted_places
from lookalike.encoders.vlad import Codebook
from lookalike.storage.files import replacing
from lookalike.training.embeddings.publish import WEIGHTS


def gather(found: Sequence[Descriptors], extraction: Extraction) -> tuple[np.ndarray, np.ndarray]:
    """The descriptors of all pictures, (n, d) float32, and their weighted places, (n, 2)."""
    return (
        np.concatenate([one.descriptors for one in found]),
        np.concatenate([weighted_places(one, extraction) for one in found]),
    )


def fit(
    descriptors: np.ndarray,
    places: np.ndarray,
    components: int,
    count: int,
    rounds: int,
    seed: int,
) -> tuple[Codebook, list[float]]:
    """PCA of the descriptors, then Lloyd's k-means of the features, from k-means++.

    Args:
        descriptors: (n, d) float32, such as RootSIFT.
        places: (n, 2) float32, weighted.
        components: of a descriptor, by PCA.
        count: of centres.
        rounds: of k-means.
        seed: of the centres that it begins with.

    Returns:
        The codebook, and the mean squared distance to the nearest centre before each round.
    """
    # The covariance's eigenvectors: exact, and n is much larger than d.
    pca = PCA(components, svd_solver="covariance_eigh").fit(descriptors)
    start = np.empty((count, components + 2), np.float32)
    codebook = Codebook(_float32(pca.mean_), _float32(pca.components_), start)
    features = codebook.features(descriptors, places)
    centres, _ = kmeans_plusplus(features, count, random_state=seed)
    curve = []
    for _ in tqdm(range(rounds), "k-means", mininterval=2):
        step = KMeans(count, init=centres, n_init=1, max_iter=1).fit(features)
        centres = step.cluster_centers_
        curve.append(float(step.inertia_) / len(features))
    return Codebook(codebook.mean, codebook.components, _float32(centres)), curve


def write(output: Path, codebook: Codebook, curve: list[float], about: dict[str, Any]) -> None:
    """Write model.safetensors, card.json and README.md into `output`.

    Args:
        output: folder; created if it is missing.
        curve: what `fit` returned.
        about: what else the card says.
    """
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / WEIGHTS) as beside:
        codebook.save(beside)
    card = about | {
        "licence": "AGPL-3.0-or-later",
        "parameters": codebook.mean.size + codebook.components.size + codebook.centres.size,
        "hardware": f"{cv2.getNumThreads()} thread(s), {platform.machine()}",
        "opencv": cv2.__version__,
        "training_curve": [round(value, 5) for value in curve],
    }
    cards.write(output, card, WEIGHTS)
    cards.write_readme(output)


def _float32(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32)
