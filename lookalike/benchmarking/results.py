"""What was measured, kept in one JSON file, so that an interrupted benchmark goes on."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lookalike import machine
from lookalike.errors import LookalikeError
from lookalike.storage.files import make_folder, replacing

FILE = "engines.json"


class Results:
    """The figures of a folder. Every change is on the disk when `keep` returns."""

    def __init__(self, folder: Path, file: str = FILE) -> None:
        """Read what the folder holds already.

        Raises:
            LookalikeError: it cannot be a folder, or its file is damaged.
        """
        if folder.exists() and not folder.is_dir():
            raise LookalikeError(
                f"{str(folder)!r} is not a folder.", "Give another folder with --out."
            )
        self.path = folder / file
        self.figures = self._read()

    def _read(self) -> dict[str, Any]:
        if not self.path.exists():
            return {}
        try:
            figures = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise _damaged(self.path) from error
        if not isinstance(figures, dict):
            raise _damaged(self.path)
        return figures

    def keep(self, **figures: Any) -> None:
        """Add or replace some of the figures, and say when and where they were measured.

        Raises:
            StorageError: the disk refused.
        """
        self.figures |= {**figures, "machine": machine.describe(), "date": _today()}
        make_folder(self.path.parent)
        with replacing(self.path) as beside:
            beside.write_text(json.dumps(self.figures, indent=1) + "\n", "utf-8")


def _damaged(path: Path) -> LookalikeError:
    return LookalikeError(
        f"{str(path)!r} does not hold a benchmark's figures.",
        "Remove it, or give another folder with --out.",
    )


def _today() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d")
