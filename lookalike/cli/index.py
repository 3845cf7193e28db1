"""python -m lookalike index build|verify|list"""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.cli.options import (
    GalleryOption,
    JsonOption,
    MethodsOption,
    WeightsOption,
    chosen,
    print_json,
    print_table,
    progress,
    sound,
)
from lookalike.errors import LookalikeError

group = typer.Typer(help="Build, verify and list indexes.", no_args_is_help=True)


@group.command()
def build(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    weights: WeightsOption = None,
    engine: Annotated[str | None, typer.Option(help="Nearest-neighbour engine.")] = None,
    output: Annotated[Path | None, typer.Option(help="An indexes/ folder to write to.")] = None,
) -> None:
    """Encode a gallery, index it, and check that the index finds its own items."""
    from lookalike.galleries.gallery import open_gallery
    from lookalike.indexing import index_method
    from lookalike.settings import settings

    opened = open_gallery(gallery or settings().gallery)
    for name in chosen(method, weights):
        with progress(f"index {name}") as report:
            folder = index_method(opened, name, weights, engine, output, report)
        print(folder)


@group.command()
def verify(as_json: JsonOption = False) -> None:
    """Check every index against its gallery, its weights and its own checksums."""
    from lookalike.index import installed, verify_index

    rows, intact = [], True
    for folder in installed():
        try:
            verify_index(folder)
            verdict = "sound"
        except LookalikeError as error:
            intact, verdict = False, str(error)
        rows.append({"index": "/".join(folder.parts[-3:]), "verdict": verdict})
    if as_json:
        print_json({"rows": rows})
    else:
        print_table(["index", "verdict"], [list(row.values()) for row in rows])
    if not intact:
        raise typer.Exit(2)


@group.command("list")
def list_indexes(as_json: JsonOption = False) -> None:
    """List the indexes that are there, and what they were built from."""
    from lookalike.index import installed, read_meta

    columns = ["gallery", "encoder", "weights", "engine", "count", "dimension", "recall_at_10"]
    metas, failed = sound(installed(), read_meta)
    rows = [[getattr(meta, name) for name in columns] for meta in metas]
    if as_json:
        print_json({"rows": [dict(zip(columns, row, strict=True)) for row in rows]})
    else:
        print_table(columns, rows)
    if failed:
        raise failed[0]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="index")
