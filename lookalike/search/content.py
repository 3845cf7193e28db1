"""What is searched for, as encoders get it: a photo's subject, words, or both."""

import hashlib
import unicodedata
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lookalike.errors import LookalikeError
from lookalike.photos import Photo

MOST_WORDS = 200  # characters
HALF = 0.5  # the words' share where none is given
_DROPPED = ("Cc", "Cs")  # control characters, and halves of surrogate pairs


@dataclass(frozen=True, eq=False)
class Mixture:
    """A photo's subject and words, which are searched for together."""

    photo: Photo  # the subject's crop, (h, w, 3) uint8 RGB
    words: str
    weight: float  # the words' share, from 0 to 1; the photo has the rest


# A subject's crop, (h, w, 3) uint8 RGB; words; or both.
Content: TypeAlias = Photo | str | Mixture


def photo_of(content: Content) -> Photo | None:
    """The crop that is searched for, alone or with words."""
    if isinstance(content, Mixture):
        return content.photo
    return None if isinstance(content, str) else content


def words_of(content: Content) -> str | None:
    """The words that are searched for, alone or with a photo."""
    if isinstance(content, Mixture):
        return content.words
    return content if isinstance(content, str) else None


def check_words(words: object) -> str:
    """The words on one line, composed (NFC), without what cannot be shown.

    Raises:
        LookalikeError: there are none, or too many.
    """
    text = unicodedata.normalize("NFC", words) if isinstance(words, str) else ""
    kept = (" " if unicodedata.category(sign) in _DROPPED else sign for sign in text)
    said = " ".join("".join(kept).split())
    if not said:
        raise LookalikeError("There are no words to search for.", "Type a few.")
    if len(said) > MOST_WORDS:
        raise LookalikeError(
            f"The words are longer than {MOST_WORDS} characters.", "Use fewer of them."
        )
    return said


def check_weight(weight: Any) -> float:
    """The words' share, in hundredths: a finer one is no other query.

    Raises:
        LookalikeError: it is not a number from 0 to 1.
    """
    number = isinstance(weight, (int, float, np.integer, np.floating))
    if isinstance(weight, bool) or not number or not 0 <= weight <= 1:
        raise LookalikeError(
            f"{weight!r} is not a share of the words.", "Use 0 (the photo alone) to 1 (the words)."
        )
    return round(float(weight), 2)


def content_sha256(content: Content) -> str:
    """What identifies a query in the votes: the crop's pixels, the words, or both and the share."""
    if isinstance(content, Mixture):
        photo, words = content_sha256(content.photo), content_sha256(content.words)
        return hashlib.sha256(f"mixture:{photo}:{words}:{content.weight:.2f}".encode()).hexdigest()
    if isinstance(content, str):
        # Half of a surrogate pair can come out of JSON.
        return hashlib.sha256(b"text:" + content.encode("utf-8", "surrogatepass")).hexdigest()
    return hashlib.sha256(repr(content.shape).encode() + content.tobytes()).hexdigest()
