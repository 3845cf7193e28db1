"""Batches: so many pictures of each set, cropped as the teacher saw them, augmented."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from lookalike.photos import Photo
from lookalike.training.embeddings.augment import change, move, random_box
from lookalike.training.embeddings.pictures import PictureSet, labels_of, left_out, read
from lookalike.training.embeddings.recipe import Augmentation, Recipe
from lookalike.training.embeddings.targets import Targets


@dataclass(frozen=True)
class Batch:
    """What an objective gets."""

    views: list[Tensor]  # each (n, 3, side, side) float32 in [0, 1]
    labels: Tensor  # (n,) int64, positions in `Feed.classes`
    items: Tensor  # (n,) int64, positions in the sets, one after the other
    taught: Tensor  # (n,) bool: whether there is a teacher's answer
    targets: Tensor  # (n, d) float32 of length 1; zeros where there is none

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        rest = (self.labels, self.items, self.taught, self.targets)
        return Batch([one.to(device) for one in self.views], *(one.to(device) for one in rest))


class Feed:
    """The training pictures, drawn batch by batch: each follows from (seed, epoch, step).

    Args:
        sets: the training split of every set that the recipe draws from.
        recipe: what a batch holds and how it is augmented.
        targets: the teacher's answers, if the recipe asks for them.
    """

    def __init__(
        self, sets: Sequence[PictureSet], recipe: Recipe, targets: Targets | None = None
    ) -> None:
        self.sets, self.recipe, self.targets = list(sets), recipe, targets
        self.classes = labels_of(self.sets)
        positions = {name: number for number, name in enumerate(self.classes)}
        self._labels = [
            np.array([positions[f"{one.name}/{label}"] for label in one.labels]) for one in sets
        ]
        self._chances = [_chances(one.labels, recipe.data.balance) for one in sets]
        self._grey = milder(recipe.augmentation)
        self._coloured = recipe.augmentation.model_copy(update={"photo": 0.0})
        self._first = np.cumsum([0, *(len(one) for one in sets)])

    def __len__(self) -> int:
        return int(self._first[-1])

    @property
    def fingerprint(self) -> str:
        """Of the pictures, by their names: 64 hex digits."""
        digest = hashlib.sha256()
        for one in self.sets:
            digest.update("\n".join([one.name, *one.names, *one.labels]).encode())
        return digest.hexdigest()

    def side(self, epoch: int) -> int:
        """The input's side in an epoch, counted from 0."""
        data = self.recipe.data
        small = epoch < data.first_part * self.recipe.schedule.epochs
        return data.first_side if small and data.first_side else data.side

    def batch(self, epoch: int, step: int) -> Batch:
        """One batch."""
        rng = np.random.default_rng([self.recipe.schedule.seed, epoch, step])
        parts = [self._part(number, epoch, rng) for number in range(len(self.sets))]
        views, labels, items, taught, targets = zip(*parts, strict=True)
        return Batch(
            [_floats(np.concatenate(same)) for same in zip(*views, strict=True)],
            *(torch.from_numpy(np.concatenate(part)) for part in (labels, items, taught, targets)),
        )

    def _part(self, number: int, epoch: int, rng: np.random.Generator) -> tuple:
        """What one set gives: views, labels, items, taught and targets."""
        one, data = self.sets[number], self.recipe.data
        count = data.batch[one.name]
        chosen = self._drawn(number, count, rng)
        taught = self.targets.of(one.name) if self.targets else []
        targets = np.zeros((count, self.targets.dimension if self.targets else 0), np.float32)
        pictures = []
        for place, row in enumerate(chosen):
            box = None
            if taught:
                view, whole = taught[rng.integers(len(taught))], one.rows[row]
                targets[place] = view.answers[whole]
                box = None if data.loose else view.boxes[whole]
            pictures.append(self._views(np.asarray(one.pixels[row]), box, self.side(epoch), rng))
        return (
            [np.stack(same) for same in zip(*pictures, strict=True)],
            self._labels[number][chosen],
            chosen + self._first[number],
            np.full(count, bool(taught)),
            targets,
        )

    def _drawn(self, number: int, count: int, rng: np.random.Generator) -> np.ndarray:
        """Positions in a set; with `per_class`, so many pictures of each class that is drawn."""
        each, labels = self.recipe.data.per_class, self._labels[number]
        chosen = rng.choice(len(labels), -(-count // each), p=self._chances[number])
        if each > 1:
            same = [np.flatnonzero(labels == labels[position]) for position in chosen]
            chosen = np.concatenate([rng.choice(members, each) for members in same])
        return chosen[:count]

    def _views(
        self, picture: Photo, box: np.ndarray | None, side: int, rng: np.random.Generator
    ) -> list[Photo]:
        """The augmented copies of one picture: the first of the box, if given, the rest of crops
        at random."""
        data, settings = self.recipe.data, self._coloured
        if picture.shape[2] == 1:
            picture, settings = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), self._grey
        crops = []
        for number in range(data.views):
            place = random_box(settings.smallest, rng) if box is None or number else box
            crops.append(move(picture, place, side, settings, rng))
        kept = [crops[0]] if data.clean else []
        return kept + [change(crop, settings, rng) for crop in crops]


def milder(settings: Augmentation) -> Augmentation:
    """For Fashion-MNIST: all items stand upright and whole, and 28 pixels leave little to lose."""
    return settings.model_copy(
        update={
            "smallest": max(settings.smallest, 0.75),
            "turn": settings.turn / 3,
            "dark": settings.dark / 2,
            "blur": settings.blur / 2,
        }
    )


def _chances(labels: list[str], balance: float) -> np.ndarray:
    """How likely each picture is drawn, by how rare its class is."""
    counts = Counter(labels)
    weights = np.array([counts[label] ** -balance for label in labels])
    return weights / weights.sum()


def _floats(pictures: np.ndarray) -> Tensor:
    """(n, side, side, 3) uint8 to (n, 3, side, side) float32 in [0, 1], channels last."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float().div_(255)


def feed(recipe: Recipe, data: Path) -> Feed:
    """The training split of the recipe's sets, and the teacher's answers."""
    sets = [read(name, data, "train") for name in recipe.data.batch]
    if recipe.data.leave_out:
        sets = [one.part(np.flatnonzero(~left_out(one))) for one in sets]
    asked = recipe.data
    targets = None
    if asked.teacher_views:
        targets = Targets(data, asked.teacher_views, asked.batch, asked.teacher)
    return Feed(sets, recipe, targets)
