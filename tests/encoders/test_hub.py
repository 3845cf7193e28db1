"""Hub weights, from repositories in the hub's own cache layout that each test makes."""

import dataclasses
import json

import huggingface_hub
import numpy as np
import open_clip
import pytest
import timm
import torch
import transformers
from safetensors.torch import load_file, save_file

from lookalike import photos
from lookalike.distance import normalise
from lookalike.encoders import hub, registry
from lookalike.errors import WeightsError
from lookalike.storage.files import sha256_file

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
SIDE = 32
MEAN, STD = [0.5, 0.4, 0.3], [0.2, 0.3, 0.4]
HUB = [
    (name, weights.name)
    for name in registry.names()
    for weights in registry.spec(name).weights
    if weights.source == "hub"
]


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


# Small networks with random weights, each saved as its library saves it. A function gives what the
# library's own network makes of the input.


def of_transformers(network, features):
    def make(place):
        network.save_pretrained(place)
        colours = {"image_mean": MEAN, "image_std": STD}
        (place / "preprocessor_config.json").write_text(json.dumps(colours))
        return lambda pixels: features(network.base_model(pixels))

    return make


def tiny_resnet(place):
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic"
    )
    network = transformers.ResNetForImageClassification(config).eval()
    return of_transformers(network, lambda out: out.pooler_output.flatten(1))(place)


PATCHES = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


def class_token(out):
    return out.last_hidden_state[:, 0]


def tiny_vit(place):
    config = transformers.ViTConfig(**PATCHES, intermediate_size=32, image_size=SIDE, patch_size=16)
    return of_transformers(transformers.ViTForImageClassification(config).eval(), class_token)(
        place
    )


def tiny_dinov2(place):
    # Positions for larger pictures than are shown, as the hub's DINOv2 has.
    config = transformers.Dinov2Config(**PATCHES, mlp_ratio=2, image_size=56, patch_size=14)
    return of_transformers(transformers.Dinov2Model(config).eval(), class_token)(place)


TEXT = {"context_length": 77, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}


def of_open_clip(kind, model):
    def make(place):
        network = kind(**model).eval()
        colours = {"mean": MEAN, "std": STD}
        extra = {"custom_text": True} if kind is open_clip.CustomTextCLIP else {}
        config = {"model_cfg": {**model, **extra}, "preprocess_cfg": colours}
        (place / "open_clip_config.json").write_text(json.dumps(config))
        save_file(network.state_dict(), place / "open_clip_model.safetensors")
        return network.encode_image

    return make


tiny_clip = of_open_clip(
    open_clip.CLIP,
    {
        "embed_dim": 24,
        "vision_cfg": {
            "image_size": SIDE,
            "layers": 1,
            "width": 32,
            "head_width": 16,
            "patch_size": 16,
        },
        "text_cfg": TEXT,
    },
)
tiny_mobileclip = of_open_clip(
    open_clip.CustomTextCLIP,
    {
        "embed_dim": 24,
        "vision_cfg": {  # as MobileCLIP2-S0's, but for the trunk
            "timm_model_name": "test_convnext",
            "timm_model_pretrained": False,
            "timm_pool": "avg",
            "timm_proj": None,
            "image_size": SIDE,
        },
        "text_cfg": {**TEXT, "no_causal_mask": True},
    },
)


def of_timm(architecture, **small):
    def make(place):
        colours = {"mean": MEAN, "std": STD}
        network = timm.create_model(architecture, pretrained_cfg_overlay=colours, **small).eval()
        timm.models._hub.save_for_hf(network, place, model_args=small, safe_serialization=True)
        return lambda pixels: network.forward_head(
            network.forward_features(pixels), pre_logits=True
        )

    return make


MAKERS = {
    ("resnet", "hub"): tiny_resnet,
    ("vit", "hub"): tiny_vit,
    ("vit", "dinov2"): tiny_dinov2,
    ("clip", "hub"): tiny_clip,
    ("clip", "mobileclip"): tiny_mobileclip,
    ("efficientnet", "hub"): of_timm("tf_efficientnet_lite0"),
    ("mobilenetv3", "hub"): of_timm("mobilenetv3_large_100"),
    ("vgg16", "hub"): of_timm("vgg16", mlp_ratio=1 / 512),
    ("bit", "hub"): of_timm("resnetv2_101x1_bit", channels=(256,) * 4, stem_chs=64),
}


