"""What every test shares."""

import resource
from contextlib import contextmanager

import hypothesis
import pytest

from lookalike.settings import settings

# A slow machine fails no test, and the same run finds the same cases.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A fresh LOOKALIKE_HOME, so that no test reads or writes the user's own folder."""
    folder = tmp_path_factory.mktemp("home")  # not in tmp_path, which a test may list
    monkeypatch.setenv("LOOKALIKE_HOME", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture
def full_disk():
    """with full_disk(): files of more than a few bytes cannot be written, as on a full disk."""

    @contextmanager
    def limited(largest=100):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited
