"""The strip of example photos under the drop area: held-out images of the gallery."""

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import open_gallery
from lookalike.ui.markup import data_uri, text

COUNT = 10


def examples(gallery: str) -> str:
    """Buttons that carry data-example; "" when the gallery has no held-out images."""
    try:
        queries = open_gallery(gallery).queries()
    except GalleryError:
        return ""
    buttons = "".join(
        _button(position, queries[position].label or "photo", queries[position].image)
        for position in range(min(COUNT, len(queries)))
    )
    return f'<div class="lk-examples"><span>Or try one of these</span><div>{buttons}</div></div>'


def _button(position: int, label: str, image: bytes) -> str:
    return (
        f'<button type="button" data-example="{position}" title="{text(label)}" '
        f'aria-label="Example {position + 1}: {text(label)}">'
        f'<img src="{data_uri(image)}" alt=""></button>'
    )
