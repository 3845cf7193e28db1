"""Write a gallery: shards first, the card last, so that a gallery with a card is complete."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import GalleryError
from lookalike.galleries.gallery import CARD, NAME, REMOVED, Gallery
from lookalike.galleries.shards import SCHEMA, SOURCE, Item, Shards
from lookalike.storage.files import replacing, write_text

GROUP = 64  # items per row group: what showing one result reads
SHARD = 20_000  # items per file


def check_name(name: str) -> str:
    """The name, if it can name a gallery.

    Raises:
        GalleryError: it cannot; names become folder names.
    """
    if not NAME.fullmatch(name):
        raise GalleryError(
            f"{name!r} cannot name a gallery.",
            "Use up to 64 lower-case letters, digits, dots, dashes and underscores.",
        )
    return name


def write_shard(path: Path, items: Iterable[Item]) -> None:
    """Write one Parquet file beside its place, then rename it into it.

    Raises:
        StorageError: the disk is full or read-only.
    """
    rows = [
        {
            "name": item.name,
            "label": item.label,
            "image": {"bytes": item.image, "path": item.name},
            "metadata": json.dumps(item.metadata, sort_keys=True, ensure_ascii=False),
            SOURCE.name: item.source_sha256,
        }
        for item in items
    ]
    sourced = any(row[SOURCE.name] for row in rows)
    table = pa.Table.from_pylist(rows, schema=SCHEMA.append(SOURCE) if sourced else SCHEMA)
    with replacing(path) as beside:
        # Images are compressed already: packing them again only costs time.
        pq.write_table(
            table, beside, row_group_size=GROUP, compression="none", write_page_checksum=True
        )


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Count and fingerprint the items of the folder, then write card.json."""
    items = Shards(sorted(folder.glob("items-*.parquet")))
    counted = {"count": len(items), "fingerprint": fingerprint(items)}
    _write_json(folder / CARD, {"name": folder.name, **card, **counted})


def extend_card(gallery: Gallery, added: Shards, changes: dict[str, Any]) -> None:
    """Make files that lie behind a gallery's own a part of it; only they are fingerprinted.

    Args:
        changes: other entries of the card that change.
    """
    last = {
        "count": len(gallery) + len(added),
        "fingerprint": fingerprint(added, gallery.fingerprint),
    }
    segments = [asdict(segment) for segment in gallery.segments] + [last]
    _write_json(gallery.folder / CARD, {**gallery.card, **changes, **last, "segments": segments})


def write_removed(gallery: Gallery, ids: Iterable[int]) -> None:
    """Mask more items of a gallery."""
    removed = {*np.flatnonzero(~gallery.live).tolist(), *ids}
    write_text(gallery.folder / REMOVED, json.dumps({"removed": sorted(removed)}) + "\n")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def fingerprint(items: Shards, before: str = "") -> str:
    """sha256 over every item's name, label and image bytes, in order.

    Args:
        before: the fingerprint of the items that come before these, if any do: a gallery that
            grows is fingerprinted by what is new.
    """
    digest = hashlib.sha256(before.encode())
    for position in range(len(items)):
        item = items[position]
        for part in (item.name.encode(), item.label.encode(), item.image):
            digest.update(len(part).to_bytes(8, "little"))
            digest.update(part)
    return digest.hexdigest()
