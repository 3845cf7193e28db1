"""python -m lookalike train NAME, and train adapt"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lookalike.cli.options import GalleryOption, progress


class Models(TyperGroup):
    """`train resnet` is `train model resnet`: what is no command is the name of a model."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # of the click within typer
        """The command that the arguments begin with, or "model"."""
        known = args[0] in self.commands
        return super().resolve_command(ctx, args if known else ["model", *args])


group = typer.Typer(
    cls=Models, help="Train a model again, or adapt one to a gallery.", no_args_is_help=True
)


@group.command()
def model(
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
    """Train a model's embedded weights again, from its recipe and seed; `train NAME` for short."""
    from lookalike.training import registry

    registry.train(name, output, resume, data)


@group.command()
def measure(
    names: Annotated[list[str], typer.Argument(help="Which methods.")],
    weights: Annotated[
        str | None, typer.Option(help="Weights of theirs; the default if none.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets; data/ in the home if none.")
    ] = None,
    note: Annotated[bool, typer.Option("--note", help="Write it into the weights' card.")] = False,
) -> None:
    """P@10 of methods on what no training saw: held-out pictures, and kinds that were left out."""
    import json

    from lookalike.training.embeddings import measure as measuring
    from lookalike.training.subject.sources import data_folder

    for name in names:
        found = measuring.measure(name, data_folder(data), weights)
        print(json.dumps({name: found}, indent=1), flush=True)
        if note:
            measuring.note(name, found, weights)


@group.command()
def adapt(
    encoder: Annotated[str, typer.Option(help="Method to adapt; it stays as it is itself.")],
    gallery: GalleryOption = None,
    weights: Annotated[
        str | None, typer.Option(help="Weights of that method: embedded or hub.")
    ] = None,
    by: Annotated[
        str, typer.Option(help="What to tell apart: label, or a field of the metadata.")
    ] = "label",
    name: Annotated[
        str | None, typer.Option(help="Of the new method; ENCODER-on-GALLERY if none.")
    ] = None,
    dimension: Annotated[int, typer.Option(min=2, max=4096, help="Length of its vectors.")] = 256,
    seed: Annotated[int, typer.Option(min=0, help="Another one gives other numbers.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep it even if it did not help.")] = False,
    index: Annotated[bool, typer.Option(help="Index the gallery for it.")] = True,
) -> None:
    """Adapt a method to a gallery of yours: two layers over it, trained on the gallery's labels.

    It becomes one more method. Interrupted, the same command goes on where it stopped.
    """
    from lookalike.galleries.gallery import open_gallery
    from lookalike.settings import settings
    from lookalike.training.adaptation import task as tasks

    opened = open_gallery(gallery or settings().gallery)
    task = tasks.make(opened, encoder, weights, by, name, dimension, seed)

    from lookalike.training.adaptation import publish, run

    with progress(f"encode with {encoder}") as report:
        frozen_encoder, frozen = run.encode(task, report)
    outcome = run.train(task, frozen_encoder, frozen, _print_row)
    print(outcome.sentence())
    if not outcome.helped and not keep:
        publish.forget_run(task)
        print("So it is not kept; --keep keeps it all the same.")
        return
    print(f"Written to {publish.write(task, frozen_encoder, outcome)}.")
    if index:
        publish.index(task, frozen)
    _print_next(task.name, opened.name, index)


def _print_row(row: dict[str, float]) -> None:
    from lookalike.training.adaptation.outcome import line

    print(line(row), flush=True)


def _print_next(name: str, gallery: str, indexed: bool) -> None:
    if not indexed:
        build = f"python -m lookalike index build --gallery {gallery} --method {name}"
        print(f"Index it with `{build}`.")
    print(f"It is the method {name}. See it beside the others with `python -m lookalike serve`.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="train")
