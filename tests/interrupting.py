"""Runs that are cut short: by Ctrl+C at a step of their progress, by kill -9 at an image."""

import signal
import subprocess
import sys


def stop_after(done):
    """A progress callback that acts like Ctrl+C once so many are done."""

    def progress(now, total):
        if now == done:
            raise KeyboardInterrupt

    return progress


ADDING = """
import os, signal, sys
from pathlib import Path
from lookalike import photos
from lookalike.galleries import changes
changes.SHARD = 3
load, read = photos.load, []
def die_at_the_last(path):
    read.append(path)
    if len(read) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return load(path)
photos.load = die_at_the_last
changes.add_folder(Path(sys.argv[1]), "mine")
"""


def kill_adding(folder, reads):
    """Add a folder to the gallery mine, three images to a file, and die of so many reads."""
    command = [sys.executable, "-c", ADDING, str(folder), str(reads)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
