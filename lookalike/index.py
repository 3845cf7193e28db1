"""An index: one engine over one gallery, encoded by one encoder with one set of weights.

    indexes/<gallery>/<encoder>@<weights>/<engine>/{index.*, meta.json, projection.safetensors}

meta.json says what the index was built from, and carries its own sha256. Opening checks all of it,
so that a stale or damaged index is an error that names its cure, never a silent wrong answer.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lookalike.encoders import registry as encoders
from lookalike.encoders.base import Encoder, Metric, normalise
from lookalike.engines import registry as engines
from lookalike.engines.base import Engine, Neighbours
from lookalike.errors import IndexFileError
from lookalike.files import replacing, sha256_file
from lookalike.galleries.gallery import NAME, Gallery, open_gallery
from lookalike.galleries.writer import make_folder, replace_folder
from lookalike.projection import FILE as PROJECTION_FILE
from lookalike.projection import Projection
from lookalike.settings import settings

PREPROCESSING = "1"  # raise when encoders come to see an image differently
DIMENSIONS = 128  # longest vector that is indexed; longer ones of more items are projected
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
    files: dict[str, str]  # sha256 of every file of the index but meta.json
    recall_at_10: float  # against exact search of the same vectors, on SELF_CHECKS items
    quantiles: list[float]  # of the distances between random pairs of items, ascending


class Names(NamedTuple):
    """What tells one index from another."""

    gallery: str
    encoder: str
    weights: str
    engine: str

    @classmethod
    def of(cls, folder: Path) -> "Names":
        """The names that an index's folder stands for."""
        encoder, _, weights = folder.parent.name.partition("@")
        return cls(folder.parent.parent.name, encoder, weights, folder.name)

    def path(self, root: Path) -> Path:
        """The index's folder under an indexes/ folder."""
        return root / self.gallery / f"{self.encoder}@{self.weights}" / self.engine

    def find(self) -> Path | None:
        """The index's folder, the user's before the shipped one, or None."""
        folders = [self.path(root) for root in settings().folders("indexes")]
        return next((folder for folder in folders if (folder / "meta.json").exists()), None)

    def unusable(self, what: str) -> IndexFileError:
        """The error that says what is wrong with the index and names its cure."""
        other_engine = "" if self.engine == settings().engine else f" --engine {self.engine}"
        return IndexFileError(
            f"The {self.encoder} index of the gallery {self.gallery} with {self.weights} weights "
            f"{what}.",
            f"Build it with `python -m lookalike index build --gallery {self.gallery} "
            f"--method {self.encoder} --weights {self.weights}{other_engine}`.",
        )


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
        return self.search_prepared(self.prepare(vectors), k)

    def search_prepared(self, prepared: np.ndarray, k: int) -> Neighbours:
        """`search` with vectors that `prepare` or `vectors` gave, (m, dimension) float32."""
        return self._engine.search(prepared, k)

    def vectors(self) -> np.ndarray:
        """Every item's vector as the engine sees it, (n, dimension) float32, by id."""
        return self._engine.vectors()

    def under(self, engine: Engine) -> "Index":
        """The same items under another engine, which is built here; nothing is written."""
        engine.build(self.vectors(), self.meta.metric)
        meta = replace(
            self.meta,
            engine=engine.name,
            params=engine.params.as_dict(),
            library=engine.version,
            files={},
        )
        return Index(meta, engine, self._projection)

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
    if len(vectors) != len(gallery):
        raise ValueError(f"vectors must have {len(gallery)} rows, but got {len(vectors)}")
    engine = engine or settings().engine
    built = engines.create(engine, **(params or {}))
    names = Names(gallery.name, encoder.spec.name, encoder.weights.name, engine)
    final = names.path(root or settings().home / "indexes")
    staged = final.with_name(f".{engine}.partial")
    shutil.rmtree(staged, ignore_errors=True)
    make_folder(staged)
    metric = encoder.spec.metric
    projection = None
    # Fewer items than dimensions take little room, and PCA would keep less than their differences.
    if vectors.shape[1] > DIMENSIONS and len(vectors) > DIMENSIONS:
        projection = Projection.fit(vectors, DIMENSIONS)
        projection.save(staged)
    indexed = prepare(vectors, projection, metric)
    built.build(indexed, metric)
    recall = check(built, indexed)
    built.save(staged)
    meta = Meta(
        gallery=gallery.name,
        count=len(gallery),
        fingerprint=gallery.fingerprint,
        encoder=encoder.spec.name,
        weights=names.weights,
        weights_sha256=encoder.weights.sha256,
        preprocessing=PREPROCESSING,
        engine=engine,
        params=built.params.as_dict(),
        library=built.version,
        metric=metric,
        encoded_dimension=vectors.shape[1],
        dimension=indexed.shape[1],
        explained=None if projection is None else round(projection.explained, 4),
        files={file.name: sha256_file(file) for file in sorted(staged.iterdir())},
        recall_at_10=round(recall, 4),
        quantiles=random_pair_quantiles(indexed, metric),
    )
    with replacing(staged / "meta.json") as beside:
        content = asdict(meta)
        beside.write_text(
            json.dumps({"sha256": _digest(content)} | content, indent=1) + "\n", "utf-8"
        )
    replace_folder(staged, final)
    return final


