"""How good a match is, in words: on each card, beside the method, and what it was measured on."""

from lookalike.search.response import Answer, Result
from lookalike.ui.markup import percent, text

SAME = {"kind": "of the same kind", "label": "of the same label"}


def badge(answer: Answer, result: Result) -> str:
    """What a card says of its result; nothing where nothing can be said."""
    if result.probability is not None:
        share = _likely(result.probability)
        return _badge(
            f"Of results this near to {_pictures(answer)}, {share} are {_same(answer)}",
            f'{share}<span class="lk-long"> likely a match</span>',
        )
    if result.closer_than is None:
        return ""
    others = "random words" if answer.calibrated_on == "random words" else "random pairs"
    share = percent(result.closer_than)
    return _badge(
        f"closer than {share} of {others}",
        f'<span class="lk-long">closer than </span>{share}'
        f'<span class="lk-long"> of {others}</span>',
    )


def verdict(answer: Answer) -> str:
    """Beside a method: that it has no good match; nothing when it has one."""
    if answer.good_match:
        return ""
    return f'<span class="lk-no-match" title="{text(_why(answer))}">No good match</span>'


def measured(answer: Answer) -> str:
    """What it was measured on, for below the results."""
    said = {
        "labels": f"How likely a match is was measured on {_pictures(answer)}: a match is "
        f"{_same(answer)}.",
        "random pairs": "This gallery has no held-out pictures with labels, by which to say how "
        "likely a match is: results are compared with random pairs of its pictures.",
        "random words": "Results are compared with the best ones of random words.",
    }.get(answer.calibrated_on)
    return f'<p class="lk-source">{text(said)}</p>' if said else ""


def _badge(title: str, said: str) -> str:
    return f'<span class="lk-closer" title="{text(title)}">{said}</span>'


def _why(answer: Answer) -> str:
    best = answer.results[0] if answer.results else None
    if best and best.probability is not None:
        return f"The best result is {_likely(best.probability)} likely {_same(answer)}"
    if answer.calibrated_on == "random words":
        return "The best result is hardly closer than those of random words are"
    return "The best result is hardly closer than random pairs are"


def _likely(share: float) -> str:
    return "under 1%" if share < 0.01 else percent(share)


def _pictures(answer: Answer) -> str:
    return f"{answer.calibrated_queries:,} held-out pictures of this gallery"


def _same(answer: Answer) -> str:
    return SAME[answer.calibrated_same or "label"]
