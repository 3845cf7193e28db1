"""Write the generated parts of README.md: the front matter, and the tables between markers.

python docs/generate.py writes them; `tests/test_docs.py` fails when they are out of date.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, from anywhere

from benchmarks.tables import markdown  # noqa: E402
from lookalike.encoders import registry as encoders  # noqa: E402
from lookalike.engines import registry as engines  # noqa: E402

README = ROOT / "README.md"


def front_matter() -> str:
    """space.yaml without its comments, as the Space reads it from README.md."""
    lines = (ROOT / "space.yaml").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def methods_table() -> str:
    """Every registered encoder: what it looks at, its distance, its weights, its paper."""
    rows = []
    for name in encoders.names():
        spec = encoders.spec(name)
        weights = ", ".join(f"{one.name} ({one.dimension}-d)" for one in spec.weights)
        rows.append([f"`{name}`", spec.summary, spec.metric, weights, spec.paper])
    return "\n".join(markdown(["Method", "What it looks at", "Distance", "Weights", "Paper"], rows))


def engines_table() -> str:
    """Every registered engine and what it is good for."""
    rows = [[f"`{name}`", engines.summary(name)] for name in engines.names()]
    return "\n".join(markdown(["Engine", "Good for"], rows))


def measured_table() -> str:
    """The last measured quality and speed of each method."""
    figures = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))["quality"]
    columns = {
        "precision@1": "P@1",
        "precision@10": "P@10",
        "map": "mAP",
        "ndcg@10": "nDCG@10",
        "encode_ms_p50": "encode, ms",
        "search_ms_p50": "search, ms",
        "rerank_ms_p50": "re-rank, ms",
    }
    rows = [
        [encoders.spec(row["method"]).title, *(row[key] for key in columns)]
        for row in figures["rows"]
    ]
    return "\n".join(markdown(["Method", *columns.values()], rows))


TABLES = {"methods": methods_table, "engines": engines_table, "measured": measured_table}


def generate(text: str) -> str:
    """README's text with every generated part replaced."""
    text = re.sub(
        r"\A---\n.*?^---\n", lambda _: f"---\n{front_matter()}\n---\n", text, flags=re.S | re.M
    )
    for name, table in TABLES.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        inside = f"{start}\n{table()}\n{end}"
        text = re.sub(f"{start}.*?{end}", lambda _, new=inside: new, text, flags=re.S)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(generate(README.read_text("utf-8")), "utf-8")
