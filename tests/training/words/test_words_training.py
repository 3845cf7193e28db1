"""CLIP's training: words from vectors, drawings from packages, and a head that learns names."""

import json

import numpy as np
import pytest
import torch

from lookalike.encoders.networks.clip import lexicon
from lookalike.errors import LookalikeError
from lookalike.training.words import drawings, train
from lookalike.training.words import lexicon as words
from lookalike.training.words.pictures import spelled
from lookalike.training.words.synonyms import words_of

SVG = '<rect width="8" height="8" fill="red"/>'
NAMES = ["dog", "castle", "teapot"]


# The lexicon


def test_a_phrase_that_its_words_add_up_to_is_left_out():
    vectors = np.eye(4, dtype=np.float32)[[0, 1, 2, 3]]
    added = (vectors[0] + vectors[1]) / np.sqrt(2)
    said = ["red", "car", "hot", "dog", "red car", "hot dog", "rain dance"]
    stacked = np.stack([*vectors, added, vectors[0], vectors[3]])
    kept, rows = words._without_compositions(said, stacked)
    assert kept == ["red", "car", "hot", "dog", "hot dog", "rain dance"]
    np.testing.assert_array_equal(rows, np.delete(stacked, 4, 0))


def test_pca_keeps_near_words_near():
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(300, 20)) @ rng.normal(size=(20, 384))
    flat = (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)
    short = words._shortened(flat)
    assert short.shape == (300, words.DIMENSION)
    np.testing.assert_allclose(short @ short.T, flat @ flat.T, atol=1e-3)  # 20 axes hold it all


def test_a_missing_package_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(words.PACKAGES, "no_such_encoder", "no-such-encoder==1.0")
    with pytest.raises(LookalikeError, match="no-such-encoder is not installed") as error:
        words.package("no_such_encoder")
    assert "pip install no-such-encoder==1.0" in str(error.value.hint)


# Names


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Piñata", "pinata"),
        ("T-shirt/top", "t shirt top"),
        ("potter's wheel", "potter's wheel"),
        ("  hot   dog ", "hot dog"),
    ],
)
def test_names_are_spelled_as_the_lexicon_spells(said, name):
    assert spelled(said) == name


def test_classes_share_words():
    assert words_of("grand_piano") == ("grand piano",)
    assert words_of("Sandals")[-1] == "shoes" == words_of("Sandal")[-1]


@pytest.mark.parametrize(
    ("stem", "label"),
    [
        ("armadillo_architetto_fra_01", "armadillo"),
        ("hot_dog_benji_park_01", "hot dog"),
        ("az-lizard_benji_park", "lizard"),
        ("kp_01", ""),
    ],
)
def test_clip_art_is_named_by_its_file(stem, label):
    known = frozenset({"armadillo", "dog", "hot dog", "lizard", "park"})
    assert drawings.label_of(stem, known) == label


def test_icons_that_show_no_thing_are_left_out(tmp_path):
    place = tmp_path / "@iconify-json" / "noto"
    place.mkdir(parents=True)
    names = ["red-apple", "flag-for-chad", "astronaut-dark-skin-tone", "woman-farmer", "dog"]
    icons = {name: {"body": SVG} for name in names}
    (place / "icons.json").write_text(json.dumps({"icons": icons, "width": 8, "height": 8}))
    groups = {"Food": ["red-apple"], "Flags": ["flag-for-chad"]}
    (place / "metadata.json").write_text(json.dumps({"categories": groups}))
    found = drawings._icons(tmp_path, "noto")
    assert sorted(found) == ["dog", "red-apple"]
    assert b'viewBox="0 0 8 8"' in found["dog"] and SVG.encode() in found["dog"]
    with pytest.raises(LookalikeError, match="twemoji is not in") as error:
        drawings._icons(tmp_path, "twemoji")
    assert "npm install" in str(error.value.hint)


# The head


@pytest.fixture
def toy_sets():
    """Each name's pictures lie around a direction of their own; two views of each."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(3, 12))
    seen = np.repeat(middles, 20, 0)[:, None] + rng.normal(scale=0.3, size=(60, 2, 12))
    named = [(NAMES[row // 20],) for row in range(60)]
    chances = np.full(60, 1 / 60)
    features = torch.from_numpy(seen.astype(np.float32))
    return [train._Set(name, features, named, chances, 12) for name in ("photos", "drawings")]


def test_pictures_come_to_lie_nearest_their_names(toy_sets, monkeypatch):
    monkeypatch.setattr(train, "STEPS", 60)
    monkeypatch.setattr(train, "NETWORK", train.NETWORK | {"hidden": 16})
    head, _ = train._fit(toy_sets, sorted(NAMES))
    pictures = head(toy_sets[0].seen[:, 0])
    vectors = torch.from_numpy(lexicon().embed(sorted(NAMES)))
    texts = head.texts(vectors, head.corrections)
    nearest = [sorted(NAMES)[row] for row in (pictures @ texts.T).argmax(1)]
    right = np.mean(
        [said == names[0] for said, names in zip(nearest, toy_sets[0].names, strict=True)]
    )
    assert right > 0.95
    lengths = torch.linalg.vector_norm(torch.cat([pictures, texts]), dim=1)
    torch.testing.assert_close(lengths, torch.ones(63))


def test_a_training_that_is_repeated_gives_the_same_head(toy_sets, monkeypatch):
    monkeypatch.setattr(train, "STEPS", 5)
    made = []
    for _ in range(2):
        torch.manual_seed(0)
        made.append(train._fit(toy_sets, sorted(NAMES))[0].state_dict())
    assert all(torch.equal(made[0][key], made[1][key]) for key in made[0])
