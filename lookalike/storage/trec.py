"""Relevance judgements and rankings as TREC files, which every evaluation tool reads.

qrels, one judgement a line: `query 0 document relevance`.
A run, one result a line: `query Q0 document rank score run-name`.

Columns are parted by white space, so white space and % in names are percent-encoded in the file;
in memory names are as the gallery has them. Source: https://github.com/usnistgov/trec_eval.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from lookalike.errors import LookalikeError
from lookalike.storage.files import replacing

QRELS = ("query", "0", "document", "relevance")


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
    for number, (query, _, document, relevance) in _lines(path):
        judged = qrels.setdefault(unquote(query), {})
        value = _whole(path, number, relevance)
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


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The number and the columns of each line that is not blank."""
    empty = True
    for number, line in _text(path):
        if not (words := line.split()):
            continue
        if len(words) != len(QRELS):
            raise _bad(
                path,
                number,
                f"has {_count(len(words))} instead of {len(QRELS)}",
                f"Write it as: {' '.join(QRELS)}.",
            )
        empty = False
        yield number, words
    if empty:
        raise LookalikeError(
            f"{path.name!r} is empty: it has no line 1.", f"Write lines of: {' '.join(QRELS)}."
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
    path: Path, number: int, judged: dict[str, int], query: str, document: str, value: int
) -> None:
    if document in judged:
        raise _bad(
            path,
            number,
            f"names the query {query!r} and the document {document!r} a second time",
            "Keep one of the two lines.",
        )
    judged[document] = value


def _whole(path: Path, number: int, text: str) -> int:
    # int() alone would take 1_0 and other alphabets' digits, which other tools don't.
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        raise _bad(
            path,
            number,
            f"has the relevance {text!r}, which is no whole number",
            "Write it as digits, such as 0 or 1.",
        )
    return int(text)


def _bad(path: Path, number: int, problem: str, hint: str) -> LookalikeError:
    return LookalikeError(f"Line {number} of {path.name!r} {problem}.", hint)


def _write(path: Path, lines: Iterator[tuple[str, ...]]) -> None:
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        for columns in lines:
            if not all(columns):
                raise ValueError(f"a name is empty in {columns}")
            file.write(" ".join(map(encoded, columns)) + "\n")
