"""python -m lookalike bench engines|growth|overhead|methods"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from tqdm import tqdm

from lookalike.cli.options import (
    GalleryOption,
    JsonOption,
    MethodsOption,
    chosen,
    print_json,
    print_table,
    progress,
)

group = typer.Typer(help="Measure what engines and methods cost.", no_args_is_help=True)

EnginesOption = Annotated[
    list[str] | None, typer.Option("--engine", help="Engine to measure; repeat for more.")
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", help="Folder of the figures; what it holds is not measured again."),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Measure again what is there.")]
RunsOption = Annotated[int, typer.Option(min=1, help="Runs of a configuration; the best counts.")]


@group.command()
def engines(
    gallery: GalleryOption = None,
    size: Annotated[str, typer.Option(help="How many items, or full.")] = "full",
    space: Annotated[
        str, typer.Option(help="pixels, or a method whose index is there.")
    ] = "pixels",
    engine: EnginesOption = None,
    queries: Annotated[
        int | None, typer.Option(help="How many held-out images ask; 1000 if none.")
    ] = None,
    k: Annotated[int, typer.Option(help="Neighbours per query.")] = 10,
    runs: RunsOption = 5,
    out: OutOption = None,
    fresh: FreshOption = False,
    as_json: JsonOption = False,
) -> None:
    """Recall against queries per second of every engine, with build time, file and memory."""
    from lookalike.benchmarking import data, engine_plots
    from lookalike.benchmarking import engines as benchmark

    names, missing = benchmark.choose(engine)
    _say_skipped(missing)
    results = _results(out, "rows", fresh)
    dataset = data.load(gallery or data.usual_gallery(space), space, size, queries)
    with _steps() as report:
        benchmark.run(dataset, results, names, k, runs, report)
    if results.figures["rows"]:
        engine_plots.save_engines(results.figures, results.path.with_name("engines.svg"))
    columns = ["engine", "params", f"recall@{k}", "qps", "relative_qps", "build_s"]
    columns += ["file_mb", "memory_mb", "bytes_per_vector"]
    _show(results.figures, results.figures["rows"], columns, as_json)


@group.command()
def growth(
    engine: EnginesOption = None,
    count: Annotated[
        list[int] | None, typer.Option(min=100, help="Vectors; repeat for more sizes.")
    ] = None,
    dimension: Annotated[int, typer.Option(min=2, help="Of the vectors.")] = 128,
    runs: RunsOption = 5,
    out: OutOption = None,
    fresh: FreshOption = False,
    as_json: JsonOption = False,
) -> None:
    """How build time, memory, file and speed at a recall of 0.95 grow with the gallery."""
    from lookalike.benchmarking import engine_plots
    from lookalike.benchmarking import growth as benchmark

    results = _results(out, "growth", fresh)
    with _steps() as report:
        benchmark.run(results, engine, count or benchmark.COUNTS, dimension, runs, report)
    engine_plots.save_growth(results.figures, results.path.with_name("growth.svg"))
    columns = ["engine", "count", "build_s", "peak_mb", "vectors_mb", "file_mb", "qps", "recall@10"]
    _show(results.figures, results.figures["growth"], columns, as_json)


@group.command()
def overhead(
    gallery: GalleryOption = None,
    engine: EnginesOption = None,
    method: Annotated[str, typer.Option(help="Whose vectors are searched.")] = "clip",
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """What Lookalike's search costs over calling the engine's library directly."""
    from lookalike.benchmarking import overhead as benchmark
    from lookalike.settings import settings

    results = _results(out, "overhead")
    benchmark.run(results, gallery or settings().gallery, engine, method)
    rows = results.figures["overhead"]
    columns = ["engine", "count", "dimension", "k", "ratio", "direct_us", "lookalike_us"]
    _show(results.figures, rows, columns, as_json)


@group.command()
def methods(
    gallery: GalleryOption = None,
    method: MethodsOption = None,
    queries: Annotated[int, typer.Option(help="How many held-out images ask.")] = 200,
    k: Annotated[int, typer.Option(help="Results per method.")] = 10,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """What encoding, searching and re-ranking cost, warm, and images per second in batches."""
    from lookalike.benchmarking import methods as benchmark
    from lookalike.search import searcher

    names = chosen(method, None)
    results = _results(out, "rows", file="methods.json")
    answerer = searcher(gallery)
    with progress("methods") as report:
        rows = benchmark.run(answerer, names, queries, k, report)
    results.keep(gallery=answerer.gallery.name, k=k, rows=rows)
    _show(results.figures, [_flat(row) for row in rows], None, as_json)


def _results(out: Path | None, part: str, fresh: bool = False, file: str = "engines.json") -> Any:
    from lookalike.benchmarking.results import Results
    from lookalike.settings import settings

    results = Results(out or settings().home / "benchmarks", file)
    if fresh:
        results.figures.pop(part, None)
    return results


def _say_skipped(missing: list[str]) -> None:
    for name in missing:
        typer.echo(f"Skipped {name}: its library is not installed.", err=True)


@contextmanager
def _steps() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar that names what is being measured, from the first step on."""
    with ExitStack() as stack:
        bar: tqdm | None = None

        def report(what: str, done: int, total: int) -> None:
            nonlocal bar
            if bar is None:
                shown = tqdm(total=total, unit="step", file=sys.stderr, dynamic_ncols=True)
                bar = stack.enter_context(shown)
            bar.set_description(what, refresh=False)
            bar.n = done
            bar.refresh()

        yield report


def _show(
    figures: dict[str, Any],
    rows: list[dict[str, Any]],
    columns: list[str] | None,
    as_json: bool,
) -> None:
    if as_json:
        print_json(figures)
        return
    names = columns or list(rows[0])
    print_table(names, [[_cell(row[name]) for name in names] for row in rows])


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(f"{name}={of}" for name, of in value.items())
    return value


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A method's row for the table: one column per figure."""
    steps = {f"{step} {name}": ms for step, of in row["ms"].items() for name, ms in of.items()}
    rates = {f"images/s of {size}": rate for size, rate in row["images_per_second"].items()}
    return {"method": row["method"], "weights": row["weights"], **steps, **rates}


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="bench")
