"""How far the probabilities that the page shows are from what comes true.

An index carries curves of probability by distance, fitted on the gallery's held-out images. Judging
them by the same images would flatter them. So curves are fitted here anew, to what four fifths of
the report's queries find, and judged by what the last fifth finds, five times. The error is the
mean over ten such splits of the queries, so that no lucky one decides; the diagram shows the first.
"""

import numpy as np

from lookalike.calibration.pairs import Pairs
from lookalike.calibration.reliability import cross_fitted, cross_fitted_error, reliability
from lookalike.evaluation.ranking.figures import Measured
from lookalike.evaluation.report import Calibrated, GoodMatches, ReliabilityBin
from lookalike.index.labelled import classes, media, same
from lookalike.progress import Show
from lookalike.settings import settings


def study(measured: Measured, show: Show) -> Calibrated | None:
    """One system's calibration; None without two queries whose label the gallery has."""
    gallery = measured.rankings.asked.searcher.gallery
    items = classes(gallery, gallery.labels)
    wanted = classes(gallery, [query.label for query in measured.rankings.asked.queries.each])
    asking = np.isin(wanted, sorted(set(items[gallery.live]) - {""}))
    if asking.sum() < 2:
        return None
    with show(f"calibrate {measured.system.name}") as progress:
        distances = measured.rankings.shown_distances(measured.shown, progress)
    right = items[measured.shown] == wanted[:, None]
    kinds = media(gallery.items.metadata())[measured.shown]
    pairs = Pairs(distances, right & np.isfinite(distances), kinds).of(asking)
    error = cross_fitted_error(pairs)
    if error is None:
        return None
    likely = cross_fitted(pairs)
    bins = reliability(likely, pairs.right)
    return Calibrated(
        same=same(gallery),
        queries=int(asking.sum()),
        pairs=sum(one.pairs for one in bins),
        expected_error=error,
        bins=[ReliabilityBin(**vars(one)) for one in bins],
        good_matches=_good_matches(likely[:, 0], pairs.right[:, 0]),
    )


def _good_matches(likely: np.ndarray, right: np.ndarray) -> GoodMatches:
    """What the setting `good_match_probability` makes of the best results' probabilities."""
    good = likely >= settings().good_match_probability
    return GoodMatches(
        share=float(good.mean()),
        right=float(right[good].mean()) if good.any() else None,
        others_right=float(right[~good].mean()) if not good.all() else None,
    )
