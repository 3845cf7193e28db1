"""What all figures can do: be shown in a page, and be saved as a file."""

import re
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from lookalike.plotting.svg import element
from lookalike.storage.files import write_text

WIDE, NARROW = 600, 340  # pixels: beside others on a screen, and on a phone
PAD = 14  # pixels around the figures of a file


class Figure(Protocol):
    """Something that is drawn."""

    @property
    def widths(self) -> Sequence[int]:
        """The widths at which a page shows it, the widest first; it takes the one that fits."""

    def height(self, width: int) -> float:
        """In pixels, at a width."""

    def drawn(self, width: int) -> str:
        """What is inside the <svg>."""


def markup(figure: Figure, says: str) -> str:
    """A figure as HTML that fits where it is put; assets/plots.css chooses among its widths.

    Args:
        says: what it shows, for those who can't see it.
    """
    kinds = ["lk-wide", "lk-narrow"] if len(figure.widths) > 1 else ["lk-only"]
    drawings = "".join(
        element(
            "svg",
            figure.drawn(width),
            class_=kind,
            viewBox=f"0 0 {width} {figure.height(width):.0f}",
            style=f"--lk-width:{width}px",
            role="img",
            aria_label=says,
        )
        for kind, width in zip(kinds, figure.widths, strict=True)
    )
    return f'<div class="lk-plot">{drawings}</div>'


def save(figures: Sequence[Figure], path: Path, columns: int = 1) -> None:
    """Write figures, row by row in so many columns, as one SVG file that needs nothing else.

    Raises:
        StorageError: the disk refused.
    """
    width = figures[0].widths[0]
    height = round(max(figure.height(width) for figure in figures))
    places = [divmod(place, columns) for place in range(len(figures))]
    inside = "".join(
        element(
            "g",
            figure.drawn(width),
            transform=f"translate({PAD + column * (width + PAD)} {PAD + row * (height + PAD)})",
        )
        for (row, column), figure in zip(places, figures, strict=True)
    )
    rows = -(-len(figures) // columns)
    across, down = PAD + columns * (width + PAD), PAD + rows * (height + PAD)
    back = element("rect", width=across, height=down, class_="lk-paper")
    drawing = element(
        "svg",
        element("style", _style()),
        back,
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {across} {down}",
        width=across,
        height=down,
        class_="lk-plot",
    )
    write_text(path, drawing + "\n")


def _style() -> str:
    """The plots' rules with the colours of a reader who prefers light, or dark."""
    light, dark, *_ = re.findall(r"\{[^}]*\}", _asset("colours.css"))
    plots = _asset("plots.css")
    return f"svg{light}\n@media (prefers-color-scheme:dark){{svg{dark}}}\n{plots}"


def _asset(name: str) -> str:
    text = files("lookalike").joinpath("assets", name).read_text("utf-8")
    return re.sub(r"/\*.*?\*/\s*", "", text, flags=re.S)
