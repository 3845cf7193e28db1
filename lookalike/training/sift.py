"""Make SIFT's codebook: PCA and k-means of the descriptors of many pictures. No label is used."""

import platform
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from sklearn.cluster import KMeans, kmeans_plusplus
from sklearn.decomposition import PCA
from tqdm import tqdm

from lookalike import cards
from lookalike.encoders.local import weighted_places
from lookalike.encoders.sift import Extraction, local_features
from lookalike.encoders.vlad import Codebook
from lookalike.files import replacing
from lookalike.galleries import fashion_mnist
from lookalike.training.publish import DATA, WEIGHTS


@dataclass(frozen=True)
class Recipe:
    """The embedded codebook's settings."""

    extraction: Extraction = field(default_factory=Extraction)
    images: int = 3000  # about 800,000 descriptors, for 2,112 numbers
    components: int = 64  # of a descriptor's 128, by PCA; 32 measured worse
    centres: int = 32  # 64 of them with 32 components measured no better, at the same length
    rounds: int = 30  # of k-means
    seed: int = 0


def train(
    output: Path, *, recipe: Recipe | None = None, resume: bool = True, limit: int | None = None
) -> None:
    """Make the codebook and write model.safetensors, card.json and README.md into `output`.

    Args:
        recipe: settings, if not the embedded weights'.
        resume: every trainer takes it; here nothing is kept to resume from, since a run takes a
            few minutes.
        limit: use this many images.
    """
    recipe = recipe or Recipe()
    started = time.monotonic()
    count = min(recipe.images, limit or recipe.images)
    settings = recipe.components, recipe.centres, recipe.rounds, recipe.seed
    codebook, curve = fit(*_descriptors(recipe, count), *settings)
    output.mkdir(parents=True, exist_ok=True)
    with replacing(output / WEIGHTS) as beside:
        codebook.save(beside)
    card = {
        "title": "SIFT, embedded weights",
        "data": DATA["fashion-mnist"],
        "data_licence": "MIT",
        "images": count,
        "licence": "AGPL-3.0-or-later",
        "parameters": codebook.mean.size + codebook.components.size + codebook.centres.size,
        "settings": asdict(recipe),
        "seconds": round(time.monotonic() - started, 1),
        "hardware": f"{cv2.getNumThreads()} thread(s), {platform.machine()}",
        "opencv": cv2.__version__,
        "training_curve": [round(value, 5) for value in curve],
    }
    cards.write(output, card, WEIGHTS)
    cards.write_readme(output)


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


def _descriptors(recipe: Recipe, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors and weighted places of `count` images of the training split."""
    greys, _ = fashion_mnist.read("train")
    chosen = np.random.default_rng(recipe.seed).permutation(len(greys))[:count]
    photos = (cv2.cvtColor(greys[position], cv2.COLOR_GRAY2RGB) for position in chosen)
    found = [
        local_features(photo, recipe.extraction)
        for photo in tqdm(photos, "descriptors", count, mininterval=2)
    ]
    return (
        np.concatenate([one.descriptors for one in found]),
        np.concatenate([weighted_places(one, recipe.extraction) for one in found]),
    )


def _float32(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, np.float32)
