"""What the settings on the page may say."""

import pytest

from lookalike.errors import LookalikeError
from lookalike.ui import rounds
from lookalike.ui.panels import left_out
from lookalike.ui.rounds import Choices


@pytest.mark.parametrize(
    "values",
    [
        ("fashion-mnist", 10, [], "embedded"),
        ("fashion-mnist", 10, "resnet", "embedded"),
        ("fashion-mnist", 10, [7], "embedded"),
        ("fashion-mnist", 10, [["resnet"]], "embedded"),
        ("fashion-mnist", "10", ["resnet"], "embedded"),
        ("fashion-mnist", 10, ["resnet"], {"a": 1}),
        (["fashion-mnist"], 10, ["resnet"], "embedded"),
        (None, 10, ["resnet"], "embedded"),
    ],
)
def test_choices_that_are_none_are_refused(values):
    with pytest.raises(LookalikeError):
        Choices.of(*values)


def test_a_method_without_an_index_of_the_gallery_is_not_asked(monkeypatch):
    monkeypatch.setattr(rounds, "indexed", lambda gallery: ["vit", "clip"])
    values = "fashion-mnist", 10, ["resnet", "vit"], "embedded"
    choices = Choices.of(*values)
    assert (choices.methods, choices.not_indexed) == (("vit",), ("resnet",))
    assert "index build --gallery fashion-mnist --method resnet" in left_out("resnet", choices)
    assert "is not chosen" in left_out("clip", choices)


def test_a_gallery_without_any_index_asks_all_so_that_each_says_how_to_build_one(monkeypatch):
    monkeypatch.setattr(rounds, "indexed", lambda gallery: [])
    choices = Choices.of("fashion-mnist", 10, ["resnet", "vit"], "embedded")
    assert (choices.methods, choices.not_indexed) == (("resnet", "vit"), ())
