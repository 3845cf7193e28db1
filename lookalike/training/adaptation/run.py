"""Adapt an encoder: encode the gallery once, train the two layers, say whether it helped."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lookalike.encoders import registry
from lookalike.encoders.base import Encoder
from lookalike.evaluation.intervals import of_mean
from lookalike.index import encoding
from lookalike.index.build import locked
from lookalike.index.key import IndexKey
from lookalike.progress import Progress
from lookalike.settings import settings
from lookalike.training.adaptation.layers import FeatureLayer, Validation, Vectors
from lookalike.training.adaptation.outcome import OnEpoch, Outcome
from lookalike.training.adaptation.task import Adaptation
from lookalike.training.embeddings import publish
from lookalike.training.embeddings.loop import fit
from lookalike.training.embeddings.objectives.angular import Angular
from lookalike.training.embeddings.recipe import Data, Recipe, Schedule

BATCH = 128
FEWEST_STEPS = 16  # of an epoch, however small the gallery
# Chosen on the validation share of Caltech-101 over EfficientNet-Lite0.
SCHEDULE = Schedule(
    epochs=20, learning_rate=3e-3, weight_decay=0.05, warm_up=0.1, bf16=False, patience=6
)


def encode(task: Adaptation, progress: Progress | None = None) -> tuple[Encoder, np.ndarray]:
    """The frozen encoder, and its vectors of the gallery, (n, d) float32, mapped from a file.

    An interrupted run goes on where it stopped. The file stays in the cache, so that another run
    on the same gallery takes seconds.

    Raises:
        WeightsError: the encoder cannot be loaded.
        StorageError: the disk refused.
        LookalikeError: another process encodes the same.
    """
    encoder = registry.load(task.method, task.weights)
    with locked(IndexKey(task.gallery.name, task.method, task.weights, settings().engine)):
        return encoder, encoding.encode_gallery(task.gallery, encoder, progress)


def train(
    task: Adaptation, encoder: Encoder, frozen: np.ndarray, report: OnEpoch | None = None
) -> Outcome:
    """Train feature layer and classifier; on a CPU that takes a minute or two.

    The features of the epoch with the best P@10 on the validation share are kept. The same seed
    gives the same numbers on the same machine. Interrupted, it goes on after the last epoch.

    Args:
        frozen: the encoder's vectors of the gallery.
        report: called with each epoch's row of the curve.
    """
    recipe = _recipe(task)
    torch.manual_seed(task.seed)
    feed = Vectors(frozen, task.items, min(BATCH, len(task.items.ids)), task.seed)
    layer = FeatureLayer(*feed.statistics(), task.dimension, **recipe.network)
    objective = Angular(layer, feed, task.dimension, **recipe.objective)
    validation = Validation(frozen, task.items)
    before = validation.frozen(encoder.spec.metric)

    def validate(embed: Callable[[Tensor], Tensor]) -> dict[str, float]:
        now = validation.adapted(embed)
        return {
            "score": now.mean,
            "by_class": now.by_class,
            "frozen": before.mean,
            "frozen_by_class": before.by_class,
        }

    progress = fit(objective, feed, recipe, publish.checkpoint(task.name), validate, report=report)
    folded = layer.folded()
    after = validation.adapted(lambda vectors: _features(folded, vectors))
    difference = of_mean(after.each - before.each)
    return Outcome(folded, recipe, progress, before, after, difference)


def _features(folded: dict[str, np.ndarray], vectors: Tensor) -> Tensor:
    weight, bias = (torch.from_numpy(folded[name]) for name in ("weight", "bias"))
    return torch.relu(vectors @ weight.T + bias)


def _recipe(task: Adaptation) -> Recipe:
    steps = max(int((~task.items.validation).sum()) // BATCH, FEWEST_STEPS)
    return Recipe(
        model=task.name,
        network={"dropout": 0.3},
        objective={"scale": 16.0, "smoothing": 0.05},
        data=Data(batch={task.gallery.name: BATCH}),
        schedule=SCHEDULE.model_copy(update={"steps": steps, "seed": task.seed}),
    )
