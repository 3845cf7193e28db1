"""The table of words: how a text is taken apart, and what it comes to."""

import numpy as np
import pytest

from lookalike.encoders.networks.lexicon import Lexicon, plain

WORDS = [
    "dog",
    "red",
    "hot dog",
    "cherry",
    "leaf",
    "cafe",
    "automobile",
    "picture",
    "box",
    "trousers",
]
VECTORS = np.arange(1, 1 + 2 * len(WORDS)).reshape(-1, 2).astype(np.int8)
SCALES = np.linspace(0.5, 1, len(WORDS)).astype(np.float32)


@pytest.fixture
def lexicon():
    return Lexicon(WORDS, VECTORS, SCALES)


def vector(word):
    row = WORDS.index(word)
    return VECTORS[row] * SCALES[row]


@pytest.mark.parametrize(
    ("text", "known", "unknown"),
    [
        ("dog", ["dog"], []),
        ("A photo of a Red DOG!", ["red", "dog"], []),
        ("a red hot dog", ["red", "hot dog"], []),  # the longest phrase, not "dog"
        ("dogs, cherries and leaves in boxes", ["dog", "cherry", "leaf", "box"], []),
        ("a trouser", ["trousers"], []),
        ("the dog's café", ["dog", "cafe"], []),
        ("the dog’s CAFÉ", ["dog", "cafe"], []),
        ("🚗🚗", ["automobile", "automobile"], []),
        ("a picture", ["picture"], []),  # a filler, but for where nothing else is said
        ("asdfgh dog asdfgh", ["dog"], ["asdfgh"]),
        ("of the", [], []),
        ("كلب", [], ["كلب"]),
        ("", [], []),
        ("?!", [], []),
        ("d\ud800og", ["dog"], []),  # half of a surrogate pair
        ("\u202edog\u200b", ["dog"], []),  # signs that are not seen
    ],
)
def test_a_text_is_the_sum_of_its_known_words(lexicon, text, known, unknown):
    expected = np.sum([vector(word) for word in known], 0) if known else np.zeros(2)
    np.testing.assert_allclose(lexicon.embed([text])[0], expected, rtol=1e-6)
    assert lexicon.unknown(text) == unknown


@pytest.mark.parametrize(
    ("text", "understood"),
    [("a dog", True), ("the asdfgh dog", True), ("a picture of the asdfgh", False), ("", False)],
)
def test_a_text_is_understood_by_what_says_something(lexicon, text, understood):
    assert lexicon.understands(text) is understood
    assert lexicon.embed([text]).any() == understood


def test_each_text_has_a_row(lexicon):
    assert lexicon.embed([]).shape == (0, 2)
    both = lexicon.embed(["red", "dog"])
    np.testing.assert_allclose(both, [vector("red"), vector("dog")], rtol=1e-6)


def test_a_long_text_takes_no_more_than_its_words(lexicon):
    text = "hot " * 20_000
    assert lexicon.unknown(text) == ["hot"]


def test_letters_are_spelled_plainly():
    assert plain("Piñata ’n Ümlaut") == "pinata 'n umlaut"
