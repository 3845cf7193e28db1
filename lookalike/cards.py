"""card.json: what a weights file is, and the sha256 that proves that it is that file.

Weights lie in models/<encoder>/<weights>/, with card.json and README.md beside them.
"""

import json
from pathlib import Path
from typing import Any

from lookalike.errors import WeightsError
from lookalike.settings import settings, unless_assets_lack
from lookalike.storage.files import replacing, sha256_file

CARD = "card.json"
README = "README.md"

__all__ = ["CARD", "README", "find", "read", "sha256_file", "verify", "write", "write_readme"]


def find(location: str) -> Path:
    """The folder of embedded weights, such as "resnet/embedded": the user's before the shipped."""
    folders = [root / location for root in settings().folders("models")]
    return next((folder for folder in folders if (folder / CARD).exists()), folders[-1])


def write(folder: Path, card: dict[str, Any], weights_file: str) -> None:
    """Write card.json: `card` plus "file", "sha256" and "bytes" of the weights file.

    Args:
        folder: holds the weights file already.
        card: values that JSON can hold; the caller's dict is left as it was.
        weights_file: name of the file in the folder.

    Raises:
        WeightsError: the weights file is missing.
        StorageError: the disk refused.
        ValueError: a number in the card is not finite.
    """
    weights = folder / weights_file
    if not weights.is_file():
        raise _error(folder, f"The weights file {str(weights)!r} is missing.")
    facts = {"file": weights_file, "sha256": sha256_file(weights), "bytes": weights.stat().st_size}
    text = json.dumps(card | facts, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replacing(folder / CARD) as beside:
        beside.write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> dict[str, Any]:
    """The card, without a look at the weights.

    Raises:
        WeightsError: card.json is missing, or is not a JSON object.
    """
    path = folder / CARD
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _error(folder, f"The card {str(path)!r} cannot be read.") from error
    except ValueError as error:
        raise _error(folder, f"The card {str(path)!r} is not JSON.") from error
    if not isinstance(card, dict):
        raise _error(folder, f"The card {str(path)!r} is not a JSON object.")
    return card


def verify(folder: Path) -> dict[str, Any]:
    """The card, after checking that the weights file is the one that it describes.

    Raises:
        WeightsError: the folder, the card or the file is missing, or the file is another one.
    """
    card = read(folder)
    name, expected = card.get("file"), card.get("sha256")
    # A card is data from elsewhere: it may name a file beside it and nothing further away.
    if not isinstance(name, str) or Path(name).name != name or not isinstance(expected, str):
        raise _error(folder, f"The card {str(folder / CARD)!r} does not name its weights file.")
    try:
        found = sha256_file(folder / name)
    except OSError as error:
        raise _error(folder, f"The weights {str(folder / name)!r} cannot be read.") from error
    if found != expected:
        raise _error(folder, f"The weights {str(folder / name)!r} differ from their card's sha256.")
    return card


def write_readme(folder: Path) -> None:
    """Write README.md for people, from the card.

    Raises:
        WeightsError: card.json is missing, or is not a JSON object.
        StorageError: the disk refused.
    """
    card = read(folder)
    title = card.get("title") or f"{folder.parent.name}, {folder.name} weights"
    lines = [f"# {title}", "", "Written from `card.json`.", ""]
    lines += _listed({key: value for key, value in card.items() if key != "title"})
    with replacing(folder / README) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listed(values: dict[str, Any], indent: str = "") -> list[str]:
    lines = []
    for key, value in values.items():
        if isinstance(value, dict):
            lines += [f"{indent}- {key}:", *_listed(value, indent + "  ")]
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            lines.append(f"{indent}- {key}: {shown}")
    return lines


def _error(folder: Path, message: str) -> WeightsError:
    what = "adapt" if folder.name == "adapted" else folder.parent.name
    again = f"Make them again with `python -m lookalike train {what}`."
    # What the user made is not looked for in a checkout.
    users = folder.is_relative_to(settings().home)
    return WeightsError(message, again if users else unless_assets_lack(again))
