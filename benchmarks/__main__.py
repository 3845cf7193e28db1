"""python -m benchmarks [QUESTION]...

Without a question everything is measured. Tables go to benchmarks/README.md; figures to
results.json, engines.json, methods.json, and to report.json in a folder per gallery. What was not
measured this time keeps its last figures.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import commands, galleries
from benchmarks.tables import write_readme
from lookalike import machine

RESULTS = Path(__file__).parent / "results.json"
# Measured by a file of this folder.
HERE = [
    *("quality", "projection", "subject", "photographs", "calibration", "ranking"),
    *("speed", "startup"),
]
GALLERIES = "galleries"  # those of them that are built
QUESTIONS = [*HERE, GALLERIES, "methods", "overhead", "engines", "growth"]


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("question", nargs="*", choices=[*QUESTIONS, []], help="what to measure")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--tables", action="store_true", help="only write README.md anew")
    asked = parser.parse_args()
    for question in [] if asked.tables else asked.question or QUESTIONS:
        print(f"Measuring {question}", file=sys.stderr)
        if question == GALLERIES:
            galleries.measure()
        elif question in HERE:
            _keep(question, import_module(f"benchmarks.{question}").measure())
        else:
            commands.measure(question, asked.resume)
        write_readme()
    write_readme()


def _keep(question: str, figures: dict[str, Any]) -> None:
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    results[question] = {"date": when, "machine": machine.describe(), **figures}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
