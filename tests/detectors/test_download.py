"""Weights from an address: what is kept of a download, and what an error says."""

from http.client import IncompleteRead
from urllib.error import URLError

import pytest

from lookalike.detectors import download
from lookalike.detectors.download import pinned_file
from lookalike.errors import StorageError, WeightsError
from lookalike.storage.files import sha256_file


@pytest.fixture
def served(tmp_path):
    """A file of weights where a server would have it."""
    file = tmp_path / "tiny.pt"
    file.write_bytes(b"not really weights")
    return file


def fetch(file, sha256=None):
    return pinned_file(file.as_uri(), sha256 or sha256_file(file), "tiny/hub", "something else")


def kept(home):
    return [path for path in home.rglob("*") if path.is_file()]


def test_a_file_is_downloaded_once(served, home):
    sha256 = sha256_file(served)
    path = fetch(served)
    assert path == home / "models/tiny/hub/tiny.pt"
    assert path.read_bytes() == b"not really weights"
    served.unlink()  # the second time nothing is fetched
    assert fetch(served, sha256) == path
    assert kept(home) == [path]


def test_another_file_is_refused_and_not_kept(served, home):
    with pytest.raises(
        WeightsError, match=r"not 000000000000…: it is another file\. Delete .*else"
    ):
        fetch(served, "0" * 64)
    assert kept(home) == []


def test_a_file_that_was_changed_later_is_refused(served):
    fetch(served).write_bytes(b"changed")
    with pytest.raises(WeightsError, match="another file"):
        fetch(served)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (URLError("Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (IncompleteRead(b"half"), "IncompleteRead"),
    ],
)
def test_a_failed_download_is_one_sentence_and_a_hint(served, home, monkeypatch, failure, said):
    def fail(address, timeout):
        assert 0 < timeout <= 60
        raise failure

    monkeypatch.setattr(download, "urlopen", fail)
    with pytest.raises(WeightsError) as caught:
        fetch(served)
    assert caught.value.message.startswith("tiny.pt cannot be downloaded (")
    assert said in caught.value.message
    assert caught.value.hint == "Check the network, or use something else."
    assert kept(home) == []


def test_a_folder_that_cannot_be_made_is_said(served, home):
    (home / "models").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be made"):
        fetch(served)
