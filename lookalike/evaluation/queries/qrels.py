"""The queries of a TREC qrels file, and what it says is relevant to them."""

from collections.abc import Container, Set
from pathlib import Path

from lookalike.errors import LookalikeError
from lookalike.evaluation.queries.images import QuerySet, held_out_images, own_item
from lookalike.galleries.gallery import Gallery
from lookalike.storage import trec


def read_judged(gallery: Gallery, path: Path) -> QuerySet:
    """The items and held-out images of the gallery that a qrels file judges something for.

    Names are as the gallery has them, or after "gallery:", as votes are exported.

    Raises:
        LookalikeError: the file cannot be used, or names what is not in the gallery.
    """
    qrels = trec.read_qrels(path)
    documents = {document for judged in qrels.values() for document in judged}
    items = {gallery.names[item]: int(item) for item in gallery.live.nonzero()[0]}
    removed = set(gallery.names) - items.keys()
    held_out = {query.name: query for query in held_out_images(gallery)}
    _refuse_unknown(path, gallery, qrels.keys(), items.keys() | held_out.keys(), "queries")
    _refuse_unknown(path, gallery, documents, items.keys() | removed, "documents")
    relevance: dict[str, dict[int, int]] = {}
    for name, judged in qrels.items():
        found = relevance.setdefault(_bare(name, gallery, items.keys() | held_out.keys()), {})
        for document, value in judged.items():
            if (bare := _bare(document, gallery, items)) in items:
                found[items[bare]] = value
    each = [
        own_item(gallery, items[name]) if name in items else held_out[name] for name in relevance
    ]
    gone = {_bare(document, gallery, items) for document in documents} & removed
    note = f"Judged items that have been removed from the gallery: {len(gone):,}."
    source = f"{len(each):,} queries of {path.name}"
    return QuerySet(source, each, relevance, (note,) if gone else ())


def _bare(name: str, gallery: Gallery, known: Container[str]) -> str:
    return name if name in known else name.removeprefix(f"{gallery.name}:")


def _refuse_unknown(
    path: Path, gallery: Gallery, names: Set[str], known: Set[str], what: str
) -> None:
    unknown = sorted(name for name in names if _bare(name, gallery, known) not in known)
    if unknown:
        count = "One" if len(unknown) == 1 else f"{len(unknown):,}"
        raise LookalikeError(
            f"{count} of the {what} in {path.name!r} cannot be found in the gallery "
            f"{gallery.name}, such as {unknown[0]!r}.",
            "Name items as the gallery does, and queries as its items or held-out images; what "
            "visitors' votes say is read with `--queries votes`.",
        )
