"""An index says how likely its results are right, by what held-out images find in it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lookalike import photos
from lookalike.distance import normalise
from lookalike.encoders import registry
from lookalike.errors import IndexFileError
from lookalike.galleries.gallery import Item, open_gallery
from lookalike.galleries.writer import write_card, write_shard
from lookalike.index import calibrating, labelled
from lookalike.index.build import calibrate_method, index_method
from lookalike.index.calibrating import measure, word_quantiles
from lookalike.index.labelled import labelled_pairs
from lookalike.index.meta import META, _digest, read_meta
from lookalike.index.opened import open_index
from tests import toys

KINDS = {"dog": "mammal", "cat": "mammal", "car": "vehicle"}


def shot(number, label, seed):
    """A noisy picture of its label's brightness: those of one label lie near each other."""
    level = 60 + 70 * list(KINDS).index(label)
    noise = np.random.default_rng([number, seed]).integers(-40, 41, (8, 8, 3))
    return photos.to_png((level + noise).clip(0, 255).astype(np.uint8))


def items(count, seed, medium=None):
    labels = list(KINDS)
    more = {} if medium is None else {"medium": medium}
    return [
        Item(
            f"{seed}-{number}.png", labels[number % 3], shot(number, labels[number % 3], seed), more
        )
        for number in range(count)
    ]


@pytest.fixture
def gallery(home, make_gallery, toy):
    """gallery(queries, parents): 60 pictures of three labels, and those held out."""

    def make(queries=(), parents=None, medium=None):
        made = make_gallery(items=items(60, 0, medium))
        if queries:
            write_shard(made.folder / "queries.parquet", list(queries))
        if parents:
            write_card(made.folder, {"name": "toys", "title": "Toys", "parents": parents})
        return open_gallery("toys")

    return make


def opened(of, method="toy", engine=None):
    return open_index(of, toys_encoder(method), engine)


def toys_encoder(method):
    return registry.load(method)


@pytest.mark.parametrize("method", ["toy", "toy-far", "toy-comparer"])
def test_building_an_index_calibrates_it(gallery, method):
    of, steps = gallery(items(45, 7)), []
    folder = index_method(of, method, calibrating=lambda *step: steps.append(step))
    kept = read_meta(folder).calibration
    assert (kept.same, kept.queries, kept.words) == ("label", 45, [])
    assert steps == [(0, 45), (32, 45), (45, 45)]
    assert kept.expected_error < 0.2
    index, none = opened(of, method), np.array([""], object)
    pairs = labelled_pairs(index, of, toys_encoder(method))
    assert pairs.right.mean() > 0.5  # else this says nothing
    likely = index.probabilities(pairs.distances[:, 0], pairs.media[:, 0])
    assert likely.mean() == pytest.approx(pairs.right[:, 0].mean(), abs=0.15)
    assert index.probabilities(np.array([0.0]), none)[0] > 0.99


def test_a_second_look_decides_how_far_a_result_is(gallery):
    of = gallery(items(9, 7))
    index_method(of, "toy-comparer")
    index, encoder = opened(of, "toy-comparer"), toys_encoder("toy-comparer")
    closer = labelled_pairs(index, of, encoder).distances
    plain = labelled_pairs(index, of, toys.Toy(encoder.weights, encoder.spec)).distances
    assert (closer <= plain).all() and closer.mean() < plain.mean()


@pytest.mark.parametrize(
    ("parents", "same", "right"), [(None, "label", [1, 0, 0]), (KINDS, "kind", [1, 1, 0])]
)
def test_what_is_right_is_of_the_kind_where_the_gallery_says_kinds(gallery, parents, same, right):
    of = gallery(items(1, 7), parents)  # one dog asks
    assert labelled.same(of) == same
    index_method(of, "toy")
    pairs = labelled_pairs(opened(of), of, toys_encoder("toy"))
    found = opened(of).search(toys_encoder("toy").encode([of.queries()[0].photo()]), 10).ids[0]
    expected = [right[list(KINDS).index(of.labels[item])] == 1 for item in found]
    assert pairs.right.tolist() == [expected]


@pytest.mark.parametrize(
    "queries",
    [
        [],
        items(9, 7),  # 90 pairs are too few
        [replace(item, label="") for item in items(45, 7)],
        [replace(item, label="boat") for item in items(45, 7)],  # the gallery has none
        [replace(item, image=b"damaged") for item in items(45, 7)],
    ],
    ids=["none", "few", "unlabelled", "foreign", "damaged"],
)
def test_without_labelled_images_random_pairs_have_to_do(gallery, queries):
    folder = index_method(gallery(queries), "toy")
    assert read_meta(folder).calibration is None
    index = opened(open_gallery("toys"))
    assert index.probabilities(np.array([0.1]), np.array([""], object)) is None
    assert index.closer_than_words(np.array([0.1])) is None


@pytest.mark.parametrize("label", ["dog", "cat"])
def test_labels_that_are_always_or_never_right_are_no_fault(gallery, label):
    """All queries are dogs, and so is all that is nearest, or nothing is."""
    queries = [replace(item, label=label) for item in items(90, 7) if item.label == "dog"]
    kept = read_meta(index_method(gallery(queries), "toy")).calibration
    likely = kept.curves(np.array([0.01, 0.1, 2.0]), np.full(3, "", object))
    assert np.isfinite(likely).all() and (np.diff(likely) <= 0).all()


def test_a_copy_of_the_query_is_none_of_its_results(gallery):
    stored = items(60, 0)[:30]
    of = gallery([replace(item, name=f"again-{item.name}") for item in stored])
    index_method(of, "toy")
    pairs = labelled_pairs(opened(of), of, toys_encoder("toy"))
    assert np.isnan(pairs.distances[:, 0]).all() and (pairs.distances[:, 1:] > 1e-4).all()


