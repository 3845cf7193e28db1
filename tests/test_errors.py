"""What a user reads when something cannot be done."""

import pickle

import pytest

from lookalike.errors import GalleryError, LookalikeError, one_of, unknown_name


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "another one: none is installed"),
        (["a"], "a"),
        (["a", "b"], "a or b"),
        (["a", "b", "c"], "a, b or c"),
    ],
)
def test_names_are_listed_as_one_says_them(names, words):
    assert one_of(names) == words


def test_an_unknown_name_is_quoted_and_the_known_ones_are_listed():
    error = unknown_name("method", "<b>\n", ["vit", "clip"])
    assert error.message == r"There is no method called '<b>\n'."
    assert error.hint == "Use vit or clip."
    assert str(error) == f"{error.message} {error.hint}"


def test_an_error_comes_back_whole_from_another_process():
    again = pickle.loads(pickle.dumps(GalleryError("It is missing.", "Build it.")))
    assert type(again) is GalleryError and isinstance(again, LookalikeError)
    assert (again.message, again.hint) == ("It is missing.", "Build it.")
