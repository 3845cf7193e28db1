"""Tables in Markdown."""

from typing import Any


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The lines of a table of rows, {column: value} each, with the same columns.

    Fractions get three decimals.
    """
    lines = [_line(list(rows[0])), "|" + " --- |" * len(rows[0])]
    return lines + [_line([_cell(value) for value in row.values()]) for row in rows]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
