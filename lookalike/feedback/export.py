"""Votes as files: TREC qrels for evaluation tools, CSV and Parquet for everything else.

Every format holds the votes that stand: the last one for each (session, query, encoder, item),
without those that were taken back.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, astuple, fields
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import unknown_name
from lookalike.feedback.models import COLUMNS, Vote
from lookalike.feedback.store import BATCH, VoteStore
from lookalike.storage.files import replacing
from lookalike.storage.trec import encoded

_TYPES: dict[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
}
SCHEMA = pa.schema([(field.name, _TYPES[field.type]) for field in fields(Vote)])


def export(store: VoteStore, format: str, output: Path) -> int:
    """Write the standing votes to a file, which appears only once it is whole.

    "qrels": lines of `query_id 0 doc_id relevance`, as trec_eval reads them; see `relevance`.
    "csv": RFC 4180, UTF-8, with a header. A text that begins with = + - @ (full-width ones too), '
    or a control character gets a ' in front, so that no spreadsheet runs it; drop it on reading.
    "parquet": the same columns, typed.

    Returns:
        How many lines or rows were written, without the header.

    Raises:
        UnknownNameError: there is no such format.
        StorageError: the database or the disk refused.
    """
    if format not in FORMATS:
        raise unknown_name("export format", format, list(FORMATS))
    with replacing(output) as beside:
        return FORMATS[format](store.standing(), beside)


def relevance(votes: Iterable[Vote]) -> dict[tuple[str, str], int]:
    """What votes say about each (query id, doc id): 1 relevant, 0 not.

    The query id is the crop's sha256; the doc id is "gallery:item name" with white space and %
    percent-encoded. A session has one voice about a pair, its last standing vote, whichever
    method it was cast on. The pair is relevant when more sessions say up than down; as many of
    both is 0.

    Args:
        votes: standing votes, oldest first.
    """
    voices: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for vote in votes:
        voices[vote.query_sha256, doc_id(vote)][vote.session] = vote.vote
    return {pair: int(sum(said.values()) > 0) for pair, said in voices.items()}


def doc_id(vote: Vote) -> str:
    """ "gallery:item name" without white space; urllib.parse.unquote gives the name back."""
    return encoded(f"{vote.gallery}:{vote.item_name}")


def _write_qrels(votes: Iterator[Vote], path: Path) -> int:
    pairs = relevance(votes)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for (query, doc), value in sorted(pairs.items()):
            file.write(f"{query} 0 {doc} {value}\n")
    return len(pairs)


def _write_csv(votes: Iterator[Vote], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        while rows := [astuple(vote) for vote in islice(votes, BATCH)]:
            writer.writerows([_guarded(value) for value in row] for row in rows)
            count += len(rows)
    return count


def _guarded(value: object) -> object:
    # https://owasp.org/www-community/attacks/CSV_Injection; ' itself too, so that it can be undone.
    if isinstance(value, str) and re.match(r"[=+\-@＝＋－＠'\x00-\x1f]", value):
        return "'" + value
    return value


def _write_parquet(votes: Iterator[Vote], path: Path) -> int:
    count = 0
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        while rows := [asdict(vote) for vote in islice(votes, BATCH)]:
            writer.write_table(pa.Table.from_pylist(rows, SCHEMA))
            count += len(rows)
    return count


FORMATS: dict[str, Callable[[Iterator[Vote], Path], int]] = {
    "qrels": _write_qrels,
    "csv": _write_csv,
    "parquet": _write_parquet,
}
