"""`lookalike search`: what it prints, and one sentence and a hint for what it cannot use."""

import json

import numpy as np
import pytest
from PIL import Image

from lookalike import photos
from lookalike.encoders import registry
from lookalike.index.build import index_method
from lookalike.index.opened import IndexKey
from tests.cli.refusal import check_refusal
from tests.pictures import encoded, png

TOY = ("--gallery", "toys", "--method", "toy", "--subject", "whole")


def plain(mode="RGB", size=(30, 20)):
    return Image.new(mode, size)


# What is printed


def test_json_has_the_shape_that_is_promised(run, ready, photo):
    ran = run("search", photo, *TOY, "--method", "toy-far", "--k", 3, "--json")
    assert ran.code == 0 and not ran.err
    found = json.loads(ran.out)
    asked = {"gallery", "query_sha256", "subject", "words", "words_weight"}
    assert set(found) == asked | {"methods", "not_indexed", "ms"}
    assert found["gallery"] == "toys"
    whole = {"box": [0, 0, 40, 30], "score": 0.0, "source": "whole photo", "name": None}
    assert found["subject"] == {**whole, "proposals": [whole]}
    assert set(found["ms"]) == {"detect"}
    assert [answer["method"] for answer in found["methods"]] == ["toy", "toy-far"]
    for answer in found["methods"]:
        assert (answer["weights"], answer["engine"], answer["cold"]) == ("embedded", "annoy", True)
        assert set(answer["ms"]) == {"encode", "search", "rerank"}
        assert [row["rank"] for row in answer["results"]] == [1, 2, 3]
        for row in answer["results"]:
            assert set(row) >= {"rank", "id", "label", "distance", "closer_than"}
            assert row["label"] == ready.labels[row["id"]] and 0 <= row["closer_than"] <= 1


def test_a_table_for_people(run, ready, photo):
    ran = run("search", photo, *TOY, "--k", 2)
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "gallery toys; subject [0, 0, 40, 30] (whole photo)"
    assert lines[2].startswith("toy (embedded weights; encode ") and "first call" in lines[2]
    assert lines[3].split() == ["rank", "id", "label", "distance", "closer_than", "probability"]
    assert len(lines) == 6 and lines[4].split()[0] == "1"


def test_a_method_without_weights_says_so(run, ready, photo):
    index_method(ready, "hash")
    ran = run("search", photo, "--gallery", "toys", "--method", "hash", "--subject", "whole")
    assert ran.code == 0 and "hash (no weights; " in ran.out


def test_methods_without_an_index_are_named(run, ready, photo, monkeypatch):
    monkeypatch.setattr(registry, "ENCODERS", dict.fromkeys(["toy-long", "toy"], "Toy"))
    ran = run("search", photo, "--gallery", "toys", "--subject", "whole")
    assert ran.code == 0 and "toy (embedded weights" in ran.out
    assert ran.out.splitlines()[-1] == "not indexed for this gallery: toy-long"


def test_k_is_the_settings_unless_given(run, ready, photo, fresh_settings):
    fresh_settings(K=4)
    found = json.loads(run("search", photo, *TOY, "--json").out)
    assert len(found["methods"][0]["results"]) == 4


def test_a_label_cannot_spoil_the_terminal(run, ready, photo, make_gallery, toy):
    item = make_gallery(count=1)[0]
    odd = type(item)("a", "red\n\x1b[31m<b>été</b>", item.image)
    gallery = make_gallery("odd", items=[odd])
    index_method(gallery, "toy")
    ran = run("search", photo, "--gallery", "odd", "--method", "toy", "--subject", "whole")
    assert r"red\n\x1b[31m<b>été</b>" in ran.out and "\x1b" not in ran.out


# Words

READER = ("--gallery", "toys", "--method", "toy-reader")


@pytest.fixture
def reader(ready):
    """The gallery "toys", indexed for a method that reads words as well."""
    index_method(ready, "toy-reader")
    return ready


