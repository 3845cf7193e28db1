"""Which images are held out: about a fifth, by the name alone."""

import pytest

from lookalike.galleries.splits import held_out, place


# sha256 of the name, the first four bytes over 2**32, worked out with sha256sum.
@pytest.mark.parametrize(
    ("name", "first_bytes"),
    [("", "e3b0c442"), ("a", "ca978112"), ("cup/image_0001.jpg", None), ("œuf", None)],
)
def test_the_place_is_the_head_of_the_hash(name, first_bytes):
    if first_bytes:
        assert place(name) == int(first_bytes, 16) / 2**32
    assert 0 <= place(name) < 1
    assert held_out(name) == (place(name) < 0.2)


def test_about_the_share_is_held_out_and_a_larger_share_holds_the_smaller():
    names = [f"image_{number:04d}.jpg" for number in range(5000)]
    for share in (0.0, 0.1, 0.2, 0.5, 1.0):
        out = {name for name in names if held_out(name, share)}
        assert abs(len(out) / len(names) - share) < 0.02
        assert out >= {name for name in names if held_out(name, share / 2)}
