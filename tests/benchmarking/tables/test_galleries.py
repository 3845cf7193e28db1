"""Tables of galleries: whose figures are those of weights that are no longer shipped."""

import pytest

from lookalike import cards
from lookalike.benchmarking.tables import galleries
from tests.evaluation import samples

SHIPPED = cards.read(cards.find("resnet/embedded"))["sha256"]


@pytest.mark.parametrize(
    ("method", "sha256", "said"),
    [
        ("resnet", SHIPPED, "embedded"),
        ("resnet", "0" * 64, "embedded, earlier"),
        ("resnet", "", "embedded"),  # a report from before they were noted
        ("efficientnet", "0" * 64, "embedded"),  # a package's, which its version pins
    ],
)
def test_figures_of_earlier_weights_are_marked(method, sha256, said):
    report = samples.typed(samples.report((method,)))
    entry = report.methods[0].model_copy(update={"weights_sha256": sha256})
    assert galleries.weights_of(entry) == said
    (line,) = galleries.quality(report.model_copy(update={"methods": [entry]}))[-1:]
    assert f"| {said} |" in line
