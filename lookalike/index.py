"""An index: one engine over one gallery, encoded by one encoder with one set of weights.

    indexes/<gallery>/<encoder>@<weights>/<engine>/{index.*, meta.json, projection.safetensors}

meta.json says what the index was built from. Opening checks all of it, so that a stale or damaged
index is an error that names its cure, never a silent wrong answer.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder, Metric, normalise
from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, Neighbours
from lookalike.errors import IndexFileError, LookalikeError
from lookalike.files import replacing, sha256_file
from lookalike.galleries.gallery import NAME, Gallery, open_gallery
from lookalike.galleries.writer import make_folder, replace_folder
from lookalike.projection import FILE as PROJECTION_FILE
from lookalike.projection import Projection
from lookalike.settings import settings

PREPROCESSING = "1"  # raise when encoders come to see an image differently
DIMENSIONS = 128  # longest vector that is indexed; longer ones are projected
PAIRS = 100_000  # random pairs behind closer_than
QUANTILES = 1001
SELF_CHECKS = 200  # items that must find themselves first
SEED = 0


@dataclass(frozen=True)
class Meta:
    """What meta.json holds."""

    gallery: str
    count: int
    fingerprint: str
    encoder: str
    weights: str
    weights_sha256: str
    preprocessing: str
    engine: str
    params: dict[str, Any]
    library: str  # the engine's library and its version
    metric: Metric
    encoded_dimension: int
    dimension: int  # after the projection
    explained: float | None  # share of the variance that the projection keeps
    file_sha256: str
    projection_sha256: str | None
    recall_at_10: float  # against exact search of the same vectors, on SELF_CHECKS items
    quantiles: list[float]  # of the distances between random pairs of items, ascending


def path_of(root: Path, gallery: str, encoder: str, weights: str, engine: str) -> Path:
    """An index's folder under an indexes/ folder."""
    return root / gallery / f"{encoder}@{weights}" / engine


class Index:
    """An opened index. Searching is thread-safe."""

    def __init__(self, meta: Meta, engine: Engine, projection: Projection | None) -> None:
        self.meta = meta
        self._engine = engine
        self._projection = projection
        self._quantiles = np.asarray(meta.quantiles)
        self._farther = np.linspace(1, 0, len(self._quantiles))

    def search(self, vectors: np.ndarray, k: int) -> Neighbours:
        """The k nearest items of each encoded query.

        Args:
            vectors: (m, encoded_dimension) float32, as the encoder gives them.
            k: at least 1; more than there are items gives all of them.
        """
        return self._engine.search(self.prepare(vectors), k)

    def prepare(self, vectors: np.ndarray) -> np.ndarray:
        """Encoded vectors as the engine sees them, (m, dimension) float32."""
        return prepare(vectors, self._projection, self.meta.metric)

    def closer_than(self, distances: np.ndarray) -> np.ndarray:
        """The share of random pairs of items that are farther apart, in [0, 1], per distance."""
        return np.interp(distances, self._quantiles, self._farther, left=1.0, right=0.0)


def prepare(vectors: np.ndarray, projection: Projection | None, metric: str) -> np.ndarray:
    """What the engine sees: projected, and on the unit sphere again when the metric is cosine."""
    if projection is None:
        return vectors
    projected = projection(vectors)
    return normalise(projected) if metric == "cosine" else projected


