"""The command line: reads arguments, calls the library, prints. One file per command group."""

import sys
from importlib import import_module

import typer

from lookalike.errors import LookalikeError

app = typer.Typer(
    name="lookalike",
    help="Side-by-side image similarity search: one photo, every method, an honest comparison.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

GROUPS = ["search", "evaluate", "gallery", "index", "labels", "train", "serve"]


def _register() -> None:
    for group in GROUPS:
        import_module(f"lookalike.cli.{group}").register(app)


def main() -> None:
    """Run the command line; a LookalikeError becomes two sentences and exit code 2."""
    _register()
    try:
        app()
    except LookalikeError as error:
        print(f"Error: {error.message}\n{error.hint}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print(
            "\nStopped. What was finished is kept; run the command again to go on.", file=sys.stderr
        )
        raise SystemExit(130) from None
    except BrokenPipeError:
        # The reader has gone (`| head`). Closing stderr too keeps Python from complaining.
        sys.stderr.close()
        raise SystemExit(1) from None
