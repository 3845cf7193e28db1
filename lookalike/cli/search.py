"""python -m lookalike search PHOTO"""

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
)


def search(
    photo: Annotated[Path, typer.Argument(help="The photo to search with.")],
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    k: KOption = None,
    subject: Annotated[
        str, typer.Option(help="What to search for: auto, whole, or x1,y1,x2,y2 in pixels.")
    ] = "auto",
    weights: WeightsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find what looks like a photo, by every method."""
    from lookalike import photos
    from lookalike.search import search as find

    response = find(photos.load(photo), gallery, method, k, subject, weights).as_dict()
    if as_json:
        print_json(response)
        return
    found = response["subject"]
    print(f"gallery {response['gallery']}; subject {found['box']} ({found['source']})")
    for answer in response["methods"]:
        steps = ", ".join(f"{step} {ms:.1f}" for step, ms in answer["ms"].items() if ms)
        cold = ", first call" if answer["cold"] else ""
        weights = "no" if answer["weights"] == "none" else answer["weights"]
        print(f"\n{answer['method']} ({weights} weights; {steps} ms{cold})")
        columns = ["rank", "id", "label", "distance", "closer_than"]
        print_table(columns, [[row[column] for column in columns] for row in answer["results"]])
    if response["not_indexed"]:
        print(f"\nnot indexed for this gallery: {', '.join(response['not_indexed'])}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)