def build(
    gallery: Gallery,
    encoder: Encoder,
    vectors: np.ndarray,
    engine: str | None = None,
    params: dict[str, Any] | None = None,
    root: Path | None = None,
) -> Path:
    """Index encoded items, check the index, and put it in place; its folder.

    Args:
        vectors: (n, d) float32, the gallery's items in order, as the encoder gave them.
        engine: its name; the setting's unless given.
        params: the engine's parameters; its defaults unless given.
        root: an indexes/ folder; the user's unless given.

    Raises:
        IndexFileError: the new index does not find its own items; the older one stays.
        StorageError: the disk refused; the older one stays.
    """
    engine = engine or settings().engine
    weights = encoder.weights.name
    root = root or settings().home / "indexes"
    final = path_of(root, gallery.name, encoder.spec.name, weights, engine)
    staged = make_folder(final.with_name(f".{engine}.partial"))
    metric = encoder.spec.metric
    projection = None
    if vectors.shape[1] > DIMENSIONS:
        projection = Projection.fit(vectors, DIMENSIONS)
        projection.save(staged)
    indexed = prepare(vectors, projection, metric)
    built = engines.create(engine, **(params or {}))
    built.build(indexed, metric)
    recall = check(built, indexed)
    built.save(staged)
    meta = Meta(
        gallery=gallery.name,
        count=len(gallery),
        fingerprint=gallery.fingerprint,
        encoder=encoder.spec.name,
        weights=weights,
        weights_sha256=encoder.weights.sha256,
        preprocessing=PREPROCESSING,
        engine=engine,
        params=built.params.as_dict(),
        library=built.version,
        metric=metric,
        encoded_dimension=vectors.shape[1],
        dimension=indexed.shape[1],
        explained=projection and round(projection.explained, 4),
        file_sha256=sha256_file(staged / built.file_name),
        projection_sha256=projection and sha256_file(staged / PROJECTION_FILE),
        recall_at_10=round(recall, 4),
        quantiles=random_pair_quantiles(indexed, metric),
    )
    with replacing(staged / "meta.json") as beside:
        beside.write_text(json.dumps(asdict(meta), indent=1) + "\n", "utf-8")
    replace_folder(staged, final)
    return final


def check(engine: Engine, vectors: np.ndarray) -> float:
    """Self-retrieval of sampled items, and recall@10 against exact search.

    An item has found itself when nothing is nearer: copies of an image are all at distance 0.

    Raises:
        IndexFileError: an item was not found by its own vector.
    """
    generator = np.random.default_rng(SEED)
    sample = generator.choice(len(vectors), min(SELF_CHECKS, len(vectors)), replace=False)
    exact = engines.create("exact")
    exact.build(vectors, engine.metric)
    k = min(10, len(vectors))
    truth, found = exact.search(vectors[sample], k), engine.search(vectors[sample], k)
    # float32 leaves about 1e-3 between a vector and itself in Euclidean distance.
    if (found.distances[:, 0] > truth.distances[:, 0] + 2e-3 * (1 + truth.distances[:, 0])).any():
        raise IndexFileError(
            f"The new {engine.name} index does not find its own items.",
            "Raise the engine's parameters, or use the engine exact.",
        )
    return recall(found, truth)


def recall(found: Neighbours, truth: Neighbours, tolerance: float = 1e-4) -> float:
    """Share of results no farther than the true k-th neighbour (ann-benchmarks' definition).

    By distance and not by id, since equally distant items may stand for each other.
    """
    limit = truth.distances[:, -1:] + tolerance
    return float((found.distances <= limit).mean())


def random_pair_quantiles(vectors: np.ndarray, metric: str) -> list[float]:
    """Quantiles of the distances between random pairs of different items, ascending."""
    if len(vectors) < 2:
        return [0.0, 0.0]
    generator = np.random.default_rng(SEED)
    first = generator.integers(0, len(vectors), PAIRS)
    second = (first + generator.integers(1, len(vectors), PAIRS)) % len(vectors)
    if metric == "cosine":
        unit = normalise(vectors)
        distances = 1 - np.einsum("nd,nd->n", unit[first], unit[second])
    else:
        distances = np.linalg.norm(vectors[first] - vectors[second], axis=1)
    values = np.quantile(np.maximum(distances, 0), np.linspace(0, 1, QUANTILES))
    return [round(float(value), 6) for value in values]


def open_index(gallery: Gallery, encoder: Encoder, engine: str | None = None) -> Index:
    """Open an index, after checking that it belongs to this gallery and these weights.

    Raises:
        IndexFileError: it is missing, damaged, or built from something else.
    """
    names = gallery.name, encoder.spec.name, encoder.weights.name
    folder = find(*names, engine or settings().engine)
    if folder is None:
        raise _unusable(*names, "is missing")
    return open_folder(folder, gallery, encoder)


