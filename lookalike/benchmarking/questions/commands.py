"""What the command line measures: here it is only called."""

import json
import subprocess
import sys

from lookalike.benchmarking import FOLDER, engine_plots

COMMANDS = {
    # question: the command, whose figures lie in FOLDER afterwards
    "methods": ["bench", "methods", "--gallery", "fashion-mnist"],
    "overhead": ["bench", "overhead", "--gallery", "fashion-mnist"],
    "engines": ["bench", "engines", "--gallery", "fashion-mnist", "--space", "pixels"],
    "growth": ["bench", "growth"],
}
RESUMABLE = ("engines", "growth")  # what takes long: --resume keeps what is there


def run_command(question: str, resume: bool) -> None:
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


def draw() -> None:
    """Draw what engines.json holds anew."""
    bench = json.loads((FOLDER / "engines.json").read_text("utf-8"))
    engine_plots.save_engines(bench, FOLDER / "engines.svg")
    engine_plots.save_growth(bench, FOLDER / "growth.svg")
