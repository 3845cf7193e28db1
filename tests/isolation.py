"""Tests need the repository and what its install brings: no home, no hub, no data package."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
USERS = ("LOOKALIKE_", "HF_", "XDG_", "GRADIO_", "TRANSFORMERS_", "YOLO_", "MPL")  # variables
KEPT_FROM_TESTS = (
    "/usr/share/datasets",
    "/usr/share/tuxpaint",
    "/usr/share/gcompris-qt",
    "/usr/share/openclipart",
    str(REPOSITORY.parent / "shared"),
)
READS = {"open", "os.listdir", "os.scandir"}


def isolate() -> Path:
    """Make this process, and those that it starts, see an empty home and no hub.

    Call it before a library reads the environment. Sockets other than loopback are refused by
    pytest-socket, whose options are in pyproject.toml.

    Returns:
        The home, for `remove`; workers of pytest-xdist get one each.
    """
    home = Path(tempfile.mkdtemp(prefix="lookalike-tests-"))
    for name in [name for name in os.environ if name.startswith(USERS)]:
        del os.environ[name]
    os.environ["HOME"] = str(home)
    os.environ["LOOKALIKE_HOME"] = os.devnull  # each test has one of its own
    os.environ["GRADIO_TEMP_DIR"] = str(home / "gradio")
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    if "PYTEST_XDIST_WORKER" in os.environ:  # two workers' threads would wait for one another
        os.environ["OMP_NUM_THREADS"] = os.environ["LOOKALIKE_THREADS"] = "1"
    sys.addaudithook(_refuse)
    return home


def remove(home: Path) -> None:
    """Remove the home; a browser may still be writing to it."""
    shutil.rmtree(home, ignore_errors=True)


def _refuse(event: str, arguments: tuple) -> None:
    if event not in READS or not isinstance(arguments[0], str | os.PathLike):
        return
    if os.fspath(arguments[0]).startswith(KEPT_FROM_TESTS):
        raise PermissionError(f"A test reads {arguments[0]}, which its install does not bring.")
