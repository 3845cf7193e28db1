"""What is compared, and whether it can be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lookalike.encoders import registry as encoders
from lookalike.errors import GalleryError, LookalikeError
from lookalike.evaluation.groups import no_groups
from lookalike.evaluation.judgements import check_values
from lookalike.evaluation.queries.images import QuerySet
from lookalike.evaluation.ranking import systems
from lookalike.evaluation.report import Grouping
from lookalike.evaluation.studies.two_stage import TwoStage
from lookalike.galleries.gallery import Gallery
from lookalike.search.methods import check_k
from lookalike.settings import settings

USUAL = ("class", "parent")  # what a report groups by wherever the gallery has it
DEPTH = 1000  # ranks that are looked at, as trec_eval does by default


@dataclass(frozen=True)
class Comparison:
    """What is compared, and how."""

    methods: Sequence[str] = ()  # those that have an index, unless named
    engines: Sequence[str] = ()  # the setting's, unless named
    weights: str | None = None  # the setting's, unless named
    k: int | None = None  # results that a visitor is shown; the setting's unless given
    relevant: str = "label"  # the field by which an item is relevant
    other: str | None = None  # a field: what has the query's value of it as well does not count
    by: Grouping | None = None  # what the queries have to be grouped by: one of USUAL, or a field
    two_stage: Sequence[TwoStage] = ()  # their methods are compared as well
    robustness: bool = False  # whether queries are changed, too, to see what that costs


def completed(comparison: Comparison, gallery: Gallery) -> Comparison:
    """The comparison with all methods and engines named, each once."""
    named = (
        [*comparison.methods] or systems.indexed(gallery, comparison.weights) or encoders.defaults()
    )
    staged = [name for stage in comparison.two_stage for name in stage.methods]
    return replace(
        comparison,
        methods=list(dict.fromkeys([*named, *staged])),
        engines=list(dict.fromkeys(comparison.engines or [settings().engine])),
    )


def check(comparison: Comparison, gallery: Gallery, queries: QuerySet) -> int:
    """The number of results that are shown, if the comparison can be carried out.

    Raises:
        LookalikeError: the gallery is empty, or has fewer items than k or a short list; k is out of
            range; there is no query; or the queries cannot be judged or grouped by what was named.
    """
    k = check_k(settings().k if comparison.k is None else comparison.k)
    if not gallery.live.any():
        raise LookalikeError(
            f"The gallery {gallery.name} is empty.",
            "Add images with `python -m lookalike gallery add`.",
        )
    if not queries.each:
        raise LookalikeError("There is no query.", "Give at least one.")
    if queries.qrels is None:
        check_values(gallery, comparison.relevant)
    if comparison.other:
        _check_other(comparison.other, comparison.relevant, gallery, queries)
    if comparison.by == "parent" and not gallery.parents:
        raise no_groups(comparison.by)
    if comparison.by not in (None, *USUAL):
        gallery.values(comparison.by)  # refuses a field that no item has
    _check_room(comparison, gallery, queries, k)
    return k


def _check_other(other: str, relevant: str, gallery: Gallery, queries: QuerySet) -> None:
    if queries.qrels is not None:
        raise LookalikeError("A qrels file says by itself which items count.", "Leave --other out.")
    if other == relevant:
        raise LookalikeError(
            f"Nothing has the query's {relevant} and another {other} than the query's.",
            "Give another field with --other.",
        )
    values = zip(gallery.values(other), gallery.live, strict=True)
    if len({value for value, live in values if live}) == 1:
        raise GalleryError(
            f"Every item of the gallery {gallery.name} has the same {other}.",
            "Give another field with --other.",
        )


def _check_room(comparison: Comparison, gallery: Gallery, queries: QuerySet, k: int) -> None:
    live = int(gallery.live.sum())
    found = live - any(query.item is not None for query in queries.each)
    if found < k:
        raise LookalikeError(
            f"The gallery {gallery.name} has {found} items for a query to find, fewer than the {k} "
            "results that are judged.",
            f"Give --k {found} or less." if found else "Add more images to it.",
        )
    for stage in comparison.two_stage:
        if stage.short_list > min(found, DEPTH):
            raise LookalikeError(
                f"A short list of {stage.short_list} is longer than the {min(found, DEPTH)} ranks "
                "that are looked at.",
                f"Use {min(found, DEPTH)} or less.",
            )
