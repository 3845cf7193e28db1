"""What an index says about itself in its meta.json."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lookalike.calibration.record import Calibration
from lookalike.distance import Metric
from lookalike.index.key import META, IndexKey
from lookalike.storage.files import write_text

IDS = "ids.npy"  # (r,) int64: the items of the engine's rows, where those are not the first r
DELTAS = "delta-"  # begins the names of files of (m, d) float32 that lie beside the engine
PREPROCESSING = "1"  # raise when encoders come to see an image differently


@dataclass(frozen=True)
class Meta:
    """What meta.json holds."""

    gallery: str
    count: int  # items of the gallery that the index knows of, the removed ones among them
    fingerprint: str  # of the gallery when it held so many
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
    recall_at_10: float  # the engine's, against exact search of the same vectors, on SELF_CHECKS
    quantiles: list[float]  # of the distances between random pairs of items, ascending
    fitted_on: int | None = None  # items when the projection was fitted; None: `main`
    rows: int | None = None  # of the engine, when IDS says whose they are; None: `main`
    delta: int = 0  # the last items, which lie beside the engine
    calibration: Calibration | None = None  # None: only `quantiles` say what distances are worth

    @property
    def main(self) -> int:
        """The first items, of which the engine holds those that were live when it was built."""
        return self.count - self.delta

    @property
    def deltas(self) -> list[str]:
        """The files beside the engine, in the order of their items."""
        return sorted(name for name in self.files if name.startswith(DELTAS))

    @property
    def engine_rows(self) -> int:
        """How many vectors the engine holds."""
        return self.main if self.rows is None else self.rows


def delta_name(first: int) -> str:
    """The file of a delta whose first item this is."""
    return f"{DELTAS}{first:09d}.npy"


def read_meta(folder: Path) -> Meta:
    """What an index says about itself.

    Raises:
        IndexFileError: its meta.json is missing or damaged.
    """
    try:
        content = json.loads((folder / META).read_text("utf-8"))
        if content.pop("sha256") != _digest(content):
            raise ValueError("the sha256 is not the recorded one")
        if content.get("calibration"):
            content["calibration"] = Calibration.of(content["calibration"])
        return Meta(**content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexKey.of(folder).unusable("has a damaged meta.json") from error


def write_meta(folder: Path, meta: Meta) -> None:
    """Write meta.json; whole, or the older one stays.

    Raises:
        StorageError: the disk refused.
    """
    content = asdict(meta)
    text = json.dumps({"sha256": _digest(content)} | content, indent=1)
    write_text(folder / META, text + "\n")


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
