"""The engines by name: listed without their libraries, and without one as well."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from lookalike.engines import registry
from lookalike.errors import LookalikeError

LISTING = """
import sys
from lookalike.engines import registry
print([registry.summary(name) for name in registry.names()], registry.available())
assert not {"faiss", "sklearn", "voyager", "annoy", "torch"} & set(sys.modules)
"""


def test_listing_the_engines_imports_none_of_their_libraries():
    subprocess.run([sys.executable, "-c", LISTING], check=True)


def test_the_default_comes_first_and_summaries_are_one_line():
    assert registry.names()[0] == "annoy"
    summaries = [registry.summary(name) for name in registry.names()]
    assert all(0 < len(line) < 100 and "\n" not in line for line in summaries)
    assert len(set(summaries)) == len(summaries)


@pytest.mark.parametrize(
    ("name", "library", "cure"),
    [
        ("voyager", "voyager", "pip install 'lookalike[voyager]'"),  # an extra
        ("kdtree", "sklearn", "pip install 'lookalike'"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_cure(monkeypatch, name, library, cure):
    monkeypatch.delitem(sys.modules, f"lookalike.engines.{name}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)  # importing it now fails
    with pytest.raises(LookalikeError, match=f"needs the library {library}") as caught:
        registry.create(name)
    assert cure in caught.value.hint


def test_only_installed_engines_are_available(monkeypatch):
    assert registry.available() == registry.names()
    monkeypatch.setattr(
        registry, "find_spec", lambda library: library != "voyager" and find_spec(library)
    )
    assert registry.available() == [name for name in registry.names() if name != "voyager"]
