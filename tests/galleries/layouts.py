"""Small stand-ins for the data sets, laid out as on the hub."""

import pyarrow as pa
import pyarrow.parquet as pq

from tests.pictures import encoded

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def jpeg(number, size=(80, 70), **options):
    """A JPEG file of one colour, which its number chooses."""
    from PIL import Image

    return encoded(
        Image.new("RGB", size, (number * 37 % 256, number * 91 % 256, 9)), "JPEG", **options
    )


def write_parquet(path, images, row_group_size=None, **columns):
    """Write one Parquet file; an image is a file's bytes, None, or (bytes, path)."""
    cells = [image if isinstance(image, tuple) else (image, None) for image in images]
    found = [{"bytes": data, "path": name} for data, name in cells]
    table = pa.table({**columns, "image": pa.array(found, IMAGE)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=row_group_size)
    return path


def write_caltech(path, count=60, broken=()):
    """Caltech-101 as one Parquet file: three classes in turn; some images are no images."""
    labels = [("cup", "Faces", "ibis")[number % 3] for number in range(count)]
    names = [f"{label}/image_{number:04d}.jpg" for number, label in enumerate(labels)]
    images = [b"not an image" if n in broken else jpeg(n) for n in range(count)]
    return write_parquet(path, images, row_group_size=25, name=names, label=labels)


def write_products(path, count=40, **changes):
    """Fashion Product Images as one Parquet file, with our column names or with `changes`."""
    rows = [
        ("Shirts", "Topwear", "Apparel"),
        ("Belts", "Belts", "Accessories"),
    ]
    columns = {
        "name": [str(1000 + number) for number in range(count)],
        "label": [rows[number % 2][0] for number in range(count)],
        "sub_category": [rows[number % 2][1] for number in range(count)],
        "master_category": [rows[number % 2][2] for number in range(count)],
        "base_colour": ["Red" if number % 4 else None for number in range(count)],
    } | changes
    kept = {key: values for key, values in columns.items() if values is not None}
    return write_parquet(path, [jpeg(number) for number in range(count)], **kept)


def write_repository(folder, splits, names):
    """A repository of the hub as `datasets` writes it: label is the number of a class.

    Args:
        splits: for each split, (label's number, (bytes, path)) by row.
        names: of the classes.
    """
    from datasets import ClassLabel, Dataset, Features, Image

    features = Features({"image": Image(), "label": ClassLabel(names=names)})
    (folder / "data").mkdir(parents=True)
    for split, rows in splits.items():
        columns = {
            "image": [{"bytes": data, "path": path} for _, (data, path) in rows],
            "label": [label for label, _ in rows],
        }
        table = Dataset.from_dict(columns, features=features)
        table.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder
