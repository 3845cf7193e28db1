"""Relevance judgements and rankings as TREC files, which every evaluation tool reads.

qrels, one judgement a line: `query 0 document relevance`.
A run, one result a line: `query Q0 document rank score run-name`.

Columns are parted by white space, so white space and % in names are percent-encoded in the file;
in memory names are as the gallery has them. Source: https://github.com/usnistgov/trec_eval.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.files import replacing

QRELS = ("query", "0", "document", "relevance")
RUN = ("query", "Q0", "document", "rank", "score", "run-name")


@lru_cache(maxsize=2**17)  # a run names the same item for many queries
def encoded(name: str) -> str:
    """A name without white space; urllib.parse.unquote gives it back."""
    return re.sub(r"[\s%]", lambda found: quote(found[0]), name)


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """{query: {document: relevance}}, in the file's order; above 0 is relevant.

    Blank lines are skipped, and the second column is not looked at.

    Raises:
        LookalikeError: the file cannot be read or is empty, or a line has other than 4 columns, a
            relevance that is no whole number, or judges what an earlier line judged.
    """
    qrels: dict[str, dict[str, int]] = {}
    for number, (query, _, document, relevance) in _lines(path, QRELS):
        judged = qrels.setdefault(unquote(query), {})
        value = _whole(path, number, "relevance", relevance)
        _add(path, number, judged, unquote(query), unquote(document), value)
    return qrels


def write_qrels(path: Path, qrels: Mapping[str, Mapping[str, int]]) -> None:
    """Write judgements in the order given; a query without any leaves no line.

    Raises:
        StorageError: the disk refused.
        ValueError: a name is empty.
    """
    _write(
        path,
        (
            (query, "0", document, str(relevance))
            for query, judged in qrels.items()
            for document, relevance in judged.items()
        ),
    )


def read_run(path: Path) -> dict[str, list[str]]:
    """{query: its documents, best first}, in trec_eval's order.

    trec_eval goes by the score, highest first, and among equal scores by the document's name,
    last first; the rank is not looked at beyond being a whole number.

    Raises:
        LookalikeError: the file cannot be read or is empty, or a line has other than 6 columns, a
            rank that is no whole number, a score that is no number, or repeats a document.
    """
    scores: dict[str, dict[str, float]] = {}
    for number, (query, _, document, rank, score, _) in _lines(path, RUN):
        ranked = scores.setdefault(query, {})
        _whole(path, number, "rank", rank)
        _add(path, number, ranked, query, document, _score(path, number, score))
    return {unquote(query): _best_first(ranked) for query, ranked in scores.items()}


def write_run(path: Path, name: str, rankings: Mapping[str, Sequence[str]]) -> None:
    """Write each query's documents, best first, as the run `name`.

    The scores are the whole numbers down to 1. They fall strictly, so that trec_eval, which breaks
    ties by the document's name, keeps the order.

    Raises:
        StorageError: the disk refused.
        ValueError: a name is empty.
    """
    _write(
        path,
        (
            (query, "Q0", document, str(rank), str(len(documents) - rank + 1), name)
            for query, documents in rankings.items()
            for rank, document in enumerate(documents, 1)
        ),
    )


def _lines(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The number and the columns of each line that is not blank."""
    empty = True
    for number, line in _text(path):
        if not (words := line.split()):
            continue
        if len(words) != len(columns):
            raise _bad(
                path,
                number,
                f"has {_count(len(words))} instead of {len(columns)}",
                f"Write it as: {' '.join(columns)}.",
            )
        empty = False
        yield number, words
    if empty:
        raise LookalikeError(
            f"{path.name!r} is empty: it has no line 1.", f"Write lines of: {' '.join(columns)}."
        )


def _text(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                # Windows' editors begin a file with a byte order mark.
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise _bad(path, number, "is no text in UTF-8", "Save the file as UTF-8.") from error
    except OSError as error:
        raise LookalikeError(
            f"{str(path)!r} cannot be read ({error.strerror or error}).", "Check the path."
        ) from error


def _count(columns: int) -> str:
    return f"{columns} column" if columns == 1 else f"{columns} columns"


def _add(
    path: Path, number: int, seen: dict, query: str, document: str, value: int | float
) -> None:
    if document in seen:
        raise _bad(
            path,
            number,
            f"names the query {query!r} and the document {document!r} a second time",
            "Keep one of the two lines.",
        )
    seen[document] = value


def _whole(path: Path, number: int, column: str, text: str) -> int:
    # int() alone would take 1_0 and other alphabets' digits, which other tools don't.
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise _bad(
            path,
            number,
            f"has the {column} {text!r}, which is no whole number",
            "Write it as digits, such as 0 or 1.",
        )
    return int(text)


def _score(path: Path, number: int, text: str) -> float:
    try:
        score = float(np.float32(text))  # as trec_eval keeps it: closer scores are equal
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise _bad(
            path,
            number,
            f"has the score {text!r}, which is no number",
            "Write it in digits, such as 12 or 0.5.",
        )
    return score


def _bad(path: Path, number: int, problem: str, hint: str) -> LookalikeError:
    return LookalikeError(f"Line {number} of {path.name!r} {problem}.", hint)


def _best_first(scores: Mapping[str, float]) -> list[str]:
    ordered = sorted(scores.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return [unquote(document) for document, _ in ordered]


def _write(path: Path, lines: Iterator[tuple[str, ...]]) -> None:
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        for columns in lines:
            if not all(columns):
                raise ValueError(f"a name is empty in {columns}")
            file.write(" ".join(map(encoded, columns)) + "\n")
