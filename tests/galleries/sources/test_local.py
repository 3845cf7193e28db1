"""Data on this machine: Parquet files and folders in the layouts that people have."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.sources.local import open_local, split_of
from tests.galleries.layouts import jpeg, write_parquet, write_repository


def put(folder, *names):
    """Image files, each of its own colour, in a folder."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(number))
    return folder


def opened(path):
    return open_local(path, "owner/name")


def test_any_rows_of_any_files_and_row_groups_come_in_order(tmp_path):
    images = [jpeg(number) for number in range(100)]
    for start in (0, 30, 31, 90):
        stop = {0: 30, 30: 31, 31: 90, 90: 100}[start]
        write_parquet(
            tmp_path / f"train-{start:05d}.parquet",
            images[start:stop],
            row_group_size=7,
            label=[f"class {number}" for number in range(start, stop)],
        )
    rows = opened(tmp_path)
    assert len(rows) == 100 and rows.values("label") == [f"class {n}" for n in range(100)]
    for wanted in ([], [0], [99], [29, 30, 31], list(range(0, 100, 9)), list(range(100))):
        assert list(rows.images(wanted)) == [images[row] for row in wanted]


def test_few_images_are_in_memory_at_a_time(tmp_path):
    size, count = 20_000, 1_000
    images = [bytes([number % 256]) * size for number in range(count)]
    path = write_parquet(tmp_path / "a.parquet", images, row_group_size=50, label=["a"] * count)
    del images
    rows, before, peak = opened(path), pa.total_allocated_bytes(), 0
    for _ in rows.images(range(count)):
        peak = max(peak, pa.total_allocated_bytes() - before)
    assert 0 < peak < size * count / 4


def test_a_row_without_an_image_is_a_reason_and_not_an_end(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [jpeg(0), None, b"", jpeg(3)], label=["x"] * 4)
    first, *empty, last = opened(path).images(range(4))
    assert (first, last) == (jpeg(0), jpeg(3))
    assert all(isinstance(one, PhotoError) and "no image" in one.message for one in empty)


def test_numbers_of_classes_are_read_as_their_names(tmp_path):
    rows = [(number, (jpeg(number), f"{number}.jpg")) for number in (1, 0, 1)]
    write_repository(tmp_path / "repo", {"train": rows, "test": rows[:1]}, ["cup", "ibis"])
    found = opened(tmp_path / "repo")
    assert found.values("label") == ["ibis", "ibis", "cup", "ibis"]
    assert found.splits == ["test", "train", "train", "train"]
    assert found.file_names() == ["1.jpg", "1.jpg", "0.jpg", "1.jpg"]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1, 2, None], ["1", "2", ""]),  # numbers without names
        (["a", None, ""], ["a", "", ""]),
        ([1.5, None, 2.0], ["1.5", "", "2.0"]),
    ],
)
def test_every_value_is_read_as_text(tmp_path, values, text):
    path = write_parquet(tmp_path / "a.parquet", [jpeg(0)] * 3, label=values)
    assert opened(path).values("label") == text


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00008.parquet", "train"),
        ("train.parquet", "train"),
        ("Training", "train"),
        ("validation_01", "validation"),
        ("val", "validation"),
        ("test", "test"),
        ("evaluation", "test"),
        ("trainers", ""),
        ("valley", ""),
        ("0000.parquet", ""),
        ("", ""),
    ],
)
def test_names_tell_the_split(name, split):
    assert split_of(name) == split


