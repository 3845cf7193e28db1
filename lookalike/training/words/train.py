"""Both of CLIP's towers side by side: pictures near their names, and far from other names.

The loss is CLIP's (Radford et al. 2021), with two changes. A name's neighbours are no errors: what
a picture should say is spread over all names by how near the sentence encoder holds them (as in
SoftCLIP, Gao et al. 2023, https://arxiv.org/abs/2303.17561). And pictures keep the relations that
the networks saw between them, so that what has no name here is told apart too.
"""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from lookalike import cards
from lookalike.distance import normalise
from lookalike.encoders.networks.clip import Head, Seen, lexicon
from lookalike.storage.files import replacing
from lookalike.training.embeddings import publish
from lookalike.training.embeddings.objectives.taught import relation_loss
from lookalike.training.subject.sources import data_folder
from lookalike.training.words.features import features
from lookalike.training.words.pictures import PLAN, Named, read

STEPS = 1600
RATE = 1e-3  # at its highest
NETWORK: dict[str, Any] = {"hidden": 1024, "dimension": 128, "dropout": 0.3}
SPREAD = 0.08  # temperature at which a name's neighbours share its pictures
RELATION = 0.5  # weight of the relations between photos
KEEPING = 0.3  # weight of the corrections' lengths
OWN = 0.6  # share of the draws in which a picture is called by its own name
PHOTOS = ("photos", "caltech101", "tiny-imagenet", "fashion-products")
SEED = 0
DATA = publish.DATA | {
    "clipart": "clip art of the Open Clip Art Library 0.18 that the gallery of things has not",
    "photos": "a photo of each of 1,000 kinds of ImageNet",
}
LICENCES = publish.LICENCES | {
    "clipart": "public domain",
    "photos": "ImageNet's terms, for research and not for sale",
}


def train(
    output: Path, *, resume: bool = True, data: Path | None = None, leave_out: bool = False
) -> None:
    """Write model.safetensors, card.json and README.md.

    Args:
        data: folder with the sets' folders; None: data/ in LOOKALIKE_HOME.
        leave_out: without a fifth of the kinds, to measure what names do that were never seen.

    Raises:
        LookalikeError: a set, the lexicon or the ResNet is not there.
    """
    started = time.monotonic()
    torch.manual_seed(SEED)
    seen, folder = Seen(), data_folder(data)
    sets = [_Set.of(named, folder, seen) for named in read(folder, leave_out)]
    names = sorted({name for one in sets for several in one.names for name in several})
    head, curve = _fit(sets, names)
    output.mkdir(parents=True, exist_ok=True)
    state = {key: tensor.contiguous().half() for key, tensor in head.state_dict().items()}
    state["letters"] = torch.from_numpy(np.frombuffer("\n".join(names).encode(), np.uint8).copy())
    with replacing(output / publish.WEIGHTS) as beside:
        save_file(state, beside)
    publish.write_curves(output, curve)
    card = _card(head, len(names), len(state["letters"]), sum(len(one.names) for one in sets))
    facts = {"resnet": seen.resnet.sha256, "seconds": round(time.monotonic() - started, 1)}
    facts["training_curve"] = [row["loss"] for row in curve]
    cards.write(output, card | facts, publish.WEIGHTS)
    cards.write_readme(output)


@dataclass
class _Set:
    """One set: what is seen in its pictures, their names, and how likely each is drawn."""

    name: str
    seen: Tensor  # (n, views, features)
    names: list[tuple[str, ...]]
    chances: np.ndarray
    share: int

    @classmethod
    def of(cls, named: Named, data: Path, seen: Seen) -> "_Set":
        found = features(named.name, data, named.rows, named.views, seen)
        counts = Counter(names[0] for names in named.names)
        weights = np.array([counts[names[0]] ** -0.5 for names in named.names])
        chances = weights / weights.sum()
        return cls(named.name, torch.from_numpy(found), named.names, chances, named.share)

    def draw(self, rng: np.random.Generator) -> tuple[Tensor, list[str]]:
        """Some pictures, and a name for each."""
        rows = rng.choice(len(self.names), self.share, p=self.chances)
        views = rng.integers(self.seen.shape[1], size=self.share)
        said = [
            names[0] if rng.random() < OWN else names[rng.integers(len(names))]
            for names in (self.names[row] for row in rows)
        ]
        return self.seen[rows, views], said


