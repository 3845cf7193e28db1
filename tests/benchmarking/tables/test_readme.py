"""benchmarks/README.md says what the figures beside it say."""

from lookalike.benchmarking import FOLDER
from lookalike.benchmarking.tables import engines, readme


def test_the_tables_are_those_of_the_figures():
    written = (FOLDER / "README.md").read_text("utf-8")
    assert written == readme.readme(), "run python -m lookalike.benchmarking --tables"


def row(engine, recall, qps, relative):
    costs = {"build_s": 1.25, "file_mb": 10.4, "memory_mb": 20, "bytes_per_vector": 3136.4}
    speed = {"recall@10": recall, "qps": qps, "relative_qps": relative, "runs": 5}
    return {"engine": engine, "params": {"knob": int(qps)}, **speed, **costs}


FIGURES = {"dataset": "pixels", "count": 60000, "dimension": 784, "queries": 1000, "k": 10}
FIGURES |= {"exact_qps": 160.4}


def test_the_fastest_configuration_of_each_recall():
    rows = [
        row("annoy", 0.85, 9000, 56.2),
        row("annoy", 0.985, 2000, 12.5),
        row("annoy", 0.981, 3000, 18.75),
        row("annoy", 0.97, 2500, 15),  # beaten in both
        row("lsh", 0.7, 5000, 31),
    ]
    lines = engines.engines(FIGURES | {"rows": rows})
    fastest = next(line for line in lines if line.startswith("| annoy"))
    assert "9,000 (56.2 x) | 3,000 (18.8 x) | 3,000 (18.8 x) | 3,000 (18.8 x) | – |" in fastest
    assert "| – | – | – | – | – |" in next(line for line in lines if line.startswith("| lsh"))
    assert "| annoy | knob 2000 | 0.9850 | 2,000 | 12.5 | 1.2 | 10 | 20 | 3,136 |" in lines
    assert not any("knob 2500" in line for line in lines)


def test_the_peak_is_told_by_what_goes_in_and_comes_out():
    size = {"count": 10000, "dimension": 128, "vectors_mb": 5, "peak_mb": 14.3}
    grown = row("annoy", 0.951, 4000, 20) | size | {"file_mb": 8}
    lines = engines.growth({"growth": [grown]})
    assert "| annoy | 10,000 | knob 4000 | 0.9510 | 4,000 | 20 | 1.2 | 5 | 8 | 14 | 1.10 |" in lines
