"""python -m lookalike gallery build|add|remove|list"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cli.options import (
    JsonOption,
    MethodsOption,
    WeightsOption,
    chosen,
    print_json,
    print_table,
    printable,
    progress,
    sound,
)

if TYPE_CHECKING:
    from lookalike.galleries.changes import Added

group = typer.Typer(help="Build, add to and list galleries.", no_args_is_help=True)


@group.command()
def build(
    name: Annotated[str, typer.Argument(help="Which data set; a wrong one lists them all.")],
    size: Annotated[
        str | None, typer.Option(help="How many images, or full; 10000 for fashion-mnist.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Parquet files or class folders; the hub's if none."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to, without indexing.")
    ] = None,
    method: MethodsOption = None,
) -> None:
    """Build a gallery from its data set, and index it.

    Interrupted, the same command goes on where it stopped.
    """
    from lookalike.galleries.sources import build as builder

    methods = chosen(method, None)
    with progress("build") as report:
        built = builder.build(name, size, output, source, report)
    print(f"Built {built.folder}: {_images(built.items)}, and {built.queries:,} held out.")
    _print_skipped(built.skipped)
    if output is None:
        index_gallery(built.folder.name, methods, None)


@group.command()
def add(
    folder: Annotated[Path, typer.Argument(help="A folder per class, or flat with metadata.csv.")],
    name: Annotated[str, typer.Option(help="What the gallery is called.")],
    anew: Annotated[
        bool, typer.Option("--anew", help="Make the gallery from this folder alone.")
    ] = False,
    method: MethodsOption = None,
    weights: WeightsOption = None,
) -> None:
    """Bring your own images into a gallery, new or not: read, encode, index and check them.

    Interrupted, the same command goes on where it stopped.
    """
    from lookalike.galleries.changes import add_folder

    methods = chosen(method, weights)
    with progress("read") as report:
        added = add_folder(folder, name, report, anew)
    try:
        index_gallery(name, methods, weights)
    finally:  # the images are in, whatever became of the indexes
        print(f"Added {_images(added.count)} to the gallery {name}{_beside(added)}.")
        _print_skipped(added.skipped)


def _print_skipped(skipped: list[str]) -> None:
    if skipped:
        print(f"Skipped {len(skipped)} that cannot be read:")
        print("\n".join(f"  {printable(line)}" for line in skipped))


def _images(count: int) -> str:
    return f"{count:,} image" + ("" if count == 1 else "s")


def _beside(added: "Added") -> str:
    """What else became of the folder's images."""
    said = []
    if added.replaced:
        said.append(f"{added.replaced:,} in the place of an older one")
    if added.present:
        said.append(f"{added.present:,} had been there already")
    return "".join(f"; {part}" for part in said)


@group.command()
def remove(
    name: Annotated[str, typer.Argument(help="The gallery.")],
    items: Annotated[list[str], typer.Argument(help="Names of images, such as cats/a.png.")],
) -> None:
    """Take single images out of a gallery of yours; they are found no more."""
    from lookalike.galleries.changes import remove_items
    from lookalike.galleries.gallery import open_gallery

    count = remove_items(name, items)
    left = open_gallery(name).live_count
    print(f"Removed {_images(count)} from the gallery {name}, which holds {left:,} now.")


@group.command("list")
def list_galleries(as_json: JsonOption = False) -> None:
    """List the galleries that are there."""
    from lookalike.galleries.gallery import label_counts, names, open_gallery
    from lookalike.settings import settings

    header = ["gallery", "images", "labels", "title"]
    opened, failed = sound(names() or [settings().gallery], open_gallery)
    rows = [[one.name, one.live_count, len(label_counts(one)), one.title] for one in opened]
    if as_json:
        print_json({"galleries": [dict(zip(header, row, strict=True)) for row in rows]})
    else:
        print_table(header, rows)
    if failed:
        raise failed[0]


def index_gallery(name: str, methods: list[str], weights: str | None) -> None:
    """`index.build.index_gallery` with bars; what failed is raised when all others are done."""
    from lookalike.galleries.gallery import open_gallery
    from lookalike.index import build

    done = build.index_gallery(open_gallery(name), methods, weights, progress)
    for key in done.to_merge:
        print(
            f"Much was added or removed since the {key.encoder} index was built; "
            f"`python -m lookalike index merge --gallery {name}` makes it quicker."
        )
    if done.failed:
        raise done.failed[0]


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="gallery")
