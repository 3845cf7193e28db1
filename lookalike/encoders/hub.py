"""Weights from the Hugging Face hub: one pinned commit, one checked file."""

import re
from pathlib import Path

from lookalike.encoders.base import WeightsSpec
from lookalike.errors import WeightsError
from lookalike.network import ask_hub
from lookalike.storage.files import sha256_file

HINT = "Check the network, or use --weights embedded with a method that has such weights."


def fetch(repo: str, filename: str, revision: str, sha256: str = "") -> Path:
    """One file of a hub repository, from the hub's cache or over the network.

    Args:
        repo: "owner/name".
        filename: path in the repository.
        revision: a full commit; a branch or a tag could change under us.
        sha256: of the file; empty: not checked beyond the commit.

    Returns:
        The file's path in the cache, .../snapshots/<revision>/<filename>.

    Raises:
        WeightsError: the revision is no full commit, the file could not be fetched, or it is
            another file than the sha256 says.
    """
    if not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise WeightsError(
            f"{repo} is asked for at {revision!r}, which is not a full commit.",
            "Pin it to 40 hexadecimal digits.",
        )
    path = _download(repo, filename, revision)
    if sha256 and sha256_file(path) != sha256:
        raise WeightsError(
            f"{filename} of {repo} is not the file that its sha256 describes.",
            f"Delete {str(path)!r} and try again, or use a method with --weights embedded.",
        )
    return path


def _download(repo: str, filename: str, revision: str) -> Path:
    import huggingface_hub as client

    cached = client.try_to_load_from_cache(repo, filename, revision=revision)
    if isinstance(cached, str):
        return Path(cached)
    try:
        # Without a network this fails soon; the download alone would try for half a minute.
        address = client.hf_hub_url(repo, filename, revision=revision)
        ask_hub(lambda: client.get_hf_file_metadata(address))
        return Path(client.hf_hub_download(repo, filename, revision=revision))
    except Exception as error:  # the client lets its HTTP library's errors through, and changes it
        raise WeightsError(
            f"{filename} of {repo} could not be fetched ({type(error).__name__}).", HINT
        ) from error


def snapshot(weights: WeightsSpec, filename: str, *others: str) -> Path:
    """The folder that holds the weights file and the small files that belong to it.

    Args:
        weights: with the repository, the commit and the weights file's sha256.
        filename: the weights file.
        others: configuration files.

    Raises:
        WeightsError: as `fetch` does.
    """
    for other in others:
        fetch(weights.location, other, weights.revision)
    return fetch(weights.location, filename, weights.revision, weights.sha256).parent
