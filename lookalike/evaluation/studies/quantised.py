"""Product quantisation by itself, as the first stage of a two-stage search."""

import numpy as np

from lookalike.engines.base import Neighbours
from lookalike.engines.pq import PQ


class Codes(PQ):
    """The engine pq without its own second look: in the order of the codes.

    Its distances are the ranks: an order is all that it is asked for.
    """

    def _search(self, queries: np.ndarray, k: int) -> Neighbours:
        ids = self._short_lists(queries, k)
        ranks = np.broadcast_to(np.arange(k, dtype=np.float32), ids.shape)
        return Neighbours(ids, ranks)
