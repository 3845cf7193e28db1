"""Every set of pictures with what each picture may be called."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from lookalike.encoders.networks.lexicon import plain
from lookalike.galleries.sources import fashion_mnist
from lookalike.galleries.splits import held_out
from lookalike.training.embeddings.pictures import KINDS, shards, split_of
from lookalike.training.words.synonyms import words_of


@dataclass(frozen=True)
class Named:
    """Pictures of one set, and the names of each: its own first, then others that fit."""

    name: str
    rows: np.ndarray  # (n,) positions in the set, ascending
    names: list[tuple[str, ...]]
    views: int  # of each picture
    share: int  # pictures in a batch


# By set: views, pictures in a batch, and every which picture is taken (Tiny ImageNet's are many
# and small). The parts of a batch were chosen on Caltech-101's and Tiny ImageNet's left-out kinds.
PLAN = {
    "drawings": (2, 110, 1),
    "clipart": (2, 36, 1),
    "photos": (2, 24, 1),
    "caltech101": (1, 40, 1),
    "tiny-imagenet": (1, 24, 5),
    "fashion-products": (1, 40, 1),
    "fashion-mnist": (1, 40, 6),
}


def read(data: Path, leave_out: bool = False) -> list[Named]:
    """The training share of every set.

    Args:
        data: folder with the sets' folders.
        leave_out: without a fifth of the kinds of Caltech-101 and of Tiny ImageNet.

    Raises:
        LookalikeError: the shards of a set are not there.
    """
    return [_read(name, data, leave_out, *plan) for name, plan in PLAN.items()]


def _read(name: str, data: Path, leave_out: bool, views: int, share: int, step: int) -> Named:
    listed = _fashion_mnist() if name == "fashion-mnist" else _listed(name, data)
    kept = [
        row
        for row in range(0, len(listed), step)
        if _trained(name, listed[row]) and not (leave_out and _left_out(name, listed[row]))
    ]
    return Named(name, np.array(kept), [_names(name, listed[row]) for row in kept], views, share)


def _listed(name: str, data: Path) -> list[dict]:
    tables = (pq.read_table(shard).drop_columns("image") for shard in shards(name, data))
    return [row for table in tables for row in table.to_pylist()]


def _fashion_mnist() -> list[dict]:
    _, labels = fashion_mnist.read("train")
    return [
        {"name": f"train/{row:05d}", "label": fashion_mnist.CLASSES[label]}
        for row, label in enumerate(labels)
    ]


def _trained(name: str, row: dict) -> bool:
    # Fashion-MNIST's own test split is held out; of drawings and clip art nothing is measured.
    measured = name not in ("fashion-mnist", "drawings", "clipart")
    return not measured or split_of(row["name"]) != "held-out"


def _left_out(name: str, row: dict) -> bool:
    return name in KINDS and held_out(row["label"])


def _names(name: str, row: dict) -> tuple[str, ...]:
    if name in ("photos", "tiny-imagenet"):
        return tuple(spelled(word) for word in (row.get("words") or _lemmas(row)).split(","))
    if name in ("drawings", "clipart"):
        return (spelled(row["label"]),)
    names = tuple(spelled(word) for word in words_of(row["label"]))
    colour = plain(row.get("base_colour") or "")
    return names if colour in ("", "na", "multi") else (*names, f"{colour} {names[0]}")


def _lemmas(row: dict) -> str:
    from timm.data import ImageNetInfo

    return ImageNetInfo("imagenet22k").label_name_to_description(row["synset"], detailed=False)


def spelled(name: str) -> str:
    """A name in the lexicon's spelling."""
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", plain(name)))
