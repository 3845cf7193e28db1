"""Trained networks from disk, and how they are run."""

import dataclasses
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from lookalike import cards, photos
from lookalike.encoders import hub
from lookalike.encoders.base import WeightsSpec
from lookalike.errors import WeightsError
from lookalike.photos import Photo
from lookalike.settings import settings
from lookalike.storage.files import sha256_file

Network = TypeVar("Network", bound=nn.Module)


def embedded(
    weights: WeightsSpec, build: Callable[[dict[str, Any]], Network]
) -> tuple[Network, WeightsSpec]:
    """A network with the weights that its card describes, ready to run.

    Args:
        weights: which.
        build: the card's "settings" to a network.

    Returns:
        The network, and `weights` with the file's sha256.

    Raises:
        WeightsError: a file is missing, or is not what the card or the network asks for.
    """
    place = cards.find(weights.location)
    card = cards.verify(place)
    try:
        network = build(card["settings"])
        network.load_state_dict(load_file(place / card["file"]))
    except (KeyError, TypeError, RuntimeError) as error:
        raise WeightsError(
            f"The weights in {str(place)!r} do not fit their network.",
            f"Make them again with `python -m lookalike train {place.parent.name}`.",
        ) from error
    return ready(network), dataclasses.replace(weights, sha256=card["sha256"])


def from_transformers(
    weights: WeightsSpec, architecture: str, **options: Any
) -> tuple[nn.Module, Any, WeightsSpec]:
    """A transformers model from a pinned hub repository.

    Args:
        weights: which.
        architecture: name of the class in transformers, such as "ResNetModel".
        options: for that class.

    Returns:
        The network, a function from images to its input, and `weights` with the sha256.

    Raises:
        WeightsError: a file could not be fetched, or lacks a tensor.
    """
    import transformers

    place = hub.snapshot(weights, "model.safetensors", "config.json", "preprocessor_config.json")
    network, report = getattr(transformers, architecture).from_pretrained(
        place, local_files_only=True, use_safetensors=True, output_loading_info=True, **options
    )
    if report["missing_keys"]:
        raise WeightsError(f"{weights.location} lacks {min(report['missing_keys'])}.", hub.HINT)
    colours = json.loads((place / "preprocessor_config.json").read_text(encoding="utf-8"))
    sha256 = weights.sha256 or sha256_file(place / "model.safetensors")

    def prepare(images: Sequence[Photo]) -> Tensor:
        return to_rgb(images, weights.input_size, colours["image_mean"], colours["image_std"])

    return ready(network), prepare, dataclasses.replace(weights, sha256=sha256)


def from_timm(weights: WeightsSpec) -> tuple[nn.Module, Any, WeightsSpec]:
    """A timm model from a pinned hub repository, without its classifier.

    Args:
        weights: which; the repository's config.json says which architecture.

    Returns:
        The network, which gives the features before the classifier; a function from images to its
        input; and `weights` with the sha256.

    Raises:
        WeightsError: a file could not be fetched, or does not fit timm's network.
    """
    import timm

    place = hub.snapshot(weights, "model.safetensors", "config.json")
    try:
        network: Any = timm.create_model(f"local-dir:{place}", pretrained=False, num_classes=0)
        classifier = f"{network.pretrained_cfg['classifier']}."
        state = load_file(place / "model.safetensors")
        # Strict, which timm's own loading is not when the classifier is left out.
        network.load_state_dict({k: v for k, v in state.items() if not k.startswith(classifier)})
    except (RuntimeError, TypeError) as error:
        raise WeightsError(
            f"The weights of {weights.location} do not fit timm's network.",
            "Install the versions that requirements.txt pins.",
        ) from error
    colours = timm.data.resolve_model_data_config(network)
    sha256 = weights.sha256 or sha256_file(place / "model.safetensors")

    def prepare(images: Sequence[Photo]) -> Tensor:
        return to_rgb(images, weights.input_size, colours["mean"], colours["std"])

    return ready(network), prepare, dataclasses.replace(weights, sha256=sha256)


def ready(network: Network) -> Network:
    """For inference: no dropout, no gradients, channels last, as many threads as the setting."""
    if settings().threads:
        torch.set_num_threads(settings().threads)
    network.eval().requires_grad_(False)
    network.to(memory_format=torch.channels_last)
    return network


def to_rgb(
    images: Sequence[Photo], side: int, mean: Sequence[float], std: Sequence[float]
) -> Tensor:
    """n RGB images of any size to (n, 3, side, side) float32, (value / 255 - mean) / std.

    Fitted by `photos.square`, not cropped in the middle as these models' own preprocessing does:
    the photo is cropped to its subject already, and a crop would cut off its ends.
    """
    batch = torch.from_numpy(np.stack([photos.square(image, side) for image in images]))
    pixels = batch.permute(0, 3, 1, 2).float().div_(255)
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


@torch.inference_mode()
def run(forward: Callable[..., Tensor], batch: Any) -> np.ndarray:
    """The network's answer as float32."""
    return forward(batch).float().numpy()
