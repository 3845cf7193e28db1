"""The figures hold the reports' numbers, and names as text."""

import json

import pytest

from lookalike.evaluation import summary
from lookalike.evaluation.render import plots
from lookalike.evaluation.render.plots.base import style
from lookalike.evaluation.render.plots.labels import places, spaced
from tests.evaluation import samples

HOSTILE = "<b>Bag</b> & <script>alert(1)</script> </script>"
SHOWN = "&lt;b&gt;Bag&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;"


def text_of(figure):
    """All of a figure, as the browser gets it."""
    return json.dumps(json.loads(figure.to_json()), ensure_ascii=False)


def all_of(report):
    figures = [plots.quality_against_latency(report), plots.differences(report)]
    figures += [plots.by_group(report, kind) for kind in ("class", "parent")]
    figures += [plots.robustness(report)]
    figures += [plots.two_stage(report)] if report["two_stage"] else []
    return [*figures, plots.first_hits(report)]


def test_quality_stands_against_the_median_with_both_intervals():
    report = samples.report()
    for trace, row in zip(
        plots.quality_against_latency(report).data, report["methods"], strict=True
    ):
        value, ms = row["metrics"]["precision@10"], row["ms"]["total"]
        assert (trace.x, trace.y) == ((ms["p50"],), (value["mean"],))
        assert trace.y[0] + trace.error_y.array[0] == pytest.approx(value["high"])
        assert trace.y[0] - trace.error_y.arrayminus[0] == pytest.approx(value["low"])
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(ms["p95"])


def test_differences_are_from_the_best_and_hollow_when_not_told_apart():
    report = samples.report()
    marks = {
        trace.hovertemplate.split(" less ")[0][3:]: trace
        for trace in plots.differences(report).data
    }
    assert len(marks) == len(report["methods"]) - 1  # without the best one itself
    assert marks["Siamese"].marker.symbol == "circle-open"
    assert marks["SIFT"].marker.symbol == "circle"
    assert marks["SIFT"].x[0] == pytest.approx(0.512 - 0.929)


def test_groups_stand_by_rising_precision():
    report = samples.report()
    for kind in ("class", "parent"):
        heat = plots.by_group(report, kind).data[0]
        averages = [sum(row) / len(row) for row in heat.z]
        assert averages == sorted(averages)
        labels = summary.hardest(report, kind)
        first = [row["groups"][kind][labels[0]]["precision@10"] for row in report["methods"]]
        assert list(heat.z[0]) == first


def test_changed_queries_stand_beside_the_unchanged_ones():
    report = samples.report()
    part = report["robustness"]
    heat = plots.robustness(report).data[0]
    for values, hover, row in zip(heat.z, heat.customdata, part["rows"], strict=True):
        changes = [row["changes"][change["name"]] for change in part["changes"]]
        assert list(values) == [row["unchanged"]["mean"], *(found["mean"] for found in changes)]
        loss = changes[0]["loss"]
        assert f"loses {summary.Gap(**loss)}" in hover[1] and row["title"] in hover[1]
    ticks = plots.robustness(report).layout.xaxis.ticktext
    assert list(ticks) == ["Unchanged", *(change["title"] for change in part["changes"])]


def test_no_two_of_many_methods_look_alike():
    looks = [(style(position)["color"], style(position)["symbol"]) for position in range(40)]
    assert len(set(looks)) == 40


def test_first_hits_are_shares_of_the_queries():
    report = samples.report()
    for bars, row in zip(plots.first_hits(report).data, report["methods"], strict=True):
        counts = [count for _, _, count in row["first_hit"]["histogram"]]
        assert sum(bars.y) == pytest.approx(1)
        assert bars.y[0] == counts[0] / sum(counts)
        assert bars.customdata[-1][0] == "nothing relevant found"


def test_two_stages_are_a_line_between_the_methods_alone():
    report = samples.report()
    line, first, second = plots.two_stage(report).data
    pair = report["two_stage"][0]
    assert list(line.customdata) == [f"{point['n']:,}" for point in pair["curve"]]
    assert first.y[0] == pair["first_alone"]["precision@10"]
    assert second.x[0] == pair["second_alone"]["ms_p50"]
    assert (first.text, second.text) == ("Autoencoder alone", "ResNet alone")


