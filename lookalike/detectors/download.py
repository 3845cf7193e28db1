"""Weights from an address: the pinned file, or none."""

import shutil
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

from lookalike.errors import StorageError, WeightsError
from lookalike.network import ask
from lookalike.settings import settings
from lookalike.storage.files import replacing, sha256_file

TIMEOUT = 30  # seconds that a download may stand still


def pinned_file(address: str, sha256: str, folder: str, instead: str) -> Path:
    """A file of weights, downloaded to LOOKALIKE_HOME once and checked every time.

    Args:
        address: where it lies; its last part is the file's name.
        sha256: of its bytes, 64 lower-case hex digits.
        folder: where it is kept, below models/ of LOOKALIKE_HOME.
        instead: what to use without it, as an error's hint says it: "the embedded weights".

    Raises:
        WeightsError: there is no network, or the file is not the pinned one.
        StorageError: the disk refused.
    """
    path = settings().home / "models" / folder / Path(address).name
    way_out = (
        f"Delete {path.name} in the folder models/{folder} of LOOKALIKE_HOME, if it is there, "
        f"or use {instead}."
    )
    if not path.exists():
        _make_folder(path.parent)
        with replacing(path) as beside:
            _download(address, beside, instead)
            _check(path.name, beside, sha256, way_out)  # nothing unchecked gets the final name
    _check(path.name, path, sha256, way_out)
    return path


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"{str(folder)!r} cannot be made ({error.strerror}).",
            "Check that LOOKALIKE_HOME is writable and has room.",
        ) from error


def _download(address: str, path: Path, instead: str) -> None:
    with path.open("wb") as file:
        try:
            with ask(urlsplit(address).netloc, lambda: urlopen(address, timeout=TIMEOUT)) as answer:
                shutil.copyfileobj(answer, file)
        except (OSError, HTTPException) as error:
            raise WeightsError(
                f"{Path(address).name} cannot be downloaded ({getattr(error, 'reason', error)}).",
                f"Check the network, or use {instead}.",
            ) from error


def _check(name: str, content: Path, sha256: str, way_out: str) -> None:
    found = sha256_file(content)
    if found != sha256:
        raise WeightsError(
            f"{name} has the sha256 {found[:12]}…, not {sha256[:12]}…: it is another file.", way_out
        )
