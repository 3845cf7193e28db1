"""results.json as Markdown."""

from pathlib import Path
from typing import Any

README = Path(__file__).parent / "README.md"


def write_readme(results: dict[str, Any]) -> None:
    """Write benchmarks/README.md."""
    parts = ["# Measured", "", "Written by `make bench`; figures in results.json."]
    for question, table in TABLES.items():
        if question in results:
            figures = results[question]
            parts += ["", *table(figures), "", f"{figures['date']}; {figures['machine']}."]
    README.write_text("\n".join(parts) + "\n", "utf-8")


def markdown(header: list[str], rows: list[list[Any]]) -> list[str]:
    """A table's lines; fractions with three decimals."""
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _quality(figures: dict[str, Any]) -> list[str]:
    columns = {
        "method": "method",
        "weights": "weights",
        "precision@1": "P@1",
        "precision@10": "P@10",
        "map": "mAP",
        "ndcg@10": "nDCG@10",
        "annoy_recall@10": "Annoy's recall@10",
        "precision@10_without_rerank": "P@10 without re-ranking",
        "precision@10_unprojected_exact": "P@10, whole vectors, exact",
        "encoded_dimension": "vector",
        "dimension": "indexed",
        "encode_ms_p50": "encode ms",
        "search_ms_p50": "search ms",
        "rerank_ms_p50": "rerank ms",
    }
    rows = [[row[key] for key in columns] for row in figures["rows"]]
    queries = figures["rows"][0]["queries"]
    return [
        "## Quality",
        "",
        f"The first {queries:,} images of the test split against the gallery {figures['gallery']}; "
        "relevant is what carries the query's label. `python -m benchmarks quality`",
        "",
        *markdown(list(columns.values()), rows),
    ]


def _subject(figures: dict[str, Any]) -> list[str]:
    facts = {key: value for key, value in figures.items() if key not in ("date", "machine")}
    return [
        "## Subject",
        "",
        "The first proposal against the truth, on composites of items and backgrounds that were "
        "held out. `python -m benchmarks subject`",
        "",
        *markdown(list(facts), [list(facts.values())]),
    ]


def _speed(figures: dict[str, Any]) -> list[str]:
    return [
        "## Speed",
        "",
        f"One photo of 1280 x 960 pixels through the detector and all methods, warm: median "
        f"{figures['whole_ms_p50']:.0f} ms, {figures['overhead_p50']:.3f} times the sum of its "
        f"steps called alone. Resident memory with everything loaded: "
        f"{figures['resident_mb']:.0f} MiB. `python -m benchmarks speed`",
        "",
        *markdown(["step", "ms"], [list(step) for step in figures["step_ms_p50"].items()]),
    ]


def _startup(figures: dict[str, Any]) -> list[str]:
    return [
        "## Start",
        "",
        f"`app.py` answers HTTP after {figures['seconds_to_first_answer']:.1f} s. "
        "`python -m benchmarks startup`",
    ]


TABLES = {"quality": _quality, "subject": _subject, "speed": _speed, "startup": _startup}
