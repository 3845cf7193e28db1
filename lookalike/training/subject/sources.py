"""What composites are made of: cut-outs, photographs for backgrounds, catalogue pictures.

Sources are split by a hash of their name: neither a foreground nor a background of the held-out
share is ever trained on.
"""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from lookalike.errors import LookalikeError
from lookalike.galleries.splits import held_out
from lookalike.photos import Photo
from lookalike.settings import settings

Rgba: TypeAlias = np.ndarray  # (h, w, 4) uint8, straight alpha
Shape: TypeAlias = tuple[int, int]  # height, width
Load: TypeAlias = Callable[[], np.ndarray]

STAMPS = Path("/usr/share/tuxpaint/stamps")
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")
WALLPAPERS = {  # Debian package: folder that it fills
    "mate-backgrounds": Path("/usr/share/backgrounds/mate"),
    "gnome-backgrounds": Path("/usr/share/backgrounds/gnome"),
    "plasma-workspace-wallpapers": Path("/usr/share/wallpapers"),
    "ukui-wallpapers": Path("/usr/share/backgrounds"),
}
# Classes of Caltech-101 whose photos hold scenery around the subject; corners of them serve.
SCENERY = re.compile(
    "Faces/|Leopards|crocodile/|elephant|emu|ferry|flamingo/|joshua_tree|kangaroo|ketch|llama|okapi|"
    "pagoda|pyramid|rhino|schooner|wild_cat|wheelchair"
)
LETTERS = re.compile(r"alphabets/(english|german|spanish)|symbols/math|00_symbols")


@dataclass(frozen=True)
class Sources:
    """What composites are made of; each entry loads one array when called."""

    cutouts: list[Load]  # (h, w, 4) uint8 RGBA
    backgrounds: list[Load]  # (h, w, 3) uint8 RGB photographs without a subject in their corners
    plain: list[Load] = field(default_factory=list)  # (h, w, 3) uint8 RGB items on white
    grey: list[Load] = field(default_factory=list)  # (h, w) uint8 items on black
    # (h, w, 4) uint8 ordinary photos, opaque in the subject's box; all clear where it is unsure
    photographs: list[Load] = field(default_factory=list)


def data_folder(given: Path | None = None) -> Path:
    """Where caltech101/ and fashion-products/ are: as given, else data/ in LOOKALIKE_HOME."""
    return given or settings().home / "data"


def family(path: Path) -> str:
    """One name for variants of a picture: "heron" of heron_1.png, "adwaita" of adwaita-d.webp."""
    return next(iter(re.findall(r"[a-z]{2,}", path.stem.lower())), path.stem.lower())


def find(data: Path, split: str) -> Sources:
    """Everything on this machine that belongs to a split.

    Args:
        data: folder with the Parquet shards caltech101/ and fashion-products/.
        split: "train" or "held-out".

    Raises:
        LookalikeError: a Debian package or a data set is missing; it is named.
    """
    wanted = split == "held-out"
    products = [load for name, load in shards(data, "fashion-products") if held_out(name) == wanted]
    objects = [load for name, load in shards(data, "caltech101") if held_out(name) == wanted]
    scenes = [
        load
        for name, load in shards(data, "caltech101")
        if SCENERY.match(name) and held_out(name) == wanted
    ]
    stamps: list[Load] = [
        partial(read_rgba, path) for path in stamp_files() if held_out(family(path)) == wanted
    ]
    products, objects = _only_on_white(products), _only_on_white(objects)
    cuts, others = _cut(products), _cut(objects)
    return Sources(
        cutouts=[*cuts, *_weighed(others, 0.8 * len(cuts)), *_weighed(stamps, 0.6 * len(cuts))],
        # Each wallpaper is large: it holds more different crops than a scene of Caltech-101.
        backgrounds=[*_weighed(wallpaper_photos(wanted), 1.5 * len(scenes)), *scenes],
        plain=[*products, *_weighed(objects, 0.8 * len(products))],
        grey=grey_items(wanted),
    )


def _weighed(few: list[Load], wanted: float) -> list[Load]:
    """Repeat a short list to about the wanted length, so that it is drawn from as often."""
    return few * max(1, round(wanted / max(1, len(few))))


def _cut(loads: list[Load]) -> list[Load]:
    return [partial(_cut_from, load) for load in loads]


def _only_on_white(loads: list[Load]) -> list[Load]:
    return [load for load in loads if on_white(load())]


def stamp_files() -> list[Path]:
    """The cut-outs of tuxpaint-stamps-default, without letters and figures."""
    found = sorted(path for path in STAMPS.rglob("*.png") if not LETTERS.search(path.as_posix()))
    return found or _missing_package("tuxpaint-stamps-default")