def test_words_alone_ask_the_methods_that_read_them(run, reader):
    ran = run("search", "--words", "a red boot", "--gallery", "toys", "--k", 2)
    lines = ran.out.splitlines()
    assert ran.code == 0 and lines[0] == "gallery toys; “a red boot”"
    assert lines[2].startswith("toy-reader (embedded weights; encode ")
    columns = ["rank", "id", "label", "distance", "closer_than", "probability"]
    assert lines[3].split() == columns
    assert lines[4].split()[-1] == "-"  # what held-out photos showed says nothing of words
    assert ran.err == "Lookalike has never met the word “a”.\n"
    assert "\ntoy " not in ran.out


def test_words_alone_in_json(run, reader):
    ran = run("search", "--words", "red asdfgh", "--gallery", "toys", "--json")
    found = json.loads(ran.out)
    assert ran.code == 0 and not ran.err  # it is in the JSON
    assert (found["subject"], found["words"], found["words_weight"]) == (None, "red asdfgh", 1.0)
    (answer,) = found["methods"]
    assert answer["read_words"] and answer["unknown_words"] == ["asdfgh"]


@pytest.mark.parametrize(("given", "weight"), [([], 0.5), (["--weight", "0.8"], 0.8)])
def test_words_and_a_photo_together(run, reader, photo, given, weight):
    both = ("search", photo, *TOY, *READER, "--words", "red", *given)
    ran = run(*both)
    assert ran.code == 0 and not ran.err
    lines = ran.out.splitlines()
    share = f"{weight:.0%}"
    assert lines[0] == f"gallery toys; subject [0, 0, 40, 30] (whole photo); “red” ({share})"
    assert any(line.startswith("toy (") and line.endswith(", the photo alone)") for line in lines)
    assert any(line.startswith("toy-reader (") and "alone" not in line for line in lines)
    found = json.loads(run(*both, "--json").out)
    assert (found["words"], found["words_weight"]) == ("red", weight)
    assert [answer["read_words"] for answer in found["methods"]] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "There is nothing to search with."),
        (["--words", ""], "There are no words to search for."),
        (["--words", " \n\x1b "], "There are no words to search for."),
        (["--words", "x" * 5000], "The words are longer than 200 characters."),
        (["--words", "red", "--weight", "1.5"], "1.5 is not a share of the words."),
        (["--words", "red", "--weight", "nan"], "nan is not a share of the words."),
        (["--words", "red", "--method", "toy"], "Toy does not read words."),
        (["--words", "red", "--method", "nosuch"], "There is no method called 'nosuch'."),
        (["--words", "red", "--subject", "whole"], "Words have no subject to choose."),
    ],
)
def test_words_that_cannot_be_used_are_refused(run, reader, arguments, message):
    check_refusal(run("search", "--gallery", "toys", *arguments), message)


@pytest.mark.parametrize(
    "words", ["\udcff red", "a\x1b[31mred", "حذاء أحمر", "🚗👩\u200d🚀", "\u202ered", "'; DROP --"]
)
def test_odd_words_are_answered(run, reader, words):
    ran = run("search", "--words", words, *READER, "--k", 1)
    assert ran.code == 0 and "\x1b" not in ran.out + ran.err and "\u202e" not in ran.out + ran.err
    assert len(json.loads(run("search", "--words", words, *READER, "--json").out)["methods"]) == 1


# Odd photos that are answered


@pytest.mark.parametrize(
    "data",
    [
        encoded(plain(size=(1, 1))),
        encoded(plain(size=(1, 5000))),
        encoded(plain("L")),
        encoded(plain("LA")),
        encoded(plain("RGBA")),
        encoded(plain("P")),
        encoded(plain("I;16")),
        encoded(plain("CMYK"), "JPEG"),
        encoded(plain("L"), "GIF", save_all=True, append_images=[Image.new("L", (30, 20), 9)]),
    ],
)
def test_odd_photos_are_answered(run, ready, tmp_path, data):
    path = tmp_path / "odd"
    path.write_bytes(data)
    ran = run("search", path, *TOY, "--k", 1, "--json")
    assert ran.code == 0 and len(json.loads(ran.out)["methods"][0]["results"]) == 1


