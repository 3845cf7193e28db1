"""Every setting, with its default, its unit and its environment variable (LOOKALIKE_<NAME>)."""

from functools import cache
from pathlib import Path

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from lookalike.errors import LookalikeError

REPOSITORY = Path(__file__).resolve().parent.parent
SHIPPED = Path(__file__).resolve().parent / "shipped"  # in an installed package only: setup.py


def _assets() -> Path:
    return SHIPPED if SHIPPED.is_dir() else REPOSITORY


class Settings(BaseSettings):
    """Read once from the environment; see `settings()`."""

    model_config = SettingsConfigDict(env_prefix="LOOKALIKE_", env_ignore_empty=True, frozen=True)

    assets: Path = Field(
        default_factory=_assets, description="folder of the shipped models/, indexes/, galleries/"
    )
    home: Path = Field(
        default_factory=lambda: user_data_path("lookalike", appauthor=False),
        description="folder of what the user builds, laid out as the shipped one, and of the votes",
    )

    gallery: str = Field("things", description="gallery that is searched unless one is named")
    weights: str = Field("embedded", description="weights that answer: 'embedded' or 'hub'")
    detector: str = Field(
        "yolo", description="what finds the subject: 'yolo', 'retinanet' (hub only) or 'whole'"
    )
    engine: str = Field("annoy", description="nearest-neighbour engine")
    dimensions: int = Field(
        128, ge=2, description="longest vector that is indexed; longer ones are shortened by PCA"
    )
    k: int = Field(10, ge=1, description="results per method")
    max_k: int = Field(100, ge=1, description="most results that one query may ask for")
    # Where an index is calibrated by labels its probability decides, else how many random pairs are
    # farther apart; for words, how many random words find nothing as near. docs/calibration.md has
    # the figures that the three are chosen by.
    good_match_probability: float = Field(
        0.5, ge=0, le=1, description="probability below which a best result is 'no good match'"
    )
    good_match: float = Field(
        0.95, ge=0, le=1, description="the same without labels: share of random pairs, closer_than"
    )
    good_match_words: float = Field(
        0.8, ge=0, le=1, description="the same for words: share of random words, closer_than"
    )

    max_photo_mb: float = Field(20, gt=0, le=4096, description="largest photo file, MiB")
    max_photo_mp: float = Field(  # Pillow refuses more than 178 by itself
        40, gt=0, le=178, description="largest photo, megapixels"
    )
    subject_side: int = Field(512, ge=32, description="longest side that encoders get, pixels")

    database: str = Field("", description="SQLAlchemy URL of the votes; empty: SQLite in home")
    threads: int = Field(0, ge=0, description="threads per model; 0: as many as cores")
    host: str = Field("127.0.0.1", description="address that the page listens on")
    port: int = Field(7860, ge=1, le=65535, description="port that the page listens on")

    @property
    def max_photo_bytes(self) -> int:
        """`max_photo_mb` in bytes."""
        return int(self.max_photo_mb * 2**20)

    @property
    def database_url(self) -> str:
        """The votes' SQLAlchemy URL."""
        from sqlalchemy import URL  # here, since only what votes needs it

        file = URL.create("sqlite", database=str(self.home / "votes.db"))
        return self.database or file.render_as_string()

    def folders(self, kind: str) -> list[Path]:
        """Where `kind` ("models", "indexes" or "galleries") is looked up: home first."""
        return [self.home / kind, self.assets / kind]


@cache
def settings() -> Settings:
    """The settings of this process.

    Raises:
        LookalikeError: an environment variable holds a value that its setting does not take.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        variable = "LOOKALIKE_" + "_".join(str(part) for part in first["loc"]).upper()
        raise LookalikeError(
            f"{variable} is not usable: {first['msg'].lower()}.", f"Correct or unset {variable}."
        ) from error


def unless_assets_lack(hint: str) -> str:
    """An error's hint about something shipped, or where the shipped things are to be looked for."""
    assets = settings().assets
    if (assets / "models").is_dir():
        return hint
    return (
        f"Set LOOKALIKE_ASSETS to a checkout of Lookalike: {str(assets)!r} lacks its models/, "
        "indexes/ and galleries/."
    )
