"""The strip of example photos under the drop area: held-out images of the gallery."""

from functools import lru_cache

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.ui.markup import text
from lookalike.ui.thumbnails import EXAMPLES, example_address


def examples(gallery: str) -> str:
    """Buttons that carry data-example; "" when the gallery has no held-out images."""
    try:
        return _strip(open_gallery(gallery))
    except GalleryError:
        return ""


@lru_cache(maxsize=16)  # a gallery that has changed is another one
def _strip(gallery: Gallery) -> str:
    queries = gallery.queries()
    buttons = "".join(
        _button(position, queries[position].label or "photo", example_address(gallery, position))
        for position in range(min(EXAMPLES, len(queries)))
    )
    return f'<div class="lk-examples"><span>Or try one of these</span><div>{buttons}</div></div>'


def _button(position: int, label: str, address: str) -> str:
    return (
        f'<button type="button" data-example="{position}" title="{text(label)}" '
        f'aria-label="Example {position + 1}: {text(label)}">'
        f'<img src="{text(address)}" alt=""></button>'
    )
