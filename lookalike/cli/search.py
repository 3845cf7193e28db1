"""python -m lookalike search [PHOTO] [--words TEXT]"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cli.options import (
    GalleryOption,
    JsonOption,
    KOption,
    MethodsOption,
    WeightsOption,
    print_json,
    print_table,
    printable,
)

if TYPE_CHECKING:
    from lookalike.search.response import Answer, Response


def search(
    photo: Annotated[Path | None, typer.Argument(help="The photo to search with.")] = None,
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    k: KOption = None,
    subject: Annotated[
        str, typer.Option(help="What to search for: auto, whole, or x1,y1,x2,y2 in pixels.")
    ] = "auto",
    weights: WeightsOption = None,
    words: Annotated[
        str | None, typer.Option(help="Words to search for, alone or together with the photo.")
    ] = None,
    weight: Annotated[
        float, typer.Option(help="The words' share beside the photo, from 0 to 1.")
    ] = 0.5,
    as_json: JsonOption = False,
) -> None:
    """Find what looks like a photo, is what words say, or both, by every method that can."""
    from lookalike import photos
    from lookalike.search import search as find
    from lookalike.search.response import never_met

    loaded = photos.load(photo) if photo else None
    found = find(loaded, gallery, method, k, subject, weights, words, weight)
    if as_json:
        print_json(found.as_dict())
        return
    print(_asked(found))
    for answer in found.answers:
        _print_answer(answer, found)
    if found.not_indexed:
        print(f"\nnot indexed for this gallery: {', '.join(found.not_indexed)}")
    if found.unknown_words:
        print(printable(never_met(found.unknown_words)), file=sys.stderr)


def _asked(found: "Response") -> str:
    """What was searched, and with what."""
    query, subject = found.query, found.subject
    said = [f"gallery {found.gallery}"]
    if subject:
        said.append(f"subject {list(subject.box)} ({subject.source})")
    if query.words is not None:
        said.append(printable(f"“{query.words}”") + (f" ({query.weight:.0%})" if subject else ""))
    return "; ".join(said)


def _print_answer(answer: "Answer", found: "Response") -> None:
    spent = {"encode": answer.ms.encode, "search": answer.ms.search, "rerank": answer.ms.rerank}
    steps = ", ".join(f"{step} {ms:.1f}" for step, ms in spent.items() if ms)
    cold = ", first call" if answer.cold else ""
    alone = ", the photo alone" if found.query.words and not answer.read_words else ""
    weights = "no" if answer.weights == "none" else answer.weights
    print(f"\n{answer.method} ({weights} weights; {steps} ms{cold}{alone})")
    columns = ["rank", "id", "label", "distance", "closer_than", "probability"]
    rows = [[getattr(row, column) for column in columns] for row in answer.results]
    print_table(columns, [["-" if value is None else value for value in row] for row in rows])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(search)
