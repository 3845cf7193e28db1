"""python -m lookalike train NAME"""

from pathlib import Path
from typing import Annotated

import typer


def train(
    name: Annotated[str, typer.Argument(help="Which model.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; the shipped weights' place if none.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the last checkpoint.")] = True,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of caltech101/ and fashion-products/; data/ in the home if none."
        ),
    ] = None,
) -> None:
    """Train a model's embedded weights again, from its recipe and seed."""
    from lookalike.training import registry

    registry.train(name, output, resume, data)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)
