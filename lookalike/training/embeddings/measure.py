"""How well a method finds a picture's own kind: P@10 of what no training saw."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np

from lookalike import cards
from lookalike.encoders import registry
from lookalike.encoders.base import Encoder
from lookalike.engines import registry as engines
from lookalike.galleries.sources import fashion_mnist
from lookalike.photos import Photo
from lookalike.training.embeddings.pictures import SIDES, PictureSet, decoded, of_left_out, read

NEAREST = 10
GREY = 2000, 10000  # of Fashion-MNIST: queries and gallery


class Precision(TypedDict):
    """P@10 of some queries, in [0, 1]."""

    plain: float  # mean over the queries
    classes: float  # mean over their classes
    queries: int


def measure(name: str, data: Path, weights: str | None = None) -> dict[str, Precision]:
    """P@10 of a method on every set, its held-out pictures asked among the others.

    The fifth of the kinds that a recipe may leave out is measured by itself too, its held-out
    pictures among its others. How weights do on kinds that they never saw is only told by those
    of such a recipe: train `resnet-unseen` with --output into the home's models/resnet/embedded.

    Args:
        name: of the method.
        data: folder with caltech101/, fashion-products/ and tiny-imagenet/.
        weights: which; None: the method's default.

    Raises:
        LookalikeError: the pictures or the weights are not there.
    """
    encoder = registry.load(name, weights)
    found = {"fashion-mnist": _grey(encoder)}
    for one in ("caltech101", "fashion-products", "tiny-imagenet"):
        asked, among = (read(one, data, split) for split in ("held-out", "rest"))
        load = _loader(encoder, one, data)
        if one != "tiny-imagenet":  # of which 40,000 pictures would take long
            found[one] = _precision(encoder, asked, among, load)
        if one != "fashion-products":
            unseen = of_left_out(asked), of_left_out(among)
            found[f"{one}, a fifth of the kinds"] = _precision(encoder, *unseen, load)
    return found


def note(name: str, found: dict[str, Precision], weights: str | None = None) -> None:
    """Write what was measured into the card of a method's weights.

    Raises:
        WeightsError: they have no card.
    """
    folder = cards.find(registry.weights_spec(name, weights).location)
    card = cards.verify(folder)
    cards.write(folder, card | {"measured": found}, card["file"])
    cards.write_readme(folder)


def _loader(encoder: Encoder, name: str, data: Path) -> Callable[[PictureSet], list[Photo]]:
    """The pictures as the encoder needs them: small ones from the cache, large ones decoded."""
    if encoder.weights.input_size <= SIDES[name]:
        return lambda part: list(part.pixels)
    photos = list(decoded(name, data))
    return lambda part: [photos[row] for row in part.rows]


def _precision(
    encoder: Encoder,
    asked: PictureSet,
    among: PictureSet,
    load: Callable[[PictureSet], list[Photo]],
) -> Precision:
    return precision(
        encoder.encode(load(asked)),
        encoder.encode(load(among)),
        asked.labels,
        among.labels,
        encoder,
    )


def _grey(encoder: Encoder) -> Precision:
    asked, wanted = _of_fashion_mnist(encoder, "test", GREY[0])
    among, labels = _of_fashion_mnist(encoder, "train", GREY[1])
    return precision(asked, among, wanted, labels, encoder)


def _of_fashion_mnist(
    encoder: Encoder, split: fashion_mnist.Split, most: int
) -> tuple[np.ndarray, list[str]]:
    greys, labels = fashion_mnist.read(split)
    chosen = np.random.default_rng(0).permutation(len(greys))[:most]
    photos = [np.repeat(greys[row][..., None], 3, axis=2) for row in chosen]
    return encoder.encode(photos), [str(labels[row]) for row in chosen]


def precision(
    asked: np.ndarray,
    among: np.ndarray,
    wanted: Sequence[str],
    labels: Sequence[str],
    encoder: Encoder,
) -> Precision:
    """The share of the ten nearest that carry the query's label.

    Args:
        asked: (m, d) float32, the queries' vectors.
        among: (n, d) float32, the gallery's.
        wanted, labels: their m and n classes.
        encoder: tells the metric.
    """
    engine = engines.create("exact")
    engine.build(among, encoder.spec.metric)
    nearest = engine.search(asked, NEAREST).ids
    hits = (np.array(labels)[nearest] == np.array(wanted)[:, None]).mean(1)
    classes = [hits[np.array(wanted) == one].mean() for one in sorted(set(wanted))]
    return {
        "plain": round(float(hits.mean()), 4),
        "classes": round(float(np.mean(classes)), 4),
        "queries": len(hits),
    }
