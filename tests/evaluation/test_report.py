"""report.json as a schema: what was written loads, and anything else is refused in a sentence."""

import json

import pytest

from lookalike.benchmarking import FOLDER
from lookalike.errors import LookalikeError
from lookalike.evaluation import report as reports
from lookalike.evaluation.intervals import Interval
from lookalike.evaluation.report import Report
from tests.evaluation import samples

SHIPPED = sorted(FOLDER.rglob("report.json"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.parent.relative_to(FOLDER)))
def test_every_shipped_report_loads_and_would_be_written_as_it_is(path):
    assert json.loads(reports.read(path).json_text()) == json.loads(path.read_text("utf-8"))


def test_figures_beside_fixed_keys_have_their_names():
    report = samples.typed(samples.report())
    entry = report.methods[0]
    assert entry.engine_recall(10) == 0.995 and entry.engine_recall(7) is None
    assert set(entry.groups["class"]["Bag"].figures) == {"precision@10", "map"}
    assert set(report.two_stage[0].curve[0].figures) == {"precision@10", "map"}
    assert report.as_dict() == samples.report()


def change(*path, **values):
    """A change of the part of a report at a path."""

    def apply(report):
        for key in path:
            report = report[key]
        report |= values

    return apply


WRONG = [
    # what is changed, and where the sentence says that it is
    (change(title="x"), "title: Extra inputs"),  # no part of a report
    (change("methods", 0, engine_recall=1.0), "methods.0.engine_recall"),  # of how many?
    (change("methods", 0, ms={"load": {"p50": 1, "p95": 2}}), "methods.0.ms.load"),  # no step
    (change("methods", 0, "metrics", map={"mean": 0.5}), "methods.0.metrics.map.low"),
    (change("methods", 0, "metrics", map={"mean": 1, "low": 1, "high": 1, "sd": 0}), "sd"),
    (change("methods", 0, "first_hit", found=1.2), "methods.0.first_hit.found"),  # no share
    (change("methods", 0, "groups", "class", Bag={"queries": 3, "P 10": 0.5}), "P 10"),
    (change("methods", 0, "groups", "class", Bag={"queries": -3}), "queries"),
    (change("queries", count="many"), "queries.count"),
    (change(metric="ndcg@7"), "lacks the metric 'ndcg@7'"),  # by which it compares
    (change(methods=[]), "methods: List should have at least 1"),
    (lambda report: report.pop("gallery"), "gallery: Field required"),
]


@pytest.mark.parametrize(("spoil", "said"), WRONG)
def test_another_layout_is_refused_in_one_sentence(tmp_path, spoil, said):
    report = samples.report()
    spoil(report)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), "utf-8")
    with pytest.raises(LookalikeError, match="cannot be read: it is damaged, or of an") as refused:
        reports.read(path)
    assert said in refused.value.message
    assert refused.value.message.endswith(").") and "make it anew" in refused.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", '"report"', "\udcff"])
def test_what_is_no_report_is_refused(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(LookalikeError, match="cannot be read"):
        reports.read(path)
    with pytest.raises(LookalikeError, match="No such file"):
        reports.read(tmp_path / "none.json")


def test_every_field_that_is_no_plain_word_says_what_it_is():
    schema = Report.model_json_schema()
    assert schema["properties"]["k"]["description"] == "results that a visitor is shown"
    assert schema["$defs"]["FirstHit"]["properties"]["histogram"]["description"]


@pytest.mark.parametrize(
    ("gap", "apart", "said"),
    [
        (Interval(0.02, 0.01, 0.03), True, "0.020 [0.010, 0.030]"),
        (Interval(-0.02, -0.03, -0.01), True, "−0.020 [−0.030, −0.010]"),
        (Interval(0.01, -0.01, 0.03), False, "0.010 [−0.010, 0.030]"),
        (Interval(0.01, 0.0, 0.03), False, "0.010 [0.000, 0.030]"),  # 0 is its end
        (Interval(0.5, 0.5, 0.5), False, "0.500 [0.500, 0.500]"),  # of a single query
    ],
)
def test_an_interval_tells_apart_what_leaves_out_0(gap, apart, said):
    assert gap.told_apart == apart == (-gap).told_apart
    back = -gap
    assert str(gap) == said and -back == gap
