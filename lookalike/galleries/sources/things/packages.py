"""The packages that the pictures are from, and how a picture is read from each."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookalike import photos
from lookalike.errors import GalleryError, PhotoError
from lookalike.galleries.sources.things import gcompris
from lookalike.photos import Photo
from lookalike.settings import settings

PHOTOGRAPH, PAINTING, THREE_D, DRAWING = MEDIA = ("photograph", "painting", "3-D", "drawing")
RENDERED = 512  # pixels that a vector drawing is drawn at, before its margins are cut off
RSVG = "rsvg-convert"  # of librsvg, https://gitlab.gnome.org/GNOME/librsvg
SECONDS = 60  # that it may take for one drawing

_Read = Callable[[Path, str], Photo]


def read_file(folder: Path, name: str) -> Photo:
    """A picture that is a file, (h, w, 3) uint8 RGB on white.

    Raises:
        PhotoError: it is not there, or cannot be read.
    """
    path = folder / name
    return draw(path.read_bytes()) if path.suffix == ".svg" and path.exists() else photos.load(path)


def read_resource(folder: Path, name: str) -> Photo:
    """A picture of GCompris, (h, w, 3) uint8 RGB on white: a file, or a puzzle put together.

    Raises:
        PhotoError: it is not there, or cannot be read.
    """
    if name.endswith(".qml"):
        return gcompris.assemble(folder, name)
    data = gcompris.resource(folder, name)
    return draw(data) if name.endswith(".svg") else photos.load(data)


def draw(svg: bytes) -> Photo:
    """A vector drawing as pixels, (h, w, 3) uint8 RGB on white.

    Raises:
        PhotoError: it cannot be drawn.
    """
    size = ["--width", str(RENDERED), "--height", str(RENDERED), "--keep-aspect-ratio"]
    try:
        drawn = subprocess.run(
            [RSVG, *size, "--background-color", "white"],
            input=svg,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise PhotoError(
            f"The drawing cannot be drawn ({type(error).__name__}).",
            "Install rsvg-convert: apt-get install librsvg2-bin.",
        ) from error
    return photos.load(drawn.stdout)


@dataclass(frozen=True)
class Package:
    """A package, and what holds for its pictures unless the table says otherwise."""

    name: str  # of its table, and first part of its items' names
    title: str
    install: str  # the command
    folder: str  # below /usr/share, or below data/ in LOOKALIKE_HOME
    debian: bool
    medium: str
    author: str
    licence: str
    source: str
    read: _Read

    def find(self, root: Path | None) -> Path:
        """Its folder; below `root` when given."""
        if root is None:
            root = Path("/usr/share") if self.debian else settings().home / "data"
        return root / self.folder


PACKAGES = (
    Package(
        name="stamps",
        title="Tux Paint's stamps (Debian tuxpaint-stamps-default)",
        install="apt-get install tuxpaint-stamps-default",
        folder="tuxpaint/stamps",
        debian=True,
        medium=PHOTOGRAPH,
        author="Bill Kendrick and the contributors to Tux Paint Stamps",
        licence="GPL-2.0-or-later",
        source="https://tuxpaint.org/stamps/",
        read=read_file,
    ),
    Package(
        name="gcompris",
        title="GCompris (Debian gcompris-qt-data)",
        install="apt-get install gcompris-qt-data",
        folder="gcompris-qt/rcc",
        debian=True,
        medium=PHOTOGRAPH,
        author="GCompris developers",
        licence="GPL-3.0-or-later",
        source="https://gcompris.net/",
        read=read_resource,
    ),
    Package(
        name="emoji",
        title="Fluent emoji (npm @lobehub/fluent-emoji-3d 1.1.0)",
        install="npm install --prefix LOOKALIKE_HOME/data @lobehub/fluent-emoji-3d@1.1.0",
        folder="node_modules/@lobehub/fluent-emoji-3d/assets",
        debian=False,
        medium=THREE_D,
        author="Microsoft Corporation",
        licence="MIT",
        source="https://github.com/microsoft/fluentui-emoji",
        read=read_file,
    ),
    Package(
        name="openclipart",
        title="Open Clip Art Library 0.18 (Debian openclipart-png)",
        install="apt-get install openclipart-png",
        folder="openclipart/png",
        debian=True,
        medium=DRAWING,
        author="Open Clip Art Library",
        licence="public domain",
        source="https://openclipart.org/",
        read=read_file,
    ),
)


def check_installed(root: Path | None, needs_rsvg: bool = True) -> None:
    """Say which packages are missing, all at once.

    Args:
        root: a folder that holds the packages' folders; where they are installed unless given.
        needs_rsvg: whether there are vector drawings among the pictures.

    Raises:
        GalleryError: one is missing; it is named with the command that installs it.
    """
    missing = [one for one in PACKAGES if not one.find(root).is_dir()]
    titles, commands = [one.title for one in missing], [one.install for one in missing]
    if needs_rsvg and not shutil.which(RSVG):
        titles.append("rsvg-convert (Debian librsvg2-bin)")
        commands.append("apt-get install librsvg2-bin")
    if titles:
        raise GalleryError(
            f"Things is made of packages that are not here: {'; '.join(titles)}.",
            f"Install them: {'; '.join(commands)}.",
        )