@pytest.fixture
def small(cache, monkeypatch):
    """small(method, weights): a small repository's place, its spec, and its network's forward."""
    # VGG's 59 MB of convolutions would only be written and read.
    monkeypatch.setitem(timm.models.vgg.cfgs, "vgg16", [4, "M", 8, "M"])

    def make(method, weights):
        spec = registry.weights_spec(method, weights)
        place = repository(cache, spec.location)
        torch.manual_seed(0)
        forward = torch.no_grad()(MAKERS[method, weights](place))
        dimension = forward(torch.zeros(1, 3, SIDE, SIDE)).shape[1]
        (file,) = place.glob("*.safetensors")
        changes = {"revision": COMMIT, "dimension": dimension, "input_size": SIDE}
        return place, dataclasses.replace(spec, **changes, sha256=sha256_file(file)), forward

    return make


@pytest.mark.parametrize(("method", "weights"), HUB)
def test_a_hub_repository_is_loaded_and_gives_its_librarys_features(small, method, weights):
    _, spec, forward = small(method, weights)
    encoder = registry.encoder_type(method)(spec)
    images = [np.random.default_rng(n).integers(0, 255, (50, 30, 3), np.uint8) for n in range(3)]
    squares = np.stack([photos.square(image, SIDE) for image in images])
    pixels = ((squares / 255 - MEAN) / STD).transpose(0, 3, 1, 2).astype(np.float32)
    expected = normalise(forward(torch.from_numpy(pixels)).numpy())
    assert np.ptp(expected, axis=0).max() > 1e-4  # the images can be told apart
    np.testing.assert_allclose(encoder.encode(images), expected, atol=1e-4)
    assert encoder.weights == spec
    if method == "clip":
        assert encoder.encode_text(["a shoe", "a hat"]).shape == (2, spec.dimension)


@pytest.mark.parametrize(("method", "weights"), HUB)
def test_another_file_and_another_commit_are_refused(small, method, weights):
    _, spec, _ = small(method, weights)
    make = registry.encoder_type(method)
    with pytest.raises(WeightsError, match=r"not the file that its sha256 describes.* Delete "):
        make(dataclasses.replace(spec, sha256="0" * 64))
    with pytest.raises(WeightsError, match=r"could not be fetched \(ConnectionError\)\. Check "):
        make(dataclasses.replace(spec, revision=OTHER))


@pytest.mark.parametrize(("method", "weights"), HUB)
def test_without_a_network_the_error_names_the_way_out(cache, method, weights):
    with pytest.raises(WeightsError, match=r"could not be fetched .* --weights embedded"):
        registry.load(method, weights)


@pytest.mark.parametrize("method", ["mobilenetv3", "efficientnet"])
def test_weights_that_timms_network_does_not_fit_are_refused(small, method):
    place, spec, _ = small(method, "hub")
    state = load_file(place / "model.safetensors")
    del state["conv_stem.weight"]
    save_file(state, place / "model.safetensors")
    with pytest.raises(WeightsError, match="do not fit timm's network"):
        registry.encoder_type(method)(dataclasses.replace(spec, sha256=""))


def test_weights_that_lack_a_tensor_are_refused(small):
    place, spec, _ = small("resnet", "hub")
    config = json.loads((place / "config.json").read_text())
    (place / "config.json").write_text(json.dumps(config | {"depths": [1, 2]}))
    with pytest.raises(WeightsError, match="lacks"):
        registry.encoder_type("resnet")(spec)


@pytest.mark.parametrize(
    ("method", "weights", "tag"),
    [
        ("efficientnet", "hub", "tf_efficientnet_lite0.in1k"),
        ("mobilenetv3", "hub", "mobilenetv3_large_100.ra_in1k"),
        ("vgg16", "hub", "vgg16.tv_in1k"),
        ("bit", "hub", "resnetv2_101x1_bit.goog_in21k"),
    ],
)
def test_the_spec_says_what_timm_says_of_the_weights(method, weights, tag):
    known, spec = timm.get_pretrained_cfg(tag), registry.weights_spec(method, weights)
    assert spec.location == known.hf_hub_id
    assert spec.input_size == known.input_size[1]
    assert spec.licence.lower() == known.license


@pytest.mark.parametrize(
    ("weights", "name", "tag"),
    [("hub", "ViT-B-32", "laion2b_s34b_b79k"), ("mobileclip", "MobileCLIP2-S0", "dfndr2b")],
)
def test_the_spec_says_what_open_clip_says_of_the_weights(weights, name, tag):
    spec, model = registry.weights_spec("clip", weights), open_clip.get_model_config(name)
    assert spec.location == open_clip.get_pretrained_cfg(name, tag)["hf_hub"].strip("/")
    assert spec.dimension == model["embed_dim"]
    assert spec.input_size == model["vision_cfg"]["image_size"]


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
