"""A report as figures; report.html, the page's Benchmark tab and benchmarks/ show the same ones."""

from lookalike.evaluation.render.plots.heat_maps import by_group, by_relevance, robustness
from lookalike.evaluation.render.plots.methods import (
    differences,
    first_hits,
    quality_against_latency,
    two_stage,
)
from lookalike.evaluation.render.plots.reliability import reliability

__all__ = [
    "by_group",
    "by_relevance",
    "differences",
    "first_hits",
    "quality_against_latency",
    "reliability",
    "robustness",
    "two_stage",
]
