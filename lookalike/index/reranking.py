"""The second look at the short list, by encoders that compare two photos point by point."""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any

import numpy as np

from lookalike.encoders.base import Reranker
from lookalike.engines.base import Neighbours
from lookalike.galleries.gallery import Gallery
from lookalike.photos import Photo

SHORT_LIST = 50  # items that a reranker looks at
DESCRIBED = 2000  # items whose descriptors are kept in memory, about 50 KB each


class ShortList:
    """Orders short lists of one gallery's items. Thread-safe."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._described = lru_cache(maxsize=DESCRIBED)(self._describe)

    def rerank(self, encoder: Reranker, query: Photo, found: Neighbours) -> Neighbours:
        """Order a short list by distance * (1 - share of the query's points verified).

        The product keeps one meaning of distance: a copy comes to 0, an item without a match
        stays where its vector put it, and rows still ascend.

        Args:
            query: the subject's crop, (h, w, 3) uint8 RGB.
            found: the short list of one query, (1, n).
        """
        points = encoder.describe(query)
        ids = found.ids[0]

        def share(item_id: int) -> float:
            item = self._described(encoder, int(item_id))  # type: ignore[arg-type]  # by identity
            return encoder.verify(points, item)

        shares = np.fromiter(_pool().map(share, ids), np.float32, len(ids))
        distances = found.distances[0] * (1 - shares)
        order = np.lexsort((ids, distances))
        return Neighbours(ids[None, order], distances[None, order])

    def _describe(self, encoder: Reranker, item_id: int) -> Any:
        return encoder.describe(self._gallery[item_id].photo())


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    """Threads for describing the short list; OpenCV works without Python's lock."""
    return ThreadPoolExecutor(thread_name_prefix="rerank")
