"""Write the generated parts of README.md, methods.md and calibration.md, pictures included.

python docs/generate.py writes them between their markers; `tests/test_docs.py` fails when they are
out of date. With --pictures the methods' pictures are drawn anew as well, which needs the shipped
gallery, its indexes and all weights, and takes a minute.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, from anywhere

from docs import method_figures  # noqa: E402
from lookalike.benchmarking.tables.markdown import table  # noqa: E402
from lookalike.encoders import registry as encoders  # noqa: E402
from lookalike.encoders.base import WeightsSpec  # noqa: E402
from lookalike.engines import registry as engines  # noqa: E402
from lookalike.evaluation import report as reports  # noqa: E402
from lookalike.evaluation.report import Step  # noqa: E402
from lookalike.index.key import IndexKey  # noqa: E402
from lookalike.index.meta import read_meta  # noqa: E402
from lookalike.settings import settings  # noqa: E402

README = ROOT / "README.md"
METHODS = ROOT / "docs" / "methods.md"
CALIBRATION = ROOT / "docs" / "calibration.md"


def front_matter() -> str:
    """space.yaml without its comments, as the Space reads it from README.md."""
    lines = (ROOT / "space.yaml").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def _weights(weights: WeightsSpec) -> str:
    """A set of weights, and whether a visitor who asks for it has to wait for a download."""
    later = ", downloaded when first asked for" if weights.source == "hub" else ""
    return f"{weights.name} ({weights.dimension}-d{later})"


def methods_table() -> list[str]:
    """Every registered encoder: what it looks at, its distance, its weights, its paper."""
    rows = []
    for name in encoders.ENCODERS:
        spec = encoders.spec(name)
        weights = ", ".join(_weights(one) for one in spec.weights)
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
    steps: dict[Step, str] = {
        "encode": "encode, ms",
        "search": "search, ms",
        "rerank": "re-rank, ms",
    }
    return table(
        [
            {
                "Method": entry.title,
                **{title: entry.metrics[name].mean for name, title in metrics.items()},
                **{title: entry.ms[step].p50 for step, title in steps.items()},
            }
            for entry in reports.read(report).methods
        ]
    )


def calibration_table() -> list[str]:
    """How far off each shipped index's probabilities are, as its meta.json says."""
    return table(
        [
            {"Method": encoders.spec(name).title}
            | {gallery: _expected_error(gallery, name) for gallery in ("things", "fashion-mnist")}
            for name in encoders.defaults()
        ]
    )


def _expected_error(gallery: str, method: str) -> str:
    weights = encoders.spec(method).weights[0].name
    key = IndexKey(gallery, method, weights, settings().engine)
    kept = read_meta(key.path(ROOT / "indexes")).calibration
    if kept is None or kept.expected_error is None:
        return "–"
    return f"{kept.expected_error:.3f}"


def generate(text: str) -> str:
    """README's text with every generated part replaced; what was not measured stays."""
    text = re.sub(
        r"\A---\n.*?^---\n", lambda _: f"---\n{front_matter()}\n---\n", text, flags=re.S | re.M
    )
    parts = {"methods": methods_table(), "engines": engines_table(), "measured": measured_table()}
    return fill(text, parts)


def generate_methods(text: str) -> str:
    """methods.md's text with its table, and the figures of every registered method, replaced."""
    about = {f"about {name}": method_figures.about(name) for name in encoders.ENCODERS}
    return fill(text, {"comparison": method_figures.comparison(), **about})


def generate_calibration(text: str) -> str:
    """calibration.md's text with its table replaced."""
    return fill(text, {"calibration": calibration_table()})


def fill(text: str, parts: Mapping[str, list[str] | None]) -> str:
    """Put each part's lines between its markers, <!-- name --> and <!-- /name -->."""
    for name, lines in parts.items():
        if lines is None:
            continue
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        inside = "\n".join([start, *lines, end])
        text = re.sub(f"{start}.*?{end}", lambda _, new=inside: new, text, flags=re.S)  # type: ignore[misc]
    return text


def main() -> None:
    """Write the documents, the pictures first."""
    if "--pictures" in sys.argv[1:]:
        from docs import pictures  # here, since it loads every model

        for path in pictures.draw(method_figures.PICTURES):
            print(path.relative_to(ROOT))
    for document, make in (
        (README, generate),
        (METHODS, generate_methods),
        (CALIBRATION, generate_calibration),
    ):
        document.write_text(make(document.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
