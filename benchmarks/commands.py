"""What the command line measures: here it is only called."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
COMMANDS = {
    # question: the command, whose figures lie in FOLDER afterwards
    "methods": ["bench", "methods", "--gallery", "fashion-mnist"],
    "overhead": ["bench", "overhead", "--gallery", "fashion-mnist"],
    "engines": ["bench", "engines", "--gallery", "fashion-mnist", "--space", "pixels"],
    "growth": ["bench", "growth"],
}
RESUMABLE = ("engines", "growth")  # what takes long: --resume keeps what is there


def measure(question: str, resume: bool) -> None:
    """Run one command; its figures replace the older ones.

    Raises:
        CalledProcessError: it failed, and has said why.
    """
    anew = ["--fresh"] if question in RESUMABLE and not resume else []
    lookalike(*COMMANDS[question], *anew, "--out", str(FOLDER))


def lookalike(*arguments: str) -> None:
    """Run `python -m lookalike`, and show its progress only.

    Raises:
        CalledProcessError: it failed, and has said why.
    """
    command = [sys.executable, "-m", "lookalike", *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=FOLDER.parent)
