"""How often does each method find the query's label, and what does it lose when that is changed?

The report of `lookalike evaluate`. Only its figures are kept, fashion-mnist/report.json, which the
page's Benchmark tab shows: rankings and pictures are many times larger.
"""

import shutil
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from lookalike.benchmarking import FOLDER
from lookalike.benchmarking.questions.commands import lookalike
from lookalike.benchmarking.questions.galleries import draw_robustness

GALLERY = "fashion-mnist"
QUERIES = "1000"
TWO_STAGE = ("autoencoder:resnet:500", "pq:resnet:500")


def measure_quality() -> dict[str, Any]:
    """Write the report; how long that took."""
    stages = [word for stage in TWO_STAGE for word in ("--two-stage", stage)]
    kept = FOLDER / GALLERY
    kept.mkdir(exist_ok=True)
    start = perf_counter()
    with tempfile.TemporaryDirectory() as out:
        asked = ["--queries", QUERIES, *stages, "--robustness"]
        lookalike("evaluate", "--gallery", GALLERY, *asked, "--out", out)
        shutil.copy(Path(out) / "report.json", kept / "report.json")
    draw_robustness(kept)
    return {"seconds": perf_counter() - start}
