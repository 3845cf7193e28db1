"""Adaptation: it finds what tells classes apart in noise, and says when there is nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lookalike import photos
from lookalike.encoders import registry
from lookalike.encoders.adapted import NAME
from lookalike.errors import GalleryError, LookalikeError, UnknownNameError
from lookalike.galleries.changes import remove_items
from lookalike.galleries.gallery import Item, open_gallery
from lookalike.index import encoding
from lookalike.training.adaptation import items, layers, publish, run, task
from lookalike.training.embeddings import publish as runs
from tests.training.embeddings.informative import gallery_items


@pytest.fixture
def gallery(make_gallery):
    return make_gallery(items=gallery_items())


@pytest.fixture
def short(monkeypatch):
    """Few epochs: the toys are easy."""
    monkeypatch.setattr(run, "SCHEDULE", run.SCHEDULE.model_copy(update={"epochs": 6}))


def adapt(made):
    encoder, frozen = run.encode(made)
    return run.train(made, encoder, frozen, lambda row: None)


@pytest.mark.slow
def test_it_finds_the_two_numbers_that_matter(gallery, toy, short):
    outcome = adapt(task.make(gallery, "toy-long"))
    assert outcome.frozen.mean < 0.6  # of four classes, mostly noise
    assert outcome.adapted.mean > outcome.frozen.mean + 0.2
    assert outcome.helped and outcome.sentence().startswith("It helped: of 36 validation images")


def test_it_says_when_there_is_nothing_to_find(make_gallery, toy, short):
    noise = gallery_items(told=False)
    outcome = adapt(task.make(make_gallery(items=noise), "toy-long"))
    assert not outcome.helped
    assert outcome.sentence().startswith("It did not help: ")


def test_the_same_seed_gives_the_same_numbers_and_another_others(gallery, toy, short):
    made = task.make(gallery, "toy-long")
    first = adapt(made)
    publish.forget_run(made)
    again = adapt(made)
    other = adapt(task.make(gallery, "toy-long", seed=1))
    assert first.progress.curve == again.progress.curve
    np.testing.assert_array_equal(first.layer["weight"], again.layer["weight"])
    assert not np.array_equal(first.layer["weight"], other.layer["weight"])


@pytest.mark.slow
def test_an_interrupted_training_ends_as_one_that_was_not(gallery, toy, short):
    made, rows = task.make(gallery, "toy-long"), []
    whole = adapt(made)
    publish.forget_run(made)

    def stop(row):
        rows.append(row)
        if len(rows) == 3:
            raise KeyboardInterrupt

    encoder, frozen = run.encode(made)
    with pytest.raises(KeyboardInterrupt):
        run.train(made, encoder, frozen, stop)
    resumed = run.train(made, encoder, frozen, rows.append)
    assert len(rows) < 3 + len(whole.progress.curve)  # the first epochs were not done again
    np.testing.assert_array_equal(resumed.layer["weight"], whole.layer["weight"])
    assert not (publish.write(made, encoder, resumed).parent / ".adapted.partial").exists()
    assert not runs.checkpoint(made.name).exists()


@pytest.mark.slow
def test_encoding_goes_on_where_it_stopped_and_is_done_once(gallery, toy, short, monkeypatch):
    monkeypatch.setattr(encoding, "CHUNK", 60)
    made, encoder = task.make(gallery, "toy-long"), toy("toy-long")

    def stop(done, total):
        if done == 120:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.encode(made, stop)
    assert encoder.encoded == 120
    _, frozen = run.encode(made)
    assert encoder.encoded == len(gallery)
    publish.write(made, encoder, run.train(made, encoder, frozen, lambda row: None))
    publish.index(made, frozen)
    checked = encoder.encoded - len(gallery)  # the index lets a few items find themselves
    assert checked < len(gallery) / 2


def test_what_is_written_is_what_was_trained(gallery, toy, short):
    made = task.make(gallery, "toy-long", dimension=12)
    encoder, frozen = run.encode(made)
    outcome = run.train(made, encoder, frozen, lambda row: None)
    folder = publish.write(made, encoder, outcome)
    card = publish.cards.verify(folder)
    assert card["base"]["sha256"] == encoder.weights.sha256
    assert card["fingerprint"] == gallery.fingerprint and card["seed"] == 0
    assert card["images"] + card["validation_images"] == len(gallery) == 240
    assert card["validation"]["adapted"]["precision@10"] == round(outcome.adapted.mean, 5)
    assert len(card["validation_curve"]) == len((folder / "curves.csv").read_text().split()) - 1
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (folder / "README.md").read_text().startswith("# Toy-Long adapted to Toys")
    loaded = registry.load("toy-long-on-toys")
    again = layers.Validation(frozen, made.items)
    found = again.adapted(lambda part: torch.from_numpy(loaded.of_frozen(part.numpy())))
    np.testing.assert_array_equal(found.each, outcome.adapted.each)


# Which images.


def test_validation_follows_from_the_names_alone(gallery, make_gallery):
    chosen = items.labelled(gallery)
    share = {gallery.names[item_id] for item_id in chosen.part(True)[0]}
    shuffled = gallery_items()
    np.random.default_rng(1).shuffle(shuffled)
    other = make_gallery("other", items=shuffled)
    assert share == {other.names[item_id] for item_id in items.labelled(other).part(True)[0]}
    assert len(share) == round(0.15 * 240)
    assert not set(chosen.part(True)[0]) & set(chosen.part(False)[0])


def test_removed_items_and_lone_ones_are_left_out(make_gallery):
    made = gallery_items()
    made[0] = replace(made[0], label="")
    made[1] = replace(made[1], label="alone")
    make_gallery(items=made)
    remove_items("toys", [made[2].name])
    chosen = items.labelled(open_gallery("toys"))
    assert not {0, 1, 2} & set(chosen.ids) and len(chosen.ids) == 237
    assert chosen.left_out == 2 and "alone" not in chosen.classes


def test_a_field_of_the_metadata_can_be_learned(make_gallery):
    made = [
        replace(item, metadata={"colour": "red" if number % 3 else "blue"})
        for number, item in enumerate(gallery_items())
    ]
    gallery = make_gallery(items=made)
    assert items.labelled(gallery, "colour").classes == ["blue", "red"]
    assert task.make(gallery, "resnet", field="colour").name == "resnet-on-toys-by-colour"


def labels(values):
    """A gallery with these labels, and of pictures that say nothing."""
    picture = photos.to_png(np.zeros((8, 8, 3), np.uint8))
    return [Item(f"{number:03}.png", value, picture) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([""] * 60, "No image of the gallery toys has a label."),
        (["a"] * 60, "All images of the gallery toys have the same label."),
        ([str(number) for number in range(60)], "fewer than two classes of two or more"),
        (["a"] * 59 + ["b"], "fewer than two classes of two or more"),
        (["a", "b"] * 24 + ["c"], "48 images to learn from, too few"),
    ],
)
def test_a_gallery_that_teaches_nothing_is_refused(make_gallery, values, said):
    with pytest.raises(GalleryError, match=said) as caught:
        items.labelled(make_gallery(items=labels(values)))
    assert caught.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"method": "nosuch"}, UnknownNameError, "no method called 'nosuch'"),
        ({"weights": "nosuch"}, UnknownNameError, "'nosuch'"),
        ({"method": "toy-far", "weights": "hub"}, UnknownNameError, "'hub'"),
        ({"field": "nosuch"}, GalleryError, "called 'nosuch'"),
        ({"name": "../x"}, LookalikeError, "cannot name a method"),
        ({"name": "toy"}, LookalikeError, "is taken"),
        ({"name": "resnet"}, LookalikeError, "is taken"),
        ({"name": "subject"}, LookalikeError, "is taken"),  # what can be trained
    ],
)
def test_what_cannot_be_adapted_is_refused(gallery, toy, asked, error, said):
    with pytest.raises(error, match=said):
        task.make(gallery, **{"method": "toy"} | asked)


def test_an_adapted_method_and_its_name_are_not_used_for_another(gallery, toy, short):
    made = task.make(gallery, "toy-long", name="mine")
    encoder, frozen = run.encode(made)
    publish.write(made, encoder, run.train(made, encoder, frozen, lambda row: None))
    assert task.make(gallery, "toy-long", name="mine", seed=3)  # the same again replaces it
    with pytest.raises(LookalikeError, match="made from something else"):
        task.make(gallery, "toy", name="mine")
    with pytest.raises(LookalikeError, match="has been adapted itself"):
        task.make(gallery, "mine")


# The layer, and what it is judged by.


def test_the_folded_layer_is_the_layer():
    torch.manual_seed(0)
    frozen = torch.randn(50, 7) * 3 + 1
    layer = layers.FeatureLayer(frozen.mean(0), 2.0, 5)
    for _ in range(20):
        layer(frozen)  # the batch norm learns its means
    layer.eval()
    folded = layer.folded()
    expected = np.maximum(frozen.numpy() @ folded["weight"].T + folded["bias"], 0)
    np.testing.assert_allclose(layer(frozen).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_precision_equals_a_plain_loop(metric):
    rng = np.random.default_rng(0)
    frozen, count = rng.normal(size=(120, 6)).astype(np.float32) * 3, 120
    validation = np.arange(count) % 4 == 0
    chosen = items.Items(np.arange(count), np.arange(count) % 3, ["a", "b", "c"], validation, 0)
    found = layers.Validation(frozen, chosen).frozen(metric)
    places = (
        frozen / np.linalg.norm(frozen, axis=1, keepdims=True) if metric == "cosine" else frozen
    )
    searched = np.flatnonzero(~validation)
    each = []
    for asked in np.flatnonzero(validation):
        distances = [float(((places[asked] - places[one]) ** 2).sum()) for one in searched]
        nearest = searched[np.argsort(distances)[:10]]
        each.append(np.mean(nearest % 3 == asked % 3))
    np.testing.assert_allclose(found.each, each)
    classes = np.flatnonzero(validation) % 3
    by_class = np.mean([np.mean(np.array(each)[classes == one]) for one in range(3)])
    assert found.by_class == pytest.approx(by_class)


def test_statistics_are_those_of_what_is_learned_from():
    rng = np.random.default_rng(0)
    frozen = rng.normal(size=(60, 4)).astype(np.float32) * 2 + 5
    validation = np.arange(60) < 20
    chosen = items.Items(np.arange(60), np.zeros(60, np.int64), ["a"], validation, 0)
    mean, spread = layers.Vectors(frozen, chosen, 8, 0).statistics()
    np.testing.assert_allclose(mean.numpy(), frozen[20:].mean(0), rtol=1e-5)
    assert spread == pytest.approx(np.sqrt(((frozen[20:] - frozen[20:].mean(0)) ** 2).mean()), 1e-4)


@pytest.mark.parametrize("method", sorted(registry.ENCODERS))
def test_default_names_are_names(method):
    assert NAME.fullmatch(task.adapted.default_name(method, "hub", "caltech101", "base_colour"))
