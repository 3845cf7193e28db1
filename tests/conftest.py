"""What every test shares."""

import pytest

from lookalike.settings import settings


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A fresh LOOKALIKE_HOME, so that no test reads or writes the user's own folder."""
    folder = tmp_path_factory.mktemp("home")  # not in tmp_path, which a test may list
    monkeypatch.setenv("LOOKALIKE_HOME", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()
