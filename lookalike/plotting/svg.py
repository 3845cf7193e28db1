"""Pieces of SVG as text. Everything that is written goes through an escape."""

from html import escape

LETTER = 6.9  # pixels: the mean width of a letter at SIZE, a little more than most fonts have
SIZE = 12.5  # pixels, of letters
LONGEST = 22  # letters of a name beside an axis; what a mark says has all of it


def element(tag: str, *inside: str, **attributes: object) -> str:
    """A tag around what is inside, which is SVG already; `_` in attributes' names means `-`.

    Numbers are rounded to tenths of a pixel; None leaves an attribute out.
    """
    given = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{given}>{''.join(inside)}</{tag}>" if inside else f"<{tag}{given}/>"


def _value(value: object) -> str:
    text = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return escape(text, quote=True)


def text(words: object, x: float, y: float, anchor: str = "start", **attributes: object) -> str:
    """Words at a place; `anchor` is the end that lies there: start, middle or end."""
    at = None if anchor == "start" else anchor
    return element("text", escape(str(words)), x=float(x), y=float(y), text_anchor=at, **attributes)


def said(words: str, *inside: str, **attributes: object) -> str:
    """A group that says words when it is pointed at."""
    return element("g", element("title", escape(words)), *inside, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> str:
    """A straight line."""
    ends = {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2)}
    return element("line", **ends, **attributes)


def short(name: object) -> str:
    """A name that fits beside an axis."""
    words = str(name)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def width_of(words: str, size: float = SIZE) -> float:
    """About how wide words are, in pixels."""
    return len(words) * LETTER * size / SIZE
