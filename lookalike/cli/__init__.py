"""The command line: reads arguments, calls the library, prints. One file per command group."""

import sys
from importlib import import_module
from typing import NoReturn

import typer

from lookalike.errors import LookalikeError

app = typer.Typer(
    name="lookalike",
    help="Side-by-side image similarity search: one photo, every method, an honest comparison.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

INTERRUPTED = 130  # what typer exits with, in silence, after Ctrl-C
GROUPS = ["search", "evaluate", "bench", "gallery", "index", "labels", "train", "serve"]


def _register() -> None:
    for group in GROUPS:
        import_module(f"lookalike.cli.{group}").register(app)


def main() -> None:
    """Run the command line; what goes wrong becomes two sentences and exit code 2."""
    _register()
    try:
        app()
    except LookalikeError as error:
        _fail(error.message, error.hint)
    except OSError as error:  # a folder that cannot even be looked into
        _fail(f"{error}.", "Check LOOKALIKE_HOME, LOOKALIKE_ASSETS and the paths of the command.")
    except SystemExit as stopped:
        if stopped.code == INTERRUPTED:
            _say("\nStopped. What was finished is kept; run the command again to go on.")
        raise


def _fail(message: str, hint: str) -> NoReturn:
    _say(f"Error: {message}\n{hint}")
    raise SystemExit(2) from None


def _say(text: str) -> None:
    print(text, file=sys.stderr)
