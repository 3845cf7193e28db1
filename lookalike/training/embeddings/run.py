"""From a recipe to weights."""

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from lookalike import cards
from lookalike.errors import LookalikeError
from lookalike.training import registry
from lookalike.training.embeddings import batches, publish
from lookalike.training.embeddings.blending import blend
from lookalike.training.embeddings.loop import Objective, fit
from lookalike.training.embeddings.recipe import Recipe
from lookalike.training.embeddings.validate import Validation


def train(recipe: Recipe, output: Path, data: Path, resume: bool = True) -> None:
    """Train by a recipe, and write weights, curves, card and README.md into `output`.

    Args:
        data: folder with caltech101/ and fashion-products/.
        resume: go on from this recipe's checkpoint.

    Raises:
        LookalikeError: the pictures are not there, or the recipe does not fit its model.
    """
    torch.manual_seed(recipe.schedule.seed)
    feed = batches.feed(recipe, data)
    objective, built = build(recipe, feed)
    sets = list(recipe.data.batch)
    validate = Validation(sets, data, recipe.data.side, recipe.data.leave_out)
    checkpoint = publish.checkpoint(recipe.model)
    progress = fit(objective, feed, recipe, checkpoint, validate, resume=resume)
    if recipe.blend:
        earlier = registry.find(recipe.blend.earlier)
        blend(objective, earlier, recipe.blend.share, feed, recipe.schedule.epochs)
    title = registry.MODELS[recipe.model].title
    publish.write(output, title, objective.network, built, recipe, progress, len(feed))


def build(recipe: Recipe, feed: batches.Feed) -> tuple[Objective, dict[str, Any]]:
    """The objective with its network inside, and the settings that the network was built from.

    Raises:
        LookalikeError: the recipe has a setting that the network or the objective does not take.
    """
    model = registry.MODELS[recipe.model]
    objective = _imported(model.objective)
    built = recipe.network | (_imported(model.asks)(feed) if model.asks else {})
    try:
        network = _imported(model.network)(**built)
        if recipe.start:
            begin(network, registry.find(recipe.start))
        freeze(network, recipe.frozen)
        return objective(network, feed, **recipe.objective), built
    except TypeError as error:
        raise LookalikeError(
            f"The recipe of {recipe.model} does not fit: {error}.",
            f"Compare it with {model.network} and {model.objective}.",
        ) from error


def begin(network: nn.Module, folder: Path) -> int:
    """Copy the tensors of a trained model that have the same name and shape.

    CLIP's image tower takes them too: there, "visual." stands before the name.

    Returns:
        How many.

    Raises:
        WeightsError: there is no trained model in the folder.
    """
    found = load_file(folder / cards.verify(folder)["file"])
    fitting = {
        name: found[name.removeprefix("visual.")]
        for name, tensor in network.state_dict().items()
        if getattr(found.get(name.removeprefix("visual.")), "shape", None) == tensor.shape
    }
    network.load_state_dict(fitting, strict=False)
    return len(fitting)


def freeze(network: nn.Module, beginnings: Sequence[str]) -> None:
    """Let the parameters whose names begin with one of these stay as they are.

    Raises:
        LookalikeError: no parameter begins so.
    """
    for beginning in beginnings:
        found = [p for name, p in network.named_parameters() if name.startswith(beginning)]
        if not found:
            raise LookalikeError(
                f"No parameter's name begins with {beginning!r}, which the recipe keeps frozen.",
                "Compare it with the network's layers.",
            )
        for parameter in found:
            parameter.requires_grad_(False)


def _imported(place: str) -> Callable[..., Any]:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
