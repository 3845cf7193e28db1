"""P@10 by hand, and which pictures are asked among which."""

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders import registry
from lookalike.galleries.sources import fashion_mnist
from lookalike.training.embeddings import measure, pictures
from tests.training import toys


def test_precision_is_counted_by_query_and_by_class():
    """Three kinds in three directions; one gallery picture in four of "a" lies among "b"."""
    encoder = registry.load("pixels")
    axes = np.eye(3, dtype=np.float32)
    gallery = axes[[0] * 9 + [1] * 3 + [1] * 12 + [2] * 10]
    labels = ["a"] * 12 + ["b"] * 12 + ["c"] * 10
    asked = axes[[0, 0, 2]]
    found = measure.precision(asked, gallery, ["a", "a", "c"], labels, encoder)
    # Nine of "a" are nearest to "a"; the tenth is one of the rest, equally far, the first by id.
    assert found["plain"] == pytest.approx((1 + 1 + 1) / 3, abs=1e-4)
    assert found["classes"] == 1
    other = measure.precision(asked, gallery, ["a", "b", "c"], labels, encoder)
    assert other == {"plain": 0.6667, "classes": 0.6667, "queries": 3}


def test_what_is_held_out_is_asked_among_the_rest(monkeypatch):
    asked = []

    def read(name, data, split):
        asked.append((name, split))
        one = toys.picture_set(name, split)
        return one.part(np.arange(48))

    monkeypatch.setattr(measure, "read", read)
    monkeypatch.setattr(pictures, "held_out", lambda label: label != "Faces")
    greys = toys.picture_set("fashion-mnist")
    monkeypatch.setattr(
        fashion_mnist, "read", lambda split: (greys.pixels[..., 0], np.arange(48) % 3)
    )
    found = measure.measure("pixels", None)
    assert set(asked) == {
        (name, split)
        for name in ("caltech101", "fashion-products", "tiny-imagenet")
        for split in ("held-out", "rest")
    }
    assert {name: one["queries"] for name, one in found.items()} == {
        "fashion-mnist": 48,
        "caltech101": 48,
        "caltech101, a fifth of the kinds": 32,  # two of the three kinds
        "fashion-products": 48,
        "tiny-imagenet, a fifth of the kinds": 32,
    }
    assert all(one["plain"] == 1 for one in found.values())  # toys are easily told apart


def test_a_card_tells_what_was_measured(home):
    folder = home / "models" / "resnet" / "embedded"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    cards.write(folder, {"title": "ResNet, embedded weights", "settings": {}}, "model.bin")
    found = {"caltech101": {"plain": 0.7, "classes": 0.6, "queries": 3}}
    measure.note("resnet", found)
    assert cards.verify(folder)["measured"] == found
    assert "plain: 0.7" in (folder / "README.md").read_text()
