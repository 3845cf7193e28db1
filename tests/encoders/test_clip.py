"""The embedded CLIP: words that mean something, and weights that belong together."""

import shutil

import numpy as np
import pytest

from lookalike import cards
from lookalike.encoders import registry
from lookalike.errors import WeightsError
from lookalike.galleries.gallery import open_gallery
from lookalike.settings import REPOSITORY


def test_a_head_over_another_resnet_is_refused(home):
    folder = home / "models" / "clip" / "embedded"
    shutil.copytree(REPOSITORY / "models" / "clip" / "embedded", folder)
    card = cards.read(folder)
    cards.write(folder, card | {"resnet": "0" * 64}, card["file"])
    with pytest.raises(WeightsError, match="another ResNet") as error:
        type(registry.load("clip"))(registry.weights_spec("clip"))
    assert "train clip" in str(error.value.hint)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("a hot dog", "hot dog"),
        ("sailing boats", "sailing boat"),
        ("a picture of a butterfly", "butterfly"),
        ("🐴", "horse"),
    ],
)
def test_words_find_what_they_name_before_anything_else(words, name):
    """Among a picture each of sixty names, of a gallery that was not trained on."""
    things, encoder = open_gallery("things"), registry.load("clip")
    labels = things.labels
    others = [other for other in sorted(set(labels)) if other != name][::21][:59]
    items = [labels.index(label) for label in (name, *others)]
    pictures = encoder.encode([things[item].photo() for item in items])
    near = (pictures @ encoder.encode_text([words])[0]).argsort()[::-1]
    assert 0 in near[:3], [labels[items[row]] for row in near[:3]]


def test_a_color_changes_what_is_found():
    encoder = registry.load("clip")
    red, blue = encoder.encode_text(["a red shirt", "a blue shirt"])
    shirts = np.zeros((2, 90, 70, 3), np.uint8) + 255
    shirts[0, 15:80, 15:55], shirts[1, 15:80, 15:55] = (200, 30, 30), (30, 50, 200)
    seen = encoder.encode(list(shirts))
    assert (seen[0] - seen[1]) @ (red - blue) > 0
