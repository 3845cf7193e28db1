"""What the page says about words: who reads them, who answered what, and which are unknown."""

from collections.abc import Sequence

from lookalike.encoders import registry
from lookalike.errors import LookalikeError
from lookalike.search.response import never_met
from lookalike.ui.markup import text
from lookalike.ui.rounds import Choices, Listing, Round

_PHOTO = (
    "Under each result: how likely it is a match, or, in a gallery without labels, how many random "
    "pairs are farther apart; and the distance. Click a picture to search with it."
)
_WORDS = (
    "Under each result: how many random words find nothing so near, and the distance. Click a "
    "picture to search with it, or drop in a photo to search with both."
)


def typed(words: object) -> object:
    """What stands in the box; None when that is nothing."""
    return None if words is None or (isinstance(words, str) and not words.strip()) else words


def readers(methods: Sequence[str]) -> list[str]:
    """Those of the methods that read words."""
    return [method for method in methods if registry.reads_words(method)]


def check_readers(choices: Choices) -> None:
    """Let words alone be asked only where somebody reads them.

    Raises:
        LookalikeError: none of the chosen methods does.
    """
    if readers(choices.methods):
        return
    if missing := readers(choices.not_indexed):
        build = f"python -m lookalike index build --gallery {choices.gallery} --method {missing[0]}"
        raise LookalikeError(
            f"{_titles(missing)} has no index of this gallery, and no other method reads words.",
            f"Build one with `{build}`.",
        )
    raise LookalikeError(
        "None of the chosen methods reads words.",
        f"Tick {_titles(readers(registry.defaults()))} in the settings.",
    )


def note(methods: Sequence[str], asked: Round | None = None) -> str:
    """The line under the box: which words are unknown, or which of the methods read words."""
    panels = asked.panels.values() if asked else []
    answers = [panel.answer for panel in panels if isinstance(panel, Listing)]
    unknown = list(dict.fromkeys(word for answer in answers for word in answer.unknown_words))
    if unknown:
        return f'<p class="lk-note lk-unknown" role="status">{text(never_met(unknown))}</p>'
    who = _titles(readers(methods))
    said = f"{who} reads words; the others look at photos."
    return f'<p class="lk-note">{said}</p>' if who else ""


def hint(asked: Round) -> str:
    """The lines above the results."""
    query, who = asked.query, readers(asked.choices.methods) if asked.query.words else []
    lines = [_PHOTO if query.photo is not None else _WORDS]
    if query.words and query.photo is None:
        lines.insert(0, f"Only {_titles(who)} reads words; the other methods need a photo.")
    elif query.words and who:
        lines.insert(
            0,
            f"{_titles(who)} answers the photo and the words together. The other methods do not "
            "read words, and answer the photo alone.",
        )
    elif query.words:
        lines.insert(0, "None of the chosen methods reads words: all answer the photo alone.")
    return "".join(f'<p class="lk-hint">{line}</p>' for line in lines)


def answered(method: str, asked: Round) -> str:
    """What of the query a method answers, as a tag; "" where that goes without saying."""
    query = asked.query
    if query.words is None:
        return ""
    if not registry.reads_words(method):
        return '<span class="lk-answered lk-alone">the photo alone</span>'
    beside = "the photo and " if query.photo is not None else ""
    return f'<span class="lk-answered">{beside}<bdi>“{text(query.words)}”</bdi></span>'


def does_not_read(method: str) -> str:
    """The tab of a method that was asked with words alone."""
    title = text(registry.spec(method).title)
    return f'<p class="lk-hint">{title} does not read words. Drop in a photo to ask it.</p>'


def _titles(methods: Sequence[str]) -> str:
    return " and ".join(text(registry.spec(method).title) for method in methods)
