"""The engines' figures hold what engines.json says."""

import xml.etree.ElementTree as ET

import pytest

from lookalike.benchmarking import engine_plots
from tests.evaluation import samples


def test_engines_are_joined_along_their_best_settings():
    bench = samples.engines()
    beaten = {**next(row for row in bench["rows"] if row["engine"] == "annoy"), "qps": 1.0}
    bench["rows"].append(beaten)
    series = engine_plots.engines(bench).series
    lines = {one.key: one for one in series if one.joined}
    assert list(lines) == list(samples.ENGINES)
    assert len(lines["annoy"].x) == 6
    assert 1.0 not in lines["annoy"].y
    faint = [one.y for one in series if one.faint and one.look.colour == lines["annoy"].look.colour]
    assert faint == [[1.0]]


def test_the_recall_axis_stretches_towards_1():
    chart = engine_plots.engines(samples.engines())
    places = [place for place, _ in chart.x.ticks]
    assert places == sorted(places)
    assert chart.x.ticks[-1][1] == "1"
    exact = next(one for one in chart.series if one.key == "exact")
    assert exact.x[0] == places[-1]


@pytest.mark.parametrize("quantity", engine_plots.GROWTH)
def test_growth_is_a_line_per_engine_in_its_colour_of_the_other_plot(quantity):
    bench = samples.engines()
    looks = {one.key: one.look for one in engine_plots.engines(bench).series if one.key}
    assert len({look.colour for look in looks.values()}) == len(samples.ENGINES)
    for line in engine_plots.growth(bench, quantity).series:
        assert line.x == [10_000, 60_000, 250_000, 1_000_000]
        assert line.look == looks[line.key]


def test_the_files_name_every_engine_and_are_the_same_again(tmp_path):
    bench = samples.engines()
    engine_plots.save_engines(bench, tmp_path / "engines.svg")
    engine_plots.save_growth(bench, tmp_path / "growth.svg")
    drawn = (tmp_path / "engines.svg").read_text("utf-8")
    assert ET.fromstring(drawn).tag.endswith("svg")
    assert all(f">{name}<" in drawn for name in samples.ENGINES)
    growth = (tmp_path / "growth.svg").read_text("utf-8")
    assert all(f">{title}<" in growth for title in engine_plots.GROWTH.values())
    engine_plots.save_engines(bench, tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text("utf-8") == drawn
