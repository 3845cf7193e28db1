"""Cards and the weights files that they vouch for."""

import hashlib
import json

import pytest

from lookalike import cards
from lookalike.errors import StorageError, WeightsError
from lookalike.settings import REPOSITORY
from lookalike.storage.files import replacing

CARD = {"title": "Tiny ViT", "trained_on": "nothing", "scores": {"map": 0.5}, "size": [28, 28]}


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "models" / "vit" / "embedded"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"weights")
    cards.write(folder, CARD, "model.onnx")
    return folder


def test_a_card_comes_back_with_the_file_described(folder):
    digest = hashlib.sha256(b"weights").hexdigest()
    assert cards.verify(folder) == CARD | {"file": "model.onnx", "sha256": digest, "bytes": 7}
    assert "sha256" not in CARD


def test_the_card_is_sorted_indented_and_ends_with_a_newline(folder):
    text = (folder / "card.json").read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_writing_again_replaces_the_card_and_leaves_nothing_beside(folder):
    (folder / "model.onnx").write_bytes(b"better")
    cards.write(folder, {"title": "Better"}, "model.onnx")
    assert cards.verify(folder)["title"] == "Better"
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "model.onnx"]


def test_large_files_are_hashed_whole(tmp_path):
    data = bytes(range(256)) * 8200  # a little over two of the blocks that it reads
    (tmp_path / "large").write_bytes(data)
    assert cards.sha256_file(tmp_path / "large") == hashlib.sha256(data).hexdigest()


def _flip(folder):
    (folder / "model.onnx").write_bytes(b"weightr")


def _drop_weights(folder):
    (folder / "model.onnx").unlink()


def _drop_card(folder):
    (folder / "card.json").unlink()


def _drop_folder(folder):
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def _card(text):
    return lambda folder: (folder / "card.json").write_bytes(text)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flip, "differ from their card's sha256"),
        (_drop_weights, "weights .* cannot be read"),
        (_drop_card, "card .* cannot be read"),
        (_drop_folder, "card .* cannot be read"),
        (_card(b'{"file": "model.on'), "is not JSON"),  # cut short
        (_card(b"\xff\xfe"), "is not JSON"),  # not even text
        (_card(b"[]"), "is not a JSON object"),
        (_card(b"{}"), "does not name its weights file"),
        (_card(b'{"file": "model.onnx", "sha256": 7}'), "does not name its weights file"),
        (_card(b'{"file": "../x", "sha256": "00"}'), "does not name its weights file"),
        (_card(b'{"file": "", "sha256": "00"}'), "cannot be read"),  # names the folder itself
    ],
)
def test_damage_is_named_with_the_command_that_mends_it(folder, damage, message):
    damage(folder)
    with pytest.raises(WeightsError, match=message) as caught:
        cards.verify(folder)
    assert "python -m lookalike train vit" in caught.value.hint


def test_a_card_needs_its_weights(tmp_path):
    with pytest.raises(WeightsError, match="is missing"):
        cards.write(tmp_path, CARD, "model.onnx")


def test_a_card_holds_no_nan(folder):
    with pytest.raises(ValueError, match="not JSON compliant"):
        cards.write(folder, {"loss": float("nan")}, "model.onnx")
    assert cards.verify(folder)["title"] == "Tiny ViT"


def test_the_readme_says_what_the_card_says(folder):
    cards.write_readme(folder)
    lines = (folder / "README.md").read_text().splitlines()
    assert lines[0] == "# Tiny ViT"
    assert "- trained_on: nothing" in lines
    assert "  - map: 0.5" in lines
    assert "- size: 28, 28" in lines


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(RuntimeError), replacing(tmp_path / "file") as beside:
        beside.write_text("half")
        raise RuntimeError
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_folder_that_cannot_be_written_is_a_storage_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    path = tmp_path / "file" / "card.json"
    with pytest.raises(StorageError, match="cannot be written"), replacing(path) as beside:
        beside.write_text("text")


def test_the_users_weights_go_before_the_shipped_ones(home):
    shipped, own = (root / "models" / "resnet" / "embedded" for root in (REPOSITORY, home))
    assert cards.find("resnet/embedded") == shipped
    own.mkdir(parents=True)
    assert cards.find("resnet/embedded") == shipped  # an empty folder is none
    (own / cards.CARD).write_text("{}")
    assert cards.find("resnet/embedded") == own