class _Loss(nn.Module):
    """How far pictures are from their names."""

    def __init__(self, head: Head, names: list[str]) -> None:
        super().__init__()
        self.head, self.rows = head, {name: row for row, name in enumerate(names)}
        vectors = torch.from_numpy(normalise(lexicon().embed(names)))
        self.vectors, self.near = vectors, (vectors @ vectors.T / SPREAD).softmax(1)
        self.scale = nn.Parameter(torch.tensor(2.7))
        self.begun = head.words.weight.detach().clone()

    def forward(self, seen: Tensor, said: list[str], photos: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            seen: (n, features).
            said: n names.
            photos: (n,) bool, which pictures' relations are kept.
        """
        head, rows = self.head, torch.tensor([self.rows[name] for name in said])
        pictures, texts = head(seen), head.texts(self.vectors, head.corrections)
        scale = self.scale.exp()
        to_text = -(self.near[rows] * (pictures @ texts.T * scale).log_softmax(1)).sum(1).mean()
        same = (rows[:, None] == rows).float()
        to_picture = (texts[rows] @ pictures.T * scale).log_softmax(1) * same / same.sum(1)
        known = functional.normalize((seen[photos] - head.mean) / head.deviation)
        relations = relation_loss(pictures[photos], known)
        moved = (head.words.weight - self.begun).square().mean() * 100
        short = head.corrections.square().sum(1).mean()
        return (
            to_text
            - 0.3 * to_picture.sum(1).mean()
            + RELATION * relations
            + KEEPING * short
            + moved
        )


def _fit(sets: list[_Set], names: list[str]) -> tuple[Head, list[dict[str, float]]]:
    rng, head = np.random.default_rng(SEED), _head(sets, names)
    loss = _Loss(head, names)
    optimiser = torch.optim.AdamW(loss.parameters(), RATE, weight_decay=0.02)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, STEPS)
    photos = torch.tensor([one.name in PHOTOS for one in sets for _ in range(one.share)])
    curve, total = [], 0.0
    head.train()
    bar = tqdm(range(STEPS), "CLIP")
    for step in bar:
        drawn = [one.draw(rng) for one in sets]
        value = loss(torch.cat([d[0] for d in drawn]), [n for d in drawn for n in d[1]], photos)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        plan.step()
        total += value.item()
        if (step + 1) % 100 == 0:
            curve.append({"epoch": (step + 1) // 100, "loss": round(total / 100, 5)})
            bar.set_postfix(loss=curve[-1]["loss"])
            total = 0.0
    return head.eval(), curve


def _head(sets: list[_Set], names: list[str]) -> Head:
    """A head that knows the features' spread; words begin as the lexicon's first directions."""
    some = torch.cat([one.seen[:2000, 0] for one in sets])
    words = lexicon().vectors.shape[1]
    head = Head(some.shape[1], lexicon=words, names=len(names), **NETWORK)
    head.mean.copy_(some.mean(0))
    head.deviation.copy_(some.std(0) + 1e-3)
    with torch.no_grad():  # the lexicon's axes are in the order of their variance
        head.words.weight.copy_(torch.eye(NETWORK["dimension"], words))
    return head


def _card(head: Head, names: int, letters: int, images: int) -> dict[str, Any]:
    features, words = head.mean.shape[0], head.words.in_features
    built = NETWORK | {"features": features, "lexicon": words, "names": names, "letters": letters}
    return {
        "title": "CLIP, embedded weights",
        "data": "; ".join(DATA[name] for name in PLAN),
        "data_licence": "; ".join(f"{name}: {LICENCES[name]}" for name in PLAN),
        "held_out": publish.HELD_OUT,
        "images": images,
        "licence": "AGPL-3.0-or-later",
        "parameters": sum(parameter.numel() for parameter in head.parameters()),
        "settings": built,
        "input_size": 160,
        "recipe": {
            "steps": STEPS,
            "learning_rate": RATE,
            "spread": SPREAD,
            "relation": RELATION,
            "keeping": KEEPING,
            "batch": {name: share for name, (_, share, _) in PLAN.items()},
            "views": {name: views for name, (views, _, _) in PLAN.items()},
        },
        "seed": SEED,
        "hardware": publish.hardware(),
        "torch": torch.__version__,
    }
