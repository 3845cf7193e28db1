"""Results of queries whose labels are known."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Pairs:
    """The first k results of each of m queries. Where a query has fewer, the distance is NaN."""

    distances: np.ndarray  # (m, k) float
    right: np.ndarray  # (m, k) bool: the result is what the query is
    media: np.ndarray  # (m, k) str objects: how the result's picture was made; "" if not known

    def __post_init__(self) -> None:
        if not self.distances.shape == self.right.shape == self.media.shape:
            raise ValueError(
                f"distances, right and media must have one shape, but got {self.distances.shape}, "
                f"{self.right.shape} and {self.media.shape}"
            )

    @property
    def there(self) -> np.ndarray:
        """(m, k) bool: whether there is a result whose distance is a number."""
        return np.isfinite(self.distances)

    def of(self, queries: np.ndarray) -> "Pairs":
        """Those of some queries, by number or by a mask over them."""
        return Pairs(self.distances[queries], self.right[queries], self.media[queries])
