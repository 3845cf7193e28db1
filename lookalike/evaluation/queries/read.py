"""What is asked: images of which it is known, or can be looked up, what is relevant to them.

N           the first N held-out images of the gallery
all         every item of the gallery, each against the others (leave-one-out)
FOLDER      the images of a folder of classes, or of one with a metadata.csv
FILE.qrels  the queries that a TREC file judges: items or held-out images of the gallery
"""

from pathlib import Path

from lookalike.errors import GalleryError
from lookalike.evaluation.queries.folder import read_folder
from lookalike.evaluation.queries.images import QuerySet, held_out_images, own_item
from lookalike.evaluation.queries.qrels import read_judged
from lookalike.galleries.gallery import Gallery

FIRST = 1000  # held-out images that are asked with unless told otherwise


def read_queries(gallery: Gallery, wanted: str | None = None, relevant: str = "label") -> QuerySet:
    """The queries that are meant by a number, "all", a folder or a qrels file.

    Without any: the first 1,000 held-out images, or all items of a gallery that holds none out.

    Args:
        relevant: the field that makes an item relevant; a folder's images need a value of it that
            the gallery has.

    Raises:
        GalleryError: there are fewer held-out images, the folder cannot be used, or the field is
            none of the gallery's.
        LookalikeError: the qrels file cannot be used, or names what is not in the gallery.
    """
    if wanted is None:
        return _usual(gallery)
    if wanted.isdecimal():
        return _held_out(gallery, int(wanted))
    if wanted == "all":
        return _every_item(gallery)
    path = Path(wanted)
    if path.suffix == ".qrels" or path.is_file():
        return read_judged(gallery, path)
    return read_folder(gallery, path, relevant)


def _usual(gallery: Gallery) -> QuerySet:
    held_out = held_out_images(gallery)
    return _held_out(gallery, min(FIRST, len(held_out))) if held_out else _every_item(gallery)


def _held_out(gallery: Gallery, count: int) -> QuerySet:
    most = len(gallery.queries())
    if not 1 <= count <= most:
        raise GalleryError(
            f"The gallery {gallery.name} cannot give {count} held-out images.",
            f"Ask for 1 to {most}, or give a folder of labelled images.",
        )
    return QuerySet(f"{count:,} held-out images", held_out_images(gallery)[:count])


def _every_item(gallery: Gallery) -> QuerySet:
    each = [own_item(gallery, int(item)) for item in gallery.live.nonzero()[0]]
    return QuerySet(f"all {len(each):,} items, each against the others", each)
