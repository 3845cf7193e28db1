"""The command line, as in its own tests."""

from tests.cli.conftest import ready, run

__all__ = ["ready", "run"]
