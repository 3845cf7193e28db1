"""Make a method ready for a gallery: encode what it holds, index it, check the index."""

from pathlib import Path

from lookalike import index, vectors
from lookalike.encoders import registry
from lookalike.encoders.base import Progress
from lookalike.engines import registry as engines
from lookalike.galleries.gallery import Gallery
from lookalike.search import weights_for
from lookalike.settings import settings


def index_method(
    gallery: Gallery,
    method: str,
    weights: str | None = None,
    engine: str | None = None,
    root: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Build one index of a gallery; the folder that it is in.

    Interrupted while encoding, the next call goes on where this one stopped.

    Raises:
        UnknownNameError: there is no such method, weights or engine.
        WeightsError: the encoder cannot be loaded.
        IndexFileError: the index does not find its own items; an older one stays.
        StorageError: the disk refused; an older index stays.
    """
    engines.create(engine or settings().engine)  # an unknown one is refused before the long work
    encoder = registry.load(method, weights_for(method, weights))
    encoded = vectors.encode_gallery(gallery, encoder, progress)
    folder = index.build(gallery, encoder, encoded, engine, root=root)
    vectors.forget(gallery, encoder)
    return folder
