"""Where things are drawn: axes, names beside points, legends, files."""

import re
import xml.etree.ElementTree as ET

import pytest

from lookalike.plotting import (
    Chart,
    Diagram,
    HeatMap,
    Reliability,
    Series,
    decades,
    look,
    markup,
    names,
    save,
    shares,
)
from lookalike.plotting.histograms import percent
from lookalike.plotting.labels import places, spaced

PLOT = (0.0, 0.0, 300.0, 300.0)


def chart(words=("ViT",), at=((10.0, 0.5),), **more):
    series = [
        Series([x], [y], [word], look(place), words=[word], **more)
        for place, (word, (x, y)) in enumerate(zip(words, at, strict=True))
    ]
    xs, ys = zip(*at, strict=True)
    return Chart(decades("ms", xs), shares("P@10", ys), series)


def test_labels_of_points_that_lie_apart_take_the_usual_side():
    assert places([(20, 280), (200, 60)], ["ViT", "CLIP"], PLOT) == ["top right", "top right"]


def test_labels_of_points_that_lie_close_avoid_each_other():
    sides = places([(20, 150), (23, 150), (250, 40)], ["ViT", "CLIP", "SIFT"], PLOT)
    assert sides[0] != sides[1]


def test_long_labels_keep_farther_apart_than_short_ones():
    points = [(200, 150), (260, 150), (50, 40)]
    assert places(points, ["ViT", "CLIP", "SIFT"], PLOT)[:2] == ["top right", "top right"]
    assert places(points, ["EfficientNet (voyager)", "CLIP", "SIFT"], PLOT)[0] != "top right"


def test_labels_stay_in_the_plot():
    assert places([(290, 150)], ["Autoencoder"], PLOT)[0].endswith("left")
    assert places([(150, 5)], ["ViT"], PLOT)[0].startswith("bottom")


def test_points_that_fall_together_are_named_once():
    assert spaced([(150, 270), (150, 30), (153, 27), (270, 30)]) == [True, True, False, True]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.2, 8], ["1", "2", "5", "10"]),  # less than a decade: 1, 2, 5
        ([0.5, 900], ["1", "10", "100", "1,000"]),  # more: powers of ten
        ([0, 0.002], ["0.001", "0.002"]),  # 0 has no logarithm; it stands at a thousandth
        ([7], []),  # a single value: no round number is near
    ],
)
def test_a_logarithmic_axis_has_round_ticks(values, words):
    axis = decades("", values)
    assert [word for _, word in axis.ticks] == words
    assert all(0 < axis.share(value) < 1 for value in values)
    assert all(0 <= axis.share(tick) <= 1 for tick, _ in axis.ticks)


@pytest.mark.parametrize(
    ("values", "least", "words"),
    [
        ([0.5, 0.93], 4, "0.60"),
        ([1.0, 1.0], 3, "0.995"),  # equal ones, and none above 1
        ([-0.1, 0.0], 4, "−0.04"),  # with a minus, not a hyphen
    ],
)
def test_an_axis_of_shares_lies_close_around_them(values, least, words):
    axis = shares("", values)
    assert axis.high - axis.low < 1.2 * (max(values) - min(values)) + 0.03
    assert least <= len(axis.ticks) <= 8 and words in [word for _, word in axis.ticks]
    assert all(-1 <= tick <= 1 for tick, _ in axis.ticks)


def test_names_stand_from_top_to_bottom():
    axis = names(["first", "second"])
    assert axis.share(0) > axis.share(1)
    assert [word for _, word in axis.ticks] == ["first", "second"]


def test_marks_are_at_the_shares_of_their_axes():
    drawn = ET.fromstring(markup(chart(("a", "b"), ((1.0, 0.2), (100.0, 0.8))), "two"))
    low, high = (
        [tuple(map(float, pair.split(","))) for pair in mark.get("points").split()]
        for mark in drawn.find("svg[@class='lk-wide']").iter("polygon")
    )
    middle = [tuple(sum(axis) / len(one) for axis in zip(*one, strict=True)) for one in (low, high)]
    assert middle[0][0] < middle[1][0]  # more milliseconds: to the right
    assert middle[0][1] > middle[1][1]  # more precision: up


