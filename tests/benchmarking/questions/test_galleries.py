"""What is kept of a report on a larger gallery, and what is said where the gallery is not built."""

import json
import xml.etree.ElementTree as ET

import pytest

from lookalike.benchmarking.questions import galleries
from lookalike.benchmarking.tables import galleries as tables
from lookalike.evaluation.render import plots
from lookalike.plotting import save
from tests.evaluation import samples

CLASSES = [f"class {number}" for number in range(101)]
PARENTS = {label: f"parent {number % 8}" for number, label in enumerate(CLASSES)}
METHODS = tuple(samples.METHODS)


def test_a_kept_report_is_small_and_names_no_picture():
    report = samples.report(METHODS, PARENTS, CLASSES, strips=12)
    report["methods"] = 2 * report["methods"]  # as many as there are
    text = galleries.condensed(samples.typed(report)).json_text()
    kept = json.loads(text)
    assert len(text) < 300_000
    assert not any(name in text for name in (".png", ".jpg"))
    assert {pair["metric"] for pair in kept["differences"]} == {"precision@10"}
    row, whole = kept["methods"][3], report["methods"][3]
    assert row["metrics"] == whole["metrics"]
    for kind in ("class", "parent"):
        for group, values in row["groups"][kind].items():
            assert set(values) == {"queries", "precision@10"}
            wanted = whole["groups"][kind][group]["precision@10"]
            assert values["precision@10"] == pytest.approx(wanted, abs=1e-4)


def test_a_gallery_that_is_not_built_is_left_out_and_it_is_said(home, capsys, monkeypatch):
    monkeypatch.setattr(galleries, "FOLDER", home / "benchmarks")
    # Things are there, and would be measured.
    others = {name: asked for name, asked in galleries.REPORTS.items() if asked[0] != "things"}
    monkeypatch.setattr(galleries, "REPORTS", others)
    galleries.measure_galleries()
    said = capsys.readouterr().err
    assert "`python -m lookalike gallery build caltech101` builds it." in said
    assert "fashion-products is left out" in said and not (home / "benchmarks").exists()


def test_a_gallery_that_is_built_is_measured(noise, run, monkeypatch, tmp_path):
    """The toys' encoders are known in this process only, so the command runs in it."""
    noise(30, methods=[])
    monkeypatch.setattr(galleries, "FOLDER", tmp_path)
    monkeypatch.setattr(galleries, "REPORTS", {"a/b": ("toys", "label", ["--robustness"])})
    monkeypatch.setattr(galleries, "lookalike", run)
    galleries.measure_galleries(["toy", "toy-far"])
    kept = json.loads((tmp_path / "a" / "b" / "report.json").read_text("utf-8"))
    assert [row["name"] for row in kept["methods"]] == ["toy", "toy-far"]
    assert {row["engine"] for row in kept["methods"]} == {"exact"}
    assert kept["queries"]["count"] == kept["robustness"]["queries"] == 6
    assert kept["strips"] == []
    assert ET.parse(tmp_path / "a" / "b" / "robustness.svg").getroot().tag.endswith("svg")


def test_the_heat_map_names_every_method_and_change_and_holds_the_numbers(tmp_path):
    report = samples.report()
    heat = plots.robustness(samples.typed(report).robustness)
    save([heat], tmp_path / "map.svg")
    drawn = (tmp_path / "map.svg").read_text("utf-8")
    part = report["robustness"]
    for row in part["rows"]:
        assert f">{row['title']}<" in drawn
        assert f">{row['unchanged']['mean']:.2f}<" in drawn
        for found in row["changes"].values():
            assert f">{found['mean']:.2f}<".replace("-", "−") in drawn.replace("-", "−")
    assert all(f">{change['title']}<" in drawn for change in part["changes"])
    save([heat], tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_text("utf-8") == drawn


def test_the_tables_say_what_the_report_says():
    report = samples.typed(samples.report(("resnet", "sift")))
    entry = report.methods[0]
    lines = tables.quality(report)
    classes = [means.figures["precision@10"] for means in entry.groups["class"].values()]
    line = next(line for line in lines if line.startswith("| resnet"))
    assert f"| {entry.metrics['precision@10']} |" in line
    assert f"| {sum(classes) / len(classes):.3f} |" in line
    lines = tables.robustness(report, "caltech101")
    line = next(line for line in lines if line.startswith("| sift"))
    flipped = report.robustness.rows[1].changes["flip"]
    assert f"| {flipped.mean:.3f}, loses {flipped.loss} |" in line
    assert "![Precision by how the query was changed](caltech101/robustness.svg)" in lines