@pytest.mark.parametrize(
    ("files", "names", "labels", "splits"),
    [
        (["cup/1.jpg", "ibis/1.jpg"], ["cup/1.jpg", "ibis/1.jpg"], ["cup", "ibis"], {""}),
        # As the archives unpack: a folder around, other files beside.
        (["101/cup/1.jpg", "101/ibis/2.jpg"], ["cup/1.jpg", "ibis/2.jpg"], ["cup", "ibis"], {""}),
        (
            ["train/cup/1.jpg", "validation/cup/2.jpg"],
            ["cup/1.jpg", "cup/2.jpg"],
            ["cup", "cup"],
            {"train", "validation"},
        ),
        # The short names are one: the long ones are taken.
        (
            ["train/cup/1.jpg", "test/cup/1.jpg"],
            ["test/cup/1.jpg", "train/cup/1.jpg"],
            ["cup", "cup"],
            {"train", "test"},
        ),
    ],
)
def test_folders_of_classes(tmp_path, files, names, labels, splits):
    put(tmp_path, *files)
    (tmp_path / "README.md").write_text("what this is")
    rows = opened(tmp_path)
    assert (rows.values("name"), rows.values("label")) == (names, labels)
    assert set(rows.splits) == splits
    assert all(path.read_bytes().startswith(b"\xff\xd8") for path in rows.images([0, 1]))


def test_a_folder_with_a_table(tmp_path):
    put(tmp_path, "1.jpg", "2.jpg")
    (tmp_path / "metadata.csv").write_text(
        "file_name,label,usage\n1.jpg,Shirts,\n2.jpg,Belts,Sports"
    )
    rows = opened(tmp_path)
    assert rows.values("label") == ["Shirts", "Belts"]
    assert rows.values("usage") == ["", "Sports"]
    assert rows.values("name") == ["1.jpg", "2.jpg"]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path):
    put(tmp_path, "data/cup/1.jpg", "secret.jpg")
    (tmp_path / "data" / "cup" / "2.jpg").symlink_to(tmp_path / "secret.jpg")
    _, second = opened(tmp_path / "data").images([0, 1])
    assert isinstance(second, PhotoError) and "outside" in second.message


def cut_short(path):
    path.write_bytes(write_parquet(path, [jpeg(0)] * 50, label=["a"] * 50).read_bytes()[:-20])


def images_of_another_kind(path):
    pq.write_table(pa.table({"image": ["1.jpg"], "label": ["a"]}), path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is nothing at"),
        (lambda path: path.mkdir(), "holds neither Parquet files nor images"),
        (lambda path: put(path, ".cache/1.jpg"), "holds neither Parquet files nor images"),
        (lambda path: put(path, "1.jpg.txt"), "holds neither Parquet files nor images"),
        (lambda path: path.write_bytes(b"PAR1"), "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (cut_short, "cannot be read"),
        (images_of_another_kind, "The column image of the Parquet file a.parquet holds no image"),
        (
            lambda path: pq.write_table(pa.table({"label": ["a"]}), path),
            "The Parquet file a.parquet has no column called image",
        ),
    ],
)
def test_what_cannot_be_opened_is_one_sentence(tmp_path, make, message):
    make(tmp_path / "a.parquet")
    with pytest.raises(GalleryError, match=message):
        opened(tmp_path / "a.parquet")


def test_a_file_that_is_no_parquet_file_is_refused(tmp_path):
    with pytest.raises(GalleryError, match="neither a folder nor a Parquet file") as refused:
        opened(put(tmp_path, "1.jpg") / "1.jpg")
    assert "owner/name" in refused.value.hint


def test_damage_in_the_middle_of_a_file_names_the_file(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", [jpeg(n) for n in range(200)], label=["a"] * 200)
    rows = opened(path)
    data = bytearray(path.read_bytes())
    data[4:2000] = bytes(1996)
    path.write_bytes(data)
    with pytest.raises(GalleryError, match=r"The Parquet file a.parquet cannot be read"):
        list(rows.images(range(200)))


def test_the_column_that_is_missing_and_its_file_are_named(tmp_path):
    write_parquet(tmp_path / "a.parquet", [jpeg(0)], label=["x"], usage=["y"])
    write_parquet(tmp_path / "b.parquet", [jpeg(0)], label=["x"])
    rows = opened(tmp_path)
    assert rows.column("kind", "label") == "label"
    for names, said in ((("usage",), "usage"), (("usage", "use"), "usage or use")):
        with pytest.raises(GalleryError) as refused:
            rows.column(*names)
        assert refused.value.message == (f"The Parquet file b.parquet has no column called {said}.")
        assert "image, label" in refused.value.hint
