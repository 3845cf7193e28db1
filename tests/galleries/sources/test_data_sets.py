"""What each data set's columns, classes and splits become."""

import json
import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import open_gallery
from lookalike.galleries.sources import fashion_mnist
from lookalike.galleries.sources.build import DATA_SETS, build
from lookalike.galleries.sources.caltech101 import Caltech101, parent_classes
from tests.galleries.layouts import jpeg, write_parquet, write_products, write_repository
from tests.pictures import encoded

PARENTS = {
    "Animals",
    "Electronics",
    "Vehicles",
    "Nature",
    "Furniture",
    "Clothes",
    "Appliances",
    "Miscellaneous",
}
# The folders of 101_ObjectCategories, as the data set is published.
CLASSES = re.findall(
    r"\w+",
    """
accordion airplanes anchor ant barrel bass beaver binocular bonsai brain brontosaurus buddha
butterfly camera cannon car_side ceiling_fan cellphone chair chandelier cougar_body cougar_face crab
crayfish crocodile crocodile_head cup dalmatian dollar_bill dolphin dragonfly electric_guitar
elephant emu euphonium ewer Faces Faces_easy ferry flamingo flamingo_head garfield gerenuk
gramophone grand_piano hawksbill headphone hedgehog helicopter ibis inline_skate joshua_tree
kangaroo ketch lamp laptop Leopards llama lobster lotus mandolin mayfly menorah metronome minaret
Motorbikes nautilus octopus okapi pagoda panda pigeon pizza platypus pyramid revolver rhino rooster
saxophone schooner scissors scorpion sea_horse snoopy soccer_ball stapler starfish stegosaurus
stop_sign strawberry sunflower tick trilobite umbrella watch water_lilly wheelchair wild_cat
windsor_chair wrench yin_yang
""",
)


def all_of(gallery):
    """Items and held-out images together."""
    queries = gallery.queries()
    held_out = [queries[position] for position in range(len(queries))]
    return [gallery[item_id] for item_id in range(len(gallery))] + held_out


def test_every_class_of_caltech_has_one_of_the_eight_parents():
    assert len(CLASSES) == 101
    assert set(parent_classes()) == set(CLASSES)
    assert set(parent_classes().values()) == PARENTS


# A class that anybody would look for in one place, for each parent.
@pytest.mark.parametrize(
    ("label", "parent"),
    [
        ("wild_cat", "Animals"),
        ("bass", "Animals"),  # the fish
        ("laptop", "Electronics"),
        ("Motorbikes", "Vehicles"),
        ("sunflower", "Nature"),
        ("chair", "Furniture"),
        ("watch", "Clothes"),
        ("ceiling_fan", "Appliances"),
        ("yin_yang", "Miscellaneous"),
    ],
)
def test_parents_are_where_one_looks_for_them(label, parent):
    assert parent_classes()[label] == parent


@pytest.mark.parametrize("label", ["Faces", "faces", "FACES"])
def test_the_spelling_is_that_of_the_data_set(label):
    assert Caltech101().canonical(label) == "Faces"


def test_the_background_class_is_left_out_and_the_parents_are_on_the_card(tmp_path):
    for label in ("BACKGROUND_Google", "cup", "ibis"):
        for number in range(15):
            path = tmp_path / "101_ObjectCategories" / label / f"image_{number:04d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(number))
    build("caltech101", source=tmp_path)
    gallery = open_gallery("caltech101")
    assert len(gallery) + len(gallery.queries()) == 30
    assert gallery.parents == {"cup": "Appliances", "ibis": "Animals"}
    assert all(item.name.startswith(f"{item.label}/image_") for item in all_of(gallery))


@pytest.mark.parametrize("label", ["dog", "", "101_ObjectCategories"])
def test_what_is_no_class_of_caltech_is_named(tmp_path, label):
    path = write_parquet(tmp_path / "a.parquet", [jpeg(0)], label=[label])
    with pytest.raises(GalleryError, match=f"Caltech-101 has no class called {label!r}"):
        build("caltech101", source=path)


def test_products_have_three_levels_and_their_parents_by_majority(tmp_path):
    master = [["Apparel", "Accessories"][number % 2] for number in range(40)]
    master[0] = master[2] = "Accessories"  # two of twenty shirts
    write_products(tmp_path / "a.parquet", master_category=master)
    build("fashion-products", source=tmp_path)
    gallery = open_gallery("fashion-products")
    assert gallery.parents == {"Belts": "Accessories", "Shirts": "Apparel"}
    assert gallery.card["levels"] == ["sub_category", "master_category"]
    assert set(gallery.values("sub_category")) == {"Topwear", "Belts"}
    for item in all_of(gallery):
        number = int(item.name) - 1000
        assert item.label == ("Belts" if number % 2 else "Shirts")
        assert item.metadata["master_category"] == master[number]
        assert ("base_colour" in item.metadata) == bool(number % 4)


