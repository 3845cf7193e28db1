"""Encoders that the user adapted: a registered one, frozen, under a layer trained on a gallery.

`python -m lookalike train adapt` writes models/<name>/adapted/; each such folder is a method more.
Reading its card imports no model library.
"""

import logging
import re
import shlex
from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lookalike import cards
from lookalike.distance import normalise
from lookalike.encoders.base import Encoder, EncoderSpec, WeightsSpec
from lookalike.errors import LookalikeError, WeightsError
from lookalike.photos import Photo
from lookalike.settings import settings

log = logging.getLogger(__name__)

WEIGHTS = "adapted"  # what the weights and their folder are called
FILE = "layer.safetensors"
LABEL = "label"  # the field that is learned unless another is named
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")  # names folders, and elements of the page
TAKEN = frozenset({"adapt", "all", "benchmark", "words"})  # by other elements of the page
BLOCK = 4096  # rows that go through the layer at once

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Base(BaseModel):
    """The frozen encoder."""

    model_config = ConfigDict(frozen=True)

    method: str
    weights: str
    sha256: str = Field(pattern="^([0-9a-f]{64})?$", description="empty: nothing was trained")
    dimension: int = Field(ge=1)


class Card(BaseModel):
    """What of a card.json decides how the encoder works; a card is data from elsewhere."""

    model_config = ConfigDict(frozen=True)

    base: Base
    gallery: str = Field(pattern="^[a-z0-9][a-z0-9._-]{0,63}$")
    field: str = Field(min_length=1, max_length=100)
    dimension: int = Field(ge=1, le=4096)
    sha256: Digest

    @property
    def made_from(self) -> tuple[str, str, str, str]:
        """What tells one adaptation from another: method, weights, gallery and field."""
        return self.base.method, self.base.weights, self.gallery, self.field


def default_name(method: str, weights: str, gallery: str, field: str) -> str:
    """ "efficientnet-on-mine"; with the weights unless they are `weights=""`, and with the field.

    The letters that a name cannot have become dashes.
    """
    parts = [method, weights, "on", gallery, *(["by", field] if field != LABEL else [])]
    return re.sub(r"[^a-z0-9_-]+", "-", "-".join(filter(None, parts)).lower()).strip("-")


def check_name(name: str, others: Collection[str]) -> str:
    """The name, if it can be that of an adapted encoder.

    Args:
        others: names of other methods.

    Raises:
        LookalikeError: it cannot.
    """
    if not NAME.fullmatch(name):
        raise LookalikeError(
            f"{name!r} cannot name a method.",
            "Give --name with up to 100 lower-case letters, digits, dashes and underscores.",
        )
    if name in TAKEN or name in others:
        raise LookalikeError(f"The name {name!r} is taken.", "Give another --name.")
    return name


def names() -> list[str]:
    """The adapted encoders that have a card, by name, whatever it says."""
    found = {
        card.parent.parent.name
        for root in settings().folders("models")
        for card in root.glob(f"*/{WEIGHTS}/{cards.CARD}")
    }
    return sorted(name for name in found if NAME.fullmatch(name) and name not in TAKEN)


@lru_cache(maxsize=64)
def leave_out(why: str) -> None:
    """Say once that a method is left out, however often the names are asked for."""
    log.warning("%s", why)


def read(folder: Path) -> Card:
    """A card, without a look at the layer.

    Raises:
        WeightsError: it is missing, or not that of an adapted encoder.
    """
    content = cards.read(folder)
    try:
        return Card.model_validate(content)
    except ValidationError as error:
        raise WeightsError(
            f"The card {str(folder / cards.CARD)!r} is not that of an adapted method.",
            "Remove its folder, and make it again with `python -m lookalike train adapt`.",
        ) from error


def folder_of(name: str) -> Path | None:
    """Where an adapted encoder lies, the user's before the shipped ones; None if there is none."""
    if not NAME.fullmatch(name):
        return None
    found = [root / name / WEIGHTS for root in settings().folders("models")]
    return next((path for path in found if (path / cards.CARD).exists()), None)


