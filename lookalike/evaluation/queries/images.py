"""Images that are asked with, one by one and all together."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike import photos
from lookalike.galleries.gallery import Gallery, Shards
from lookalike.photos import Photo


@dataclass(frozen=True)
class QueryImage:
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
class QuerySet:
    """All that is asked.

    They are in the order of their labels, then names. So results don't hang on the order of the
    gallery's items, and queries that come one after the other find much the same ones: what is
    kept of those (SIFT's key points) serves the next query too.
    """

    source: str  # for people: "1,000 held-out images"
    each: list[QueryImage]
    qrels: dict[str, dict[int, int]] | None = None  # query name: {item id: relevance}, if judged
    notes: tuple[str, ...] = ()  # sentences on what was left out

    def __post_init__(self) -> None:
        self.each.sort(key=lambda query: (query.label, query.name))


def held_out_images(gallery: Gallery) -> list[QueryImage]:
    """The images that the gallery holds out, in its order; none when it holds out none."""
    if not (gallery.folder / "queries.parquet").exists():
        return []
    held_out = gallery.queries()
    return [_held_out_image(held_out, position) for position in range(len(held_out))]


def _held_out_image(held_out: Shards, position: int) -> QueryImage:
    item = held_out[position]
    return QueryImage(
        item.name,
        item.label,
        image=lambda: held_out[position].image,
        metadata=item.metadata,
        digests=frozenset([digest(item.image)]),
    )


def own_item(gallery: Gallery, item: int) -> QueryImage:
    """An item of the gallery as a query."""
    name, label = gallery.names[item], gallery.labels[item]
    return QueryImage(name, label, image=lambda: gallery[item].image, item=item)


def digest(image: bytes) -> bytes:
    """What two equal image files have in common, 32 bytes."""
    return hashlib.sha256(image).digest()
