"""What all figures share: layout, colours, and how a name gets into them."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

# In this order. Each stands out from white and from near-black, and has a marker of its own, so
# that nothing is told by colour alone.
COLOURS = (
    "#d64e22", "#1f8a9e", "#b8860f", "#8f63a8", "#3f8f5b", "#4a7fc1", "#c65b82", "#7d8590",
    "#8a8a2e", "#9c6a4a",
)  # fmt: skip
MARKERS = (
    "circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "x",
    "triangle-down", "pentagon",
)  # fmt: skip
FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
CLEAR = "rgba(0,0,0,0)"
HOVER: dict[str, Any] = {
    "bgcolor": "#282725",
    "bordercolor": "#56534d",
    "font": {"color": "#f7f6f2", "family": FONT, "size": 13},
    "align": "left",
    "namelength": 0,
}
LONGEST = 22  # letters of a name beside an axis; the hover label has all of it


def figure(traces: Sequence[Any], height: int, **layout: Any) -> go.Figure:
    """A figure without a background, which fills the width it is given.

    Dragging and zooming are off: on a phone they would catch the finger that scrolls.
    """
    drawn = go.Figure(list(traces))
    dress(drawn, height)
    drawn.update_layout(**layout)
    return drawn


def dress(drawn: go.Figure, height: int) -> None:
    """Give a figure the looks of all others."""
    drawn.update_layout(
        template="none",
        height=height,
        font={"family": FONT, "size": 13},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 8, "r": 14, "t": 14, "b": 8},
        hoverlabel=HOVER,
        dragmode=False,
        showlegend=False,
    )
    axis: dict[str, Any] = {
        "fixedrange": True,
        "automargin": True,
        "zeroline": False,
        "ticks": "",
        "title": {"standoff": 8, "font": {"size": 13}},
    }
    drawn.update_xaxes(**axis)
    drawn.update_yaxes(**axis)


def style(position: int) -> dict[str, Any]:
    """The marker of the method or engine at this position."""
    turn, at = divmod(position, len(COLOURS))
    # Beyond the last colour they come again, each with another marker.
    return {"color": COLOURS[at], "symbol": MARKERS[(at + turn) % len(MARKERS)], "size": 11}


def safe(name: object) -> str:
    """A name as plotly draws it letter by letter: it reads <b>, &lt; and links as markup."""
    return escape(str(name), quote=False)


def short(name: object) -> str:
    """A name that fits beside an axis."""
    text = str(name)
    return safe(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")


def names_axis(names: Sequence[object]) -> dict[str, Any]:
    """An axis of names at 0, 1, 2, …; numbers, since names that agree would fall together."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": [short(name) for name in names],
        "showgrid": False,
    }


def decades(values: Sequence[float]) -> dict[str, Any]:
    """A logarithmic axis around these values, with room for a name beside the outermost."""
    logs = [log10(max(value, 1e-3)) for value in values]
    room = 0.12 * (max(logs) - min(logs)) + 0.06
    ticks = [step * 10.0**power for power in range(-3, 8) for step in (1, 2, 5)]
    return {
        "type": "log",
        "range": [min(logs) - room, max(logs) + room],
        "tickvals": ticks,
        "ticktext": [f"{tick:,.10g}" for tick in ticks],
    }


def share_axis(values: Sequence[float]) -> dict[str, Any]:
    """An axis of shares around these values; with equal ones, plotly's own would go to 200 %."""
    room = 0.08 * (max(values) - min(values)) + 0.01
    return {
        "range": [min(values) - room, max(values) + room],
        "tickformat": ".2f",
        "nticks": 7,
    }


def whiskers(mean: float, low: float, high: float) -> dict[str, Any]:
    """An error bar from low to high."""
    return {
        "type": "data",
        "array": [high - mean],
        "arrayminus": [mean - low],
        "thickness": 1.5,
        "width": 4,
    }