def open_folder(folder: Path, gallery: Gallery, encoder: Encoder) -> Index:
    """`open_index` on an index whose folder is known."""
    meta = read_meta(folder)
    for what, stored, now in _expectations(meta, gallery, encoder):
        if stored != now:
            raise _unusable(
                meta.gallery, meta.encoder, meta.weights, f"was built from other {what}"
            )
    return _load(folder, meta)


def verify_index(folder: Path) -> None:
    """Open an index with its gallery and its encoder, and let sampled items find themselves.

    Raises:
        LookalikeError: the index, its gallery or its encoder's weights are not sound.
    """
    meta = read_meta(folder)
    gallery = open_gallery(meta.gallery)
    encoder = encoders.load(meta.encoder, meta.weights)
    opened = open_folder(folder, gallery, encoder)
    sample = np.random.default_rng(SEED).choice(len(gallery), min(20, len(gallery)), replace=False)
    vectors = encoder.encode([gallery[int(item_id)].photo() for item_id in sample])
    # Batches of other sizes round differently; a hundredth of the usual distance is none at all.
    usual = meta.quantiles[len(meta.quantiles) // 2]
    if (opened.search(vectors, 1).distances[:, 0] > 0.01 * usual + 1e-4).any():
        raise _unusable(meta.gallery, meta.encoder, meta.weights, "does not find its own items")


def _unusable(gallery: str, encoder: str, weights: str, what: str) -> IndexFileError:
    return IndexFileError(
        f"The {encoder} index of the gallery {gallery} with {weights} weights {what}.",
        f"Build it with `python -m lookalike index build --gallery {gallery} "
        f"--method {encoder} --weights {weights}`.",
    )


def _expectations(meta: Meta, gallery: Gallery, encoder: Encoder) -> list[tuple[str, Any, Any]]:
    return [
        ("images", meta.fingerprint, gallery.fingerprint),
        ("images", meta.count, len(gallery)),
        ("weights", meta.weights_sha256, encoder.weights.sha256),
        ("preprocessing", meta.preprocessing, PREPROCESSING),
        ("vectors", meta.encoded_dimension, encoder.weights.dimension),
        ("distances", meta.metric, encoder.spec.metric),
    ]


def read_meta(folder: Path) -> Meta:
    """What an index says about itself.

    Raises:
        IndexFileError: its meta.json is missing or damaged.
    """
    try:
        meta = Meta(**json.loads((folder / "meta.json").read_text("utf-8")))
        if meta.metric not in ("cosine", "euclidean"):
            raise ValueError(meta.metric)
        return meta
    except (OSError, ValueError, TypeError) as error:
        gallery, encoder, weights = _names_of(folder)
        raise _unusable(gallery, encoder, weights, "has a damaged meta.json") from error


def _names_of(folder: Path) -> tuple[str, str, str]:
    encoder, _, weights = folder.parent.name.partition("@")
    return folder.parent.parent.name, encoder, weights


def _load(folder: Path, meta: Meta) -> Index:
    names = meta.gallery, meta.encoder, meta.weights
    try:
        engine = engines.create(meta.engine, **meta.params)
        intact = sha256_file(folder / engine.file_name) == meta.file_sha256
        if meta.projection_sha256:
            intact &= sha256_file(folder / PROJECTION_FILE) == meta.projection_sha256
    except (OSError, LookalikeError) as error:
        raise _unusable(*names, "cannot be read") from error
    if not intact:
        raise _unusable(*names, "is damaged: its sha256 is not the recorded one")
    projection = Projection.load(folder) if meta.projection_sha256 else None
    engine.load(folder, meta.metric, meta.dimension, meta.count)
    return Index(meta, engine, projection)


def find(gallery: str, encoder: str, weights: str, engine: str) -> Path | None:
    """The folder of an index, the user's before the shipped one, or None."""
    for root in settings().folders("indexes"):
        folder = path_of(root, gallery, encoder, weights, engine)
        if (folder / "meta.json").exists():
            return folder
    return None


def installed() -> list[Path]:
    """The folders of every index that is there, the user's before the shipped ones."""
    return [
        meta.parent
        for root in settings().folders("indexes")
        for meta in sorted(root.glob("*/*@*/*/meta.json"))
        if NAME.fullmatch(meta.parent.parent.parent.name) and not meta.parent.name.startswith(".")
    ]
