"""`lookalike train adapt`: from a labelled gallery to one more method, and what is refused."""

import json
from dataclasses import replace

import pytest

from lookalike.encoders import registry
from lookalike.galleries.gallery import open_gallery
from lookalike.training.adaptation import publish
from lookalike.training.adaptation import run as training
from tests.cli.refusal import check_refusal
from tests.training.embeddings.informative import gallery_items

pytestmark = pytest.mark.slow  # each command trains a layer

ADAPT = ("train", "adapt", "--encoder", "toy-long", "--gallery", "toys")
NAME = "toy-long-on-toys"


@pytest.fixture
def gallery(make_gallery, toy, monkeypatch):
    short = training.SCHEDULE.model_copy(update={"epochs": 4})
    monkeypatch.setattr(training, "SCHEDULE", short)
    return make_gallery(items=gallery_items())


@pytest.mark.slow
def test_an_adapted_method_is_trained_indexed_searched_and_measured(run, gallery, home, tmp_path):
    ran = run(*ADAPT)
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    assert [line.split(":")[0] for line in lines[:4]] == [f"epoch {n}" for n in (1, 2, 3, 4)]
    assert lines[4].startswith("It helped: of 36 validation images, P@10 is ")
    folder = home / "models" / NAME / "adapted"
    assert lines[5] == f"Written to {folder}."
    assert NAME in lines[6] and "python -m lookalike serve" in lines[6]
    assert "encode with toy-long: 100%" in ran.err

    photo = tmp_path / "asked.png"
    photo.write_bytes(gallery[7].image)
    asked = ("--gallery", "toys", "--subject", "whole", "--json")
    found = json.loads(run("search", photo, *asked).out)["methods"]
    assert [one["method"] for one in found] == [NAME]  # no other has an index
    assert found[0]["results"][0]["name"] == gallery.names[7]

    run("index", "build", "--gallery", "toys", "--method", "toy-long")
    measured = run("evaluate", "--gallery", "toys", "--queries", "all", "--json")
    rows = {row["method"]: row for row in json.loads(measured.out)["rows"]}
    assert list(rows) == ["toy-long", NAME]
    precision = next(key for key in rows[NAME] if key.lower() in ("p@10", "precision@10"))
    assert rows[NAME][precision] > rows["toy-long"][precision]
    assert run("index", "verify").out.count("sound") >= 2


def test_its_index_grows_with_the_gallery(run, gallery, tmp_path):
    run(*ADAPT)
    for item in gallery_items(248)[240:]:
        (tmp_path / item.label).mkdir(exist_ok=True)
        (tmp_path / item.label / item.name).write_bytes(item.image)
    assert run("gallery", "add", tmp_path, "--name", "toys", "--method", NAME).code == 0
    assert len(open_gallery("toys")) == 248
    listed = json.loads(run("index", "list", "--json").out)["rows"]
    (row,) = [row for row in listed if row["encoder"] == NAME]
    assert (row["count"], row["added"]) == (248, 8)


def test_what_did_not_help_is_not_kept_unless_asked(run, make_gallery, gallery, home):
    make_gallery(items=gallery_items(told=False))
    ran = run(*ADAPT)
    assert ran.code == 0 and "It did not help: " in ran.out and "is not kept" in ran.out
    assert NAME not in registry.names() and not (home / "models").exists()
    assert run(*ADAPT, "--keep", "--no-index").code == 0
    assert NAME in registry.names() and not (home / "indexes").exists()


def test_without_an_index_it_says_how_to_build_one(run, gallery):
    ran = run(*ADAPT, "--no-index", "--name", "mine", "--dimension", "8")
    assert "index build --gallery toys --method mine`" in ran.out
    assert registry.weights_spec("mine").dimension == 8
    assert run("index", "build", "--gallery", "toys", "--method", "mine").code == 0


@pytest.mark.parametrize("stopped", ["write", "index"])
def test_ctrl_c_leaves_nothing_half_done(run, gallery, home, monkeypatch, stopped):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    place = "cards.write_readme" if stopped == "write" else "index_method"
    with monkeypatch.context() as patched:
        patched.setattr(f"lookalike.training.adaptation.publish.{place}", interrupt)
        assert run(*ADAPT).code == 130
    there = [path.name for path in (home / "models" / NAME).iterdir()]
    assert there == ([] if stopped == "write" else ["adapted"])
    assert run(*ADAPT).code == 0
    assert publish.cards.verify(home / "models" / NAME / "adapted")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--encoder", "nosuch"], "There is no method called 'nosuch'."),
        (["--gallery", "nosuch"], "There is no gallery called 'nosuch'."),
        (["--weights", "nosuch"], "There is no set of toy-long weights called 'nosuch'."),
        (["--by", "nosuch"], "has a field called 'nosuch'."),
        (["--name", "../../x"], "'../../x' cannot name a method."),
        (["--name", "resnet"], "The name 'resnet' is taken."),
    ],
)
def test_what_cannot_be_adapted_is_two_sentences(run, gallery, home, arguments, message):
    check_refusal(run(*ADAPT, *arguments), message)
    assert not (home / "models").exists() and not (home / "cache").exists()


def test_a_gallery_without_labels_is_two_sentences(run, make_gallery, gallery):
    make_gallery(items=[replace(item, label="") for item in gallery_items()])
    check_refusal(run(*ADAPT), "No image of the gallery toys has a label.")


def test_missing_weights_are_two_sentences(run, gallery, tmp_path, fresh_settings):
    fresh_settings(ASSETS=tmp_path)
    ran = run("train", "adapt", "--encoder", "vit", "--gallery", "toys")
    check_refusal(ran, "cannot be read")


def test_the_short_form_trains_a_model(run):
    check_refusal(run("train", "nosuch"), "There is no model to train called 'nosuch'.")
    check_refusal(run("train", "model", "nosuch"), "There is no model to train called 'nosuch'.")
