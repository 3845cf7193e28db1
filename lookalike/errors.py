"""The errors that a user may see: one sentence on what is wrong, one on what to do."""


class LookalikeError(Exception):
    """Something the user can act on.

    Args:
        message: one sentence saying what is wrong.
        hint: one sentence saying what to do about it.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple:
        return type(self), (self.message, self.hint)


class PhotoError(LookalikeError):
    """The photo, or the box on it, cannot be used."""


class UnknownNameError(LookalikeError):
    """No gallery, method, weights or engine has this name."""


class GalleryError(LookalikeError):
    """The gallery's folder or its files are not what they should be."""


class WeightsError(LookalikeError):
    """The weights are missing, or are not the file that their card describes."""


class IndexFileError(LookalikeError):
    """The index is missing, damaged, or was built from something else."""


class VoteError(LookalikeError):
    """The vote does not belong to a result that this server showed."""


class StorageError(LookalikeError):
    """The disk or the database refused to store something."""


def unknown_name(kind: str, name: object, known: list[str]) -> UnknownNameError:
    """The error for a name that no registry holds; it lists the names that there are."""
    return UnknownNameError(f"There is no {kind} called {name!r}.", f"Use {one_of(known)}.")


def one_of(names: list[str]) -> str:
    """`["a", "b", "c"]` as the words "a, b or c"."""
    if not names:
        return "another one: none is installed"
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last
