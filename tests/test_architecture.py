"""The house: which room may know of which, and how large a file may grow."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 300  # lines of a module


def lint(rules: Path) -> subprocess.CompletedProcess:
    """Apply import-linter's rules; in a process of its own, since it takes over the logging."""
    command = [Path(sys.executable).with_name("lint-imports"), "--config", rules, "--no-cache"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_arrows_run_downward_only():
    found = lint(ROOT / "pyproject.toml")
    assert found.returncode == 0, found.stdout


def test_an_arrow_upward_is_found(tmp_path):
    """The rule itself can break: a module named wrongly in it would be looked at by nobody."""
    rules = (ROOT / "pyproject.toml").read_text("utf-8")
    order = '"evaluation",\n    "search | feedback",'
    turned = rules.replace(order, '"search | feedback",\n    "evaluation",')
    assert turned != rules
    (tmp_path / "pyproject.toml").write_text(turned, "utf-8")
    found = lint(tmp_path / "pyproject.toml")
    assert found.returncode == 1 and "BROKEN" in found.stdout


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
