"""The subject detector's training set: composites drawn once, read back batch by batch."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lookalike.detectors.yolo import letterbox
from lookalike.errors import LookalikeError
from lookalike.photos import Box
from lookalike.storage.files import replacing
from lookalike.training.subject import composites
from lookalike.training.subject.hard import TRAINED
from lookalike.training.subject.recipe import SubjectRecipe, side_at
from lookalike.training.subject.sources import Sources

LISTING = "boxes.json"
HARDER_FROM = 2400  # number of the first harder composite, however many easier ones there are


def render(folder: Path, found: Sources, recipe: SubjectRecipe, workers: int = 2) -> None:
    """Draw the set into `folder`: 000000.jpg and so on, and boxes.json. Kept if it is there."""
    listing = folder / LISTING
    wanted = {
        "pictures": recipe.pictures,
        "easier": recipe.easier,
        "side": recipe.picture_side,
        "seed": recipe.seed,
    }
    if listing.exists() and json.loads(listing.read_text())["recipe"] == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)

    def draw(index: int) -> list[Box]:
        made = _composite(found, index, recipe)
        bgr = cv2.cvtColor(made.photo, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{index:06d}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 93])
        return made.boxes

    with ThreadPoolExecutor(workers) as pool:
        boxes = list(pool.map(draw, range(recipe.pictures)))
    with replacing(listing) as beside:
        beside.write_text(json.dumps({"recipe": wanted, "boxes": boxes}))


def _composite(found: Sources, index: int, recipe: SubjectRecipe) -> composites.Composite:
    """The set's picture of this number: first the easier kinds, then the harder ones."""
    number, kinds = index, composites.KINDS
    if index >= recipe.easier:
        number, kinds = HARDER_FROM + index - recipe.easier, TRAINED
    return composites.compose(found, recipe.seed, number, recipe.picture_side, kinds)


def _augmented(
    photo: np.ndarray, boxes: np.ndarray, chance: random.Random
) -> tuple[np.ndarray, np.ndarray]:
    """Mirror, and change the light a little; the composites vary enough in all else."""
    if chance.random() < 0.5:
        photo = photo[:, ::-1]
        boxes = boxes * [-1, 1, -1, 1] + [photo.shape[1], 0, photo.shape[1], 0]
        boxes = boxes[:, [2, 1, 0, 3]]
    gain, shift = chance.uniform(0.8, 1.2), chance.uniform(-15, 15)
    table = np.clip(np.arange(256) * gain + shift, 0, 255).astype(np.uint8)
    photo = cv2.LUT(np.ascontiguousarray(photo), table)
    if chance.random() < 0.2:
        photo = photo[..., ::-1]
    return photo, boxes


def _read(path: Path) -> np.ndarray:
    bgr = cv2.imread(str(path))
    if bgr is None:
        raise LookalikeError(
            f"The composite {str(path)!r} is missing.",
            "Delete its folder, so that it is made again.",
        )
    return bgr[..., ::-1]


def read_boxes(folder: Path) -> list[list[Box]]:
    """The boxes of every picture of the set, in its own pixels."""
    return json.loads((folder / LISTING).read_text())["boxes"]


def load_batch(folder: Path, boxes: list, step: int, recipe: SubjectRecipe) -> dict[str, Any]:
    """The batch of a step, as Ultralytics' loss reads it.

    Returns:
        "img" (n, 3, side, side) float32 RGB in [0, 1]; "batch_idx" (m,), "cls" (m, 1) and "bboxes"
        (m, 4), centre and size as shares of the side, of the m subjects on them.
    """
    import torch

    chance = random.Random(recipe.seed * 1_000_003 + step)
    full, side = recipe.picture_side, side_at(step, recipe)
    sheets, rows = [], []
    for position, index in enumerate(_chosen(step, len(boxes), recipe)):
        found = np.array(boxes[index], float).reshape(-1, 4)
        photo, found = _augmented(_read(folder / f"{index:06d}.jpg"), found, chance)
        sheet, (left, top, _, _) = letterbox(photo, full)
        x1, y1, x2, y2 = ((found + np.array([left, top, left, top])) / full).T
        rows.append(
            np.column_stack([x1 * 0 + position, (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1])
        )
        sheets.append(cv2.resize(sheet, (side, side), interpolation=cv2.INTER_AREA))
    table = torch.from_numpy(np.concatenate(rows)).float()
    img = torch.from_numpy(np.stack(sheets).transpose(0, 3, 1, 2).copy()).float() / 255
    return {"img": img, "batch_idx": table[:, 0], "cls": table[:, :1] * 0, "bboxes": table[:, 1:]}


def _chosen(step: int, count: int, recipe: SubjectRecipe) -> list[int]:
    """The pictures of a step: every epoch is another permutation."""
    epoch, place = divmod(step, count // recipe.batch)
    order = np.random.default_rng([recipe.seed, epoch]).permutation(count)
    return order[place * recipe.batch : (place + 1) * recipe.batch].tolist()
