"""The means of a part of the queries: of each class, and of each parent class."""

from collections.abc import Mapping, Sequence

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.evaluation.report import GroupMeans

OTHER = "(other)"  # the queries of a class that has no parent, or of no class


def group_means(values: Mapping[str, np.ndarray], groups: Sequence[str]) -> dict[str, GroupMeans]:
    """Each group's means, by its name.

    Each query is in one group. So the groups' means, weighted by their queries, add up to the mean
    over all queries.

    Args:
        values: (m,) per metric.
        groups: the m queries' groups; "" goes to OTHER.
    """
    members: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        members.setdefault(group or OTHER, []).append(number)
    return {
        group: GroupMeans(
            queries=len(members[group]),
            **{name: float(column[members[group]].mean()) for name, column in values.items()},
        )
        for group in sorted(members)
    }


def no_groups(by: str) -> LookalikeError:
    """The error for queries that have no class, or no parent class."""
    return LookalikeError(
        f"The queries have no {by} to be grouped by.",
        "Leave --by out, or use a gallery with parent classes, such as caltech101.",
    )
