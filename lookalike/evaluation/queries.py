"""What is asked: images of which it is known, or can be looked up, what is relevant to them.

N           the first N held-out images of the gallery
all         every item of the gallery, each against the others (leave-one-out)
FOLDER      the images of a folder of classes, or of one with a metadata.csv
FILE.qrels  the queries that a TREC file judges: items or held-out images of the gallery
"""

import hashlib
from collections.abc import Callable, Container, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lookalike import photos
from lookalike.errors import GalleryError, LookalikeError, PhotoError
from lookalike.evaluation import trec
from lookalike.galleries.folder import Source, inside, list_sources, stored
from lookalike.galleries.gallery import Gallery, Shards
from lookalike.photos import Photo

FIRST = 1000  # held-out images that are asked with unless told otherwise


@dataclass(frozen=True)
class Query:
    """One image that is asked with. Its file is read when it is needed, and not kept."""

    name: str  # unique among the queries
    label: str  # "" when it has none
    image: Callable[[], bytes]  # reads the encoded image file
    item: int | None = None  # the gallery's item that it is: leave-one-out
    metadata: Mapping[str, Any] = field(default_factory=dict)
    digests: frozenset[bytes] = frozenset()  # sha256 of the file, also as a gallery would store it

    @property
    def photo(self) -> Photo:
        """The decoded image, (h, w, 3) uint8 RGB."""
        return photos.load(self.image())

    def value(self, name: str) -> str:
        """The label, or another field of the metadata; "" where there is none."""
        value = self.label if name == "label" else self.metadata.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class Queries:
    """All that is asked.

    They are in the order of their labels, then names. So results don't hang on the order of the
    gallery's items, and queries that come one after the other find much the same ones: what is
    kept of those (SIFT's key points) serves the next query too.
    """

    source: str  # for people: "1,000 held-out images"
    each: list[Query]
    qrels: dict[str, dict[int, int]] | None = None  # query name: {item id: relevance}, if judged
    notes: tuple[str, ...] = ()  # sentences on what was left out

    def __post_init__(self) -> None:
        self.each.sort(key=lambda query: (query.label, query.name))


def read_queries(gallery: Gallery, wanted: str | None = None, relevant: str = "label") -> Queries:
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
        return _judged(gallery, path)
    return _folder(gallery, path, relevant)


def _usual(gallery: Gallery) -> Queries:
    held_out = _held_out_images(gallery)
    return _held_out(gallery, min(FIRST, len(held_out))) if held_out else _every_item(gallery)


def _held_out_images(gallery: Gallery) -> Shards | None:
    return gallery.queries() if (gallery.folder / "queries.parquet").exists() else None


def _held_out(gallery: Gallery, count: int) -> Queries:
    held_out = gallery.queries()
    if not 1 <= count <= len(held_out):
        raise GalleryError(
            f"The gallery {gallery.name} cannot give {count} held-out images.",
            f"Ask for 1 to {len(held_out)}, or give a folder of labelled images.",
        )
    return Queries(f"{count:,} held-out images", [_held_out_one(held_out, i) for i in range(count)])


def _held_out_one(held_out: Shards, position: int) -> Query:
    item = held_out[position]
    return Query(
        item.name,
        item.label,
        image=lambda: held_out[position].image,
        metadata=item.metadata,
        digests=frozenset([digest(item.image)]),
    )


def _every_item(gallery: Gallery) -> Queries:
    each = [_item(gallery, int(item)) for item in gallery.live.nonzero()[0]]
    return Queries(f"all {len(each):,} items, each against the others", each)


def _item(gallery: Gallery, item: int) -> Query:
    name, label = gallery.names[item], gallery.labels[item]
    return Query(name, label, image=lambda: gallery[item].image, item=item)


def digest(image: bytes) -> bytes:
    """What two equal image files have in common, 32 bytes."""
    return hashlib.sha256(image).digest()


def _folder(gallery: Gallery, folder: Path, relevant: str) -> Queries:
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
    return Queries(f"{len(each):,} images of the folder {folder.name}", each, notes=tuple(notes))


def _value(source: Source, field: str) -> str:
    return source.label if field == "label" else source.metadata.get(field, "")


def _file(source: Source, path: Path) -> Query:
    """A readable file as a query.

    Raises:
        PhotoError: it cannot be read.
    """
    # The gallery may have kept the file as it is, or encoded it anew.
    kept = frozenset([digest(stored(path)), digest(path.read_bytes())])
    return Query(
        source.name,
        source.label,
        image=path.read_bytes,
        metadata=source.metadata,
        digests=kept,
    )


def _judged(gallery: Gallery, path: Path) -> Queries:
    """The queries of a qrels file; names as they are, or after "gallery:" as votes export them."""
    qrels = trec.read_qrels(path)
    items = {gallery.names[item]: int(item) for item in gallery.live.nonzero()[0]}
    removed = set(gallery.names) - set(items)
    held_out = {query.name: query for query in _all_held_out(gallery)}
    _refuse_unknown(path, gallery, set(qrels), items.keys() | held_out.keys(), "queries")
    documents = {document for judged in qrels.values() for document in judged}
    _refuse_unknown(path, gallery, documents, items.keys() | removed, "documents")
    relevance: dict[str, dict[int, int]] = {}
    for name, judged in qrels.items():
        named = {_bare(document, gallery, items): value for document, value in judged.items()}
        relevance.setdefault(_bare(name, gallery, items.keys() | held_out.keys()), {}).update(
            {items[one]: value for one, value in named.items() if one in items}
        )
    each = [_item(gallery, items[name]) if name in items else held_out[name] for name in relevance]
    gone = {_bare(document, gallery, items) for document in documents} & removed
    notes = (
        (f"Judged items that have been removed from the gallery: {len(gone):,}.",) if gone else ()
    )
    return Queries(f"{len(each):,} queries of {path.name}", each, relevance, notes)


def _all_held_out(gallery: Gallery) -> list[Query]:
    held_out = _held_out_images(gallery)
    return _held_out(gallery, len(held_out)).each if held_out else []


def _bare(name: str, gallery: Gallery, known: Container[str]) -> str:
    return name if name in known else name.removeprefix(f"{gallery.name}:")


def _refuse_unknown(
    path: Path, gallery: Gallery, names: Set[str], known: Set[str], what: str
) -> None:
    unknown = sorted(name for name in names if _bare(name, gallery, known) not in known)
    if unknown:
        count = "One" if len(unknown) == 1 else f"{len(unknown):,}"
        raise LookalikeError(
            f"{count} of the {what} in {path.name!r} cannot be found in the gallery "
            f"{gallery.name}, such as {unknown[0]!r}.",
            "Name items as the gallery does, and queries as its items or held-out images; what "
            "visitors' votes say is read with `--queries votes`.",
        )
