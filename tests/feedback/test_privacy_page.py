"""docs/privacy.md says what the code does."""

import re

import pytest

from lookalike.feedback.models import COLUMNS
from lookalike.settings import REPOSITORY

PAGE = (REPOSITORY / "docs" / "privacy.md").read_text(encoding="utf-8")
CODE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_page_names_every_column_in_order():
    cells = re.findall(r"^\| (`.*?) \|", PAGE, flags=re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(cells)) == list(COLUMNS)


def test_the_page_has_both_recipes():
    assert len(CODE) == 2


@pytest.mark.parametrize("code", CODE)
def test_its_code_runs(code, home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert (home / "votes.db").exists()
    written = sorted(path.name for path in tmp_path.iterdir())
    printed = capsys.readouterr().out
    assert written == ["votes.csv", "votes.parquet", "votes.qrels"] or printed == "0 rows erased\n"
