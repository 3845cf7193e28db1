"""Drawings with names, for training: emoji of seven styles, and clip art.

    python -m lookalike.training.words.drawings PACKAGES DATA

PACKAGES is the folder where `npm install @iconify-json/noto @iconify-json/twemoji ...` (`STYLES`)
put them, its node_modules; Debian's openclipart-png is looked for below /usr/share. DATA gets
drawings/ and clipart/ in the layout that `training.embeddings.pictures` reads.

Nothing here is an item of the gallery of things, which holds another style of emoji and other clip
art: what its table names, and what looks all but the same as one of its pictures, is left out.
"""

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from tqdm import tqdm

from lookalike import photos
from lookalike.encoders.networks.lexicon import plain
from lookalike.errors import LookalikeError, PhotoError
from lookalike.galleries.gallery import open_gallery
from lookalike.galleries.sources.things import near, packages, picture, table
from lookalike.photos import Photo
from lookalike.training.words.lexicon import names_of_things

# Icons of https://iconify.design that are emoji in colour. The first names every picture.
STYLES = ("noto", "twemoji", "openmoji", "emojione", "emojione-v1", "noto-v1", "fxemoji")
NOTHING = ("Flags", "Symbols", "Modifiers", "Extras", "Smileys")  # categories that show no thing
PERSON = re.compile(r"skin-tone|\b(man|woman|person|boy|girl)-|-(man|woman|person)\b")
CLIPART = Path("/usr/share/openclipart/png")
NO_THINGS = ("signs_and_symbols", "shapes", "logos", "buttons", "special", "geography")
SIDE = 256  # pixels of the longer side, at most


def emoji(root: Path) -> Iterator[tuple[str, str, Photo]]:
    """Name, what it shows, and the picture, of every emoji of every style.

    Raises:
        LookalikeError: a package is not there.
    """
    labels = {name.replace("-", ""): name.replace("-", " ") for name in _icons(root, STYLES[0])}
    for style in STYLES:
        for name, svg in tqdm(_icons(root, style).items(), style):
            label = labels.get(name.replace("-", ""))
            if label:
                yield f"{style}/{name}", label, picture.trimmed(packages.draw(svg))


def _icons(root: Path, style: str) -> dict[str, bytes]:
    """The vector drawings of a style that show a thing, by name."""
    place = root / "@iconify-json" / style
    try:
        drawn = json.loads((place / "icons.json").read_text("utf-8"))
        groups = json.loads((place / "metadata.json").read_text("utf-8"))["categories"]
    except OSError as error:
        raise LookalikeError(
            f"The package @iconify-json/{style} is not in {str(root)!r}.",
            f"Install it: npm install --prefix {root.parent} @iconify-json/{style}.",
        ) from error
    left_out = {n for group, names in groups.items() if group.startswith(NOTHING) for n in names}
    sides = drawn.get("width", 16), drawn.get("height", 16)
    return {
        name: _svg(icon, sides)
        for name, icon in drawn["icons"].items()
        if name not in left_out and not PERSON.search(name)
    }


def _svg(icon: dict, sides: tuple[int, int]) -> bytes:
    width, height = icon.get("width", sides[0]), icon.get("height", sides[1])
    box = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {spaces} viewBox="{box}">{icon["body"]}</svg>'.encode()


def clipart() -> Iterator[tuple[str, str, Photo]]:
    """Name, what it shows by its file's name, and the picture, of clip art that things has not."""
    used = {thing.file for thing in table.things() if thing.package.name == "openclipart"}
    known, things = frozenset(names_of_things()), open_gallery("things")
    shown = np.stack([near.thumbnail(photo) for photo in things.photos(0, len(things))])
    for file in tqdm(sorted(CLIPART.rglob("*.png")), "clip art"):
        name = file.relative_to(CLIPART).as_posix()
        label = label_of(file.stem, known)
        if not label or name in used or name.startswith(NO_THINGS):
            continue
        try:
            photo = photos.shrink(picture.trimmed(photos.load(file)), SIDE)
        except PhotoError:
            continue
        if not near.near(near.thumbnail(photo), shown).any():
            yield f"openclipart/{name}", label, photo


def label_of(stem: str, known: frozenset[str]) -> str:
    """The first thing that a file's name speaks of, two words before one; "" if it names none.

    The rest of such a name is its author: "armadillo_architetto_fra_01".
    """
    words = [word for word in re.split("[^a-z]+", plain(stem)) if len(word) > 2]
    for place, word in enumerate(words):
        for phrase in (" ".join(words[place : place + 2]), word):
            if phrase in known:
                return phrase
    return ""


def write(folder: Path, pictures: Iterator[tuple[str, str, Photo]]) -> int:
    """One Parquet shard of them in `folder`; how many."""
    rows = []
    for name, label, photo in pictures:
        png = io.BytesIO()
        Image.fromarray(photos.shrink(photo, SIDE)).save(png, "PNG")
        rows.append(
            {"name": name, "label": label, "image": {"bytes": png.getvalue(), "path": None}}
        )
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), folder / f"{folder.name}.parquet")
    return len(rows)


if __name__ == "__main__":
    source, target = (Path(argument) for argument in sys.argv[1:3])
    for kind, made in (("drawings", emoji(source)), ("clipart", clipart())):
        print(f"{kind}: {write(target / kind, made)}")
