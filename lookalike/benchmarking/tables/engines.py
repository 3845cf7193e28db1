"""What engines.json holds, as Markdown."""

from typing import Any

from lookalike.benchmarking.engine_plots import by_engine, frontier
from lookalike.benchmarking.growth import RECALL
from lookalike.benchmarking.tables.markdown import table
from lookalike.engines import registry
from lookalike.evaluation.render.text import parameters

LEVELS = (0.8, 0.9, 0.95, 0.98, 0.99)  # of recall


def engines(figures: dict[str, Any]) -> list[str]:
    """Each engine's fastest configuration per level of recall, and its best ones in full."""
    key = f"recall@{figures['k']}"
    rows = by_engine(figures["rows"])
    return [
        "## Engines",
        "",
        f"{figures['dataset']}: {figures['count']:,} vectors of {figures['dimension']} dimensions, "
        f"{figures['queries']:,} queries one at a time on one thread, k = {figures['k']}, the best "
        f"of up to {max(row['runs'] for row in figures['rows'])} runs, recall from distances that "
        "are measured from the ids. `python -m lookalike.benchmarking engines`",
        "",
        f"Exact search answers {figures['exact_qps']:.0f} queries a second. The table gives each "
        "engine's fastest configuration of at least a recall, as queries a second (and as "
        "multiples of exact search, timed between its runs).",
        "",
        *table([_levels(name, of, key) for name, of in rows.items()]),
        "",
        "![Recall against queries per second](engines.svg)",
        "",
        "The configurations that no other of the same engine beats in both. Memory is what the "
        "built index holds, mapped files left out; bytes are those of the file that searching "
        "walks through, per vector.",
        "",
        *table([_configuration(row, key) for of in rows.values() for row in frontier(of, key)]),
    ]


def _levels(name: str, rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    fastest = {f"recall {level}": _fastest(rows, key, level) for level in LEVELS}
    return {"engine": name, **fastest, "for": registry.summary(name)}


def _fastest(rows: list[dict[str, Any]], key: str, level: float) -> str:
    good = [row for row in rows if row[key] >= level]
    if not good:
        return "–"
    best = max(good, key=lambda row: row["qps"])
    return f"{best['qps']:,.0f} ({best['relative_qps']:.3g} x)"


def _configuration(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        "engine": row["engine"],
        "parameters": parameters(row["params"]),
        key: f"{row[key]:.4f}",
        "queries/s": f"{row['qps']:,.0f}",
        "x exact": f"{row['relative_qps']:.3g}",
        "build s": f"{row['build_s']:.1f}",
        "file MiB": f"{row['file_mb']:.0f}",
        "memory MiB": f"{row['memory_mb']:.0f}",
        "bytes per vector": f"{row['bytes_per_vector']:,.0f}",
    }


def growth(figures: dict[str, Any]) -> list[str]:
    """How the costs grow, and how far the peak of memory is from its bound."""
    rows = sorted(figures["growth"], key=lambda row: (row["engine"], row["count"]))
    return [
        "## Growth",
        "",
        f"Synthetic vectors of {rows[0]['dimension']} dimensions around 100 centres, cosine, one "
        f"thread; the search parameter is raised until recall@10 reaches {RECALL}. The peak is "
        "that of the building process, the vectors that it reads included, its start left out. "
        "`python -m lookalike.benchmarking growth`",
        "",
        "![How costs grow with the gallery](growth.svg)",
        "",
        *table([_size(row) for row in rows]),
    ]


def _size(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "engine": row["engine"],
        "vectors": f"{row['count']:,}",
        "parameters": parameters(row["params"]),
        "recall@10": f"{row['recall@10']:.4f}",
        "queries/s": f"{row['qps']:,.0f}",
        "x exact": f"{row['relative_qps']:.3g}",
        "build s": f"{row['build_s']:.1f}",
        "vectors MiB": f"{row['vectors_mb']:.0f}",
        "file MiB": f"{row['file_mb']:.0f}",
        "peak MiB": f"{row['peak_mb']:.0f}",
        "peak / (vectors + file)": f"{row['peak_mb'] / (row['vectors_mb'] + row['file_mb']):.2f}",
    }


def overhead(figures: dict[str, Any]) -> list[str]:
    """What Lookalike's search costs over the library."""
    return [
        "## Overhead",
        "",
        "`Index.search` against a direct call of the library on the same index and parameters, one "
        "query at a time, in turns in one process: the median ratio of the pairs. "
        "`python -m lookalike.benchmarking overhead`",
        "",
        *table([_pair(row) for row in figures["overhead"]]),
    ]


def _pair(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "engine": row["engine"],
        "vectors": f"{row['count']:,}",
        "dimensions": row["dimension"],
        "k": row["k"],
        "parameters": parameters(row["params"]),
        "library, µs": f"{row['direct_us']:.0f}",
        "Lookalike, µs": f"{row['lookalike_us']:.0f}",
        "ratio": row["ratio"],
    }
