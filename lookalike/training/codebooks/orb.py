"""Make ORB's codebook: PCA and k-means of the bits of many pictures. No label is used."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from lookalike.encoders.orb import Extraction, local_features
from lookalike.galleries.sources import fashion_mnist
from lookalike.galleries.splits import held_out
from lookalike.photos import Photo
from lookalike.training.codebooks.codebook import fit, gather, write
from lookalike.training.subject.sources import data_folder, shards

COLOUR = ("caltech101", "fashion-products")  # Parquet shards in `data_folder`


@dataclass(frozen=True)
class Recipe:
    """The embedded codebook's settings."""

    extraction: Extraction = field(default_factory=Extraction)
    images: int = 200  # of each of the three sets; about 110,000 descriptors, for 2,112 numbers
    components: int = 64  # of a descriptor's 256, by PCA; 96 measured no better
    centres: int = 32  # as SIFT has
    rounds: int = 30  # of k-means
    seed: int = 0


def train(
    output: Path,
    *,
    recipe: Recipe | None = None,
    resume: bool = True,
    limit: int | None = None,
    data: Path | None = None,
) -> None:
    """Make the codebook and write model.safetensors, card.json and README.md into `output`.

    Args:
        recipe: settings, if not the embedded weights'.
        resume: every trainer takes it; here nothing is kept to resume from, since a run takes a
            few minutes.
        limit: use this many images of each set.
        data: folder with caltech101/ and fashion-products/; None: data/ in LOOKALIKE_HOME.

    Raises:
        LookalikeError: the pictures are not there.
    """
    recipe = recipe or Recipe()
    started = time.monotonic()
    count = min(recipe.images, limit or recipe.images)
    pictures = _photos(data_folder(data), count, recipe.seed)
    found = [
        local_features(photo, recipe.extraction)
        for photo in tqdm(pictures, "descriptors", 3 * count, mininterval=2)
    ]
    descriptors, places = gather(found, recipe.extraction)
    settings = recipe.components, recipe.centres, recipe.rounds, recipe.seed
    codebook, curve = fit(descriptors, places, *settings)
    card = {
        "title": "ORB, embedded weights",
        "data": "Caltech-101 (Li, Andreeto, Ranzato and Perona, doi 10.22002/D1.20086), four "
        "fifths of 97 classes; Fashion Product Images (P. Aggarwal, Kaggle), four fifths of a "
        "part; Fashion-MNIST, training split (Xiao, Rasul and Vollgraf 2017)",
        "data_licence": "caltech101: CC BY 4.0; fashion-products: MIT; fashion-mnist: MIT",
        "held_out": "a fifth of Caltech-101 and of Fashion Product Images by a hash of the name, "
        "and the test split of Fashion-MNIST",
        "images": len(found),
        "descriptors": len(descriptors),
        "settings": asdict(recipe),
        "seconds": round(time.monotonic() - started, 1),
    }
    write(output, codebook, curve, card)


def _photos(data: Path, count: int, seed: int) -> Iterator[Photo]:
    """`count` pictures of each set, of those that are not held out, drawn at random."""
    chance = np.random.default_rng(seed)
    for name in COLOUR:
        loads = [load for item, load in shards(data, name) if not held_out(item)]
        for position in chance.permutation(len(loads))[:count]:
            yield loads[position]()
    greys, _ = fashion_mnist.read("train")
    for position in chance.permutation(len(greys))[:count]:
        yield cv2.cvtColor(greys[position], cv2.COLOR_GRAY2RGB)
