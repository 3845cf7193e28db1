"""python -m lookalike labels export"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

group = typer.Typer(help="Use what visitors voted.", no_args_is_help=True)


class Format(StrEnum):
    """What labels can be written as."""

    qrels = "qrels"
    csv = "csv"
    parquet = "parquet"


@group.command()
def export(
    format: Annotated[Format, typer.Option(help="File format.")] = Format.qrels,
    output: Annotated[Path | None, typer.Option(help="File to write.")] = None,
) -> None:
    """Write the collected labels; of each visitor's votes on a pair the last one counts."""
    from lookalike.feedback.export import export as write
    from lookalike.feedback.store import VoteStore
    from lookalike.settings import settings

    path = output or Path(f"labels.{format.value}")
    count = write(VoteStore(settings().database_url), format.value, path)
    print(f"Wrote {count} labels to {path}.")


@group.callback()
def labels() -> None:
    """Use what visitors voted."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="labels")
