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


MODELS = {
    "resnet-pretraining": Model(
        "ResNet, first stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/pretraining.yaml",
        shipped=False,
    ),
    "resnet-second": Model(
        "ResNet, second stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/second.yaml",
        shipped=False,
    ),
    "resnet-third": Model(
        "ResNet, third stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/third.yaml",
        shipped=False,
    ),
    "resnet-fourth": Model(
        "ResNet, fourth stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/fourth.yaml",
        shipped=False,
    ),
    "resnet-unseen": Model(
        "ResNet without a fifth of the kinds",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/unseen.yaml",
        shipped=False,
    ),
    "resnet-fifth": Model(
        "ResNet, fifth stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/fifth.yaml",
        shipped=False,
    ),
    "resnet-sixth": Model(
        "ResNet, sixth stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/sixth.yaml",
        shipped=False,
    ),
    "resnet-seventh": Model(
        "ResNet, seventh stage",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}angular:Angular",
        recipe="resnet/embedded/seventh.yaml",
        shipped=False,
    ),
    "resnet": Model("ResNet", f"{NETWORKS}blocks:ResidualNetwork", f"{OBJECTIVES}angular:Angular"),
    "vit-pretraining": Model(
        "ViT, first stage",
        f"{NETWORKS}vit:VisionTransformer",
        f"{OBJECTIVES}angular:Angular",
        recipe="vit/embedded/pretraining.yaml",
        shipped=False,
    ),
    "vit-second": Model(
        "ViT, second stage",
        f"{NETWORKS}vit:VisionTransformer",
        f"{OBJECTIVES}angular:Angular",
        recipe="vit/embedded/second.yaml",
        shipped=False,
    ),
    "vit": Model("ViT", f"{NETWORKS}vit:VisionTransformer", f"{OBJECTIVES}angular:Angular"),
    "autoencoder": Model(
        "Autoencoder", f"{NETWORKS}autoencoder:Autoencoder", f"{OBJECTIVES}redraw:Denoising"
    ),
    "siamese": Model(
        "Siamese", f"{NETWORKS}siamese:SiameseNetwork", f"{OBJECTIVES}metric:contrastive"
    ),
    "triplet": Model("Triplet", f"{NETWORKS}siamese:SiameseNetwork", f"{OBJECTIVES}metric:triplet"),
    "barlow-pretraining": Model(
        "Barlow Twins before its adaptation",
        f"{NETWORKS}blocks:ResidualNetwork",
        f"{OBJECTIVES}twins:BarlowTwins",
        recipe="barlow/embedded/pretraining.yaml",
        shipped=False,
    ),
    "barlow": Model(
        "Barlow Twins", f"{NETWORKS}blocks:AdaptedNetwork", f"{OBJECTIVES}angular:Angular"
    ),
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
