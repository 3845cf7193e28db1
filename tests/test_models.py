"""models/: every folder has weights, and a card that says all about them and is true."""

import math
from itertools import chain

import numpy as np
import pytest
import yaml
from safetensors import safe_open

from lookalike import cards
from lookalike.encoders import registry
from lookalike.settings import REPOSITORY

MODELS = REPOSITORY / "models"
FOLDERS = sorted(
    str(folder.relative_to(MODELS)) for folder in MODELS.glob("*/*") if folder.is_dir()
)
LARGEST, ALL = 10 * 2**20, 90 * 2**20  # bytes: of one file, and of all together
NEEDED = {
    # key of the card: what its value has to be
    "title": str,
    "file": str,
    "sha256": str,
    "bytes": int,
    "data": str,
    "licence": str,
    "hardware": str,
    "seconds": (int, float),
    "settings": dict,
}
ANY_OF = {
    # what the card says: where it may say so
    "licences of the data": [("data_licence",), ("data_licences",)],
    "origin": [("training_curve",), ("converted_from", "sha256")],
    "input size": [
        ("input_size",),
        ("settings", "side"),
        ("settings", "extraction", "side"),
        ("settings", "words"),  # a lexicon sees no pictures
    ],
    "seed": [
        ("seed",),
        ("converted_from",),  # by a command without chance
        ("settings", "seed"),
        ("settings", "schedule", "seed"),
        ("recipe", "schedule", "seed"),
    ],
}
SETS = ("Caltech-101", "Fashion Product", "Fashion-MNIST")
EMBEDDED = [
    (name, weights)
    for name in registry.names()
    for weights in registry.spec(name).weights
    if weights.source == "embedded"
]


def said(card, what):
    """What the card says at the first of the places where it may."""
    for path in ANY_OF[what]:
        value = card
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            return value
    raise AssertionError(f"the card does not say the {what}")


def numbers(value):
    """All numbers in nested lists."""
    return chain.from_iterable(map(numbers, value)) if isinstance(value, list) else [value]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_card_is_complete(folder):
    card = cards.verify(MODELS / folder)  # its sha256 is the file's
    wrong = {key for key, kind in NEEDED.items() if not isinstance(card.get(key), kind)}
    assert not wrong
    assert all(card[key] for key in NEEDED)
    assert (MODELS / folder / card["file"]).stat().st_size == card["bytes"] < LARGEST
    for what in ANY_OF:
        said(card, what)
    assert said(card, "licences of the data")
    assert said(card, "origin")
    assert isinstance(said(card, "seed"), int) or "converted_from" in card
    assert card["seconds"] > 0
    assert all(map(math.isfinite, numbers(card.get("training_curve", []))))


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_readme_beside_it_says_what_the_card_says(folder, tmp_path):
    there = tmp_path / folder
    there.mkdir(parents=True)
    (there / cards.CARD).write_bytes((MODELS / folder / cards.CARD).read_bytes())
    cards.write_readme(there)
    written = (MODELS / folder / cards.README).read_text("utf-8")
    assert written == (there / cards.README).read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "weights"), EMBEDDED, ids=[f"{name}-{weights.name}" for name, weights in EMBEDDED]
)
def test_the_method_is_what_its_card_says(name, weights):
    folder = MODELS / weights.location
    card = cards.read(folder)
    encoder = registry.load(name, weights.name)
    noise = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    assert encoder.weights.sha256 == card["sha256"]
    assert encoder.encode([noise]).shape == (1, weights.dimension)
    assert card["settings"].get("dimension", weights.dimension) == weights.dimension
    assert said(card, "input size") == weights.input_size
    assert card["licence"] == weights.licence
    assert card["images"] > 0
    for trained_on in SETS:
        assert (trained_on in card["data"]) == (trained_on in weights.trained_on), trained_on
    with safe_open(folder / card["file"], "np") as file:
        held = sum(math.prod(file.get_slice(key).get_shape()) for key in file.keys())  # noqa: SIM118
    assert held >= card["parameters"] > 0.9 * held  # the rest is counted, not learned


@pytest.mark.parametrize(
    "recipe", sorted(MODELS.glob("*/*/recipe.yaml")), ids=lambda path: path.parts[-3]
)
def test_the_card_repeats_its_recipe(recipe):
    kept = cards.read(recipe.parent)["recipe"]
    assert within(yaml.safe_load(recipe.read_text("utf-8")), kept)


def within(part, whole):
    """Whether every value of a nested dict stands in the other."""
    if not isinstance(part, dict):
        return part == whole
    return isinstance(whole, dict) and all(within(part[key], whole.get(key)) for key in part)


def test_every_method_with_embedded_weights_has_its_folder_and_no_folder_is_left_over():
    used = {weights.location for _, weights in EMBEDDED} | {
        "clip/lexicon",
        "yolo/coco",
        "yolo/subject",
    }
    assert used == set(FOLDERS)


def test_all_weights_together_are_small():
    files = [path for path in MODELS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < ALL
