"""What things cost and how good they are, measured again by `make bench`.

questions/       how good are the methods, how soon is the first answer, …: one file each
engines, growth, overhead, methods
                 the questions that `python -m lookalike bench` asks as well
data, sweeps, scoring, timing, memory, children, results
                 how those are measured, and kept
engine_plots, engine_report, tables/
                 the figures as plots, for the page, and as benchmarks/README.md
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"  # the repository's figures
