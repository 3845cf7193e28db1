"""How often does each method find the query's label, and what does it lose when that is changed?

The report of `lookalike evaluate`. Only its figures are kept, fashion-mnist/report.json, which the
page's Benchmark tab shows: rankings and pictures are many times larger.
"""

import json
import shutil
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.commands import FOLDER, lookalike
from lookalike.benchmarking import charts

GALLERY = "fashion-mnist"
QUERIES = "1000"
CHART = "robustness.svg"
TWO_STAGE = ("autoencoder:resnet:500", "pq:resnet:500")


def measure() -> dict[str, Any]:
    """Write the report; how long that took."""
    stages = [word for stage in TWO_STAGE for word in ("--two-stage", stage)]
    kept = FOLDER / GALLERY
    kept.mkdir(exist_ok=True)
    start = perf_counter()
    with tempfile.TemporaryDirectory() as out:
        asked = ["--queries", QUERIES, *stages, "--robustness"]
        lookalike("evaluate", "--gallery", GALLERY, *asked, "--out", out)
        shutil.copy(Path(out) / "report.json", kept / "report.json")
    charts.robustness(json.loads((kept / "report.json").read_text("utf-8")), kept / CHART)
    return {"seconds": perf_counter() - start}
