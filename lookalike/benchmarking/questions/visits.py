"""What visitors leave in the server's memory once they have closed the page."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from lookalike.benchmarking import memory
from lookalike.benchmarking.visiting import TIMEOUT_S, Page, photo
from lookalike.errors import LookalikeError

VISITS = 200  # one after the other
SIDE = 1600  # pixels of the photos, which the server looks at as they come
SETTLED_S = 60  # uploads are deleted 30 s after they came, and the server looks every 10 s


def measure_visits() -> dict[str, Any]:
    """Resident memory of the page's server before, during and after visits with a photo each.

    Raises:
        LookalikeError: the server ended, or a page was not answered.
    """
    memory.check()
    with tempfile.TemporaryDirectory() as home, _server(Path(home)) as (address, process):
        for seed in range(2):  # every model is loaded, and has run once
            _visit(address, seed)
        time.sleep(SETTLED_S)
        before = peak = _resident_mb(process)
        for seed in range(VISITS):
            _visit(address, seed + 2)
            peak = max(peak, _resident_mb(process))
        time.sleep(SETTLED_S)
        after = _resident_mb(process)
        files = [path for path in Path(home).rglob("*") if path.suffix in (".jpg", ".png")]
    return {
        "visits": VISITS,
        "side": SIDE,
        "before_mb": before,
        "peak_mb": peak,
        "after_mb": after,
        "growth": round(after / before - 1, 4),
        "files_left": len(files),
    }


def _visit(address: str, seed: int) -> None:
    if not Page(address).visit(photo(seed, SIDE)):
        raise LookalikeError("A page showed no results.", "Look at what the server printed.")


@contextmanager
def _server(home: Path) -> Iterator[tuple[str, int]]:
    """The page at an address, by a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"LOOKALIKE_HOME": str(home), "GRADIO_TEMP_DIR": str(home)}
    command = [sys.executable, "-m", "lookalike", "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            _wait(address, server)
            yield address, server.pid
        finally:
            server.terminate()


def _wait(address: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/gradio_api/startup-events", timeout=5).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise LookalikeError("The page does not answer.", "Look at what the server printed.")


def _resident_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return round(int(found.group(1)) / 1024, 1)