def wallpaper_photos(wanted: bool) -> list[Load]:
    """One loader per wallpaper of the split."""
    return [_kept(partial(read_photo, path)) for path in wallpaper_files(wanted)]


def wallpaper_files(wanted: bool) -> list[Path]:
    """The wallpapers of the split; the largest file of each family."""
    files: dict[str, Path] = {}
    for package, folder in WALLPAPERS.items():
        found = [
            path
            for path in sorted(folder.rglob("*"))
            if path.suffix in (".jpg", ".png", ".webp") and path.stem != "screenshot"
        ]
        if not found:
            _missing_package(package)
        for path in found:
            name = path.relative_to(folder).parts[0] if "contents" in path.parts else family(path)
            if name not in files or path.stat().st_size > files[name].stat().st_size:
                files[name] = path
    return [path for name, path in sorted(files.items()) if held_out(name) == wanted]


def grey_items(wanted: bool) -> list[Load]:
    """Fashion-MNIST's training pictures of the split: (28, 28) uint8, light on black."""
    if not FASHION_MNIST.exists():
        _missing_package("dataset-fashion-mnist")
    values = np.frombuffer(gzip.decompress(FASHION_MNIST.read_bytes()), np.uint8, offset=16)
    items = values.reshape(-1, 28, 28)
    return [
        partial(items.__getitem__, index)
        for index in range(len(items))
        if held_out(f"fashion-mnist/{index}") == wanted
    ]


def _missing_package(name: str) -> list[Path]:
    raise LookalikeError(
        f"The Debian package {name} is not installed.", f"Install it: apt-get install {name}."
    )


def shards(data: Path, name: str) -> Iterator[tuple[str, Load]]:
    """Name and loader of every picture of a data set."""
    import pyarrow.parquet as pq

    files = sorted((data / name).glob("*.parquet"))
    if not files:
        raise LookalikeError(
            f"There are no Parquet shards in {str(data / name)!r}.",
            "Put them there: `image` holds bytes and path, `name` is unique, as on the hub.",
        )
    for file in files:
        table = pq.read_table(file, columns=["name", "image"])
        for item, image in zip(table["name"].to_pylist(), table["image"].to_pylist(), strict=True):
            yield item, partial(read_bytes, image["bytes"])


def read_bytes(data: bytes) -> Photo:
    """A picture of a data set: (h, w, 3) uint8 RGB."""
    bgr: np.ndarray = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)  # type: ignore[assignment]
    return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def _kept(load: Load) -> Load:
    """Remember what was loaded: the wallpapers are few, large and slow to decode."""
    memory: list[np.ndarray] = []

    def loaded() -> np.ndarray:
        if not memory:
            memory.append(load())
        return memory[0]

    return loaded


def read_photo(path: Path, side: int = 1600) -> Photo:
    """A wallpaper, at most `side` pixels long: (h, w, 3) uint8 RGB."""
    from PIL import Image

    with Image.open(path) as file:
        file.draft("RGB", (side, side))
        image = file.convert("RGB")
    image.thumbnail((side, side))
    return np.asarray(image)


def read_rgba(path: Path) -> Rgba:
    """A cut-out with alpha: (h, w, 4) uint8 RGBA."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA"))


# Items on white.


def white_mask(photo: Photo, level: int = 238) -> np.ndarray:
    """(h, w) bool: near-white that is connected to the border, which is the background."""
    near = cv2.inRange(photo, (level,) * 3, (255,) * 3)
    _, labels = cv2.connectedComponents(near, connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    touching = np.zeros(labels.max() + 1, bool)
    touching[border] = True
    touching[0] = False  # 0 is what is not near-white
    return touching[labels]


def on_white(photo: Photo) -> bool:
    """Whether the photo shows an item on white, whole enough to be cut out."""
    border = np.concatenate([photo[0], photo[-1], photo[:, 0], photo[:, -1]])
    if (border.min(axis=1) >= 238).mean() < 0.9:
        return False
    return bool(0.04 < 1 - white_mask(photo).mean() < 0.9)


def item_mask(photo: Photo) -> np.ndarray:
    """(h, w) uint8, 1 where the item on white is; specks of JPEG noise left out."""
    item = (~white_mask(photo)).astype(np.uint8)
    return cv2.morphologyEx(item, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))


def cut_out(photo: Photo) -> Rgba:
    """Turn the white around an item transparent: (h, w, 4) uint8, edges softened."""
    # One pixel of the JPEG's white fringe goes too.
    inside: np.ndarray = cv2.erode(item_mask(photo), np.ones((3, 3), np.uint8)) * 255
    alpha = cv2.GaussianBlur(inside, (3, 3), 0)
    return np.dstack([photo, alpha])


def _cut_from(load: Load) -> Rgba:
    return cut_out(load())
