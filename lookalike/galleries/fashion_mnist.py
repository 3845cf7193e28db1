"""Fashion-MNIST: 70,000 grey pictures of clothes, 28 x 28 pixels, ten classes (MIT).

Xiao, Rasul and Vollgraf, 2017, https://arxiv.org/abs/1708.07747. It is read from Debian's package
`dataset-fashion-mnist` where that is installed, from the hub otherwise.
"""

import gzip
from pathlib import Path
from typing import Literal

import numpy as np

from lookalike.errors import GalleryError

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
HUB = "zalando-datasets/fashion_mnist"
REVISION = "559bbd4b365556b8e2dfd980b9f909a50ffa488c"

Split = Literal["train", "test"]


def read(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of one split, in the order of the files.

    Args:
        split: "train" (60,000) or "test" (10,000).

    Returns:
        (n, 28, 28) uint8 greys, white on black, and (n,) int64 positions in `CLASSES`.

    Raises:
        GalleryError: neither the package's files nor the hub can be read.
    """
    stem = {"train": "train", "test": "t10k"}[split]
    images, labels = (
        DEBIAN / f"{stem}-{kind}.gz" for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    if images.exists() and labels.exists():
        return _idx(images), _idx(labels).astype(np.int64)
    return _from_hub(split)


def _idx(path: Path) -> np.ndarray:
    """An array of unsigned bytes in the IDX format, http://yann.lecun.com/exdb/mnist/."""
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise GalleryError(
            f"{path} cannot be read.", "Run `apt-get install --reinstall dataset-fashion-mnist`."
        ) from error
    axes = data[3]
    shape = np.frombuffer(data, ">i4", axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _from_hub(split: Split) -> tuple[np.ndarray, np.ndarray]:
    # Imported here: reading Debian's files needs neither the library nor its second of start-up.
    try:
        from datasets import load_dataset

        rows = load_dataset(HUB, split=split, revision=REVISION)
        images = np.stack([np.asarray(image, np.uint8) for image in rows["image"]])
        return images, np.asarray(rows["label"], np.int64)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        raise GalleryError(
            f"Fashion-MNIST is not installed and could not be fetched ({type(error).__name__}).",
            "Run `apt-get install dataset-fashion-mnist`, or connect to the network.",
        ) from error
