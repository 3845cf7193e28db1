"""The real server in a process of its own, and a headless Chromium: for tests and screenshots."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STARTS_WITHIN_S = 600  # generous: the machine may be busy with something else
SLOW_MS = 180_000  # so long a browser waits: a cold model takes a minute on a busy machine
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def chromium() -> str:
    """The browser's path.

    Raises:
        RuntimeError: there is none; the page is not tested then, so that is a failure.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        raise RuntimeError(
            "The page's tests need Chromium: apt-get install chromium, or name it in CHROMIUM."
        )
    return found


class Server:
    """`python app.py` on a free port, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Returns once the page answers.

        Raises:
            RuntimeError: it ended instead, or took too long.
        """
        log = (self.home / "server.log").open("ab")
        environment = {**os.environ, "LOOKALIKE_HOME": str(self.home)}
        environment["LOOKALIKE_PORT"] = str(self.port)
        command = [sys.executable, "app.py"]
        self._process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=log, stderr=log
        )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not _answers(self.url):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"The server did not start:\n{self.log()}")
            time.sleep(0.2)

    def kill(self) -> None:
        """kill -9, as a crash would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def terminate(self) -> None:
        """SIGTERM, as a service manager or a container sends it."""
        if self._process:
            self._process.terminate()
            self._process.wait(timeout=SLOW_MS / 1000)

    def log(self) -> str:
        """What the server has printed."""
        return (self.home / "server.log").read_text("utf-8", "replace")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
