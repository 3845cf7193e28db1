"""The first paragraph claims what the intervals allow, and no more."""

import pytest

from lookalike.evaluation.render import verdict
from tests.evaluation import samples


def said(report):
    return " ".join(verdict.verdict(samples.typed(report))).replace("\N{NO-BREAK SPACE}", " ")


def apart(report, first, second, low, high):
    """Set the interval of a difference in precision@10."""
    for row in report["differences"]:
        if row["metric"] == "precision@10" and (row["first"], row["second"]) == (first, second):
            row |= {"low": low, "high": high}
    return report


def test_a_winner_is_named_when_every_interval_leaves_out_0():
    report = apart(samples.report(), "resnet", "siamese", 0.001, 0.007)
    assert "ResNet finds the right class most often: P@10 0.929 [0.919, 0.939]." in said(report)
    assert "Siamese, the next, is 0.004 [0.001, 0.007] behind." in said(report)


# Bounds of the difference to the next method: 0 within, 0 at an end, no width.
@pytest.mark.parametrize("bounds", [(-0.002, 0.01), (0.0, 0.01), (0.004, 0.004)])
def test_no_winner_is_named_when_one_interval_holds_0(bounds):
    report = apart(samples.report(), "resnet", "siamese", *bounds)
    assert "most often" not in said(report)
    assert "but these 1,000 queries do not tell it from Siamese." in said(report)
    assert "Of these, Siamese answers soonest: 2.40 ms per query" in said(report)


def test_no_winner_is_named_when_a_pair_was_not_compared():
    report = apart(samples.report(), "resnet", "siamese", 0.001, 0.007)
    report["differences"] = [row for row in report["differences"] if row["second"] != "sift"]
    assert said(report).startswith("ResNet comes out first, P@10 0.929 [0.919, 0.939]. ")


def test_differences_count_in_either_direction():
    report = samples.report()
    for row in report["differences"]:
        row |= {
            "first": row["second"], "second": row["first"],
            "mean": -row["mean"], "low": -row["high"], "high": -row["low"],
        }  # fmt: skip
    assert said(report) == said(samples.report())


def test_the_price_of_the_fastest_is_named():
    assert (
        "Autoencoder takes a third of ResNet's time (1.70 ms against 5.10 ms at the median) and "
        "gives up 0.088 [0.082, 0.094] of P@10." in said(samples.report())
    )


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (4.9, ""),  # about as fast
        (2.55, "takes half of ResNet's time"),
        (3.9, "takes 76 % of ResNet's time"),
    ],
)
def test_times_are_compared_when_they_differ(monkeypatch, ms, words):
    monkeypatch.setitem(samples.METHODS, "clip", ("CLIP", 0.8, ms))
    report = samples.report(methods=("resnet", "clip"))
    assert words in said(report)
    assert bool(words) == ("time" in said(report))


def test_the_shortest_list_that_comes_close_is_named():
    assert (
        "Autoencoder with its first 100 results put in order by ResNet reaches 0.920 in 2.50 ms; "
        "ResNet alone, 0.929 in 5.10 ms." in said(samples.report())
    )


@pytest.mark.parametrize(
    ("relevance", "words"),
    [
        ("label", "finds the right class with"),
        ("category", "finds the right category with"),
        ("qrels", "finds what was judged relevant with"),
        ("votes", "finds what was judged relevant with"),
    ],
)
def test_one_method_is_described(relevance, words):
    report = samples.report(methods=("vit",)) | {"relevance": relevance}
    assert words in said(report)
    assert "soonest" not in said(report)


@pytest.mark.parametrize(("count", "words"), [(1, "1 query says"), (99, "99 queries say")])
def test_few_queries_are_called_few(count, words):
    report = samples.report()
    report["queries"]["count"] = count
    assert f"{words} little about others" in said(report)
    assert "these 1 queries" not in said(report)


def test_queries_without_classes_have_no_hardest_one():
    report = samples.report()
    for row in report["methods"]:
        row["groups"] = {}
    assert "hardest" not in said(report)


def test_classes_that_are_all_as_hard_are_not_named():
    report = samples.report()
    for row in report["methods"]:
        for group in row["groups"]["class"].values():
            group["precision@10"] = 1.0
    assert "hardest" not in said(report)
