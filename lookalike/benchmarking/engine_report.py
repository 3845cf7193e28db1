"""What an engines.json says, as sentences and as a table."""

from typing import Any

from lookalike.evaluation.render.tables import Cell, Column, Table, words
from lookalike.evaluation.render.text import parameters
from lookalike.settings import settings

ENOUGH = 0.98  # recall from which engines are compared


def verdict(bench: dict[str, Any]) -> list[str]:
    """What an engines.json says: the fastest engine of enough recall, and the usual one."""
    recall = f"recall@{bench['k']}"
    good = [row for row in bench["rows"] if row[recall] >= ENOUGH and row["engine"] != "exact"]
    if not good:
        return [f"No engine but exact search reaches a {recall} of {ENOUGH}."]
    fastest = max(good, key=lambda row: row["qps"])
    said = [
        f"{fastest['engine']} answers the most queries a second of those with a {recall} of "
        f"{ENOUGH} or better: {fastest['qps']:,.0f}, {fastest['relative_qps']:,.3g} times as many "
        f"as exact search, at {fastest[recall]:.3f}."
    ]
    usual = [row for row in good if row["engine"] == settings().engine]
    if usual and fastest not in usual:
        row = max(usual, key=lambda row: row["qps"])
        said.append(
            f"{row['engine']}, the default, answers {row['qps']:,.0f} at {row[recall]:.3f}, "
            f"{row['relative_qps']:,.3g} times as many as exact search."
        )
    return said


def table(bench: dict[str, Any]) -> Table:
    """A row per engine and setting of an engines.json."""
    recall = f"recall@{bench['k']}"
    columns = [Column("Engine", words=True), Column("Setting", words=True), Column(recall.title())]
    columns += [Column("Queries/s", f"Exact search: {bench['exact_qps']:,.0f} a second")]
    columns += [Column("x exact"), Column("Build, s"), Column("File, MiB"), Column("Memory, MiB")]
    columns += [Column("Bytes a vector")]
    rows = [
        [
            words(row["engine"]),
            words(parameters(row["params"])),
            Cell(f"{row[recall]:.4f}", row[recall]),
            Cell(f"{row['qps']:,.0f}", row["qps"]),
            Cell(f"{row['relative_qps']:,.3g}", row["relative_qps"]),
            Cell(f"{row['build_s']:,.1f}", row["build_s"]),
            Cell(f"{row['file_mb']:,.0f}", row["file_mb"]),
            Cell(f"{row['memory_mb']:,.0f}", row["memory_mb"]),
            Cell(f"{row['bytes_per_vector']:,.0f}", row["bytes_per_vector"]),
        ]
        for row in bench["rows"]
    ]
    return Table("Every setting", columns, rows)
