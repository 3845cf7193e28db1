"""The pictures of a report's strips, small, and each one once however often it is shown.

A report of 10 queries, 7 methods and 10 results shows some 700 pictures; at about 2 kB each they
leave it smaller than the plotting library in it.
"""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from PIL import Image

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.evaluation.report import Answer, Strip

SIDE = 112  # pixels of the longer side
TINY = 64  # up to this side a picture stays as it is, and its pixels are shown crisp
QUALITY = 70  # of WebP


@dataclass
class Pictures:
    """Collects pictures under keys that the markup names.

    Args:
        picture: the query image of a strip, as an encoded image file.
        thumbnail: the image of an item id, likewise.
    """

    picture: Callable[[Strip], bytes]
    thumbnail: Callable[[int], bytes]
    found: dict[str, dict[str, Any]] = field(default_factory=dict)  # key: {"uri", "tiny"}

    def add(self, strips: list[Strip]) -> list[dict[str, Any]]:
        """The strips for the template: queries and answers carry the "picture" to show."""
        return [self._strip(number, strip) for number, strip in enumerate(strips)]

    def _strip(self, number: int, strip: Strip) -> dict[str, Any]:
        key = self._keep(f"query-{number}", partial(self.picture, strip))
        answers = {method: list(self._answers(found)) for method, found in strip.answers.items()}
        return {**dict(strip), "picture": key, "answers": answers}

    def _answers(self, found: list[Answer]) -> Iterator[dict[str, Any]]:
        for answer in found:
            key = self._keep(f"item-{answer.id}", partial(self.thumbnail, answer.id))
            yield {**dict(answer), "picture": key}

    def _keep(self, key: str, read: Callable[[], bytes]) -> str:
        if key not in self.found:
            try:
                self.found[key] = _small(read())
            except LookalikeError:  # one damaged image: its place stays empty, its label says what
                self.found[key] = {"uri": "data:,", "tiny": False}
        return key


def _small(image: bytes) -> dict[str, Any]:
    photo = photos.load(image)
    if max(photo.shape[:2]) <= TINY:
        return {"uri": _uri("png", photos.to_png(photo)), "tiny": True}
    return {"uri": _uri("webp", _webp(photos.shrink(photo, SIDE))), "tiny": False}


def _webp(photo: photos.Photo) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, "WEBP", quality=QUALITY)
    return buffer.getvalue()


def _uri(kind: str, image: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
