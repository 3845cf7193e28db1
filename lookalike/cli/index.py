"""python -m lookalike index build|calibrate|merge|verify|list"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from lookalike.calibration.record import Calibration
    from lookalike.index.meta import Meta

BESIDE = ("added", "removed", "merge")  # columns: since the engine was built

group = typer.Typer(help="Build, calibrate, merge, verify and list indexes.", no_args_is_help=True)


@group.command()
def build(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    weights: WeightsOption = None,
    engine: Annotated[str | None, typer.Option(help="Nearest-neighbour engine.")] = None,
    output: Annotated[Path | None, typer.Option(help="An indexes/ folder to write to.")] = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Encode everything, not only what was added since.")
    ] = False,
) -> None:
    """Encode a gallery, index it, and check that the index finds its own items.

    Where the gallery has grown since, only what is new is encoded.
    """
    from lookalike.galleries.gallery import open_gallery
    from lookalike.index.build import index_method
    from lookalike.settings import settings

    opened = open_gallery(gallery or settings().gallery)
    for name in chosen(method, weights):
        with progress(f"index {name}") as report, progress(f"calibrate {name}") as calibrating:
            folder = index_method(
                opened, name, weights, engine, output, report, anew, calibrating=calibrating
            )
        print(folder)


@group.command()
def calibrate(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    weights: WeightsOption = None,
    engine: Annotated[str | None, typer.Option(help="Nearest-neighbour engine.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="An indexes/ folder; unless given, the index that answers.")
    ] = None,
) -> None:
    """Measure how likely results of an index are right, by the gallery's held-out images.

    No item is encoded anew. `index build` does the same when it builds an index.
    """
    from lookalike.galleries.gallery import open_gallery
    from lookalike.index.build import calibrate_method
    from lookalike.settings import settings

    opened = open_gallery(gallery or settings().gallery)
    for name in chosen(method, weights):
        with progress(f"calibrate {name}") as report:
            made = calibrate_method(opened, name, weights, engine, output, report)
        print(f"{name}: {_measured_on(made)}")


@group.command()
def merge(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    weights: WeightsOption = None,
    engine: Annotated[str | None, typer.Option(help="Only indexes of this engine.")] = None,
) -> None:
    """Fold what was added and removed since into the engines of a gallery's indexes.

    Searching is quickest after it. Nothing is encoded.
    """
    from lookalike.galleries.gallery import open_gallery
    from lookalike.index.build import indexes_of, merge_index
    from lookalike.index.key import IndexKey
    from lookalike.settings import settings

    opened = open_gallery(gallery or settings().gallery)
    wanted = chosen(method, weights) if method else None
    for folder in indexes_of(opened):
        names = IndexKey.of(folder)
        if (
            (wanted is None or names.encoder in wanted)
            # The hash and raw pixels have no weights to choose between: they go with any.
            and names.weights in (weights or names.weights, "none")
            and names.engine == (engine or names.engine)
        ):
            done = "merged" if merge_index(opened, folder) else "nothing to merge"
            print(f"{'/'.join(folder.parts[-3:])}: {done}")


@group.command()
def verify(as_json: JsonOption = False) -> None:
    """Check every index against its gallery, its weights and its own checksums."""
    from lookalike.index.opened import installed, verify_index

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
    """List the indexes: what they were built from, and what a merge would fold in."""
    from lookalike.index.opened import installed, read_meta

    columns = ["gallery", "encoder", "weights", "engine", "count", "dimension", "recall_at_10"]
    metas, failed = sound(installed(), read_meta)
    rows = [{name: getattr(meta, name) for name in columns} | _beside(meta) for meta in metas]
    if as_json:
        print_json({"rows": rows})
    else:
        print_table([*columns, *BESIDE], [list(row.values()) for row in rows])
    if failed:
        raise failed[0]


def _measured_on(made: "Calibration | None") -> str:
    if made is None:
        return "no labelled held-out images; random pairs of items have to do"
    said = []
    if made.curves:
        said.append(f"{made.queries:,} held-out images, right is the same {made.same}")
    if made.expected_error is not None:
        said.append(f"expected calibration error {made.expected_error:.3f}")
    if made.words:
        said.append("random words")
    return "; ".join(said)


def _beside(meta: "Meta") -> dict[str, Any]:
    from lookalike.galleries.gallery import open_gallery
    from lookalike.index.build import unmerged

    try:
        found = unmerged(meta, open_gallery(meta.gallery))
    except LookalikeError:  # without its gallery an index is of no use, which `verify` says
        return dict.fromkeys(BESIDE, "")
    advice = "advisable" if found.advisable else ""
    return dict(zip(BESIDE, (found.added, found.removed, advice), strict=True))


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="index")
