"""The figures hold the reports' numbers, and names as text."""

import xml.etree.ElementTree as ET

import pytest

from lookalike.evaluation import summary
from lookalike.evaluation.render import plots
from lookalike.plotting import look, markup
from tests.evaluation import samples

HOSTILE = "<b>Bag</b> & <script>alert(1)</script> </script>"
SHOWN = "&lt;b&gt;Bag&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;"


def sampled(**parts):
    return samples.typed(samples.report(**parts))


def text_of(figure):
    """All of a figure, as the browser gets it; it is well-formed."""
    drawn = markup(figure, "a figure")
    ET.fromstring(drawn)
    return drawn


def all_of(report):
    figures = [plots.quality_against_latency(report), plots.differences(report)]
    figures += [plots.by_group(report, kind) for kind in ("class", "parent")]
    figures += [plots.robustness(report.robustness)]
    figures += [plots.by_relevance({"same kind": report, "same name": report}, "precision@10")]
    figures += [plots.two_stage(report)] if report.two_stage else []
    return [*figures, plots.first_hits(report), plots.reliability(report)]


def test_relevances_stand_side_by_side():
    kind, name = sampled(), sampled(seed=1)
    drawn = plots.by_relevance({"same kind": kind, "same name": name}, "precision@10")
    assert drawn.columns == ["same kind", "same name"]
    rows = zip(drawn.values, kind.methods, name.methods, strict=True)
    for values, *entries in rows:
        assert values == [entry.metrics["precision@10"].mean for entry in entries]


def test_quality_stands_against_the_median_with_both_intervals():
    report = sampled()
    for one, entry in zip(
        plots.quality_against_latency(report).series, report.methods, strict=True
    ):
        value, ms = entry.metrics["precision@10"], entry.ms["total"]
        assert (one.x, one.y) == ([ms.p50], [value.mean])
        assert one.y_ends == [(value.low, value.high)]
        assert one.x_ends == [(ms.p50, ms.p95)]


def test_differences_are_from_the_best_and_hollow_when_not_told_apart():
    report = sampled()
    marks = {one.says[0].split(" less ")[0]: one for one in plots.differences(report).series}
    assert len(marks) == len(report.methods) - 1  # without the best one itself
    assert marks["Siamese"].look.hollow
    assert not marks["SIFT"].look.hollow
    assert marks["SIFT"].x[0] == pytest.approx(0.512 - 0.929)
    assert plots.differences(report).upright == 0


def test_a_reliability_diagram_holds_the_bins_of_each_calibrated_method():
    report = sampled()
    report.methods[1] = report.methods[1].model_copy(update={"calibration": None})
    figure = plots.reliability(report)
    others = [entry for entry in report.methods if entry.name != "siamese"]
    assert [one.name for one in figure.diagrams] == [entry.title for entry in others]
    for one, entry in zip(figure.diagrams, others, strict=True):
        bins = entry.calibration.bins
        assert list(one.claimed) == [each.claimed for each in bins]
        assert list(one.right) == [each.right for each in bins]
        assert "of 200 results are right" in one.says[0]


def test_groups_stand_by_rising_precision():
    report = sampled()
    for kind in ("class", "parent"):
        heat = plots.by_group(report, kind)
        averages = [sum(row) / len(row) for row in heat.values]
        assert averages == sorted(averages)
        labels = summary.hardest(report, kind)
        assert heat.rows == labels
        first = [entry.groups[kind][labels[0]].figures["precision@10"] for entry in report.methods]
        assert heat.values[0] == first


def test_changed_queries_stand_beside_the_unchanged_ones():
    part = sampled().robustness
    heat = plots.robustness(part)
    for values, says, row in zip(heat.values, heat.says, part.rows, strict=True):
        changes = [row.changes[change.name] for change in part.changes]
        assert values == [row.unchanged.mean, *(found.mean for found in changes)]
        assert f"loses {changes[0].loss}" in says[1] and row.title in says[1]
    assert heat.columns == ["Unchanged", *(change.title for change in part.changes)]


