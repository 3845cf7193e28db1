"""The words on the page."""

_NUMBERS = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
]


def headline(methods: int) -> str:
    """The page's first sentence."""
    count = _NUMBERS[methods] if methods < len(_NUMBERS) else str(methods)
    return (
        '<div class="lk-title"><p class="lk-mark">Lookalike</p>'
        f"<h1>Drop in a photo or describe it. See what {count} methods find.</h1></div>"
    )


def collected(votes: int) -> str:
    """The counter."""
    thumbs = "1 vote" if votes == 1 else f"{votes:,} votes"
    return f'<p role="status"><strong>{thumbs}</strong> collected</p>'


def warming(done: int, methods: int) -> str:
    """How far loading has come."""
    return (
        f'<p role="status" class="lk-warming"><i></i>Warming up: {done} of {methods} methods '
        "are ready</p>"
    )


DESCRIBE = "Or describe it in words"
REFINE = "Refine it with words"
CLEAR = "Clear"

STORED = """
**Your photo is not stored, and neither are your words.** The photo stays in the server's memory
while this page is open, for at most an hour after you last used it. The uploaded file is deleted
about half a minute after it came, the file of what you see here when you close the page.

**A thumb stores one row**: the SHA-256 of the cropped photo, of the words, or of both, which no
photo can be made from again, the box, the result, its rank and distance, the method and its
weights, the time, and a random name that your browser keeps so that you find your thumbs again. No
address, no account, no file name. Pressing a thumb again takes it back.

**The thumbs become relevance labels.** Whoever runs this page exports them with

    python -m lookalike labels export --format qrels --output votes.qrels

or with `--format csv` or `--format parquet`.
"""
