"""`lookalike gallery` and `lookalike index`: made, listed, searched in, verified, interrupted."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from lookalike import photos
from lookalike.encoders import registry
from lookalike.errors import WeightsError
from lookalike.galleries.gallery import open_gallery
from tests.cli.refusal import check_refusal

pytestmark = pytest.mark.slow  # each command reads, encodes and indexes a folder

TOY = ("--method", "toy")


@pytest.fixture
def folder(tmp_path, pictures):
    """Twelve images in two classes, one that is broken, and something else."""
    for number, picture in enumerate(pictures(12)):
        path = tmp_path / "mine" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photos.to_png(picture))
    (tmp_path / "mine" / "a" / "broken\x1b.jpg").write_bytes(b"My holidays")
    (tmp_path / "mine" / "notes.txt").write_text("not an image")
    return tmp_path / "mine"


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_folder_is_added_listed_and_searched_in(run, folder, toy):
    ran = run("gallery", "add", folder, "--name", "mine", *TOY, "--method", "toy-far")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "Added 12 images to the gallery mine.",
        "Skipped 1 that cannot be read:",
        r"  a/broken\x1b.jpg: The file is not an image that can be read.",
    ]
    for bar in ("read: 100%", "index toy: 100%", "index toy-far: 100%"):
        assert bar in ran.err
    listed = json.loads(run("gallery", "list", "--json").out)["galleries"]
    assert {"gallery": "mine", "images": 12, "labels": 2, "title": "mine"} in listed
    photo = folder / "b" / "7.png"
    where = ("--gallery", "mine", "--subject", "whole", *TOY, "--json")
    first = json.loads(run("search", photo, *where).out)["methods"][0]["results"][0]
    assert (first["name"], first["label"]) == ("b/7.png", "b")
    assert first["distance"] == pytest.approx(0, abs=1e-5)
    indexes = json.loads(run("index", "list", "--json").out)["rows"]
    assert {row["encoder"] for row in indexes if row["gallery"] == "mine"} == {"toy", "toy-far"}


# Growing and shrinking


@pytest.fixture
def mine(run, folder, toy):
    """The folder as the gallery "mine", indexed by the methods toy and toy-far."""
    assert run("gallery", "add", folder, "--name", "mine", *TOY, "--method", "toy-far").code == 0
    return folder


def first(run, photo, method="toy"):
    """The name of the nearest item, and how many there are."""
    where = ("--gallery", "mine", "--subject", "whole", "--method", method, "--k", 50, "--json")
    results = json.loads(run("search", photo, *where).out)["methods"][0]["results"]
    return results[0]["name"], len(results)


def indexes(run):
    rows = json.loads(run("index", "list", "--json").out)["rows"]
    return {
        row["encoder"]: [row[key] for key in ("count", "added", "removed", "merge")]
        for row in rows
        if row["gallery"] == "mine"
    }


def test_a_gallery_grows_shrinks_and_is_merged(run, mine, pictures, tmp_path, fresh_settings):
    fresh_settings(ASSETS=tmp_path)  # without the shipped indexes, which take their time to verify
    (mine / "a" / "new.png").write_bytes(photos.to_png(pictures(1, seed=5)[0]))
    (mine / "b" / "7.png").write_bytes(photos.to_png(pictures(1, seed=6)[0]))
    ran = run("gallery", "add", mine, "--name", "mine", *TOY)
    assert ran.code == 0
    assert ran.out.splitlines()[0] == (
        "Added 2 images to the gallery mine; 1 in the place of an older one; "
        "11 had been there already."
    )
    # toy-far was not named, and is brought up to date all the same
    assert indexes(run) == {"toy": [14, 2, 1, ""], "toy-far": [14, 2, 1, ""]}
    for method in ("toy", "toy-far"):
        assert first(run, mine / "a" / "new.png", method) == ("a/new.png", 13)
        assert first(run, mine / "b" / "7.png", method) == ("b/7.png", 13)
    ran = run("gallery", "remove", "mine", "a/new.png", "a/0.png")
    assert (ran.code, ran.out) == (
        0,
        "Removed 2 images from the gallery mine, which holds 11 now.\n",
    )
    assert first(run, mine / "a" / "new.png")[0] != "a/new.png"
    assert first(run, mine / "a" / "0.png")[1] == 11
    ran = run("index", "merge", "--gallery", "mine", *TOY)
    assert (ran.code, ran.out) == (0, "mine/toy@embedded/annoy: merged\n")
    assert indexes(run) == {"toy": [14, 0, 0, ""], "toy-far": [14, 2, 2, ""]}
    ran = run("index", "merge", "--gallery", "mine")
    assert ran.out.splitlines() == [
        "mine/toy-far@embedded/annoy: merged",
        "mine/toy@embedded/annoy: nothing to merge",
    ]
    assert first(run, mine / "b" / "7.png") == ("b/7.png", 11)
    listed = json.loads(run("gallery", "list", "--json").out)["galleries"]
    assert {"gallery": "mine", "images": 11, "labels": 2, "title": "mine"} in listed
    verdicts = json.loads(run("index", "verify", "--json").out)["rows"]
    assert [row["verdict"] for row in verdicts if "mine" in row["index"]] == ["sound"] * 2


def test_the_same_command_again_does_nothing(run, mine, toy):
    toy("toy").encoded = 0
    ran = run("gallery", "add", mine, "--name", "mine", *TOY)
    assert ran.code == 0 and toy("toy").encoded == 0 and "index toy" not in ran.err
    assert ran.out.splitlines()[0] == (
        "Added 0 images to the gallery mine; 12 had been there already."
    )


def test_a_gallery_is_made_anew_on_demand(run, mine):
    (mine / "a" / "0.png").unlink()
    ran = run("gallery", "add", mine, "--name", "mine", "--anew", *TOY)
    assert ran.code == 0 and ran.out.startswith("Added 11 images to the gallery mine.\n")
    assert indexes(run) == {"toy": [11, 0, 0, ""], "toy-far": [11, 0, 0, ""]}


def test_the_advice_to_merge_is_printed(run, mine, pictures, monkeypatch):
    monkeypatch.setattr("lookalike.index.build.MOST_ADDED", 1)
    for number, picture in enumerate(pictures(2, seed=5)):
        (mine / "a" / f"new-{number}.png").write_bytes(photos.to_png(picture))
    ran = run("gallery", "add", mine, "--name", "mine", *TOY)
    assert "`python -m lookalike index merge --gallery mine` makes it quicker" in ran.out
    assert indexes(run)["toy"] == [14, 2, 0, "advisable"]
    assert "advisable" in run("index", "list").out


def test_an_index_that_cannot_be_brought_up_to_date_holds_up_no_other(
    run, mine, pictures, monkeypatch
):
    load = registry.load

    def fail(name, weights=None):
        if name == "toy-far":
            raise WeightsError("The weights of toy-far are gone.", "Get them back.")
        return load(name, weights)

    monkeypatch.setattr(registry, "load", fail)
    (mine / "a" / "new.png").write_bytes(photos.to_png(pictures(1, seed=5)[0]))
    ran = run("gallery", "add", mine, "--name", "mine", *TOY)
    assert ran.code == 2 and ran.out.startswith("Added 1 image to the gallery mine;")
    assert ran.err.endswith("Error: The weights of toy-far are gone.\nGet them back.\n")
    assert first(run, mine / "a" / "new.png") == ("a/new.png", 13)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gallery", "remove", "mine", "a/nosuch.png"], "holds no image called 'a/nosuch.png'."),
        (["gallery", "remove", "nosuch", "a/0.png"], "There is no gallery called 'nosuch'."),
        (["gallery", "remove", "fashion-mnist", "x"], "fashion-mnist is part of Lookalike"),
        (["gallery", "add", ".", "--name", "fashion-mnist", *TOY], "is part of Lookalike"),
        (["index", "merge", "--gallery", "nosuch"], "There is no gallery called 'nosuch'."),
        (["index", "merge", "--gallery", "mine", "--method", "x"], "no method called 'x'."),
    ],
)
def test_what_cannot_be_changed_is_refused(run, mine, monkeypatch, arguments, message):
    monkeypatch.chdir(mine)
    check_refusal(run(*arguments), message)
    assert first(run, mine / "a" / "0.png") == ("a/0.png", 12)


def test_a_gallery_without_an_image_left_says_so(run, mine, photo):
    names = [f"{'ab'[number % 2]}/{number}.png" for number in range(12)]
    assert run("gallery", "remove", "mine", *names).code == 0
    search = ("search", photo, "--gallery", "mine", "--subject", "whole", *TOY)
    check_refusal(run(*search), "Every image of the gallery was removed.")
    merge = ("index", "merge", "--gallery", "mine")
    check_refusal(run(*merge), "Every image of the gallery mine was removed.")
    assert run("gallery", "list").code == run("index", "list").code == 0
    assert run("gallery", "add", mine, "--name", "mine", *TOY).code == 0
    assert run(*search).code == 0


def test_everything_is_encoded_again_on_demand(run, mine, toy):
    toy("toy").encoded = 0
    assert run("index", "build", "--gallery", "mine", *TOY, "--anew").code == 0
    assert toy("toy").encoded == 12


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--name", "mine"], "There is no folder"),
        (["notes.txt", "--name", "mine"], "There is no folder"),  # a file
        ([".", "--name", "../mine"], "'../mine' cannot name a gallery."),
        ([".", "--name", ""], "'' cannot name a gallery."),
        ([".", "--name", "mine", "--method", "nosuch"], "There is no method called 'nosuch'."),
        ([".", "--name", "mine", "--weights", "nosuch"], "There is no set of weights called"),
    ],
)
def test_what_cannot_be_added_is_refused_before_anything_is_made(
    run, folder, toy, home, arguments, message
):
    where, *rest = arguments
    ran = run("gallery", "add", folder / where, *TOY, *rest)
    check_refusal(ran, message)
    assert not list(home.iterdir())


def test_a_home_that_cannot_be_written_is_one_sentence(run, folder, toy, fresh_settings):
    fresh_settings(HOME=folder / "notes.txt" / "home")
    ran = run("gallery", "add", folder, "--name", "mine", *TOY)
    check_refusal(ran, "cannot be written")
    assert "LOOKALIKE_HOME" in ran.err


def test_verify_finds_a_flipped_byte(run, ready, home, tmp_path, fresh_settings):
    fresh_settings(ASSETS=tmp_path)  # without the shipped indexes, which take their time

    def verdicts():
        ran = run("index", "verify", "--json")
        return ran.code, {row["index"]: row["verdict"] for row in json.loads(ran.out)["rows"]}

    toy, far = "toys/toy@embedded/annoy", "toys/toy-far@embedded/annoy"
    assert verdicts() == (0, {toy: "sound", far: "sound"})
    flip(home / "indexes" / toy / "index.ann")
    code, found = verdicts()
    assert code == 2 and found[far] == "sound"
    assert "is damaged" in found[toy] and "index build --gallery toys" in found[toy]


def test_lists_show_what_can_be_read_and_name_what_cannot(run, ready, make_gallery, home):
    make_gallery("zebras")
    (home / "galleries" / "toys" / "card.json").write_text("{")
    flip(home / "indexes/toys/toy@embedded/annoy/meta.json")
    ran = run("gallery", "list")
    assert ran.code == 2 and "zebras" in ran.out and "toys" not in ran.out
    assert ran.err == (
        "Error: The gallery toys has no readable card.json.\nBuild the gallery again.\n"
    )
    ran = run("index", "list")
    assert ran.code == 2 and "toy-far" in ran.out
    assert ran.err.startswith(
        "Error: The toy index of the gallery toys with embedded weights has a"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gallery", "nosuch"], "There is no gallery called 'nosuch'."),
        (["--engine", "nosuch"], "There is no engine called 'nosuch'."),
        (["--engine", "../x"], "There is no engine called '../x'."),
        (["--method", "nosuch"], "There is no method called 'nosuch'."),
        (["--weights", "nosuch"], "There is no set of weights called 'nosuch'."),
    ],
)
def test_an_index_of_unknown_names_is_refused(run, ready, arguments, message):
    check_refusal(run("index", "build", "--gallery", "toys", *TOY, *arguments), message)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nosuch"], "There is no gallery to build called 'nosuch'."),
        (["fashion-mnist", "--size", "ten"], "'ten' is not a size for this gallery."),
        (["fashion-mnist", "--size", "15"], "'15' is not a size for this gallery."),  # 10 classes
        (["fashion-mnist", "--size", "0"], "'0' is not a size"),
        (["fashion-mnist", "--size", "60010"], "'60010' is not a size"),
    ],
)
def test_a_gallery_that_cannot_be_built_is_refused(run, arguments, message):
    check_refusal(run("gallery", "build", *arguments), message)


@pytest.mark.parametrize("how", ["output", "home"])
def test_an_index_goes_where_it_is_asked_to(run, ready, home, tmp_path, how):
    output = ["--output", tmp_path / "out"] if how == "output" else []
    ran = run("index", "build", "--gallery", "toys", *TOY, "--engine", "exact", *output)
    root = tmp_path / "out" if output else home / "indexes"
    assert ran.code == 0
    assert ran.out.strip() == str(root / "toys" / "toy@embedded" / "exact")


def test_ctrl_c_is_one_sentence_and_the_same_command_goes_on(folder, run, toy, home, pictures):
    # Enough images that the first file is written long before the last image is read.
    (image,) = pictures(1, seed=1)
    for number in range(700):
        (folder / "b" / f"more-{number}.png").write_bytes(photos.to_png(image))
    command = [sys.executable, "-m", "lookalike", "gallery", "add", str(folder), "--name", "mine"]
    started = subprocess.Popen(
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # may be ignored here
        args=command,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    staged = home / "galleries" / ".mine.partial"
    while not list(staged.glob("items-*")) and started.poll() is None:
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate()
    assert started.returncode == 130 and not out
    assert err.splitlines()[-1] == (
        "Stopped. What was finished is kept; run the command again to go on."
    )
    assert "Traceback" not in err
    before = {path.name: path.stat().st_ino for path in staged.glob("items-*")}
    assert 0 < len(before) < 3
    assert run("gallery", "add", folder, "--name", "mine", *TOY).code == 0
    gallery = open_gallery("mine")
    assert len(gallery) == 712
    after = {path.name: path.stat().st_ino for path in gallery.folder.glob("items-*")}
    assert after.items() >= before.items()


def test_a_reader_that_goes_away_leaves_no_traceback(ready):
    command = f"{sys.executable} -m lookalike gallery list --json | true"
    ran = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True, check=False)
    assert "Traceback" not in ran.stderr


def test_the_environment_reaches_the_command(ready):
    command = [sys.executable, "-m", "lookalike", "gallery", "list"]
    wrong = os.environ | {"LOOKALIKE_PORT": "99999"}
    ran = subprocess.run(command, env=wrong, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.splitlines()[0].startswith("Error: LOOKALIKE_PORT is not usable")
