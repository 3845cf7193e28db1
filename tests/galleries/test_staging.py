"""Builds that are killed go on where they stopped."""

import json
import signal
import subprocess
import sys

import pytest

from lookalike.galleries import staging
from lookalike.galleries.keep import keep
from lookalike.galleries.sources.build import build
from tests.galleries.layouts import write_caltech

# Builds in parts of 10 images, and kills itself without warning at one of them.
SCRIPT = """
import os, signal, sys
from pathlib import Path
from lookalike.galleries import staging
from lookalike.galleries.sources import build

staging.PART = 10
source, output, fatal = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
seen = 0

def killing(call):
    def killed(*arguments):
        global seen
        seen += 1
        if fatal in (str(seen), call.__name__):
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments)
    return killed

staging.keep = killing(staging.keep)
staging.Staging._join = killing(staging.Staging._join)
staging.write_card = killing(staging.write_card)
build.build("caltech101", output=output, source=source)
"""


@pytest.fixture
def data(tmp_path):
    return write_caltech(tmp_path / "data" / "train.parquet", broken=(7, 31))


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(staging, "PART", 10)


def contents(folder):
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")
    }


# 48 items come before 12 held-out images; the 35th is in the middle of a part.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fatal", "parts", "images"),
    [("1", 0, 0), ("35", 3, 30), ("60", 6, 58), ("_join", 7, 60), ("write_card", 7, 60)],
)
def test_a_killed_build_goes_on_where_it_stopped(tmp_path, data, monkeypatch, fatal, parts, images):
    output = tmp_path / "out"
    ran = subprocess.run([sys.executable, "-c", SCRIPT, data, output, fatal], check=False)
    assert ran.returncode == -signal.SIGKILL
    assert not (output / "caltech101").exists()
    left = {
        path.name: path.stat().st_ino
        for path in (output / ".caltech101.partial").rglob("*-*.parquet")
        if not path.name.startswith(".")
    }
    assert len(left) == parts
    read = []
    monkeypatch.setattr(staging, "keep", lambda picture: read.append(picture) or keep(picture))
    build("caltech101", output=output, source=data)
    assert len(read) == 60 - images
    whole = build("caltech101", output=tmp_path / "whole", source=data)
    assert contents(output / "caltech101") == contents(whole.folder)
    kept = {path.name: path.stat().st_ino for path in (output / "caltech101").iterdir()}
    assert {name: kept[name] for name in left if name in kept}.items() <= left.items()
    assert json.loads((whole.folder / "card.json").read_text())["skipped"] == whole.skipped
    assert len(whole.skipped) == 2


# Fewer images, and as many of the same names with other pixels.
@pytest.mark.slow
@pytest.mark.parametrize("changed", [{"count": 40}, {"broken": (1, 2, 3)}])
def test_other_data_begins_anew(tmp_path, data, changed):
    output = tmp_path / "out"
    subprocess.run([sys.executable, "-c", SCRIPT, data, output, "60"], check=False)
    write_caltech(data, **changed)
    build("caltech101", output=output, source=data)
    whole = build("caltech101", output=tmp_path / "whole", source=data)
    assert contents(output / "caltech101") == contents(whole.folder)


def test_nothing_is_left_of_a_finished_build(tmp_path, data):
    folder = build("caltech101", output=tmp_path / "out", source=data).folder
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["caltech101"]
    assert all(path.suffix in {".parquet", ".json"} for path in folder.iterdir())
