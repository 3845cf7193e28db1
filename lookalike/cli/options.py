"""Options that several commands share, and how they show progress."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from tqdm import tqdm

from lookalike.encoders.base import Progress

GalleryOption = Annotated[
    str | None, typer.Option("--gallery", help="Gallery to use; `gallery list` names them.")
]
MethodsOption = Annotated[
    list[str] | None, typer.Option("--method", help="Method to use; repeat for more; all if none.")
]
WeightsOption = Annotated[
    str | None, typer.Option("--weights", help="Weights that answer: embedded or hub.")
]
KOption = Annotated[int, typer.Option("--k", help="Results per method.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_json(value: Any) -> None:
    """One indented JSON document on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(header: list[str], rows: list[list[Any]]) -> None:
    """Aligned columns; numbers to the right."""
    cells = [header, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(header))]
    for row in cells:
        aligned = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A progress bar on standard error, fed with (done, all)."""
    with tqdm(desc=label, unit="image", file=sys.stderr, dynamic_ncols=True) as bar:

        def update(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield update
