"""What do shortening the vectors by PCA, and re-ranking the short list, change in precision?"""

import sys
from typing import Any

import numpy as np

from lookalike.benchmarking import scoring
from lookalike.index.encoding import encode_gallery
from lookalike.search import searcher
from lookalike.search.methods import methods_for
from lookalike.search.searcher import Searcher

GALLERY = "fashion-mnist"
QUERIES = 1000
K = 10


def measure_projection() -> dict[str, Any]:
    """P@10 of every method with its whole vectors, as indexed, and as answered."""
    answerer = searcher(GALLERY)
    held_out = answerer.gallery.queries()
    items = [held_out[position] for position in range(QUERIES)]
    rows = [_row(answerer, method, items) for method in methods_for(GALLERY)[0]]
    return {"gallery": GALLERY, "queries": QUERIES, "rows": rows}


def _row(answerer: Searcher, method: str, queries: list[Any]) -> dict[str, Any]:
    encoder, index = answerer.load(method)
    photos = [query.photo() for query in queries]
    asked = encoder.encode(photos)
    print(f"Encoding by {method}", file=sys.stderr)
    whole = encode_gallery(answerer.gallery, encoder)
    labels = np.asarray(answerer.gallery.labels)
    wanted = np.asarray([query.label for query in queries])[:, None]
    answers = [answerer.answer(photo, method, K).results for photo in photos]
    ids = {
        "P@10, whole vectors, exact": scoring.nearest(whole, asked, K, encoder.spec.metric).ids,
        "P@10, as indexed": index.search(asked, K).ids,
        "P@10, re-ranked": np.array([[result.id for result in answer] for answer in answers]),
    }
    return {
        "method": method,
        "vector": index.meta.encoded_dimension,
        "indexed": index.meta.dimension,
        **{column: float((labels[found] == wanted).mean()) for column, found in ids.items()},
    }
