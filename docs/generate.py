"""Write the generated parts of README.md: the front matter, and the tables between markers.

python docs/generate.py writes them; `tests/test_docs.py` fails when they are out of date.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, from anywhere

from benchmarks.markdown import table  # noqa: E402
from lookalike.encoders import registry as encoders  # noqa: E402
from lookalike.engines import registry as engines  # noqa: E402

README = ROOT / "README.md"


def front_matter() -> str:
    """space.yaml without its comments, as the Space reads it from README.md."""
    lines = (ROOT / "space.yaml").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def methods_table() -> list[str]:
    """Every registered encoder: what it looks at, its distance, its weights, its paper."""
    rows = []
    for name in encoders.names():
        spec = encoders.spec(name)
        weights = ", ".join(f"{one.name} ({one.dimension}-d)" for one in spec.weights)
        rows.append(
            {
                "Method": f"`{name}`",
                "What it looks at": spec.summary,
                "Distance": spec.metric,
                "Weights": weights,
                "Paper": spec.paper,
            }
        )
    return table(rows)


def engines_table() -> list[str]:
    """Every registered engine and what it is good for."""
    return table(
        [{"Engine": f"`{name}`", "Good for": engines.summary(name)} for name in engines.names()]
    )


def measured_table() -> list[str] | None:
    """The last measured quality and speed of each method; None before `make bench` has run."""
    report = ROOT / "benchmarks" / "fashion-mnist" / "report.json"
    if not report.exists():
        return None
    metrics = {"precision@1": "P@1", "precision@10": "P@10", "map": "mAP", "ndcg@10": "nDCG@10"}
    steps = {"encode": "encode, ms", "search": "search, ms", "rerank": "re-rank, ms"}
    return table(
        [
            {
                "Method": row["title"],
                **{title: row["metrics"][name]["mean"] for name, title in metrics.items()},
                **{title: float(row["ms"][step]["p50"]) for step, title in steps.items()},
            }
            for row in json.loads(report.read_text("utf-8"))["methods"]
        ]
    )


TABLES = {"methods": methods_table, "engines": engines_table, "measured": measured_table}


def generate(text: str) -> str:
    """README's text with every generated part replaced; what was not measured stays."""
    text = re.sub(
        r"\A---\n.*?^---\n", lambda _: f"---\n{front_matter()}\n---\n", text, flags=re.S | re.M
    )
    for name, make in TABLES.items():
        lines = make()
        if lines is None:
            continue
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        inside = "\n".join([start, *lines, end])
        text = re.sub(f"{start}.*?{end}", lambda _, new=inside: new, text, flags=re.S)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    README.write_text(generate(README.read_text("utf-8")), "utf-8")