def test_names_are_drawn_letter_by_letter(monkeypatch):
    monkeypatch.setitem(samples.METHODS, "resnet", (HOSTILE, 0.929, 5.1))
    report = samples.report(labels=(HOSTILE, "Shoe"), parents={HOSTILE: HOSTILE, "Shoe": "Shoe"})
    for figure in all_of(report):
        assert "<script" not in text_of(figure)
        assert "<b>Bag" not in text_of(figure)
    assert SHOWN in text_of(plots.by_group(report, "class"))  # in full, when pointed at


def test_labels_that_agree_once_shortened_keep_rows_of_their_own():
    labels = ("Sunglasses for children, red", "Sunglasses for children, blue")
    heat = plots.by_group(samples.report(labels=labels, parents={}), "class")
    assert len(heat.data[0].z) == 2
    assert len(set(heat.layout.yaxis.tickvals)) == 2
    assert all(len(tick) <= 22 for tick in heat.layout.yaxis.ticktext)


def test_several_engines_are_told_by_name():
    report = samples.report(methods=("resnet", "vit"))
    report["methods"][1] |= {"title": "ResNet", "engine": "exact"}
    assert list(summary.titles(report).values()) == ["ResNet (annoy)", "ResNet (exact)"]
    assert "ResNet (exact)" in text_of(plots.first_hits(report))


def test_a_single_method_and_a_single_class_are_drawn():
    report = samples.report(methods=("vit",), labels=("Bag",), parents={"Bag": "Bags"})
    assert len(all_of(report)[0].data) == 1
    assert plots.differences(report).data == ()


def test_labels_of_points_that_lie_apart_take_the_usual_side():
    assert places([0, 1], [0, 1], ["ViT", "CLIP"]) == ["top right", "top right"]


def test_labels_of_points_that_lie_close_avoid_each_other():
    sides = places([0, 0.01, 1], [0.5, 0.5, 1], ["ViT", "CLIP", "SIFT"])
    assert sides[0] != sides[1]


def test_points_that_fall_together_are_named_once():
    assert spaced([0.5, 0.5, 0.51, 0.9], [0.1, 0.9, 0.91, 0.9]) == [True, True, False, True]


def test_engines_are_joined_along_their_best_settings():
    bench = samples.engines()
    beaten = {**next(row for row in bench["rows"] if row["engine"] == "annoy"), "qps": 1.0}
    bench["rows"].append(beaten)
    lines = {trace.name: trace for trace in plots.engines(bench).data if trace.mode != "markers"}
    assert list(lines) == list(samples.ENGINES)
    assert len(lines["annoy"].x) == 6
    assert 1.0 not in lines["annoy"].y
    faint = [trace for trace in plots.engines(bench).data if trace.mode == "markers"]
    assert [trace.y for trace in faint if trace.name == "annoy"] == [(1.0,)]


def test_the_recall_axis_stretches_towards_1():
    axis = plots.engines(samples.engines()).layout.xaxis
    assert list(axis.tickvals) == sorted(axis.tickvals)
    assert axis.ticktext[-1] == "1"
    recall_of_1 = next(
        trace for trace in plots.engines(samples.engines()).data if trace.name == "exact"
    )
    assert recall_of_1.x[0] == axis.tickvals[-1]


@pytest.mark.parametrize("quantity", ["build_s", "peak_mb", "file_mb", "qps"])
def test_growth_is_a_line_per_engine_in_its_colour_of_the_other_plot(quantity):
    bench = samples.engines()
    colours = {trace.name: trace.marker.color for trace in plots.engines(bench).data}
    assert len(set(colours.values())) == len(samples.ENGINES)
    for line in plots.growth(bench, quantity).data:
        assert list(line.x) == [10_000, 60_000, 250_000, 1_000_000]
        assert line.marker.color == colours[line.name]


def test_long_labels_keep_farther_apart_than_short_ones():
    x, y = [0, 0.2, 1], [0.5, 0.5, 1]
    assert places(x, y, ["ViT", "CLIP", "SIFT"])[1] == "top right"
    assert places(x, y, ["ViT", "CLIP", "SIFT"])[0] == "top right"
    assert places(x, y, ["EfficientNet (voyager)", "CLIP", "SIFT"])[0] != "top right"


def test_perfect_methods_are_drawn_near_1():
    report = samples.report(methods=("vit", "clip"))
    for row in report["methods"]:
        row["metrics"]["precision@10"] = {"mean": 1.0, "low": 1.0, "high": 1.0}
    low, high = plots.quality_against_latency(report).layout.yaxis.range
    assert 0.9 < low < 1 < high < 1.1
