"""Losses against plain loops."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from lookalike.training.embeddings.batches import Batch
from lookalike.training.embeddings.objectives import taught, twins
from tests.training import toys


def test_the_correlation_loss_equals_a_plain_loop():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, 40, 5)).astype(np.float32)
    total = 0.0
    for i in range(5):
        for j in range(5):
            value = np.corrcoef(first[:, i], second[:, j])[0, 1]
            total += (value - 1) ** 2 if i == j else 0.01 * value**2
    made = twins.correlation_loss(torch.from_numpy(first), torch.from_numpy(second), 0.01)
    assert made.item() == pytest.approx(total / 5, rel=1e-4)


def test_the_teacher_s_part_counts_only_what_it_answered():
    class Feed:
        targets = toys.Targets()

    part = taught.Taught(Feed, 6, weight=2.0)
    vectors, answers = torch.randn(4, 6), torch.eye(8)[:4]
    known = torch.tensor([True, False, True, False])
    batch = Batch([], torch.zeros(4), torch.zeros(4), known, answers)
    said = part.projector(vectors).detach()
    near = [float(functional.cosine_similarity(said[i], answers[i], dim=0)) for i in (0, 2)]
    assert part(vectors, batch).item() == pytest.approx(2 * (1 - sum(near) / 2), rel=1e-5)
    assert taught.Taught(Feed, 6, weight=0.0)(vectors, batch).item() == 0


def test_the_relations_loss_equals_a_plain_loop():
    rng = np.random.default_rng(0)
    vectors, answers = rng.normal(size=(5, 3)), rng.normal(size=(5, 7))
    answers /= np.linalg.norm(answers, axis=1, keepdims=True)

    def chosen(rows, one):
        cosines = [
            row @ rows[one] / np.linalg.norm(row) / np.linalg.norm(rows[one]) / 0.1 for row in rows
        ]
        shares = np.exp(cosines)
        shares[one] = 0  # nothing is its own neighbour
        return shares / shares.sum()

    total = 0.0
    for one in range(5):
        wanted, said = chosen(answers, one), chosen(vectors, one)
        total += sum(w * np.log(w / s) for w, s in zip(wanted, said, strict=True) if w)
    made = taught.relation_loss(*(torch.from_numpy(x).float() for x in (vectors, answers)))
    assert made.item() == pytest.approx(total / 5, rel=1e-4)


def test_relations_that_are_the_teacher_s_cost_nothing():
    answers = functional.normalize(torch.randn(6, 8, generator=torch.Generator().manual_seed(0)))
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(1)))[0]
    assert taught.relation_loss(3 * answers @ turn, answers).item() == pytest.approx(0, abs=1e-4)
