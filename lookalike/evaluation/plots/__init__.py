"""Reports as figures to hover over, in plotly; report.html and the page's Benchmark tab show them.

Every function takes the dict that a report.json or an engines.json holds and gives one figure.
IndexKey in it may hold anything: see `base.safe`. What is ink, grid or background takes its colour
from lookalike/assets/plots.css, so that one figure serves light, dark and print.
"""

from lookalike.evaluation.plots.engines import engines, growth
from lookalike.evaluation.plots.heat_maps import by_group, robustness
from lookalike.evaluation.plots.methods import (
    differences,
    first_hits,
    quality_against_latency,
    two_stage,
)

__all__ = [
    "by_group",
    "differences",
    "engines",
    "first_hits",
    "growth",
    "quality_against_latency",
    "robustness",
    "two_stage",
]
