"""Which images of a gallery are learned from, and which are kept for validation."""

from dataclasses import dataclass

import numpy as np

from lookalike.encoders.adapted import LABEL
from lookalike.errors import GalleryError
from lookalike.galleries.gallery import Gallery
from lookalike.galleries.splits import place

FEWEST = 50  # images: with less there is nothing to validate on
SHARE = 0.15  # of the images, for validation
MOST = 2000  # images for validation: enough to tell epochs apart


@dataclass(frozen=True)
class Items:
    """The images of a gallery that have a class with another image in it."""

    ids: np.ndarray  # (n,) int64, of the gallery's items
    labels: np.ndarray  # (n,) int64, positions in `classes`
    classes: list[str]
    validation: np.ndarray  # (n,) bool: they ask, the others are learned from and searched
    left_out: int  # images without a class, or alone in theirs

    def part(self, validation: bool) -> tuple[np.ndarray, np.ndarray]:
        """The ids and the labels of one share."""
        chosen = self.validation == validation
        return self.ids[chosen], self.labels[chosen]


def labelled(gallery: Gallery, field: str = LABEL) -> Items:
    """The images that can be learned from. The gallery's held-out queries are never among them.

    Which of them validate follows from a hash of their names.

    Args:
        field: "label", or a key of the metadata.

    Raises:
        GalleryError: no image has the field, or too few images or classes are left.
    """
    values = np.asarray(gallery.values(field), dtype=object)
    given = gallery.live & (values != "")
    what = "label" if field == LABEL else field
    if not given.any():
        raise GalleryError(
            f"No image of the gallery {gallery.name} has a {what}.",
            "Name a field of the metadata with --by, or add images in a folder per class.",
        )
    found, counts = np.unique(values[given].astype(str), return_counts=True)
    classes = found[counts > 1].tolist()
    ids = np.flatnonzero(given & np.isin(values, classes))
    _check(gallery, what, len(found), classes, len(ids))
    labels = np.searchsorted(classes, values[ids].astype(str))
    validation = _validation([gallery.names[item_id] for item_id in ids])
    return Items(ids, labels, classes, validation, gallery.live_count - len(ids))


def _check(gallery: Gallery, what: str, found: int, classes: list[str], images: int) -> None:
    """Raise GalleryError unless there is enough to tell apart."""
    if found == 1:
        raise GalleryError(
            f"All images of the gallery {gallery.name} have the same {what}.",
            "Add images of other classes, or name another field with --by.",
        )
    if len(classes) < 2:
        raise GalleryError(
            f"The gallery {gallery.name} has fewer than two classes of two or more images by "
            f"{what}.",
            "Add more images of each class, or name another field with --by.",
        )
    if images < FEWEST:
        raise GalleryError(
            f"The gallery {gallery.name} has {images} images to learn from, too few.",
            f"Add images until there are {FEWEST}, in classes of two or more.",
        )


def _validation(names: list[str]) -> np.ndarray:
    """(n,) bool: those whose names' hashes are lowest."""
    count = min(round(SHARE * len(names)), MOST)
    chosen = np.zeros(len(names), bool)
    chosen[np.argsort([place(name) for name in names], kind="stable")[:count]] = True
    return chosen
