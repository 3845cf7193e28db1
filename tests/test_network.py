"""Hosts that refuse, hang or answer, on loopback: how often they are asked, and what is said."""

import socket
from contextlib import ExitStack
from threading import Event, Thread

import datasets
import pytest
from huggingface_hub import constants

from lookalike import network
from lookalike.detectors.download import pinned_file
from lookalike.encoders import hub as weights
from lookalike.errors import LookalikeError, WeightsError
from lookalike.galleries.sources import fashion_mnist, hub
from lookalike.galleries.sources.build import build
from lookalike.network import ask
from tests.galleries.layouts import jpeg, write_repository

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "{repo_id}/resolve/{revision}/{filename}"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Host:
    """A port on loopback that answers every connection alike; `asked` counts them."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer  # None: says nothing, as behind some firewalls
        self.asked = 0
        self._open = ExitStack()
        self._listening = self._open.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed: the test is over
                return
            self.asked += 1
            self._open.enter_context(connection)
            if self.answer is not None:
                connection.recv(4096)
                connection.sendall(self.answer)
                connection.close()

    def close(self) -> None:
        """Let go of the port and of everyone who waits."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._open.close()


@pytest.fixture
def host():
    """host(answer): a Host that is closed after the test."""
    with ExitStack() as opened:

        def start(answer):
            started = Host(answer)
            opened.callback(started.close)
            return started

        yield start


@pytest.fixture
def online(monkeypatch, tmp_path):
    """online(address): the hub's client asks there, with empty caches."""

    def go(address, offline=False):
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", f"{address}/{FILE}")
        monkeypatch.setattr(datasets.config, "HF_ENDPOINT", address)
        monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", offline)
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
        monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "none")
        monkeypatch.setattr(network, "PATIENCE_S", 0.5)

    return go


def of_weights(address):
    weights.fetch("owner/name", "model.safetensors", COMMIT)


def of_a_data_set(address):
    build("caltech101")


def of_fashion_mnist(address):
    build("fashion-mnist")


def of_a_detector(address):
    pinned_file(f"{address}/tiny.pt", "0" * 64, "tiny/hub", "something else")


FROM_HUB = [of_weights, of_a_data_set, of_fashion_mnist]


@pytest.mark.parametrize("fetch", [*FROM_HUB, of_a_detector])
@pytest.mark.parametrize("answer", [None, b"", UNAVAILABLE])
def test_a_host_that_does_not_serve_is_asked_once(host, online, fetch, answer):
    asked = host(answer)
    online(asked.address)
    with pytest.raises(LookalikeError, match=r"fetched|downloaded"):
        fetch(asked.address)
    assert asked.asked == 1


@pytest.mark.parametrize("fetch", [*FROM_HUB, of_a_detector])
def test_a_host_that_refuses_is_not_waited_for(online, fetch, monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)  # between attempts
    with socket.socket() as deaf:  # bound, so that nobody else listens there
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        online(address)
        with pytest.raises(LookalikeError, match=r"fetched|downloaded"):
            fetch(address)
    assert waits == []


@pytest.mark.parametrize("fetch", FROM_HUB)
def test_nothing_is_asked_offline(host, online, fetch):
    asked = host(None)
    online(asked.address, offline=True)
    with pytest.raises(LookalikeError, match="OfflineModeIsEnabled"):
        fetch(asked.address)
    assert asked.asked == 0


def test_a_silent_host_is_asked_again_only_later(host, online, monkeypatch):
    asked = host(None)
    online(asked.address)
    for _ in range(3):
        with pytest.raises(WeightsError, match="TimeoutError"):
            of_weights(asked.address)
    assert asked.asked == 1
    monkeypatch.setattr(network, "REMEMBERED_S", 0)
    with pytest.raises(WeightsError, match="TimeoutError"):
        of_weights(asked.address)
    assert asked.asked == 2


@pytest.mark.parametrize("answer", [None, UNAVAILABLE])
def test_data_fetched_earlier_is_found_without_the_hub(host, online, tmp_path, answer):
    asked = host(answer)
    online(asked.address)
    rows = [(n % 2, (jpeg(n), f"{n}.jpg")) for n in range(4)]
    local = write_repository(tmp_path / "name", {"train": rows}, ["a", "b"])
    fetched = hub.fetch("A set", str(local), None)
    (made,) = (tmp_path / "datasets").glob("name/*/*/*/dataset_info.json")
    made.write_text(made.read_text().replace(made.parts[-4], "default"))
    place = tmp_path / "datasets" / "owner___name" / "default" / "0.0.0" / COMMIT
    place.parent.mkdir(parents=True)
    made.parent.rename(place)
    assert hub.fetch("A set", "owner/name", COMMIT).values("label") == fetched.values("label")
    assert asked.asked == 1
    assert not datasets.config.HF_HUB_OFFLINE and not constants.HF_HUB_OFFLINE


def test_an_answer_or_an_error_comes_through():
    def fail():
        raise TimeoutError("of its own")

    assert ask("a host", lambda: 3) == 3
    for _ in range(2):  # it did answer: it is asked again
        with pytest.raises(TimeoutError, match="of its own"):
            ask("a host", fail)
    assert ask("a host", lambda: 4) == 4


def test_the_hubs_own_variable_is_the_patience(online, monkeypatch):
    online("a hub")
    monkeypatch.setenv("HF_HUB_ETAG_TIMEOUT", "1")
    with pytest.raises(TimeoutError, match="no answer within 1 s"):
        network.ask_hub(Event().wait)
