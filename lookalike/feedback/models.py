"""The votes' table: one row per thumb, never changed once it is written."""

from dataclasses import dataclass, fields

from sqlalchemy import CheckConstraint, Column, Double, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import Boolean, TypeEngine


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One visitor's thumb on one result of one query.

    It names no person and holds no photo: `session` is random, and the crop is known by its
    sha256 only. See docs/privacy.md.
    """

    vote_id: int = 0  # given by the database, growing; 0 before that
    created_at: str  # UTC, ISO 8601 with milliseconds
    session: str
    app_version: str
    gallery: str
    fingerprint: str  # of the gallery's items
    encoder: str
    weights: str
    weights_sha256: str
    engine: str
    query_sha256: str  # of the crop, or of the words
    box_x1: int  # pixels of the photo; all 0 when words were searched for
    box_y1: int
    box_x2: int  # exclusive
    box_y2: int  # exclusive
    item_id: int  # position in the gallery
    item_name: str  # unique in the gallery
    item_label: str
    rank: int  # 1 is the nearest
    distance: float
    vote: int  # 1 up, -1 down, 0 taken back
    blind: bool  # the visitor did not see which method answered
    latency_ms: float  # of the query, as measured when the results were shown
    since_shown_ms: float


# A later vote with the same values in these columns replaces an earlier one. An item's id means
# something within one version of one gallery only.
KEY = ("session", "query_sha256", "encoder", "gallery", "fingerprint", "item_id")

_TYPES: dict[object, type[TypeEngine]] = {str: Text, int: Integer, float: Double, bool: Boolean}

COLUMNS = tuple(field.name for field in fields(Vote))

VOTES = Table(
    "votes",
    MetaData(),
    Column("vote_id", Integer, primary_key=True),
    *(Column(field.name, _TYPES[field.type], nullable=False) for field in fields(Vote)[1:]),
    CheckConstraint("vote IN (-1, 0, 1)"),
    Index("votes_by_key", *KEY, "vote_id"),
    sqlite_autoincrement=True,  # an id is never given twice, not even after an erasure
)
