"""python -m benchmarks [quality|subject|speed|startup]...

Without a name everything is measured. Tables go to benchmarks/README.md, figures to results.json;
what was not measured this time keeps its last figures.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.tables import write_readme
from lookalike.benchmarking import machine

RESULTS = Path(__file__).parent / "results.json"
QUESTIONS = ["quality", "subject", "speed", "startup"]


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("question", nargs="*", choices=[*QUESTIONS, []], help="what to measure")
    asked = parser.parse_args().question or QUESTIONS
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for question in asked:
        print(f"Measuring {question}", file=sys.stderr)
        figures = import_module(f"benchmarks.{question}").measure()
        when = datetime.now(UTC).strftime("%Y-%m-%d")
        results[question] = {"date": when, "machine": machine.describe(), **figures}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n")
        write_readme(results)


if __name__ == "__main__":
    main()
