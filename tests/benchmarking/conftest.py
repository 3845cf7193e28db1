"""The command line, as in its own tests, and a gallery with held-out images."""

from tests.cli.conftest import ready, run
from tests.evaluation.conftest import noise

__all__ = ["noise", "ready", "run"]
