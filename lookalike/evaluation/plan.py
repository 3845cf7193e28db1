"""What is compared, and whether it can be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lookalike.encoders import registry as encoders
from lookalike.errors import LookalikeError
from lookalike.evaluation import systems
from lookalike.evaluation.judgements import check_values
from lookalike.evaluation.query import Queries
from lookalike.evaluation.table import no_groups
from lookalike.evaluation.two_stage import TwoStage
from lookalike.galleries.gallery import Gallery
from lookalike.search.methods import check_k
from lookalike.settings import settings

DEPTH = 1000  # ranks that are looked at, as trec_eval does by default


@dataclass(frozen=True)
class Plan:
    """What is compared, and how."""

    methods: Sequence[str] = ()  # those that have an index, unless named
    engines: Sequence[str] = ()  # the setting's, unless named
    weights: str | None = None  # the setting's, unless named
    k: int | None = None  # results that a visitor is shown; the setting's unless given
    relevant: str = "label"  # the field by which an item is relevant
    by: str | None = None  # what the queries have to be grouped by: "class" or "parent"
    two_stage: Sequence[TwoStage] = ()  # their methods are compared as well
    robustness: bool = False  # whether queries are changed, too, to see what that costs


def completed(plan: Plan, gallery: Gallery) -> Plan:
    """The plan with all methods and engines named, each once."""
    named = [*plan.methods] or systems.indexed(gallery, plan.weights) or encoders.defaults()
    staged = [name for stage in plan.two_stage for name in stage.methods]
    return replace(
        plan,
        methods=list(dict.fromkeys([*named, *staged])),
        engines=list(dict.fromkeys(plan.engines or [settings().engine])),
    )


def check(plan: Plan, gallery: Gallery, queries: Queries) -> int:
    """The number of results that are shown, if the plan can be carried out.

    Raises:
        LookalikeError: the gallery is empty, or has fewer items than k or a short list; k is out of
            range; there is no query; or the queries cannot be judged or grouped by what was named.
    """
    k = check_k(settings().k if plan.k is None else plan.k)
    if not gallery.live.any():
        raise LookalikeError(
            f"The gallery {gallery.name} is empty.",
            "Add images with `python -m lookalike gallery add`.",
        )
    if not queries.each:
        raise LookalikeError("There is no query.", "Give at least one.")
    if queries.qrels is None:
        check_values(gallery, plan.relevant)
    if plan.by == "parent" and not gallery.parents:
        raise no_groups(plan.by)
    _check_room(plan, gallery, queries, k)
    return k


def _check_room(plan: Plan, gallery: Gallery, queries: Queries, k: int) -> None:
    live = int(gallery.live.sum())
    found = live - any(query.item is not None for query in queries.each)
    if found < k:
        raise LookalikeError(
            f"The gallery {gallery.name} has {found} items for a query to find, fewer than the {k} "
            "results that are judged.",
            f"Give --k {found} or less." if found else "Add more images to it.",
        )
    for stage in plan.two_stage:
        if stage.short_list > min(found, DEPTH):
            raise LookalikeError(
                f"A short list of {stage.short_list} is longer than the {min(found, DEPTH)} ranks "
                "that are looked at.",
                f"Use {min(found, DEPTH)} or less.",
            )
