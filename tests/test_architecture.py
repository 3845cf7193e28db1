"""The house: which room may know of which, and how large a file may grow."""

from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 300  # lines of a module


def test_arrows_run_downward_only(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    kept = (
        cli.lint_imports(config_filename="pyproject.toml", no_cache=True) == cli.EXIT_STATUS_SUCCESS
    )
    assert kept, capsys.readouterr().out


def test_an_arrow_upward_is_found(monkeypatch, tmp_path):
    """The rule itself can break: a module named wrongly in it would be looked at by nobody."""
    rules = (ROOT / "pyproject.toml").read_text("utf-8")
    order = '"evaluation",\n    "search | feedback",'
    turned = rules.replace(order, '"search | feedback",\n    "evaluation",')
    assert turned != rules
    (tmp_path / "pyproject.toml").write_text(turned, "utf-8")
    monkeypatch.chdir(ROOT)
    found = cli.lint_imports(config_filename=str(tmp_path / "pyproject.toml"), no_cache=True)
    assert found == cli.EXIT_STATUS_ERROR


@pytest.mark.parametrize("folder", ["lookalike", "docs"])
def test_no_module_is_too_long_to_read(folder):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_the_figures_lie_without_code():
    """What measures them is lookalike/benchmarking."""
    kinds = {path.suffix for path in (ROOT / "benchmarks").rglob("*.*") if path.suffix != ".pyc"}
    assert kinds == {".md", ".json", ".svg"}
