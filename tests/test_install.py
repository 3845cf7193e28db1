"""`pip install .`: the package as the wheel holds it, run from a folder that is no checkout."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lookalike.galleries.gallery import open_gallery
from tests.isolation import REPOSITORY

SHIPPED = ["models", "indexes", "galleries"]

pytestmark = pytest.mark.slow  # it copies all that is shipped


@pytest.fixture(scope="module")
def installed():
    """What the wheel puts into site-packages: 120 MB, which pytest's own folders would keep."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "site-packages")
        build = ["egg_info", "--egg-base", folder, "build_py", "--build-lib", str(place)]
        subprocess.run(
            [sys.executable, "setup.py", "-q", *build], cwd=REPOSITORY, check=True, timeout=600
        )
        yield place


@pytest.fixture
def run(installed, tmp_path):
    """run("gallery", "list"): the installed command's exit code, output and errors, elsewhere."""

    def command(*arguments, package=installed):
        environment = os.environ | {
            "PYTHONPATH": str(package),
            "LOOKALIKE_HOME": str(tmp_path / "home"),
        }
        return subprocess.run(
            [sys.executable, "-m", "lookalike", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return command


def files(folder):
    """The files below a folder of the repository, without what a run has left there."""
    found = [path for path in (REPOSITORY / folder).rglob("*") if path.is_file()]
    return [path.relative_to(REPOSITORY) for path in found if "__pycache__" not in path.parts]


def test_the_wheel_holds_every_module_and_all_that_is_shipped(installed):
    package = files("lookalike")
    assert len(package) > 100
    assert [path for path in package if not (installed / path).is_file()] == []
    for folder in SHIPPED:
        shipped = files(folder)
        assert shipped
        place = installed / "lookalike" / "shipped"
        assert [path for path in shipped if not (place / path).is_file()] == []


def test_it_finds_its_assets_from_any_folder(run, tmp_path):
    listed = run("gallery", "list")
    assert (listed.returncode, listed.stderr) == (0, "") and "fashion-mnist" in listed.stdout
    (tmp_path / "boot.png").write_bytes(open_gallery("fashion-mnist").queries()[0].image)
    found = run("search", "boot.png", "--method", "pixels", "--k", "3")
    assert found.returncode == 0, found.stderr
    assert "Ankle boot" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gallery", "list"], "There is no gallery called 'fashion-mnist'."),
        (["search", "boot.png"], "There is no gallery called 'fashion-mnist'."),
        (["train", "resnet"], "/resnet/embedded/recipe.yaml' cannot be read."),
    ],
)
def test_without_them_the_setting_that_names_a_checkout_is_said(
    run, installed, tmp_path, arguments, message
):
    bare = tmp_path / "bare"
    shutil.copytree(installed, bare, ignore=shutil.ignore_patterns("shipped"))
    (tmp_path / "boot.png").write_bytes(open_gallery("fashion-mnist").queries()[0].image)
    ran = run(*arguments, package=bare)
    assert ran.returncode == 2 and message in ran.stderr
    assert "Set LOOKALIKE_ASSETS to a checkout of Lookalike" in ran.stderr
    assert "Traceback" not in ran.stderr
