"""Triplet: one network, trained on an anchor, one of its kind and one of another."""

from lookalike.encoders import siamese
from lookalike.encoders.base import EncoderSpec, WeightsSpec

SPEC = EncoderSpec(
    name="triplet",
    title="Triplet",
    family="metric learning",
    metric="euclidean",
    paper="Schroff, Kalenichenko and Philbin 2015, FaceNet: A Unified Embedding for Face "
    "Recognition and Clustering, https://arxiv.org/abs/1503.03832",
    summary="A map where a picture of a kind is always nearer than one of another kind.",
    weights=(
        WeightsSpec(
            name="embedded",
            source="embedded",
            location="triplet/embedded",
            dimension=128,
            input_size=96,
            licence="AGPL-3.0-or-later",
            trained_on="Caltech-101, Tiny ImageNet, drawings, Fashion Products, Fashion-MNIST",
        ),
    ),
)


class Triplet(siamese.Siamese):
    """128-d, of length 1, compared by Euclidean distance as the loss did."""

    spec = SPEC
