"""The one path that a query takes; page, API, command line and library all call it.

    methods     which methods are asked
    content     what encoders get of a query: a photo's subject, words, or both
    query       photo, words or both -> Query: the subject, its crop, and what identifies them
    searcher    for each method encode -> search -> rerank -> results
    response    what comes back

`search` is all of it.
"""

from lookalike.search.searcher import search, searcher

__all__ = ["search", "searcher"]
