"""Every recipe learns, and a run that was stopped ends as one that was not."""

import dataclasses
import importlib

import numpy as np
import pytest
import torch

from lookalike import cards
from lookalike.encoders import registry as encoders
from lookalike.errors import UnknownNameError
from lookalike.training import augment, captions, clip, data, loop, registry

# The codebooks and the subject detector have tests of their own.
NAMES = [name for name in registry.names() if name not in ("sift", "orb", "subject")]


def toy(side, limit=None, hold_out=0):
    """96 pictures of three classes that one look tells apart: bright above, below, or left."""
    labels = torch.arange(96) % 3
    images = torch.zeros(96, 1, side, side, dtype=torch.uint8)
    half = side // 2
    images[labels == 0, :, :half] = 220
    images[labels == 1, :, half:] = 220
    images[labels == 2, :, :, :half] = 220
    noise = torch.randint(0, 30, images.shape, generator=torch.Generator().manual_seed(0))
    return images + noise.to(torch.uint8), labels


@pytest.fixture
def toys(monkeypatch):
    """The toy set in place of Fashion-MNIST, on one thread: more only wait for each other."""
    monkeypatch.setattr(data, "images", toy)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def run(name, output, epochs=4, **changes):
    module = importlib.import_module(f"lookalike.training.{name}")
    schedule = dataclasses.replace(module.Recipe().schedule, epochs=epochs, batch_size=32)
    recipe = dataclasses.replace(module.Recipe(), schedule=schedule, **changes)
    module.train(output, recipe=recipe)
    return output


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_lowers_its_loss_and_its_encoder_loads(name, toys, tmp_path, monkeypatch):
    folder = run(name, tmp_path / name)
    card = cards.verify(folder)
    assert card["training_curve"][-1] < card["training_curve"][0]
    assert card["images"] == 96
    monkeypatch.setattr("lookalike.cards.find", lambda _: folder)
    weights = encoders.weights_spec(name)
    encoder = type(encoders.load(name))(weights)
    vectors = encoder.encode([np.full((9, 9, 3), 80, np.uint8)])
    assert vectors.shape == (1, weights.dimension)
    assert encoder.weights.sha256 == card["sha256"]


def test_a_stopped_run_ends_as_one_that_was_not(toys, tmp_path, monkeypatch, fresh_settings):
    whole = run("resnet", tmp_path / "whole")

    fresh_settings(HOME=tmp_path / "home")  # its checkpoints are its own
    save, saved = loop._save, []

    def stop_after_two(*arguments):
        save(*arguments)
        saved.append(None)
        if len(saved) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "_save", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        run("resnet", tmp_path / "stopped")
    assert not (tmp_path / "stopped").exists()
    resumed = run("resnet", tmp_path / "stopped")

    assert len(saved) == 4
    assert cards.read(resumed)["sha256"] == cards.read(whole)["sha256"]
    assert cards.read(resumed)["training_curve"] == cards.read(whole)["training_curve"]


def test_another_recipe_does_not_go_on_from_the_checkpoint(toys, tmp_path):
    run("resnet", tmp_path / "first", epochs=2)
    second = run("resnet", tmp_path / "second", epochs=2, smoothing=0.2)
    assert cards.read(second)["settings"]["smoothing"] == 0.2
    assert cards.read(second)["training_curve"] != cards.read(tmp_path / "first")["training_curve"]


def test_unknown_models_are_refused():
    with pytest.raises(UnknownNameError, match="resnet"):
        registry.train("no-such")


@pytest.mark.parametrize("photo", [0.0, 0.5, 1.0])
def test_augmented_pictures_stay_pictures(photo):
    images = toy(32)[0].float() / 255
    before = images.clone()
    changed = augment.augment(images, torch.Generator().manual_seed(1), photo=photo)
    assert changed.shape == images.shape
    assert changed.min() >= 0 and changed.max() <= 1
    assert torch.equal(images, before)
    assert not torch.allclose(changed, images)


def test_augmentation_follows_its_generator():
    images = toy(32)[0].float() / 255
    first, again = (augment.augment(images, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, again)


def test_captions_fit_the_images_that_they_are_said_of():
    labels = torch.arange(10).repeat(20)
    texts, fits = captions.draw(labels, torch.Generator().manual_seed(0))
    assert len(texts) == len(labels)
    assert fits.diagonal().all()  # each caption fits its own image
    shoes = [n for n, text in enumerate(texts) if text.rstrip().endswith(("shoes", "footwear"))]
    assert shoes
    for caption in shoes:
        assert set(labels[fits[:, caption]].tolist()) == {5, 7, 9}


def test_the_contrastive_loss_equals_a_plain_loop():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 5, generator=generator)
    fits = torch.eye(5, dtype=torch.bool)
    fits[0, 3] = fits[3, 0] = True

    def one_way(rows, hits):
        total = 0.0
        for row, hit in zip(rows, hits, strict=True):
            total -= sum(row.log_softmax(0)[hit]) / int(hit.sum())
        return total / len(rows)

    expected = (one_way(logits, fits) + one_way(logits.T, fits.T)) / 2
    assert clip.contrast(logits, fits).item() == pytest.approx(expected.item(), rel=1e-5)


def test_data_is_scaled_as_queries_are():
    from lookalike import photos
    from lookalike.galleries import fashion_mnist

    images, labels = data.images(32, limit=5)
    assert images.shape == (5, 1, 32, 32)
    greys, all_labels = fashion_mnist.read("train")
    position = int(np.random.default_rng(0).permutation(len(greys))[2])
    expected = photos.square(np.repeat(greys[position, :, :, None], 3, axis=2), 32)[..., 0]
    np.testing.assert_array_equal(images[2, 0].numpy(), expected)
    assert labels[2] == all_labels[position]


def test_the_held_out_share_is_the_end_of_the_same_order():
    everything, _ = data.images(8)
    rest, labels = data.images(8, hold_out=5000)
    assert len(rest) == len(labels) == len(everything) - 5000
    assert torch.equal(rest[-1], everything[-5001])
