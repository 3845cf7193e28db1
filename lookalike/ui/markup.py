"""Small pieces of HTML that every part of the page is made of.

Whatever comes from a gallery, a visitor or an error goes through `text` before it is put into
markup: a label or a file name can hold anything.
"""

import base64
import re
from html import escape

from lookalike import photos
from lookalike.photos import Photo

CRISP_SIDE = 128  # pixels; up to here, JPEG's blocks would be seen
_MIMES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}

# Drawn here, since the emoji need a font that servers and some phones lack.
_THUMB = (
    "M7 22H4a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2h3m0 11V11l4-9a3 3 0 0 1 3 3v4h5.7a2 2 0 0 1 2 2.3"
    "l-1.4 9a2 2 0 0 1-2 1.7Z"
)
THUMB_UP = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_THUMB}"/></svg>'
THUMB_DOWN = (
    '<svg viewBox="0 0 24 24" aria-hidden="true">'
    f'<path transform="rotate(180 12 12)" d="{_THUMB}"/></svg>'
)


def text(value: object) -> str:
    """Anything as text that markup and double-quoted attributes can hold."""
    return escape(str(value), quote=True)


def mime(image: bytes) -> str:
    """The media type of an encoded image file."""
    return next((kind for magic, kind in _MIMES.items() if image.startswith(magic)), "image/webp")


def data_uri(image: bytes) -> str:
    """An encoded image file as an address that needs no request of its own."""
    return f"data:{mime(image)};base64,{base64.b64encode(image).decode()}"


def photo_uri(photo: Photo) -> str:
    """A photo as such an address: PNG when it is tiny, so that its pixels stay crisp."""
    return data_uri(
        photos.to_png(photo) if max(photo.shape) <= CRISP_SIDE else photos.to_jpeg(photo)
    )


def milliseconds(ms: float) -> str:
    """A duration as people read it: 0.4 ms, 12 ms, 3.1 s."""
    if ms >= 1000:
        return f"{ms / 1000:.1f} s"
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def distance(value: float) -> str:
    """A distance with as many digits as tell neighbours apart: 0.0012, 0.125, 31.4."""
    if value < 0.01:
        return f"{value:.4f}"
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def percent(share: float) -> str:
    """A share as a percentage that never claims 100%: 0.99996 is "99.9%"."""
    if share >= 0.99:
        return f"{min(int(share * 1000) / 10, 99.9):g}%"
    return f"{int(share * 100)}%"


def problem(message: str, hint: str) -> str:
    """The error state; what stands in `backticks` is a command."""
    hint = re.sub(r"`([^`]+)`", r"<code>\1</code>", text(hint))
    return (
        '<div class="lk-problem" role="alert">'
        f"<strong>{text(message)}</strong><span>{hint}</span></div>"
    )
