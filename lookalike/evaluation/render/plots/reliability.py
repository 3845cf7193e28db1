"""How far a report's probabilities are from what came true."""

from lookalike.evaluation import summary
from lookalike.evaluation.render.text import percent
from lookalike.evaluation.report import Calibrated, Report
from lookalike.plotting import Diagram, Look, Reliability, look

AXES = "Across: probability; upward: share that is right"


def reliability(report: Report) -> Reliability:
    """A reliability diagram per system that was calibrated."""
    titles = summary.titles(report)
    return Reliability(
        [
            _diagram(titles[entry.name], entry.calibration, look(position))
            for position, entry in enumerate(report.methods)
            if entry.calibration
        ],
        AXES,
    )


def _diagram(title: str, found: Calibrated, mark: Look) -> Diagram:
    says = [
        f"{title}\nprobability {one.claimed:.3f}: {percent(one.right, 1)} of {one.pairs:,} results "
        "are right"
        for one in found.bins
    ]
    return Diagram(
        title, [one.claimed for one in found.bins], [one.right for one in found.bins], says, mark
    )
