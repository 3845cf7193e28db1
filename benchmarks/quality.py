"""How often does each method find the query's label, and what do Annoy and PCA cost?

Queries are the first 1,000 images of Fashion-MNIST's test split, which nothing is trained on,
against the embedded gallery.
"""

from typing import Any

import numpy as np

from lookalike import index as indexes
from lookalike import vectors
from lookalike.cli.options import progress
from lookalike.engines import registry as engines
from lookalike.evaluation import protocol
from lookalike.search import Searcher, searcher

GALLERY = "fashion-mnist"
QUERIES = "1000"


def measure() -> dict[str, Any]:
    """Rows of `lookalike evaluate`, each with what the engine and the projection cost."""
    answerer = searcher(GALLERY)
    queries = protocol.read_queries(answerer.gallery, QUERIES)
    with progress("quality") as report:
        rows = protocol.evaluate(answerer, queries, progress=report)
    for row in rows:
        row |= _costs(answerer, row["method"], queries)
    return {"gallery": GALLERY, "rows": rows}


def _costs(answerer: Searcher, method: str, queries: list[protocol.Query]) -> dict[str, Any]:
    """Annoy's recall against exact search, and P@10 of exact search with the whole vectors."""
    encoder, index = answerer.load(method)
    with progress(f"{method} exact") as report:
        items = vectors.encode_gallery(answerer.gallery, encoder, report)
    asked = encoder.encode([query.photo for query in queries])
    metric = encoder.spec.metric
    projected = index.prepare(items)
    truth = _exact(projected, index.prepare(asked), metric)
    found = index.search(asked, 10)
    whole = _exact(items, asked, metric)
    labels = np.asarray(answerer.gallery.labels)
    wanted = np.asarray([query.label for query in queries])[:, None]
    return {
        "annoy_recall@10": indexes.recall(found, truth),
        "dimension": index.meta.dimension,
        "encoded_dimension": index.meta.encoded_dimension,
        "precision@10_unprojected_exact": float((labels[whole.ids] == wanted).mean()),
        "precision@10_without_rerank": float((labels[found.ids] == wanted).mean()),
    }


def _exact(items: np.ndarray, queries: np.ndarray, metric: Any) -> Any:
    engine = engines.create("exact")
    engine.build(items, metric)
    return engine.search(queries, 10)
