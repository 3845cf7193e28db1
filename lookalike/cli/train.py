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
) -> None:
    """Train a model's embedded weights again, from its recipe and seed."""
    from lookalike.training import registry

    registry.train(name, output, resume)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)
