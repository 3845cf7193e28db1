"""A recipe: everything that decides what a training run gives, apart from the pictures."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookalike.errors import LookalikeError
from lookalike.settings import unless_assets_lack


class Part(BaseModel):
    """A frozen group of settings that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(Part):
    """What a batch is made of."""

    batch: dict[str, int] = Field(description="pictures of each set in a batch, by its name")
    side: int = Field(64, description="of the network's input, pixels")
    first_side: int = Field(0, description="input in the first part of the epochs; 0: `side`")
    first_part: float = Field(0.0, ge=0, le=1, description="share of the epochs")
    views: int = Field(1, ge=1, le=2, description="differently augmented copies of each picture")
    clean: bool = Field(False, description="two views: the crop as it is, and changed")
    per_class: int = Field(1, description="pictures of each class that is drawn for a batch")
    teacher_views: int = Field(
        0, ge=0, description="crops per picture with the teacher's features; 0: crops at random"
    )
    teacher: str = Field("embedded", description="which of EfficientNet's weights answer")
    loose: bool = Field(
        False, description="crops at random; the answer stays that to the teacher's crop"
    )
    leave_out: bool = Field(False, description="train without the kinds of `pictures.left_out`")
    balance: float = Field(
        0.5, ge=0, le=1, description="0: every picture as often; 1: every class as often"
    )


class Augmentation(Part):
    """How much a picture changes; every amount may be 0, which turns it off."""

    smallest: float = Field(0.35, gt=0, le=1, description="least share of the area in a crop")
    shift: float = Field(0.04, description="share of the side, at most")
    turn: float = Field(15.0, description="degrees, at most")
    light: float = Field(0.35, description="change of brightness and contrast, shares, at most")
    dark: float = Field(0.1, description="share of the pictures that are much darker")
    colour: float = Field(0.3, description="change of saturation, a share, at most")
    hue: float = Field(6.0, description="degrees, at most")
    grey: float = Field(0.05, description="share of the pictures that lose their colour")
    blur: float = Field(0.2, description="share of the pictures that are blurred")
    jpeg: float = Field(0.15, description="share of the pictures that pass through JPEG")
    erase: float = Field(0.25, description="share that lose a rectangle (Zhong et al. 2020)")
    photo: float = Field(0.15, description="share of the greys on black that get a background")


class Schedule(Part):
    """How long and how fast."""

    epochs: int
    steps: int = Field(188, description="batches in an epoch")
    stop: int = Field(
        0, description="epoch that ends the run early, for a later stage to go on; 0: none does"
    )
    learning_rate: float = Field(2e-3, description="at its highest; then a cosine to 0")
    warm_up: float = Field(0.1, description="share of the steps")
    weight_decay: float = 0.05
    clip: float = Field(1.0, description="largest norm of the gradient")
    bf16: bool = Field(True, description="autocast; twice as fast with AVX512_BF16 or a GPU")
    patience: int = Field(
        12, description="epochs without a better validation share that end the run"
    )
    seed: int = 0


class Blend(Part):
    """How the weights that are kept lie between the trained ones and earlier ones."""

    earlier: str = Field(description="model whose weights take part")
    share: float = Field(gt=0, le=1, description="of the trained weights")


class Recipe(Part):
    """What recipe.yaml holds."""

    model: str = Field(description="name in `registry.MODELS`")
    start: str = Field("", description="model whose weights it begins with, where they fit")
    frozen: list[str] = Field([], description="parameters whose names begin so stay as they are")
    blend: Blend | None = None
    network: dict[str, Any] = {}
    objective: dict[str, Any] = {}
    data: Data
    augmentation: Augmentation = Augmentation()
    schedule: Schedule


def read(path: Path) -> Recipe:
    """A recipe from its file.

    Raises:
        LookalikeError: it is missing, is not YAML, or holds a setting that does not exist.
    """
    try:
        return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise LookalikeError(
            f"The recipe {str(path)!r} cannot be read.",
            unless_assets_lack("Check that the file is there."),
        ) from error
    except (yaml.YAMLError, ValidationError) as error:
        raise LookalikeError(
            f"The recipe {str(path)!r} cannot be used: {_first(error)}.",
            "Compare it with lookalike/training/embeddings/recipe.py.",
        ) from error


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is not YAML"
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg'].lower()}"