def test_no_two_of_many_methods_look_alike():
    looks = [(look(position).colour, look(position).shape) for position in range(40)]
    assert len(set(looks)) == 40


def test_first_hits_are_shares_of_the_queries():
    report = sampled()
    for bars, entry in zip(plots.first_hits(report).rows, report.methods, strict=True):
        counts = [count for _, _, count in entry.first_hit.histogram]
        assert sum(bars.shares) == pytest.approx(1)
        assert bars.shares[0] == counts[0] / sum(counts)
        assert "nothing relevant found" in bars.says[-1]


def test_two_stages_are_a_line_between_the_methods_alone():
    report = sampled()
    line, first, second = plots.two_stage(report).series
    pair = report.two_stage[0]
    assert line.joined and not first.joined
    assert line.words == [f"{point.n:,}" for point in pair.curve]
    assert all(f"short list of {point.n:,}" in said
               for said, point in zip(line.says, pair.curve, strict=True))  # fmt: skip
    assert first.y[0] == pair.first_alone.figures["precision@10"]
    assert second.x[0] == pair.second_alone.ms_p50
    assert (first.words, second.words) == (["Autoencoder alone"], ["ResNet alone"])


def test_names_are_drawn_letter_by_letter(monkeypatch):
    monkeypatch.setitem(samples.METHODS, "resnet", (HOSTILE, 0.929, 5.1))
    report = sampled(labels=(HOSTILE, "Shoe"), parents={HOSTILE: HOSTILE, "Shoe": "Shoe"})
    for figure in all_of(report):
        assert "<script" not in text_of(figure)
        assert "<b>Bag" not in text_of(figure)
    assert SHOWN in text_of(plots.by_group(report, "class"))  # in full, when pointed at


def test_labels_that_agree_once_shortened_keep_rows_of_their_own():
    labels = ("Sunglasses for children, red", "Sunglasses for children, blue")
    heat = plots.by_group(sampled(labels=labels, parents={}), "class")
    assert len(heat.values) == 2
    drawn = ET.fromstring(text_of(heat))
    names = [one for one in drawn.iter("text") if (one.text or "").startswith("Sunglasses")]
    assert len(names) == 2 and len({one.get("y") for one in names}) == 2
    assert all(len(one.text) <= 22 for one in names)


def test_several_engines_are_told_by_name():
    report = samples.report(methods=("resnet", "vit"))
    report["methods"][1] |= {"title": "ResNet", "engine": "exact"}
    report = samples.typed(report)
    assert list(summary.titles(report).values()) == ["ResNet (annoy)", "ResNet (exact)"]
    assert "ResNet (exact)" in text_of(plots.first_hits(report))


def test_a_single_method_and_a_single_class_are_drawn():
    report = sampled(methods=("vit",), labels=("Bag",), parents={"Bag": "Bags"})
    assert len(all_of(report)[0].series) == 1
    assert plots.differences(report).series == []
    assert all(text_of(figure) for figure in all_of(report))


def test_perfect_methods_are_drawn_near_1():
    report = samples.report(methods=("vit", "clip"))
    for row in report["methods"]:
        row["metrics"]["precision@10"] = {"mean": 1.0, "low": 1.0, "high": 1.0}
    axis = plots.quality_against_latency(samples.typed(report)).y
    assert 0.9 < axis.low < 1 < axis.high < 1.1


def test_every_mark_cell_and_bar_says_what_it_is():
    """What is pointed at is told by its <title>, one for each."""
    report = sampled()
    wanted = [len(report.methods), len(report.methods) - 1]
    for figure, count in zip(all_of(report), wanted, strict=False):
        drawn = ET.fromstring(text_of(figure))
        wide = drawn.find("svg[@class='lk-wide']")
        points = [one for one in wide.iter("g") if one.get("class") == "lk-point"]
        assert len(points) == count
        assert all(one.find("title").text for one in points)
