"""python -m lookalike evaluate --gallery G"""

from typing import Annotated

import typer

from lookalike.cli.options import (
    GalleryOption,
    JsonOption,
    KOption,
    MethodsOption,
    WeightsOption,
    print_json,
    print_table,
    progress,
)


def evaluate(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    queries: Annotated[
        str,
        typer.Option(help="How many held-out images to ask with, or a folder of labelled classes."),
    ] = "1000",
    k: KOption = None,
    weights: WeightsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure every method: how often it finds the query's label, and how long it takes."""
    from lookalike.evaluation import protocol
    from lookalike.search import searcher

    answerer = searcher(gallery)
    asked = protocol.read_queries(answerer.gallery, queries)
    with progress("evaluate") as report:
        rows = protocol.evaluate(answerer, asked, method, k, weights, report)
    if as_json:
        print_json({"gallery": answerer.gallery.name, "rows": rows})
    else:
        print_table(list(rows[0]), [list(row.values()) for row in rows])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)