def spec(name: str, card: Card, base: EncoderSpec | None) -> EncoderSpec:
    """What an adapted method is.

    Args:
        base: of the frozen method, if there is such a one.

    Raises:
        WeightsError: there is not, or it has no such weights.
    """
    known = base.weights if base else ()
    used = next((one for one in known if one.name == card.base.weights), None)
    if base is None or used is None:
        raise WeightsError(
            f"{name} stands on {card.base.method!r} with {card.base.weights!r} weights, which is "
            "no method here.",
            f"Remove {str(folder_of(name))!r}, or train it again on another method.",
        )
    default = used is base.weights[0]
    usual = default_name(base.name, "" if default else used.name, card.gallery, card.field)
    by = "" if card.field == LABEL else f" by {card.field}"
    what = "labels" if card.field == LABEL else card.field
    return EncoderSpec(
        name=name,
        title=f"{base.title} on {card.gallery}{by}" if name == usual and default else name,
        family=f"adapted {base.family}",
        metric="cosine",
        paper=base.paper,
        summary=f"What {base.title} sees, weighed by what tells the {what} of {card.gallery} "
        "apart.",
        weights=(
            WeightsSpec(
                name=WEIGHTS,
                source="adapted",
                location=f"{name}/{WEIGHTS}",
                dimension=card.dimension,
                input_size=used.input_size,
                licence=used.licence,
                trained_on=f"{used.trained_on}; its last layer on {card.gallery}",
                sha256=card.sha256,
            ),
        ),
    )


def _again(name: str, card: Card) -> str:
    base, by = card.base, "" if card.field == LABEL else f" --by {shlex.quote(card.field)}"
    return (
        f"Train it again with `python -m lookalike train adapt --encoder {shlex.quote(base.method)}"
        f" --weights {shlex.quote(base.weights)} --gallery {card.gallery}{by} --name {name}`."
    )


class Adapted(Encoder):
    """max(0, W x + b) of the frozen encoder's vector x: the feature layer of two linear ones.

    Args:
        spec: as `spec` made it.
        card: of the same folder.
        base: the frozen encoder, loaded.

    Raises:
        WeightsError: the layer is damaged, or was trained on other weights than `base` has.
    """

    def __init__(self, spec: EncoderSpec, card: Card, base: Encoder) -> None:
        super().__init__(spec.weights[0])
        self.spec, self.base = spec, base
        if (base.weights.sha256, base.weights.dimension) != (card.base.sha256, card.base.dimension):
            raise WeightsError(
                f"{spec.name} was trained on other weights of {base.spec.title} than are here.",
                _again(spec.name, card),
            )
        self._matrix, self._bias = self._layer(card)

    def _layer(self, card: Card) -> tuple[np.ndarray, np.ndarray]:
        """(d, frozen d) and (d,), float32."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        folder = folder_of(self.spec.name)
        again = WeightsError(
            f"The layer of {self.spec.name} does not fit its card.", _again(self.spec.name, card)
        )
        if folder is None or cards.verify(folder)["sha256"] != card.sha256:
            raise again
        try:
            found = load_file(folder / cards.read(folder)["file"])
            matrix, bias = found["weight"], found["bias"]
        except (SafetensorError, KeyError) as error:
            raise again from error
        wanted = (card.dimension, card.base.dimension), (card.dimension,)
        if (matrix.shape, bias.shape) != wanted:
            raise again
        return matrix.astype(np.float32), bias.astype(np.float32)

    def _encode(self, images: Sequence[Photo]) -> np.ndarray:
        return self._features(self.base.encode(images, len(images)))

    def _features(self, frozen: np.ndarray) -> np.ndarray:
        return np.maximum(frozen @ self._matrix.T + self._bias, 0)

    def of_frozen(self, frozen: np.ndarray) -> np.ndarray:
        """Vectors that the frozen encoder gave, (n, frozen d) float32, to (n, d) of length 1."""
        features = np.empty((len(frozen), self.weights.dimension), np.float32)
        for start in range(0, len(frozen), BLOCK):
            block = slice(start, start + BLOCK)
            features[block] = normalise(self._features(np.asarray(frozen[block])))
        return features


def find(name: str) -> Card | None:
    """The card of an adapted encoder; None if there is none of this name.

    Raises:
        WeightsError: it is damaged.
    """
    folder = folder_of(name)
    return None if folder is None else read(folder)
