"""What is adapted to what, checked before the long work."""

from dataclasses import dataclass

from lookalike.encoders import adapted, registry
from lookalike.encoders.registry import weights_for
from lookalike.errors import LookalikeError
from lookalike.galleries.gallery import Gallery
from lookalike.training import registry as trained
from lookalike.training.adaptation.items import Items, labelled

DIMENSION = 256  # of the feature layer


@dataclass(frozen=True)
class Adaptation:
    """One adaptation."""

    gallery: Gallery
    method: str  # that is frozen
    weights: str
    field: str  # "label", or a key of the metadata
    name: str  # of the method that it will be
    dimension: int
    seed: int
    items: Items

    @property
    def made_from(self) -> tuple[str, str, str, str]:
        """As `adapted.Card.made_from`."""
        return self.method, self.weights, self.gallery.name, self.field


def make(
    gallery: Gallery,
    method: str,
    weights: str | None = None,
    field: str = adapted.LABEL,
    name: str | None = None,
    dimension: int = DIMENSION,
    seed: int = 0,
) -> Adaptation:
    """An adaptation that can be carried out. Nothing is loaded or encoded.

    Args:
        weights: of the method; the setting's where it has them, unless given.
        name: of the method that it will be; from the other names unless given.

    Raises:
        UnknownNameError: there is no such method, or it has no such weights.
        GalleryError: the gallery's classes cannot be learned; see `items.labelled`.
        LookalikeError: the name cannot be used.
    """
    used = registry.weights_spec(method, weights or weights_for(method)).name
    if method not in registry.ENCODERS:
        raise LookalikeError(
            f"{method} has been adapted itself.", "Give the --encoder that it stands on."
        )
    items = labelled(gallery, field)
    default = used == registry.spec(method).weights[0].name
    usual = adapted.default_name(method, "" if default else used, gallery.name, field)
    task = Adaptation(gallery, method, used, field, name or usual, dimension, seed, items)
    _check_name(task)
    return task


def _check_name(task: Adaptation) -> None:
    adapted.check_name(task.name, {*registry.ENCODERS, *trained.names()})
    try:
        there = adapted.find(task.name)
    except LookalikeError:
        return  # a damaged one may be replaced
    if there and there.made_from != task.made_from:
        raise LookalikeError(
            f"The method {task.name} has been made from something else.", "Give another --name."
        )