def test_what_is_drawn_stays_inside():
    """At both widths, names included, by the estimate of their width."""
    words = ("Autoencoder", "EfficientNet (voyager)", "ViT")
    figure = chart(words, ((1.0, 0.2), (100.0, 0.8), (90.0, 0.79)))
    for svg in ET.fromstring(markup(figure, "three")):
        _, _, width, height = map(float, svg.get("viewBox").split())
        for one in svg.iter("text"):
            assert 0 <= float(one.get("x")) <= width and 0 <= float(one.get("y")) <= height
        for mark in svg.iter("polygon"):
            values = list(map(float, re.split("[ ,]", mark.get("points"))))
            assert min(values) >= 0 and max(values[::2]) <= width and max(values[1::2]) <= height


def test_a_legend_takes_as_many_rows_as_it_needs():
    def keyed(count):
        series = [
            Series([1], [0.5], ["x"], look(place), key="faiss-ivfpq") for place in range(count)
        ]
        return Chart(decades("", [1, 9]), shares("", [0, 1]), series)

    few, many = keyed(2), keyed(12)
    assert many.height(340) > many.height(600) > few.height(600) == few.height(340)


def test_a_heat_map_gets_darker_with_its_values():
    heat = HeatMap([[0.2, 0.9]], [["low", "high"]], ["A", "B"], ["row"])
    cells = list(ET.fromstring(markup(heat, "two cells")).iter("rect"))
    assert float(cells[0].get("fill-opacity")) < float(cells[1].get("fill-opacity"))
    assert "--lk-width" in markup(heat, "") and "lk-narrow" not in markup(heat, "")


@pytest.mark.parametrize(
    ("share", "wide", "narrow"),
    [
        (0, "", ""),
        (0.00002, "0.1%", ""),
        (0.034, "3.4%", "3%"),
        (0.5, "50%", "50%"),
        (1, "100%", "100%"),
    ],
)
def test_bars_say_their_shares_as_they_have_room(share, wide, narrow):
    assert (percent(share, 50), percent(share, 24)) == (wide, narrow)


def test_a_file_needs_nothing_else_and_knows_light_and_dark(tmp_path):
    save([chart(), chart(), chart()], tmp_path / "a.svg", columns=2)
    text = (tmp_path / "a.svg").read_text("utf-8")
    svg = ET.fromstring(text)
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme:dark" in text and "--lk-ink: #1c1b1a" in text
    assert not re.search(r"(href|src|url\()", text)
    assert len([one for one in svg if one.tag.endswith("}g")]) == 3
    assert float(svg.get("width")) > 1200


@pytest.mark.parametrize(("width", "columns"), [(600, 4), (340, 2)])
def test_reliability_diagrams_are_as_large_on_a_phone(width, columns):
    """Two side by side there: their words keep their size, so that they can be read."""
    diagrams = [Diagram(f"method {n}", [0, 1], [0, 1], ["", ""], look(n)) for n in range(5)]
    figure = Reliability(diagrams, "title")
    drawn = ET.fromstring(f"<svg>{figure.drawn(width)}</svg>")
    places = [re.findall(r"[\d.]+", one.get("transform")) for one in drawn if one.get("transform")]
    across, down = ({float(place[axis]) for place in places} for axis in (0, 1))
    assert len(places) == 5 and len(across) == columns
    assert width / columns >= 148 and max(across) + width / columns == pytest.approx(width)
    assert max(down) < figure.height(width) < 1.6 * width * len(down) / columns


def test_what_is_as_claimed_lies_on_the_dotted_line():
    figure = Reliability(
        [Diagram("m", [0.0, 0.25, 1.0], [0.0, 0.25, 0.5], ["a", "b", "c"], look(0))], ""
    )
    drawn = ET.fromstring(f"<svg>{figure.drawn(340)}</svg>")
    (zero,) = (one for one in drawn.iter("line") if one.get("class") == "lk-zero")
    x1, y1, x2, y2 = (float(zero.get(name)) for name in ("x1", "y1", "x2", "y2"))
    marks = [(float(one.get("cx")), float(one.get("cy"))) for one in drawn.iter("circle")]
    above = [(y1 + (x - x1) * (y2 - y1) / (x2 - x1)) - y for x, y in marks]
    assert above[:2] == pytest.approx([0, 0], abs=0.2)
    assert above[2] == pytest.approx((y2 - y1) / 2, abs=0.2)  # below: less came true than claimed
