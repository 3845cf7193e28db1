"""Data sets of the Hugging Face hub, fetched once by `datasets` and read from its files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from lookalike.errors import GalleryError
from lookalike.galleries.sources.rows import BATCH, IMAGE, Picture, Rows, by_name, pictures
from lookalike.network import ask_hub

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict


def fetch(title: str, repository: str, revision: str | None) -> Rows:
    """A data set of the hub, from the cache of `datasets` once it is there.

    Args:
        title: what messages call it.
        repository: "owner/name", or a folder laid out as one.
        revision: the commit, so that everyone gets the same images.

    Raises:
        GalleryError: it is not in the cache and could not be fetched.
    """
    try:
        splits = load(repository, revision)
    except Exception as error:  # what talks to a network may raise anything
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise GalleryError(
            f"{title} could not be fetched from the hub ({reason}).",
            f"Connect to the network, or fetch the data set {repository} elsewhere and give its "
            "folder with --from.",
        ) from error
    return HubRows(splits, repository, revision)


def load(repository: str, revision: str | None) -> "DatasetDict":
    """The splits of a data set, as `datasets` gives them.

    Raises:
        Exception: of many kinds, from what talks to a network.
    """
    # Imported here: it takes seconds, and data that lies on this machine does without.
    from datasets import load_dataset
    from huggingface_hub import HfApi, constants

    if not Path(repository).is_dir():
        timeout = constants.HF_HUB_ETAG_TIMEOUT
        try:
            ask_hub(lambda: HfApi().dataset_info(repository, revision=revision, timeout=timeout))
        except Exception as error:
            return _cached(repository, revision, error)
    return load_dataset(repository, revision=revision)


def _cached(repository: str, revision: str | None, unreachable: Exception) -> "DatasetDict":
    """What an earlier call fetched. `load_dataset` alone would first try the hub 6 times."""
    from datasets import load_dataset

    try:
        with _offline():
            return load_dataset(repository, revision=revision)
    except Exception:
        raise unreachable from None  # rather than that the cache is empty


@contextmanager
def _offline() -> Iterator[None]:
    """As HF_HUB_OFFLINE=1, which the libraries read when they are imported."""
    from datasets import config
    from huggingface_hub import constants

    before = config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE
    config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE, constants.HF_HUB_OFFLINE = before


class HubRows(Rows):
    """A data set as `datasets` keeps it: Arrow files that are mapped into memory."""

    def __init__(self, splits: "DatasetDict", repository: str, revision: str | None) -> None:
        self._tables: list[Dataset] = list(splits.values())
        self._starts = [0, *accumulate(len(table) for table in self._tables)]
        self.splits = [str(name) for name, table in splits.items() for _ in range(len(table))]
        self.parts = {
            f"The split {name} of {repository}": set(table.column_names) - {IMAGE}
            for name, table in splits.items()
        }
        self.stamp = [repository, revision, self._starts]
        self.origin = f"the hub's {repository}, revision {revision}"

    def values(self, column: str) -> list[str]:
        """A column as text; see `Rows.values`."""
        return [value for table in self._tables for value in _values(table, column)]

    def file_names(self) -> list[str]:
        """The names in image.path; see `Rows.file_names`."""
        return [
            path or ""
            for table in self._tables
            for batch in _arrow(table, IMAGE).iter(BATCH)
            for path in pc.struct_field(batch[IMAGE], "path").to_pylist()
        ]

    def images(self, rows: Sequence[int]) -> Iterator[Picture]:
        """The image files of some rows; see `Rows.images`."""
        for table, (start, stop) in zip(self._tables, pairwise(self._starts), strict=True):
            wanted = [row - start for row in rows if start <= row < stop]
            for first in range(0, len(wanted), BATCH):
                yield from pictures(_arrow(table, IMAGE)[wanted[first : first + BATCH]][IMAGE])


def _arrow(table: "Dataset", column: str) -> "Dataset":
    return table.select_columns([column]).with_format("arrow")


def _values(table: "Dataset", column: str) -> list[str]:
    names = getattr(table.features[column], "names", None)  # a ClassLabel's
    return by_name(_arrow(table, column)[:][column].to_pylist(), names)
