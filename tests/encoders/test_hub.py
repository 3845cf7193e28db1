"""Hub weights, from repositories in the hub's own cache layout that each test makes."""

import dataclasses
import json

import huggingface_hub
import numpy as np
import open_clip
import pytest
import timm
import transformers
from safetensors.torch import save_file

from lookalike.encoders import hub, registry
from lookalike.errors import WeightsError
from lookalike.files import sha256_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
COLOURS = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.3, 0.4]}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty hub cache, and a network that is never there."""

    def no_network(*args, **kwargs):
        raise ConnectionError("no network in tests")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", no_network)
    return tmp_path


def repository(cache, repo):
    """An empty snapshot of a repository, where the hub's client would put it."""
    folder = cache / f"models--{repo.replace('/', '--')}"
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    return snapshot


def tiny_resnet(place):
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic"
    )
    transformers.ResNetForImageClassification(config).save_pretrained(place)
    (place / "preprocessor_config.json").write_text(json.dumps(COLOURS))
    return 16


def tiny_vit(place):
    config = transformers.ViTConfig(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=32,
        patch_size=16,
    )
    transformers.ViTForImageClassification(config).save_pretrained(place)
    (place / "preprocessor_config.json").write_text(json.dumps(COLOURS))
    return 16


def tiny_clip(place):
    model = {
        "embed_dim": 24,
        "vision_cfg": {
            "image_size": 32,
            "layers": 1,
            "width": 32,
            "head_width": 16,
            "patch_size": 16,
        },
        "text_cfg": {
            "context_length": 77,
            "vocab_size": 49408,
            "width": 16,
            "heads": 2,
            "layers": 1,
        },
    }
    colours = {"mean": COLOURS["image_mean"], "std": COLOURS["image_std"]}
    config = {"model_cfg": model, "preprocess_cfg": colours}
    (place / "open_clip_config.json").write_text(json.dumps(config))
    save_file(open_clip.CLIP(**model).state_dict(), place / "open_clip_model.safetensors")
    return 24


def efficientnet(place):
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    save_file(network.state_dict(), place / "model.safetensors")
    return 1280


REPOSITORIES = [
    ("resnet", "ResNet", tiny_resnet, "model.safetensors"),
    ("vit", "ViT", tiny_vit, "model.safetensors"),
    ("clip", "CLIP", tiny_clip, "open_clip_model.safetensors"),
    ("efficientnet", "EfficientNet", efficientnet, "model.safetensors"),
]


@pytest.mark.parametrize(("name", "kind", "make", "file"), REPOSITORIES)
def test_a_hub_repository_is_loaded(cache, name, kind, make, file):
    weights = registry.weights_spec(name, "hub")
    place = repository(cache, weights.location)
    dimension = make(place)
    encoder_type = getattr(__import__(f"lookalike.encoders.{name}", fromlist=[kind]), kind)
    sha256 = sha256_file(place / file)
    small = dataclasses.replace(
        weights, revision=COMMIT, dimension=dimension, input_size=32, sha256=sha256
    )
    encoder = encoder_type(small)
    images = [np.random.default_rng(n).integers(0, 255, (50, 30, 3), np.uint8) for n in range(3)]
    vectors = encoder.encode(images)
    assert vectors.shape == (3, dimension)
    assert encoder.weights.sha256 == sha256
    if name == "clip":
        assert encoder.encode_text(["a shoe", "a hat"]).shape == (2, dimension)

    with pytest.raises(WeightsError, match="sha256"):  # another file than the spec describes
        encoder_type(dataclasses.replace(small, sha256="0" * 64))
    with pytest.raises(WeightsError, match="could not be fetched"):  # another commit
        encoder_type(dataclasses.replace(small, revision=OTHER))


def test_weights_that_lack_a_tensor_are_refused(cache):
    weights = registry.weights_spec("resnet", "hub")
    place = repository(cache, weights.location)
    tiny_resnet(place)
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"depths": [1, 2]}))
    from lookalike.encoders.resnet import ResNet

    with pytest.raises(WeightsError, match="lacks"):
        ResNet(dataclasses.replace(weights, revision=COMMIT, dimension=16, input_size=32))


@pytest.mark.parametrize("name", [row[0] for row in REPOSITORIES])
def test_without_a_network_the_error_names_the_way_out(cache, name):
    with pytest.raises(WeightsError, match=r"could not be fetched .* --weights embedded"):
        registry.load(name, "hub")


@pytest.mark.parametrize(
    "revision",
    [
        "main",  # a branch moves
        "v1.0",  # so may a tag
        COMMIT[:7],  # a short commit can become ambiguous
        "",
    ],
)
def test_only_full_commits_are_accepted(cache, revision):
    with pytest.raises(WeightsError, match="not a full commit"):
        hub.fetch("owner/name", "model.safetensors", revision)


def test_a_cached_file_is_checked(cache):
    place = repository(cache, "owner/name")
    (place / "model.safetensors").write_bytes(b"weights")
    right = sha256_file(place / "model.safetensors")
    assert hub.fetch("owner/name", "model.safetensors", COMMIT, right).read_bytes() == b"weights"
    with pytest.raises(WeightsError, match="sha256"):
        hub.fetch("owner/name", "model.safetensors", COMMIT, "0" * 64)
