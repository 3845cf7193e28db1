"""The command line, run in this process."""

import sys
from collections import namedtuple

import numpy as np
import pytest

from lookalike import photos
from lookalike.cli import main
from lookalike.index.build import index_method

Ran = namedtuple("Ran", ["code", "out", "err"])


@pytest.fixture
def run(monkeypatch, capsys):
    """run("gallery", "list"): its exit code and what it printed."""

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["lookalike", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def ready(make_gallery, toy):
    """The gallery "toys", indexed for the methods toy and toy-far."""
    gallery = make_gallery()
    for method in ("toy", "toy-far"):
        index_method(gallery, method)
    return gallery


@pytest.fixture
def photo(tmp_path):
    """A white photo's path, 40 pixels wide and 30 high."""
    path = tmp_path / "white.png"
    path.write_bytes(photos.to_png(np.full((30, 40, 3), 255, np.uint8)))
    return path