def test_more_images_than_needed_are_sampled_and_the_same_ones_each_time(gallery, monkeypatch):
    monkeypatch.setattr(labelled, "QUERIES", 25)
    of = gallery(items(60, 7))
    index_method(of, "toy")
    first, again = (labelled_pairs(opened(of), of, toys_encoder("toy")) for _ in range(2))
    assert first.distances.shape == (25, 10) and (first.distances == again.distances).all()


def test_a_medium_with_enough_results_has_its_own_curve(gallery):
    folder = index_method(gallery(items(45, 7), medium="drawing"), "toy")
    assert set(read_meta(folder).calibration.curves.by_medium) == {"drawing"}


def test_an_index_that_grows_keeps_its_calibration_and_a_rebuild_renews_it(gallery, monkeypatch):
    of = gallery(items(45, 7))
    folder = index_method(of, "toy")
    before = read_meta(folder).calibration
    write_shard(of.folder / "items-00000060.parquet", items(3, 9))
    card = json.loads((of.folder / "card.json").read_text("utf-8"))
    first = {"count": card["count"], "fingerprint": card["fingerprint"]}
    grown = {"count": 63, "fingerprint": "e" * 64}
    card |= grown | {"segments": [first, grown]}
    (of.folder / "card.json").write_text(json.dumps(card), "utf-8")
    index_method(open_gallery("toys"), "toy")
    assert read_meta(folder).delta == 3
    assert read_meta(folder).calibration == before
    monkeypatch.setattr(labelled, "QUERIES", 30)
    index_method(open_gallery("toys"), "toy", anew=True)
    assert read_meta(folder).calibration.queries == 30


def test_an_index_is_calibrated_later_without_encoding_an_item(gallery):
    of = gallery(items(45, 7))
    folder = index_method(of, "toy")
    made = read_meta(folder)
    text = json.loads((folder / META).read_text("utf-8"))
    assert "calibration" in text
    calibrating.write_meta(folder, replace(made, calibration=None))
    encoder = toys_encoder("toy")
    encoder.encoded = 0
    assert calibrate_method(of, "toy") == made.calibration
    assert read_meta(folder) == made and encoder.encoded == 45


def test_an_index_that_is_not_there_cannot_be_calibrated(gallery):
    with pytest.raises(IndexFileError, match="is missing"):
        calibrate_method(gallery(items(45, 7)), "toy")


def test_a_meta_without_the_field_still_opens(gallery):
    """As it was written before there was calibration."""
    of = gallery()
    folder = index_method(of, "toy")
    content = json.loads((folder / META).read_text("utf-8"))
    del content["sha256"], content["calibration"]
    written = {"sha256": _digest(content), **content}
    (folder / META).write_text(json.dumps(written), "utf-8")
    assert opened(of).meta.calibration is None


def test_a_damaged_calibration_is_a_damaged_meta(gallery):
    folder = index_method(gallery(items(45, 7)), "toy")
    content = json.loads((folder / META).read_text("utf-8"))
    del content["sha256"]
    content["calibration"]["curves"]["overall"]["probabilities"][0] = 7
    written = {"sha256": _digest(content), **content}
    (folder / META).write_text(json.dumps(written), "utf-8")
    with pytest.raises(IndexFileError, match=r"damaged meta\.json"):
        read_meta(folder)


# Words

WORDS = ["x" * length for length in range(1, 121)]


@pytest.fixture
def reader(gallery, monkeypatch):
    """A gallery, and an encoder that reads words, each as a place of its own."""
    of, encoder = gallery(), toys_encoder("toy-reader")
    monkeypatch.setattr(encoder, "vocabulary", WORDS, raising=False)
    monkeypatch.setattr(encoder, "encode_text", read)
    return of, encoder


def read(texts):
    return normalise(np.stack([np.random.default_rng(len(t)).normal(size=16) for t in texts]))


def test_random_words_say_how_near_a_word_comes_by_chance(reader):
    of, encoder = reader
    kept = read_meta(index_method(of, "toy-reader")).calibration
    assert kept.curves is None and kept.queries == 0 and len(kept.words) == 101
    index = opened(of, "toy-reader")
    best = index.search(encoder.encode_text(WORDS), 1).distances[:, 0]
    for distance in np.quantile(best, [0.1, 0.5, 0.9]):
        share = (best > distance).mean()
        found = index.closer_than_words(np.array([distance]))[0]
        assert found == pytest.approx(share, abs=0.02)


def test_of_many_words_some_are_drawn_and_the_same_ones_each_time(reader, monkeypatch):
    of, encoder = reader
    index_method(of, "toy-reader")
    index, asked = opened(of, "toy-reader"), []
    monkeypatch.setattr(calibrating, "WORDS", 50)
    monkeypatch.setattr(calibrating, "WORD_BATCH", 20)
    monkeypatch.setattr(encoder, "encode_text", lambda texts: asked.extend(texts) or read(texts))
    assert word_quantiles(index, encoder) == word_quantiles(index, encoder)
    assert asked[:50] == asked[50:] and len(set(asked)) == 50


@pytest.mark.parametrize("vocabulary", [None, []])
def test_an_encoder_without_a_vocabulary_has_no_random_words(reader, monkeypatch, vocabulary):
    of, encoder = reader
    monkeypatch.setattr(encoder, "vocabulary", vocabulary)
    index_method(of, "toy-reader")
    assert measure(opened(of, "toy-reader"), of, encoder) is None
