"""Thumbnails by address, so that the browser asks for each picture once and keeps it.

    thumbnail/<gallery>/<fingerprint>/<item id>    an item of the gallery
    example/<gallery>/<sha256>/<position>          one of its held-out images

An address names what is in the picture, so that the picture at an address never changes.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import THUMBNAIL_SIDE, Gallery, open_gallery
from lookalike.ui.markup import mime

EXAMPLES = 10  # held-out images that the page shows
DIGITS = 16  # of a fingerprint that an address shows
KEPT = "public, max-age=31536000, immutable"  # for a year, as long as caches keep anything
Find: TypeAlias = Callable[[Gallery, str, int], bytes | None]  # None: it is not there
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def item_address(gallery: Gallery, item_id: int) -> str:
    """Of an item's thumbnail, from the page's own address."""
    return f"thumbnail/{gallery.name}/{gallery.fingerprint[:DIGITS]}/{item_id}"


def example_address(gallery: Gallery, position: int) -> str:
    """Of a held-out image's thumbnail, from the page's own address."""
    digest = _digest(example(gallery, position))
    return f"example/{gallery.name}/{digest}/{position}"


def routes() -> list[Route]:
    """What a server of the page has to answer."""
    path = "{gallery}/{digest}/{number}"
    return [
        Route(f"/thumbnail/{path}", _answer_item, name="thumbnail"),
        Route(f"/example/{path}", _answer_example, name="example"),
    ]


def _answer_item(request: Request) -> Response:
    return _answer(request, _item)


def _answer_example(request: Request) -> Response:
    return _answer(request, _held_out)


def _answer(request: Request, find: Find) -> Response:
    asked = request.path_params
    if not _NUMBER.fullmatch(asked["number"]):
        return Response(status_code=404)
    tag = f'"{asked["digest"]}-{asked["number"]}"'
    headers = {"Cache-Control": KEPT, "ETag": tag, "X-Content-Type-Options": "nosniff"}
    try:
        image = find(open_gallery(asked["gallery"]), asked["digest"], int(asked["number"]))
    except LookalikeError:  # there is no such gallery, or the item was removed
        image = None
    if image is None:
        return Response(status_code=404)
    if request.headers.get("If-None-Match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(image, media_type=mime(image), headers=headers)


def _item(gallery: Gallery, digest: str, item_id: int) -> bytes | None:
    if digest != gallery.fingerprint[:DIGITS] or item_id >= len(gallery):
        return None
    return gallery.thumbnail(item_id)


def _held_out(gallery: Gallery, digest: str, position: int) -> bytes | None:
    if position not in shown_examples(gallery):
        return None
    image = example(gallery, position)
    return image if digest == _digest(image) else None


@lru_cache(maxsize=16)  # a gallery that has changed is another one
def shown_examples(gallery: Gallery) -> list[int]:
    """The positions of the held-out images that the page shows: of as many kinds as there are."""
    queries, parents = gallery.queries(), gallery.parents
    labels = queries.labels
    kinds = [parents.get(label, label) for label in labels]
    before: Counter[str] = Counter()  # how many of its kind came before each image
    turns = []
    for kind in kinds:
        turns.append(before[kind])
        before[kind] += 1
    return sorted(range(len(queries)), key=lambda position: (turns[position], position))[:EXAMPLES]


@lru_cache(maxsize=256)  # a gallery that has changed is another one
def example(gallery: Gallery, position: int) -> bytes:
    """An encoded held-out image of at most THUMBNAIL_SIDE pixels."""
    item = gallery.queries()[position]
    photo = item.photo()
    if max(photo.shape[:2]) <= THUMBNAIL_SIDE:
        return item.image
    return photos.to_jpeg(photos.shrink(photo, THUMBNAIL_SIDE))


def _digest(image: bytes) -> str:
    return hashlib.sha256(image).hexdigest()[:DIGITS]
