"""Words as vectors: a table in place of a text transformer.

Every word has one vector, distilled from a sentence encoder (the way of model2vec, Tulkens and van
Dongen 2024, https://github.com/MinishLab/model2vec); a text is the sum of its words. It costs
microseconds, and what it has never met it can name.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

LONGEST = 3  # words of the longest phrase that has a vector of its own, such as "bird of prey"
# They say how a thing is shown, not what it is: "a photo of a dog" is "dog".
FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "my",
        "your",
        "some",
        "this",
        "that",
        "with",
        "and",
        "or",
        "in",
        "on",
        "is",
        "it",
        "its",
        "i",
        "me",
        "show",
        "find",
        "photo",
        "photograph",
        "picture",
        "image",
        "drawing",
        "painting",
        "illustration",
    ]
)
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Endings that a word of the table may carry, and what stands there in its place.
ENDINGS = (("'s", ""), ("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""))


class Lexicon:
    """A table of words and their vectors.

    Args:
        words: v words and phrases in lower case, without accents; a space between the words of a
            phrase.
        vectors: (v, d), int8 or floats.
        scales: (v,) float32, what each row of `vectors` is multiplied by.
    """

    def __init__(self, words: Sequence[str], vectors: np.ndarray, scales: np.ndarray) -> None:
        self.words, self.vectors, self.scales = list(words), vectors, scales
        self._rows = {word: row for row, word in enumerate(self.words)}

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """n texts to the sums of their words' vectors, (n, d) float32.

        A text without any known word gives zeros.
        """
        made = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        for row, text in enumerate(texts):
            known = [found for _, found in self._parse(text) if found is not None]
            if known:
                made[row] = self.scales[known] @ self.vectors[known].astype(np.float32)
        return made

    def unknown(self, text: str) -> list[str]:
        """The words that have no vector, each once, in the order of the text."""
        words = (word for word, row in self._parse(text) if row is None and word not in FILLERS)
        return list(dict.fromkeys(words))

    def understands(self, text: str) -> bool:
        """Whether any word that says something has a vector."""
        return any(row is not None for _, row in self._parse(text))

    def _parse(self, text: str) -> Iterator[tuple[str, int | None]]:
        """Words and phrases of a text with their rows; None for a word that is not known."""
        said, place = _said(text), 0
        while place < len(said):
            for length in range(min(LONGEST, len(said) - place), 0, -1):
                phrase = " ".join(said[place : place + length])
                row = self._row(phrase)
                if row is not None or length == 1:
                    yield phrase, row
                    place += length
                    break

    def _row(self, phrase: str) -> int | None:
        """The row of a phrase, of what it is the plural of, or of its own plural: "trouser"."""
        if phrase in self._rows:
            return self._rows[phrase]
        for ending, instead in ENDINGS:
            stem = phrase.removesuffix(ending) + instead
            if phrase.endswith(ending) and stem in self._rows:
                return self._rows[stem]
        return self._rows.get(f"{phrase}s")


def _said(text: str) -> list[str]:
    """The words that say something; all of them where none does."""
    words = WORD.findall(plain(text))
    return [word for word in words if word not in FILLERS] or words


def plain(text: str) -> str:
    """Lower case, without accents, an emoji by its name; what is no Unicode is left out."""
    letters = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode())
    kept = "".join(_letter(letter) for letter in letters if not unicodedata.combining(letter))
    return kept.lower().replace("’", "'")


def _letter(letter: str) -> str:
    """A letter as it is; of a symbol such as an emoji, the name that Unicode gives it."""
    symbol = unicodedata.category(letter) == "So"
    return f" {unicodedata.name(letter, '')} " if symbol else letter
