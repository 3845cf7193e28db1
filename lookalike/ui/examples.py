"""The strip of example photos under the drop area: held-out images of the gallery."""

from functools import lru_cache

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import Gallery, open_gallery
from lookalike.ui.markup import text
from lookalike.ui.thumbnails import example_address, shown_examples


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
        _button(number, position, queries[position].label or "photo", gallery)
        for number, position in enumerate(shown_examples(gallery), 1)
    )
    return f'<div class="lk-examples"><span>Or try one of these</span><div>{buttons}</div></div>'


def _button(number: int, position: int, label: str, gallery: Gallery) -> str:
    address = example_address(gallery, position)
    return (
        f'<button type="button" data-example="{position}" title="{text(label)}" '
        f'aria-label="Example {number}: {text(label)}">'
        f'<img src="{text(address)}" alt=""></button>'
    )
