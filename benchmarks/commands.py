"""What the command line measures: here it is only called."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
COMMANDS = {
    # question: the command; its figures lie in FOLDER afterwards
    "quality": ["evaluate", "--gallery", "fashion-mnist", "--queries", "1000"],
    "methods": ["bench", "methods", "--gallery", "fashion-mnist"],
    "overhead": ["bench", "overhead", "--gallery", "fashion-mnist"],
    "engines": ["bench", "engines", "--gallery", "fashion-mnist", "--space", "pixels"],
    "growth": ["bench", "growth"],
}
FOLDERS = {"quality": FOLDER / "fashion-mnist"}
RESUMABLE = ("engines", "growth")  # what takes long: --resume keeps what is there


def run(question: str, resume: bool) -> None:
    """Run one command; its figures replace the older ones.

    Raises:
        CalledProcessError: it failed, and has said why.
    """
    command = [sys.executable, "-m", "lookalike", *COMMANDS[question]]
    command += ["--out", str(FOLDERS.get(question, FOLDER))]
    if question in RESUMABLE and not resume:
        command.append("--fresh")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=FOLDER.parent)
