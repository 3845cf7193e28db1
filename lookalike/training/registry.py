"""The one place where models that we train are registered."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lookalike import cards
from lookalike.errors import unknown_name
from lookalike.settings import settings
from lookalike.training.subject.sources import data_folder

NETWORKS = "lookalike.encoders.networks."
OBJECTIVES = "lookalike.training.embeddings.objectives."


@dataclass(frozen=True)
class Model:
    """A network that a recipe trains. What is named "module:name" is imported when it is needed."""

    title: str
    network: str  # called with the recipe's `network`
    objective: str  # called with the network, the feed and the recipe's `objective`
    asks: str = ""  # called with the feed: what the network has to know of the data; empty: nothing
    recipe: str = ""  # under models/; empty: <name>/embedded/recipe.yaml
    shipped: bool = True  # else its weights go to LOOKALIKE_HOME: another model begins with them


RESIDUAL, VIT = f"{NETWORKS}blocks:ResidualNetwork", f"{NETWORKS}vit:VisionTransformer"
ANGULAR = f"{OBJECTIVES}angular:Angular"


def _stages(method: str, network: str, objective: str, **titles: str) -> dict[str, Model]:
    """Trainings that a later one of the method begins with; each is named as its recipe is."""
    return {
        f"{method}-{stage}": Model(
            title, network, objective, recipe=f"{method}/embedded/{stage}.yaml", shipped=False
        )
        for stage, title in titles.items()
    }


MODELS = {
    **_stages(
        "resnet",
        RESIDUAL,
        ANGULAR,
        pretraining="ResNet, first stage",
        second="ResNet, second stage",
        third="ResNet, third stage",
        fourth="ResNet, fourth stage",
        unseen="ResNet without a fifth of the kinds",
        fifth="ResNet, fifth stage",
        sixth="ResNet, sixth stage",
        seventh="ResNet, seventh stage",
    ),
    "resnet": Model("ResNet", RESIDUAL, ANGULAR),
    **_stages("vit", VIT, ANGULAR, pretraining="ViT, first stage", second="ViT, second stage"),
    "vit": Model("ViT", VIT, ANGULAR),
    "autoencoder": Model(
        "Autoencoder", f"{NETWORKS}autoencoder:Autoencoder", f"{OBJECTIVES}redraw:Denoising"
    ),
    "siamese": Model(
        "Siamese", f"{NETWORKS}siamese:SiameseNetwork", f"{OBJECTIVES}metric:contrastive"
    ),
    "triplet": Model("Triplet", f"{NETWORKS}siamese:SiameseNetwork", f"{OBJECTIVES}metric:triplet"),
    **_stages(
        "barlow",
        RESIDUAL,
        f"{OBJECTIVES}twins:BarlowTwins",
        pretraining="Barlow Twins before its adaptation",
    ),
    "barlow": Model("Barlow Twins", f"{NETWORKS}blocks:AdaptedNetwork", ANGULAR),
}

# What is trained by no recipe: a module with `train(output, *, resume)`, and its folder.
MODULES = {
    "mobilenet": ("lookalike.training.embeddings.mobilenet", "mobilenet/embedded"),
    "lexicon": ("lookalike.training.words.lexicon", "clip/lexicon"),
    "clip": ("lookalike.training.words.train", "clip/embedded"),
    "sift": ("lookalike.training.codebooks.sift", "sift/embedded"),
    "orb": ("lookalike.training.codebooks.orb", "orb/embedded"),
    "coco": ("lookalike.training.subject.coco", "yolo/coco"),
    "subject": ("lookalike.training.subject.train", "yolo/subject"),
}


def names() -> list[str]:
    """What can be trained."""
    return [*MODELS, *MODULES]


def train(
    name: str, output: Path | None = None, resume: bool = True, data: Path | None = None
) -> Path:
    """Train one model and write its weights, card and README.

    Args:
        name: of the model.
        output: folder; None: the shipped models' folder.
        resume: go on from the checkpoint of an interrupted run.
        data: folder with caltech101/ and fashion-products/; None: data/ in LOOKALIKE_HOME.

    Returns:
        The folder.

    Raises:
        UnknownNameError: no model has this name.
        LookalikeError: the data is not there, the recipe cannot be used, or the disk refused.
    """
    if name not in names():
        raise unknown_name("model to train", name, names())
    folder = output or home_of(name)
    if name in MODULES:
        known: dict[str, Any] = {"data": data} if name in ("coco", "subject", "clip") else {}
        importlib.import_module(MODULES[name][0]).train(folder, resume=resume, **known)
    else:
        from lookalike.training.embeddings import recipe, run

        run.train(recipe.read(recipe_of(name)), folder, data_folder(data), resume)
    return folder


def recipe_of(name: str) -> Path:
    """The recipe of a model."""
    return settings().assets / "models" / (MODELS[name].recipe or f"{name}/embedded/recipe.yaml")


def home_of(name: str) -> Path:
    """The folder that a model's weights go to."""
    if name in MODULES:
        return settings().assets / "models" / MODULES[name][1]
    root = settings().assets if MODELS[name].shipped else settings().home
    return root / "models" / name / "embedded"


def find(name: str) -> Path:
    """Where a trained model lies: the user's own before the shipped ones."""
    found = [root / name / "embedded" for root in settings().folders("models")]
    return next((path for path in found if (path / cards.CARD).exists()), found[-1])
