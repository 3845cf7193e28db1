"""Adapted methods in the registry: found by their cards, which are data from elsewhere."""

import json

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders import adapted, registry
from lookalike.errors import LookalikeError, UnknownNameError, WeightsError
from tests.encoders import adaptations

NAME = "toy-on-toys"
HOSTILE = ["../x", "x@embedded", "Großes", "a b", ".hidden", "-x", "x" * 101, "a.b", "<b>", ""]


@pytest.fixture
def write(home, toy):
    """write(…): an adapted method over the encoder "toy"; its folder."""

    def make(name=NAME, **changes):
        registry.spec.cache_clear()
        return adaptations.write(home, name, "toy", **changes)

    return make


def test_it_is_one_more_method_after_the_others(write):
    before = registry.names()
    write()
    write("a-mine")
    assert registry.names() == [*before, "a-mine", NAME]
    spec = registry.spec(NAME)
    assert (spec.name, spec.title, spec.metric) == (NAME, "Toy on toys", "cosine")
    assert spec.paper == registry.spec("toy").paper
    assert registry.spec("a-mine").title == "a-mine"  # a name of the user's own says more
    (weights,) = spec.weights
    assert (weights.name, weights.source, weights.dimension) == ("adapted", "adapted", 24)


def test_its_vectors_are_the_layer_over_the_frozen_ones(write, pictures, toy):
    folder = write()
    encoder, photos = registry.load(NAME), pictures(5)
    from safetensors.numpy import load_file

    layer = load_file(folder / adapted.FILE)
    frozen = toy("toy").encode(photos)
    expected = np.maximum(frozen @ layer["weight"].T + layer["bias"], 0)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(encoder.encode(photos), expected, atol=1e-6)
    np.testing.assert_allclose(encoder.of_frozen(frozen), expected, atol=1e-6)
    assert encoder.weights.sha256 == cards.read(folder)["sha256"]


def test_one_that_was_trained_again_is_loaded_again(write, pictures):
    write()
    first = registry.load(NAME)
    assert registry.load(NAME) is first
    write(seed=1)
    assert not np.allclose(registry.load(NAME).encode(pictures(2)), first.encode(pictures(2)))


@pytest.mark.parametrize("name", [*HOSTILE, "toy", "resnet", "all", "words"])
def test_a_name_that_no_method_may_have_is_refused(toy, name):
    with pytest.raises(LookalikeError, match=r"cannot name a method|is taken"):
        adapted.check_name(name, registry.ENCODERS)


@pytest.mark.parametrize("name", ["x@embedded", "Grosses", "a b", ".hidden", "a.b", "<b>", "all"])
def test_a_folder_of_such_a_name_is_no_method(write, name):
    before = registry.names()
    write(name)
    assert registry.names() == before
    if name != "all":
        with pytest.raises(UnknownNameError):
            registry.load(name)


def test_no_card_takes_the_place_of_a_method(write, home):
    write("toy-far")
    assert registry.names().count("toy-far") == 1
    assert registry.spec("toy-far").title == "Toy-Far"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "{}", '{"base": 3}', '{"gallery": "\\ud800"}']
)
def test_a_damaged_card_is_left_out_and_says_so(write, text, caplog):
    folder = write()
    before = registry.names()
    (folder / "card.json").write_text(text)
    registry.spec.cache_clear()
    assert registry.names() == [name for name in before if name != NAME]
    assert "card" in caplog.text
    with pytest.raises(WeightsError, match="card"):
        registry.load(NAME)


def base(**changes):
    return {"method": "toy", "weights": "embedded", "sha256": "a" * 64, "dimension": 16} | changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gallery": "../../etc"}, "not that of an adapted method"),
        ({"gallery": "<script>"}, "not that of an adapted method"),
        ({"gallery": "toys\n"}, "not that of an adapted method"),
        ({"dimension": 10**9}, "not that of an adapted method"),
        ({"dimension": 25}, "does not fit"),  # than the layer has
        ({"file": "../../other/layer.safetensors"}, "does not name its weights file"),
        ({"sha256": "0" * 64}, "differ from their card's sha256"),
        ({"base": base(method=NAME)}, "is no method here"),  # on itself
        ({"base": base(method="../toy")}, "is no method here"),
        ({"base": base(weights="other")}, "is no method here"),
        ({"base": base(sha256="b" * 64)}, "trained on other weights of Toy"),
        ({"base": base(dimension=17)}, "trained on other weights of Toy"),
    ],
)
def test_a_hostile_or_outdated_card_is_one_sentence(write, changes, said):
    adaptations.edit(write(), **changes)
    registry.spec.cache_clear()
    assert all(registry.spec(name).title for name in registry.names())  # the page starts
    with pytest.raises(LookalikeError, match=said) as caught:
        registry.load(NAME)
    assert caught.value.hint.endswith(".")


def test_the_hint_trains_the_same_again(write):
    adaptations.edit(write(), base=base(sha256="b" * 64), field="it's")
    registry.spec.cache_clear()
    with pytest.raises(WeightsError) as caught:
        registry.load(NAME)
    assert (
        "train adapt --encoder toy --weights embedded --gallery toys "
        f"--by 'it'\"'\"'s' --name {NAME}`" in caught.value.hint
    )


def test_a_layer_that_is_no_layer_is_one_sentence(write):
    folder = write()
    (folder / adapted.FILE).write_bytes(b"no tensors")
    card = json.loads((folder / "card.json").read_text())
    cards.write(folder, card, adapted.FILE)
    registry.spec.cache_clear()
    with pytest.raises(WeightsError, match="does not fit its card"):
        registry.load(NAME)


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("efficientnet", "", "mine", "label"), "efficientnet-on-mine"),
        (("resnet", "hub", "mine", "label"), "resnet-hub-on-mine"),
        (("resnet", "", "my.own", "Base Colour"), "resnet-on-my-own-by-base-colour"),
    ],
)
def test_default_names(parts, name):
    assert adapted.default_name(*parts) == name
