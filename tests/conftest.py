"""What every test shares."""

import resource
import sys
from contextlib import contextmanager

import hypothesis
import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from lookalike import photos
from lookalike.encoders import registry
from lookalike.galleries.gallery import Item, open_gallery
from lookalike.galleries.writer import write_card, write_shard
from lookalike.settings import settings
from lookalike.storage.files import make_folder, replace_folder
from tests import isolation, toys
from tests.ui.serving import CHROMIUM_ARGUMENTS, SLOW_MS, chromium

# A slow machine fails no test, and the same run finds the same cases.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")


def pytest_configure(config):
    """See tests/isolation.py; what the user adapted, for one, is none of what is tested."""
    home = isolation.isolate()
    config.add_cleanup(lambda: isolation.remove(home))


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A fresh LOOKALIKE_HOME, so that no test reads or writes the user's own folder."""
    folder = tmp_path_factory.mktemp("home")  # not in tmp_path, which a test may list
    monkeypatch.setenv("LOOKALIKE_HOME", str(folder))
    settings.cache_clear()
    yield folder
    settings.cache_clear()


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium; playwright can be started only once in a thread."""
    expect.set_options(timeout=SLOW_MS)  # not 5 s, which a busy machine may need to redraw
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def fresh_settings(monkeypatch):
    """fresh_settings(K=3): set environment variables, and let the settings be read again."""

    def change(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"LOOKALIKE_{name}", str(value))
        settings.cache_clear()

    return change


@pytest.fixture
def pictures():
    """pictures(count): small photos of noise, (8, 8, 3) uint8, no two alike; always the same."""

    def make(count, seed=0):
        return list(np.random.default_rng(seed).integers(0, 256, (count, 8, 8, 3), np.uint8))

    return make


@pytest.fixture
def make_gallery(home, pictures):
    """make_gallery("toys", count=40): a gallery in the home, written in files of `shard`."""

    def make(name="toys", count=40, seed=0, shard=1000, items=None):
        folder = make_folder(home / "galleries" / f".{name}.partial")
        items = items or [
            Item(f"{position:03}.png", "odd" if position % 2 else "even", photos.to_png(photo))
            for position, photo in enumerate(pictures(count, seed))
        ]
        for start in range(0, len(items), shard):
            write_shard(folder / f"items-{start:08d}.parquet", items[start : start + shard])
        write_card(folder, {"name": name, "title": name.title()})
        replace_folder(folder, home / "galleries" / name)
        return open_gallery(name)

    return make


@pytest.fixture
def toy(monkeypatch):
    """toy("toy-far"): one of the encoders of tests/toys.py, which are registered meanwhile."""
    monkeypatch.setattr(registry, "ENCODERS", registry.ENCODERS | toys.ENCODERS)
    monkeypatch.setattr(registry, "_loaded", {})
    for name in toys.ENCODERS:
        monkeypatch.setitem(sys.modules, f"lookalike.encoders.{name}", toys.module(name))
    registry.spec.cache_clear()
    yield registry.load
    registry.spec.cache_clear()


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
