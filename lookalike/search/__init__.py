"""The one path that a query takes; page, API, command line and library all call it.

    methods     which methods are asked
    query       photo or words -> Query: the subject, its crop, and what identifies them
    searcher    for each method encode -> search -> rerank -> results
    response    what comes back

`search` is all of it for a photo.
"""

from lookalike.search.searcher import search, searcher

__all__ = ["search", "searcher"]
