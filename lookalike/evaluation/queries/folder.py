"""The queries of a folder of classes, or of one with a metadata.csv."""

from pathlib import Path

from lookalike.errors import GalleryError, PhotoError
from lookalike.evaluation.queries.images import QueryImage, QuerySet, digest
from lookalike.galleries.folder import Source, inside, list_sources, stored
from lookalike.galleries.gallery import Gallery


def read_folder(gallery: Gallery, folder: Path, relevant: str) -> QuerySet:
    """The images of a folder that have a value of `relevant` that the gallery has.

    Raises:
        GalleryError: there is none, or the folder cannot be used.
    """
    known = set(gallery.values(relevant)) - {""}
    sources = list_sources(folder)
    named = [source for source in sources if _value(source, relevant) in known]
    each, unreadable = [], 0
    for source in named:
        try:
            each.append(_file(source, inside(folder.resolve(), source.path)))
        except PhotoError:
            unreadable += 1
    if not each:
        raise GalleryError(
            f"No image in {folder.name!r} can be read and has a {relevant} that {gallery.name} "
            "has.",
            f"Name its subfolders after labels, such as {min(known, default='cats')!r}.",
        )
    notes = []
    if len(named) < len(sources):
        notes.append(
            f"Images of the folder with a {relevant} that the gallery has not, so that they "
            f"don't ask: {len(sources) - len(named):,}."
        )
    if unreadable:
        notes.append(f"Images of the folder that cannot be read: {unreadable:,}.")
    return QuerySet(f"{len(each):,} images of the folder {folder.name}", each, notes=tuple(notes))


def _value(source: Source, field: str) -> str:
    return source.label if field == "label" else source.metadata.get(field, "")


def _file(source: Source, path: Path) -> QueryImage:
    """A readable file as a query.

    Raises:
        PhotoError: it cannot be read.
    """
    # The gallery may have kept the file as it is, or encoded it anew.
    kept = frozenset([digest(stored(path)), digest(path.read_bytes())])
    return QueryImage(
        source.name,
        source.label,
        image=path.read_bytes,
        metadata=source.metadata,
        digests=kept,
    )
