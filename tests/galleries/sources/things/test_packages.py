"""How a picture is read from each package, and what is said when one is missing."""

import os
import shutil
import stat

import numpy as np
import pytest

from lookalike import photos
from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.sources.things import packages
from lookalike.galleries.sources.things.packages import (
    PACKAGES,
    check_installed,
    draw,
    read_file,
    read_resource,
)
from lookalike.galleries.sources.things.rcc import resources
from tests.galleries.sources.things.layouts import (
    EMOJI,
    GCOMPRIS,
    STAMPS,
    cut_out,
    noise,
    rcc,
    webp,
    write,
    write_resources,
)
from tests.pictures import encoded

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">
<rect x="10" width="10" height="10" fill="#ff0000"/></svg>"""
BOARD = """QtObject { property var levels : [
 { "pixmapfile" : "image/bg.svg", "type" : "SHAPE_BACKGROUND_IMAGE",
   "width": 100, "height": 60 },
 { "pixmapfile" : "image/left.webp", "x" : "0.25", "y" : "0.5" },
 { "pixmapfile" : "image/right.webp", "x" : "0.75", "y" : "0.5" } ] }"""


def solid(colour, height, width, alpha=255):
    """A WebP file of one colour."""
    rgba = np.full((height, width, 4), (*colour, alpha), np.uint8)
    return encoded(rgba, "WEBP", lossless=True, exact=True)


def test_a_stamp_lies_on_white(tmp_path):
    write(tmp_path, STAMPS, "animals/dog.png", cut_out(1, margin=30))
    photo = read_file(STAMPS.find(tmp_path), "animals/dog.png")
    assert (photo[0, 0] == 255).all() and np.array_equal(photo[30:-30, 30:-30], noise(1))


def test_gcompris_pictures_come_out_of_the_resources_of_their_activity(tmp_path):
    names = ["erase/resource/bee.webp", "erase/resource/cat.webp", "erase/sounds/miaow.webp"]
    write_resources(tmp_path, "erase", {name: webp(n) for n, name in enumerate(names)})
    write_resources(tmp_path, "other", {"other/resource/bee.webp": webp(7)})
    for number, name in enumerate(names):
        assert np.array_equal(read_resource(GCOMPRIS.find(tmp_path), name), noise(number))
    assert np.array_equal(
        read_resource(GCOMPRIS.find(tmp_path), "other/resource/bee.webp"), noise(7)
    )


@pytest.mark.parametrize("name", ["erase/resource/nosuch.webp", "nosuch/resource/bee.webp"])
def test_a_picture_that_the_package_lacks_is_refused(tmp_path, name):
    write_resources(tmp_path, "erase", {"erase/resource/bee.webp": webp(1)})
    with pytest.raises(PhotoError, match="The package lacks it"):
        read_resource(GCOMPRIS.find(tmp_path), name)
    with pytest.raises(PhotoError, match="cannot be read"):
        read_file(STAMPS.find(tmp_path), "animals/nosuch.png")


@pytest.mark.parametrize(
    "content", [b"", b"qres", b"qres\0\0\0\1" + bytes(40), b"PK\3\4" + bytes(40)]
)
def test_what_holds_no_resources_is_refused(content):
    with pytest.raises(GalleryError, match="no Qt resources"):
        list(resources(content))


def test_resources_are_read_whole():
    files = {f"a/{n % 3}/{n}.txt": bytes([n]) * n for n in range(12)} | {"b.txt": b"last"}
    assert dict(resources(rcc(files))) == files


def test_a_painting_is_put_together_from_its_pieces(tmp_path):
    red, blue = (200, 30, 30), (30, 30, 200)
    pieces = {"left": solid(red, 40, 50), "right": solid(blue, 40, 60)}  # 10 px stick out
    files = {f"paintings/resource/image/{n}.webp": data for n, data in pieces.items()}
    board = "paintings/resource/board/board1_0.qml"
    write_resources(tmp_path, "paintings", files | {board: BOARD.encode()})
    photo = read_resource(GCOMPRIS.find(tmp_path), board)
    assert photo.shape == (60, 100, 3)
    assert (photo[:10] == 255).all() and (photo[50:] == 255).all()
    assert (photo[10:50, :45] == red).all() and (photo[10:50, 45:] == blue).all()


def test_a_piece_that_is_half_clear_shows_half_of_what_is_below(tmp_path):
    files = {
        "paintings/resource/image/left.webp": solid((0, 0, 0), 60, 100, alpha=51),
        "paintings/resource/image/right.webp": solid((0, 0, 0), 2, 2, alpha=0),
    }
    board = "paintings/resource/board/board1_0.qml"
    write_resources(tmp_path, "paintings", files | {board: BOARD.encode()})
    photo = read_resource(GCOMPRIS.find(tmp_path), board)
    assert (photo[:, :75] == 204).all() and (photo[:, 75:] == 255).all()


def test_a_puzzle_without_pieces_is_refused(tmp_path):
    write_resources(tmp_path, "paintings", {"paintings/resource/board/b.qml": b"QtObject {}"})
    with pytest.raises(PhotoError, match="no pieces"):
        read_resource(GCOMPRIS.find(tmp_path), "paintings/resource/board/b.qml")


@pytest.mark.skipif(not shutil.which(packages.RSVG), reason="needs Debian's librsvg2-bin")
def test_a_vector_drawing_becomes_pixels_on_white(tmp_path):
    write(tmp_path, STAMPS, "a.svg", SVG)
    photo = read_file(STAMPS.find(tmp_path), "a.svg")
    assert photo.shape == (256, 512, 3)
    assert (photo[128, 128] == 255).all() and (photo[128, 384] == (255, 0, 0)).all()
    with pytest.raises(PhotoError, match="cannot be drawn"):
        draw(b"no drawing")


def test_the_drawing_program_gets_the_drawing_and_the_size(tmp_path, monkeypatch):
    (tmp_path / "picture.png").write_bytes(cut_out(3))
    program = tmp_path / packages.RSVG
    program.write_text(
        f"#!/bin/sh\ncat > {tmp_path}/given\necho $* > {tmp_path}/options\n"
        f"cat {tmp_path}/picture.png\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    photo = draw(SVG)
    assert np.array_equal(photo, photos.load(cut_out(3)))
    assert (tmp_path / "given").read_bytes() == SVG
    assert "--width 512 --height 512 --keep-aspect-ratio" in (tmp_path / "options").read_text()


def test_without_the_drawing_program_it_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PhotoError, match="apt-get install librsvg2-bin"):
        draw(SVG)


def test_every_missing_package_is_named_with_its_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    EMOJI.find(tmp_path).mkdir(parents=True)
    with pytest.raises(GalleryError) as caught:
        check_installed(tmp_path)
    for package in PACKAGES:
        assert (package.title in caught.value.message) == (package is not EMOJI)
        assert (package.install in caught.value.hint) == (package is not EMOJI)
    assert "apt-get install librsvg2-bin" in caught.value.hint
    for package in PACKAGES:
        package.find(tmp_path).mkdir(parents=True, exist_ok=True)
    check_installed(tmp_path, needs_rsvg=False)
    with pytest.raises(GalleryError, match=r"not here: rsvg-convert \(Debian librsvg2-bin\)\."):
        check_installed(tmp_path)


def test_packages_are_looked_for_where_they_are_installed(home):
    assert STAMPS.find(None).as_posix() == "/usr/share/tuxpaint/stamps"
    assert EMOJI.find(None) == home / "data/node_modules/@lobehub/fluent-emoji-3d/assets"
