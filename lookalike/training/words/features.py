"""What CLIP's image tower looks at: two networks' features of every training picture, kept.

A picture's first view is the picture as it is; further ones are cropped, turned and recoloured, so
that a few thousand drawings tell more than a few thousand features.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lookalike import photos
from lookalike.encoders.networks.clip import Seen
from lookalike.galleries.sources import fashion_mnist
from lookalike.photos import Photo
from lookalike.settings import settings
from lookalike.storage.files import replacing
from lookalike.training.embeddings.augment import change, move, random_box
from lookalike.training.embeddings.pictures import decoded
from lookalike.training.embeddings.recipe import Augmentation

SEED = 5
BATCH = 48
SIDE = 200  # of the square that views are cut from, pixels
CHANGES = Augmentation(
    smallest=0.55, light=0.25, dark=0.0, colour=0.4, hue=15.0, blur=0.15, erase=0.0, photo=0.0
)


def features(name: str, data: Path, rows: np.ndarray, views: int, seen: Seen) -> np.ndarray:
    """What is seen in some pictures of a set, (r, views, 1536) float32.

    Args:
        name: of the set; see `training.embeddings.pictures`.
        rows: (r,) positions in the set, ascending.
        views: of each picture.
    """
    parts = {"lite0": seen.large, f"resnet-{seen.resnet.sha256[:12]}": seen.small}
    return np.concatenate(
        [_kept(name, data, rows, views, who, look) for who, look in parts.items()], 2
    ).astype(np.float32)


def _kept(
    name: str,
    data: Path,
    rows: np.ndarray,
    views: int,
    who: str,
    look: Callable[[list[Photo]], np.ndarray],
) -> np.ndarray:
    which = hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()[:12]
    file = settings().home / "cache" / f"seen-{who}-{name}-{which}-{views}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        found = _look(_pictures(name, data), rows, views, look, f"{name}, {who}")
        with replacing(file) as beside, beside.open("wb") as out:
            np.save(out, found.astype(np.float16))
    return np.load(file)


def _look(
    pictures: Iterator[Photo],
    rows: np.ndarray,
    views: int,
    look: Callable[[list[Photo]], np.ndarray],
    title: str,
) -> np.ndarray:
    wanted, rng = set(rows.tolist()), np.random.default_rng(SEED)
    made, batch = [], []
    for row, photo in enumerate(tqdm(pictures, title)):
        if row in wanted:
            batch += [photo, *(_view(photo, rng) for _ in range(views - 1))]
        if len(batch) >= BATCH:
            made.append(look(batch))
            batch = []
    if batch:
        made.append(look(batch))
    return np.concatenate(made).reshape(len(rows), views, -1)


def _view(photo: Photo, rng: np.random.Generator) -> Photo:
    whole = photos.square(photo, SIDE)
    return change(move(whole, random_box(CHANGES.smallest, rng), SIDE, CHANGES, rng), CHANGES, rng)


def _pictures(name: str, data: Path) -> Iterator[Photo]:
    if name != "fashion-mnist":
        return decoded(name, data)
    greys, _ = fashion_mnist.read("train")
    return (np.repeat(grey[..., None], 3, axis=2) for grey in greys)