def check(engine: Engine, vectors: np.ndarray) -> float:
    """Self-retrieval of sampled items, and recall@10 against exact search.

    An item has found itself when nothing is nearer: copies of an image are all at distance 0.

    Raises:
        IndexFileError: an item was not found by its own vector.
    """
    if engine.metric == "cosine":
        vectors = normalise(vectors)
    generator = np.random.default_rng(SEED)
    sample = generator.choice(len(vectors), min(SELF_CHECKS, len(vectors)), replace=False)
    exact = engines.create("exact")
    exact.build(vectors, engine.metric)
    k = min(10, len(vectors))
    truth, ids = exact.search(vectors[sample], k), engine.search(vectors[sample], k).ids
    # The engine is asked for ids only: how far apart they are is measured here.
    distances = _apart(vectors[sample][:, None], vectors[ids], engine.metric)
    if (distances[:, 0] > truth.distances[:, 0] + 1e-5 * (1 + truth.distances[:, 0])).any():
        raise IndexFileError(
            f"The new {engine.name} index does not find its own items.",
            "Raise the engine's parameters, or use the engine exact.",
        )
    return recall(Neighbours(ids, distances), truth)


def _apart(first: np.ndarray, second: np.ndarray, metric: str) -> np.ndarray:
    """Distances between the vectors, of length 1 when the metric is cosine, on the last axis."""
    if metric == "cosine":
        return np.maximum(1 - np.einsum("...d,...d->...", first, second), 0)
    return np.linalg.norm(first - second, axis=-1)


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
        vectors = normalise(vectors)
    distances = _apart(vectors[first], vectors[second], metric)
    values = np.quantile(distances, np.linspace(0, 1, QUANTILES))
    return [float(f"{value:.6g}") for value in values]


def open_index(gallery: Gallery, encoder: Encoder, engine: str | None = None) -> Index:
    """Open an index, after checking that it belongs to this gallery and these weights.

    Raises:
        IndexFileError: it is missing, damaged, or built from something else.
        UnknownNameError: there is no such engine.
    """
    engine = engine or settings().engine
    names = Names(gallery.name, encoder.spec.name, encoder.weights.name, engine)
    folder = names.find()
    if folder is None:
        engines.create(engine)  # an engine that there is not has a clearer error
        raise names.unusable("is missing")
    return open_folder(folder, gallery, encoder)


def open_folder(folder: Path, gallery: Gallery, encoder: Encoder) -> Index:
    """`open_index` on an index whose folder is known."""
    meta = read_meta(folder)
    for what, stored, now in _expectations(meta, gallery, encoder):
        if stored != now:
            raise Names.of(folder).unusable(f"was built from other {what}")
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
    asked = encoder.encode([gallery[int(item_id)].photo() for item_id in sample])
    nearest = opened.search(asked, 1).ids[:, 0]
    found = encoder.encode([gallery[int(item_id)].photo() for item_id in nearest])
    distances = _apart(opened.prepare(asked), opened.prepare(found), meta.metric)
    # Batches of other sizes round differently; a hundredth of the usual distance is none at all.
    usual = meta.quantiles[len(meta.quantiles) // 2]
    if (distances > 0.01 * usual + 1e-6).any():
        raise Names.of(folder).unusable("does not find its own items")


def _expectations(meta: Meta, gallery: Gallery, encoder: Encoder) -> list[tuple[str, Any, Any]]:
    return [
        ("images", meta.fingerprint, gallery.fingerprint),
        ("images", meta.count, len(gallery)),
        ("methods", meta.encoder, encoder.spec.name),
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
        content = json.loads((folder / "meta.json").read_text("utf-8"))
        if content.pop("sha256") != _digest(content):
            raise ValueError("the sha256 is not the recorded one")
        return Meta(**content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Names.of(folder).unusable("has a damaged meta.json") from error


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _load(folder: Path, meta: Meta) -> Index:
    names = Names.of(folder)
    try:
        engine = engines.create(meta.engine, **meta.params)
        if not set(engine.file_names) <= set(meta.files):
            raise names.unusable("lacks a file")
        for name, recorded in meta.files.items():
            if sha256_file(folder / name) != recorded:
                raise names.unusable("is damaged: its sha256 is not the recorded one")
        projection = Projection.load(folder) if PROJECTION_FILE in meta.files else None
        engine.load(folder, meta.metric, meta.dimension, meta.count)
    except OSError as error:
        raise names.unusable("cannot be read") from error
    return Index(meta, engine, projection)


def installed() -> list[Path]:
    """The folders of every index that is there, the user's before the shipped ones."""
    return [
        meta.parent
        for root in settings().folders("indexes")
        for meta in sorted(root.glob("*/*@*/*/meta.json"))
        if NAME.fullmatch(meta.parent.parent.parent.name) and not meta.parent.name.startswith(".")
    ]
