"""How soon does an installed demo answer HTTP, and what does it take in memory once warm?"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from typing import Any

from lookalike.benchmarking import FOLDER

LIMIT = 120  # seconds to wait at most


def measure_startup() -> dict[str, Any]:
    """Seconds from starting app.py to its first answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"LOOKALIKE_PORT": str(port), "LOOKALIKE_HOME": home}
        start = time.monotonic()
        server = subprocess.Popen([sys.executable, "app.py"], cwd=FOLDER.parent, env=environment)
        try:
            seconds = _until_it_answers(f"http://127.0.0.1:{port}/", start)
        finally:
            server.terminate()
            server.wait(20)
    return {"seconds_to_first_answer": seconds}


def _until_it_answers(address: str, start: float) -> float:
    while time.monotonic() - start < LIMIT:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - start
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"app.py did not answer within {LIMIT} s")
