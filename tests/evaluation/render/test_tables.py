"""The tables hold every number that a reader may want to sort by."""

import pytest

from lookalike.evaluation.render import tables
from tests.evaluation import samples


def column(table, title):
    """The cells under a heading, by the row's first cell."""
    place = [one.title for one in table.columns].index(title)
    return {row[0].text: row[place] for row in table.rows}


@pytest.mark.parametrize(
    ("title", "text", "detail"),
    [
        ("P@10", "0.929", "0.919–0.939"),
        ("Recall@10", "0.0093", "0.0057–0.0129"),  # too small for three digits
        ("MAP@R", "0.762", "0.746–0.778"),
        ("Top 5", "0.975", "0.970–0.981"),
    ],
)
def test_metrics_stand_with_their_intervals(title, text, detail):
    cell = column(tables.quality(samples.typed(samples.report())), title)["ResNet"]
    assert (cell.text, cell.detail) == (text, detail)
    assert cell.sort == pytest.approx(float(text), abs=0.0005)


def test_a_metric_stands_under_one_name_only():
    titles = [one.title for one in tables.quality(samples.typed(samples.report())).columns]
    assert "P@1" in titles
    assert "Top 1" not in titles  # the same number


def test_a_method_that_finds_nothing_sorts_behind_all_ranks():
    report = samples.report()
    report["methods"][0]["first_hit"] |= {"found": 0.0, "mean_rank": float("nan")}
    cells = column(tables.quality(samples.typed(report)), "First hit")
    assert cells["ResNet"].detail == "none found"
    assert cells["ResNet"].sort > max(cells[name].sort for name in cells if name != "ResNet")


def test_times_stand_by_step_and_a_step_that_is_not_taken_as_a_dash():
    shown = tables.times(samples.typed(samples.report()))
    assert column(shown, "Total")["SIFT"].text == "31.0"
    assert column(shown, "Total")["SIFT"].detail == "p95 43.4"
    rerank = column(shown, "Rerank")
    assert (rerank["SIFT"].text, rerank["ViT"].text) == ("9.00", "–")
    assert column(shown, "Engine recall")["ViT"].detail == "0.910 of 1,000"
    assert column(shown, "Dimension")["ViT"].detail == "from 256"


def test_differences_say_who_is_better_only_when_told_apart():
    says = column(tables.differences(samples.typed(samples.report())), "Says")
    assert says["ResNet − Siamese"].text == "not told apart"
    assert says["ResNet − SIFT"].text == "ResNet is better"
    assert says["Autoencoder − SIFT"].text == "Autoencoder is better"
