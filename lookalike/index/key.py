"""What tells one index from another, and where it lies."""

from pathlib import Path
from typing import NamedTuple

from lookalike.errors import IndexFileError
from lookalike.settings import settings

META = "meta.json"


class IndexKey(NamedTuple):
    """What tells one index from another."""

    gallery: str
    encoder: str
    weights: str
    engine: str

    @classmethod
    def of(cls, folder: Path) -> "IndexKey":
        """The key that an index's folder stands for."""
        encoder, _, weights = folder.parent.name.partition("@")
        return cls(folder.parent.parent.name, encoder, weights, folder.name)

    def path(self, root: Path) -> Path:
        """The index's folder under an indexes/ folder."""
        return root / self.gallery / f"{self.encoder}@{self.weights}" / self.engine

    def find(self) -> Path | None:
        """The index's folder, the user's before the shipped one, or None."""
        folders = [self.path(root) for root in settings().folders("indexes")]
        return next((folder for folder in folders if (folder / META).exists()), None)

    def unusable(self, what: str) -> IndexFileError:
        """The error that says what is wrong with the index and names its cure."""
        other_engine = "" if self.engine == settings().engine else f" --engine {self.engine}"
        return IndexFileError(
            f"The {self.encoder} index of the gallery {self.gallery} with {self.weights} weights "
            f"{what}.",
            f"Build it with `python -m lookalike index build --gallery {self.gallery} "
            f"--method {self.encoder} --weights {self.weights}{other_engine}`.",
        )
