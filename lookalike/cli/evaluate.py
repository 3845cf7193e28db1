"""python -m lookalike evaluate --gallery G"""

from pathlib import Path
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
        str | None,
        typer.Option(
            help="How many held-out images to ask with, a folder of labelled classes, a TREC file "
            "(.qrels), votes, or all: each item against the others."
        ),
    ] = None,
    engine: Annotated[
        list[str] | None, typer.Option(help="Engine to search with; repeat to compare some.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Print a table by class, by parent class, or by a field.")
    ] = None,
    relevant: Annotated[
        str, typer.Option(help="Field that makes an item relevant: label, or one of the metadata.")
    ] = "label",
    other: Annotated[
        str | None,
        typer.Option(help="Field in which a relevant item has to differ from the query."),
    ] = None,
    two_stage: Annotated[
        list[str] | None,
        typer.Option(help="first:second:N: the second puts the first's N best in order; or pq:…"),
    ] = None,
    robustness: Annotated[
        bool, typer.Option("--robustness", help="Also flip, turn, blur, darken, … the queries.")
    ] = False,
    k: KOption = None,
    weights: WeightsOption = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the report and its files.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure every method: how often it finds what is relevant, and how long it takes."""
    from lookalike.evaluation.comparison import Comparison
    from lookalike.evaluation.render import terminal
    from lookalike.evaluation.run import run
    from lookalike.evaluation.studies.two_stage import TwoStage

    comparison = Comparison(
        methods=method or (),
        engines=engine or (),
        weights=weights,
        k=k,
        relevant=relevant,
        other=other,
        by=by,
        two_stage=[TwoStage.parse(text) for text in two_stage or ()],
        robustness=robustness,
    )
    report = run(gallery, queries, comparison, out, progress)
    rows = terminal.systems(report)
    groups = terminal.groups(report, by) if by else []
    changed = terminal.robustness(report) if robustness else []
    if as_json:
        more = {"groups": groups} if by else {}
        more |= {"robustness": changed} if robustness else {}
        print_json({"gallery": report.gallery.name, "rows": rows, **more})
        return
    for shown in filter(None, (rows, groups, changed)):
        print_table(list(shown[0]), [list(row.values()) for row in shown])
    for note in report.notes:
        print(note)
    if out:
        print(f"The report is {out / 'report.html'}.")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)
