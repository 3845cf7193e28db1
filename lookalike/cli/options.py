"""Options that several commands share, and how they show progress."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any, TypeVar

import typer
from tqdm import tqdm

from lookalike.errors import LookalikeError
from lookalike.progress import Progress

Given = TypeVar("Given")
Read = TypeVar("Read")

GalleryOption = Annotated[
    str | None, typer.Option("--gallery", help="Gallery to use; `gallery list` names them.")
]
MethodsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--method", help="Method to use; repeat for more; if none, all that need no network."
    ),
]
WeightsOption = Annotated[
    str | None,
    typer.Option("--weights", help="Weights that answer: embedded, hub, or such as dinov2."),
]
KOption = Annotated[
    int | None, typer.Option("--k", help="Results per method; the setting's if not given.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def print_json(value: Any) -> None:
    """One indented JSON document on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(header: list[str], rows: list[list[Any]]) -> None:
    """Aligned columns; numbers to the right."""
    cells = [header, *([printable(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(header))]
    for row in cells:
        aligned = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def printable(value: Any) -> str:
    """As it is shown on a terminal, on one line; a label may hold anything."""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A progress bar on standard error, fed with (done, all), that shows from the first step on."""
    with ExitStack() as stack:
        bar: tqdm | None = None

        def update(done: int, total: int) -> None:
            nonlocal bar
            if bar is None:
                shown = tqdm(
                    desc=label, total=total, unit="image", file=sys.stderr, dynamic_ncols=True
                )
                bar = stack.enter_context(shown)
            bar.update(done - bar.n)

        yield update


def chosen(methods: list[str] | None, weights: str | None) -> list[str]:
    """The methods to work on; an unknown one is refused before the long work."""
    from lookalike.encoders import registry
    from lookalike.encoders.registry import weights_for

    names = methods or registry.defaults()
    for name in names:
        weights_for(name, weights)
    return names


def sound(
    values: Iterable[Given], read: Callable[[Given], Read]
) -> tuple[list[Read], list[LookalikeError]]:
    """What `read` gives of each value, and the errors of those that it cannot read."""
    found, failed = [], []
    for value in values:
        try:
            found.append(read(value))
        except LookalikeError as error:
            failed.append(error)
    return found, failed
