"""python -m lookalike.benchmarking [QUESTION]...

Without a question everything is measured. Tables go to benchmarks/README.md; figures to
results.json, engines.json, methods.json, and to report.json in a folder per gallery. What was not
measured this time keeps its last figures.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from lookalike import machine
from lookalike.benchmarking import FOLDER
from lookalike.benchmarking.questions import commands, galleries
from lookalike.benchmarking.tables.readme import write_readme

RESULTS = FOLDER / "results.json"
# Each has a file of its name in questions/, and in it a function measure_<name> of its figures.
FIGURES = [
    *("quality", "projection", "subject", "photographs", "calibration", "ranking"),
    "words",
    *("speed", "startup", "visits"),
]
GALLERIES = "galleries"  # those of them that are built; each has a report
QUESTIONS = [*FIGURES, GALLERIES, *commands.COMMANDS]


def main() -> None:
    """Measure, and write what was measured."""
    parser = argparse.ArgumentParser(prog="python -m lookalike.benchmarking")
    parser.add_argument("question", nargs="*", choices=[*QUESTIONS, []], help="what to measure")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--tables", action="store_true", help="only write README.md anew")
    parser.add_argument("--plots", action="store_true", help="only draw the plots anew")
    asked = parser.parse_args()
    if asked.plots:
        commands.draw()
        galleries.draw()
    for question in [] if asked.tables or asked.plots else asked.question or QUESTIONS:
        print(f"Measuring {question}", file=sys.stderr)
        if question == GALLERIES:
            galleries.measure_galleries()
        elif question in FIGURES:
            module = import_module(f"lookalike.benchmarking.questions.{question}")
            _keep(question, getattr(module, f"measure_{question}")())
        else:
            commands.run_command(question, asked.resume)
        write_readme()
    write_readme()


def _keep(question: str, figures: dict[str, Any]) -> None:
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    results[question] = {"date": when, "machine": machine.describe(), **figures}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