# What is refused


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The photo file is empty."),
        (b"My holidays", "The file is not an image that can be read."),
        (photos.to_jpeg(np.zeros((50, 50, 3), np.uint8))[:400], "The photo is damaged or cut"),
        (png(10_000, 10_000), "The photo has more than 40 megapixels."),
        (None, "cannot be read."),  # missing
    ],
)
def test_a_photo_that_cannot_be_used_is_refused(run, ready, tmp_path, data, message):
    path = tmp_path / "photo.jpg"
    if data is not None:
        path.write_bytes(data)
    check_refusal(run("search", path, *TOY), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k", "0"], "0 is not a number of results."),
        (["--k", "-3"], "-3 is not a number of results."),
        (["--k", "101"], "101 is not a number of results."),
        (["--method", "nosuch"], "There is no method called 'nosuch'."),
        (["--weights", "nosuch"], "There is no set of weights called 'nosuch'."),
        (["--gallery", "nosuch"], "There is no gallery called 'nosuch'."),
        (["--gallery", "../toys"], "There is no gallery called '../toys'."),
        (["--gallery", ""], "There is no gallery called ''."),
        (["--subject", "cat"], "'cat' is not a subject."),
        (["--subject", "1,2,3"], "The box needs four numbers."),
        (["--subject", "90,90,95,95"], "holds nothing of the photo, which is 40 x 30 pixels."),
        (
            ["--method", "toy-long"],
            "The toy-long index of the gallery toys with embedded weights is",
        ),
    ],
)
def test_wrong_arguments_are_refused(run, ready, photo, arguments, message):
    check_refusal(run("search", photo, *TOY, *arguments), message)
    assert run("search", photo, *TOY).code == 0  # the next query works


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"K": "ten"}, "LOOKALIKE_K is not usable: input should be a valid integer"),
        ({"K": "0"}, "LOOKALIKE_K is not usable: input should be greater than or equal to 1."),
        ({"MAX_PHOTO_MP": "nan"}, "LOOKALIKE_MAX_PHOTO_MP is not usable"),
        ({"MAX_PHOTO_MB": "inf"}, "LOOKALIKE_MAX_PHOTO_MB is not usable"),
        ({"GOOD_MATCH": "2"}, "LOOKALIKE_GOOD_MATCH is not usable"),
        ({"ENGINE": "nosuch"}, "There is no engine called 'nosuch'."),
        ({"ENGINE": "../x"}, "There is no engine called '../x'."),
        ({"WEIGHTS": "nosuch"}, "There is no set of weights called 'nosuch'."),
        ({"HOME": "/nowhere", "ASSETS": "/nowhere"}, "There is no gallery called 'toys'."),
        ({"HOME": "/" + "x" * 5000}, "File name too long"),
        ({"MAX_K": "5"}, "10 is not a number of results."),  # below the setting k
    ],
)
def test_garbage_in_the_environment_is_named(run, ready, photo, fresh_settings, variables, message):
    fresh_settings(**variables)
    check_refusal(run("search", photo, *TOY), message)


def test_an_empty_variable_is_as_good_as_none(run, ready, photo, fresh_settings):
    fresh_settings(K="", ENGINE="", GALLERY="", ASSETS="")
    assert run("search", photo, *TOY).code == 0


@pytest.mark.parametrize("kind", ["index", "meta"])
def test_a_flipped_byte_in_the_index_is_one_sentence(run, ready, photo, home, kind):
    folder = IndexKey("toys", "toy", "embedded", "annoy").path(home / "indexes")
    path = next(folder.glob(f"{kind}.*"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    ran = run("search", photo, *TOY)
    check_refusal(ran, "damaged")
    assert "index build --gallery toys --method toy --weights embedded`" in ran.err
    other = [*TOY[:2], "--method", "toy-far", "--subject", "whole"]
    assert run("search", photo, *other).code == 0
    assert run("index", "build", "--gallery", "toys", "--method", "toy").code == 0
    assert run("search", photo, *TOY).code == 0


def test_missing_weights_are_one_sentence(run, ready, photo, tmp_path, fresh_settings):
    for kind in ("models", "indexes", "galleries"):
        (tmp_path / kind).mkdir()  # a checkout, from which this one's weights have gone
    fresh_settings(ASSETS=tmp_path)
    ran = run("search", photo, "--gallery", "toys", "--method", "vit", "--subject", "whole")
    check_refusal(ran, "cannot be read")
    assert "lookalike train vit" in ran.err