def test_the_columns_of_the_hub_give_the_same_products(tmp_path):
    write_products(tmp_path / "ours" / "a.parquet")
    hub = {"sub_category": "subCategory", "master_category": "masterCategory"}
    hub |= {"label": "articleType", "base_colour": "baseColour"}
    ours = pq.read_table(tmp_path / "ours" / "a.parquet").drop_columns("image").to_pydict()
    changes = {theirs: ours[name] for name, theirs in hub.items()} | dict.fromkeys(hub)
    changes |= {"id": [int(name) for name in ours["name"]], "name": None}
    changes |= {"productDisplayName": [f"Thing {name}" for name in ours["name"]]}
    write_products(tmp_path / "hub" / "a.parquet", **changes)
    found = []
    for place in ("ours", "hub"):
        folder = build("fashion-products", output=tmp_path / "out" / place, source=tmp_path / place)
        found.append(json.loads((folder.folder / "card.json").read_text()))
    assert found[0]["fingerprint"] == found[1]["fingerprint"]
    assert found[0]["parents"] == found[1]["parents"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("label", "label or articleType"),
        ("sub_category", "sub_category or subCategory"),
        ("master_category", "master_category or masterCategory"),
    ],
)
def test_a_product_without_a_level_is_refused(tmp_path, column, said):
    path = write_products(tmp_path / "a.parquet", **{column: None})
    with pytest.raises(GalleryError, match=f"a.parquet has no column called {said}"):
        build("fashion-products", source=path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (["1"] * 40, "40 images are called '1'."),
        ([None] * 40, "An image has no name."),
        (["", *map(str, range(39))], "An image has no name."),
    ],
)
def test_images_need_names_of_their_own(tmp_path, name, message):
    path = write_products(tmp_path / "a.parquet", name=name)
    with pytest.raises(GalleryError, match=message):
        build("fashion-products", source=path)


def dishes(count, path):
    return [(number % 2, (jpeg(number), path.format(number))) for number in range(count)]


def test_food_keeps_its_own_split_and_names_dishes_by_their_files(tmp_path):
    splits = {"train": dishes(30, "a{}.jpg"), "validation": dishes(10, "b{}.jpg")}
    write_repository(tmp_path / "repo", splits, ["pizza", "ramen"])
    build("food101", source=tmp_path / "repo")
    gallery = open_gallery("food101")
    assert sorted(gallery.names) == sorted(
        f"{['pizza', 'ramen'][number % 2]}/a{number}.jpg" for number in range(30)
    )
    queries = gallery.queries()
    assert sorted(queries.names) == sorted(
        f"{['pizza', 'ramen'][number % 2]}/b{number}.jpg" for number in range(10)
    )
    assert gallery.parents == {} and gallery.card["levels"] == []


def test_food_without_its_split_is_split_by_the_hash(tmp_path):
    write_repository(tmp_path / "repo", {"train": dishes(60, "{}.jpg")}, ["pizza", "ramen"])
    built = build("food101", source=tmp_path / "repo")
    assert built.items + built.queries == 60 and 2 < built.queries < 25


# Files may be called alike, or by nothing at all: then the place in the split names the image.
@pytest.mark.parametrize("path", ["image.jpg", None])
def test_dishes_without_names_are_numbered(tmp_path, path):
    splits = {
        "train": [(0, (jpeg(n), path)) for n in range(12)],
        "validation": [(0, (jpeg(1), path))],
    }
    write_repository(tmp_path / "repo", splits, ["pizza"])
    build("food101", source=tmp_path / "repo")
    gallery = open_gallery("food101")
    assert gallery.names == [f"train-{number:05d}" for number in range(12)]
    assert gallery.queries().names == ["validation-00000"]


def test_fashion_mnist_is_the_same_wherever_it_is_read(tmp_path, monkeypatch):
    generator = np.random.default_rng(0)
    sets = {
        split: (generator.integers(0, 256, (count, 28, 28), np.uint8), np.arange(count) % 10)
        for split, count in (("train", 60), ("test", 20))
    }
    monkeypatch.setattr(fashion_mnist, "read", sets.__getitem__)
    splits = {
        split: [
            (label, (encoded(image), None)) for image, label in zip(images, labels, strict=True)
        ]
        for split, (images, labels) in sets.items()
    }
    names = ["T - shirt / top", *fashion_mnist.CLASSES[1:]]  # as the hub writes them
    write_repository(tmp_path / "repo", splits, names)
    for size in ("20", "full"):
        ours, hub = (
            build("fashion-mnist", size, tmp_path / out, source).folder
            for out, source in (("ours", None), ("hub", tmp_path / "repo"))
        )
        for path in ours.glob("*.parquet"):
            assert path.read_bytes() == (hub / path.name).read_bytes()


@pytest.mark.parametrize("name", list(DATA_SETS))
def test_every_data_set_is_described(name):
    data_set = DATA_SETS[name]
    assert data_set.name == name and data_set.title and data_set.licence
    assert data_set.source.startswith("https://")
    if name != "things":  # which is made of packages
        assert data_set.hub.count("/") == 1
        assert len(data_set.revision) == 40 and int(data_set.revision, 16)
    assert "1,234" in data_set.description(1234, 56) and "56" in data_set.description(1234, 56)
