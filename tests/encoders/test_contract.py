"""What every registered encoder promises, whichever weights it runs with."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders import registry
from lookalike.encoders.base import Reconstructor, TextEncoder
from lookalike.errors import UnknownNameError, WeightsError
from lookalike.settings import REPOSITORY
from lookalike.storage.files import sha256_file
from tests.encoders import adaptations

TRAINED = [n for n in registry.names() if registry.weights_spec(n).source == "embedded"]


@pytest.fixture(params=[*registry.defaults(), adaptations.NAME])
def encoder(request, home):
    if request.param == adaptations.NAME:
        adaptations.write(home)
    return registry.load(request.param)


def photo(height=60, width=40, seed=0):
    """A bright rectangle on a noisy ground: something for every method to find."""
    image = np.random.default_rng(seed).integers(0, 60, (height, width, 3), np.uint8)
    image[height // 4 : height // 2 + 1, width // 4 : width // 2 + 1] += 150
    return image


DEGENERATE = [
    np.zeros((50, 50, 3), np.uint8),  # blank, as black as the catalogue's background
    np.full((50, 50, 3), 255, np.uint8),  # blank, white
    np.full((1, 1, 3), 90, np.uint8),  # one pixel
    photo(1, 5000),  # all width
    photo(3000, 2),  # all height
    np.repeat(photo()[:, :, :1], 3, axis=2),  # grey
    photo(64, 64)[::2, ::-1],  # a view that is not contiguous
]


def test_vectors_have_the_declared_shape_and_type(encoder):
    vectors = encoder.encode([photo(seed=n) for n in range(3)])
    assert vectors.shape == (3, encoder.weights.dimension)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_cosine_vectors_have_length_one(encoder):
    if encoder.spec.metric == "cosine":
        lengths = np.linalg.norm(encoder.encode([photo(), *DEGENERATE]), axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_the_same_image_gives_the_same_vector(encoder):
    np.testing.assert_array_equal(encoder.encode([photo()]), encoder.encode([photo()]))


def test_different_images_give_different_vectors(encoder):
    first, second = encoder.encode([photo(), photo(40, 60, seed=1).transpose(1, 0, 2)[::-1]])
    assert not np.allclose(first, second)


def test_a_batch_equals_single_calls(encoder):
    images = [photo(seed=n) for n in range(5)] + DEGENERATE
    singly = np.concatenate([encoder.encode([image]) for image in images])
    np.testing.assert_allclose(encoder.encode(images, batch_size=4), singly, atol=1e-4)


def test_the_callers_images_stay_as_they_were(encoder):
    images = [photo(), *DEGENERATE]
    before = [image.copy() for image in images]
    for image in images:
        image.flags.writeable = False
    encoder.encode(images)
    for image, copy in zip(images, before, strict=True):
        np.testing.assert_array_equal(image, copy)


def test_no_images_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.weights.dimension)


def test_threads_get_what_one_caller_gets(encoder):
    images = [photo(seed=n) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda image: encoder.encode([image])[0], images))
    alone = [encoder.encode([image])[0] for image in images]
    np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("name", registry.names())
def test_a_spec_says_everything(name):
    spec = registry.spec(name)
    assert spec.name == name
    assert spec.title and spec.family and spec.summary
    assert "http" in spec.paper
    for weights in spec.weights:
        assert weights.licence and weights.trained_on
        assert bool(weights.location) == (weights.source != "none")
        assert weights.source != "hub" or len(weights.revision) == 40


@pytest.mark.parametrize("name", TRAINED)
def test_a_card_is_complete_and_true(name):
    encoder = registry.load(name)
    folder = REPOSITORY / "models" / encoder.weights.location
    card = cards.verify(folder)
    file = folder / card["file"]
    assert encoder.weights.sha256 == card["sha256"] == sha256_file(file)
    assert card["bytes"] == file.stat().st_size < 10 * 2**20
    assert card["licence"] == encoder.weights.licence
    assert card["data"] and card["data_licence"] and card["settings"]
    assert card["seconds"] > 0
    assert (folder / cards.README).read_text(encoding="utf-8").startswith("# ")


def test_load_gives_the_same_object_to_every_thread():
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: registry.load("resnet"), range(8)))
    assert len({id(encoder) for encoder in loaded}) == 1


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("no-such", None),  # no such method
        ("resnet", "no-such"),  # no such weights
        ("siamese", "hub"),  # a method that has none on the hub
    ],
)
def test_unknown_names_are_refused(name, weights):
    with pytest.raises(UnknownNameError):
        registry.load(name, weights)


def test_damaged_weights_are_refused(tmp_path, monkeypatch):
    folder = tmp_path / "resnet" / "embedded"
    shipped = REPOSITORY / "models" / "resnet" / "embedded"
    folder.mkdir(parents=True)
    for file in shipped.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    weights = folder / cards.read(folder)["file"]
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    monkeypatch.setattr("lookalike.cards.find", lambda _: folder)
    with pytest.raises(WeightsError, match="sha256"):
        type(registry.load("resnet"))(registry.weights_spec("resnet"))


def test_specs_are_read_without_torch():
    code = (
        "import sys; from lookalike.encoders import registry; "
        "[registry.spec(n) for n in registry.names()]; "
        "sys.exit(sum(m in sys.modules for m in ('torch', 'transformers', 'open_clip', 'timm')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0


def test_clip_finds_the_picture_of_a_word():
    clip = registry.load("clip")
    assert isinstance(clip, TextEncoder)
    words = clip.encode_text(["a photo of a sneaker", "trainers", "a red dress", "qzxqj vkkwp"])
    assert words.shape == (4, clip.weights.dimension)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=1e-5)
    assert words[0] @ words[1] > words[0] @ words[2]
    assert clip.encode_text([]).shape == (0, clip.weights.dimension)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("a Red dress", []),
        ("", []),
        ("red, sneakers!", []),  # punctuation belongs to no word
        ("an asdfgh dress, qwrtz asdfgh", ["asdfgh", "qwrtz"]),  # in their order, each once
        ("🚗 فستان", ["فستان"]),  # an emoji has a name
        ("Pokemons' café, dogs, cherries", []),  # plurals, accents
        ("dog\ud800", []),  # half a surrogate pair
    ],
)
def test_clip_names_the_words_that_it_has_never_met(text, unknown):
    assert registry.load("clip").unknown_words(text) == unknown


def test_clip_has_met_the_words_that_it_knows():
    clip = registry.load("clip")
    assert {"red", "dress"} <= set(clip.vocabulary) and "asdfgh" not in clip.vocabulary
    assert len(clip.vocabulary) == len(set(clip.vocabulary)) > 40_000
    assert all(word == word.lower() and word.strip() == word for word in clip.vocabulary)
    assert clip.unknown_words(", ".join(clip.vocabulary[::50])) == []


def test_who_reads_words_is_known_before_anything_is_loaded():
    assert [name for name in registry.names() if registry.reads_words(name)] == ["clip"]
    assert [name for name in TRAINED if isinstance(registry.load(name), TextEncoder)] == ["clip"]


def test_the_autoencoder_draws_what_it_saw():
    autoencoder = registry.load("autoencoder")
    assert isinstance(autoencoder, Reconstructor)
    item = np.zeros((28, 28, 3), np.uint8)
    item[4:24, 8:20] = 180  # the silhouette of a dress
    (drawn,) = autoencoder.reconstruct([item])
    assert drawn.shape == (64, 64, 3)
    assert drawn.dtype == np.uint8
    assert drawn[20:40, 24:40].mean() > 100 > 40 > drawn[:, :8].mean()
