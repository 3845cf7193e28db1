"""Serves the page."""

import atexit
import os
import signal
import threading
import time
from importlib.resources import files
from pathlib import Path

import gradio as gr

from lookalike.errors import LookalikeError
from lookalike.settings import settings
from lookalike.ui import memory
from lookalike.ui.page import build
from lookalike.ui.theme import Lookalike
from lookalike.ui.thumbnails import routes
from lookalike.ui.uploads import SPENT, VARIABLE, Uploads, parent_folder
from lookalike.ui.visits import visits
from lookalike.ui.warmup import WARMUP

ASSETS = Path(str(files("lookalike.ui").joinpath("assets")))
SHARED = Path(str(files("lookalike").joinpath("assets")))  # with reports
SWEEP_S = 10.0  # between two looks for what has to go
WAITING = 200  # most events in the queue; a query takes one per method


def serve(host: str | None = None, port: int | None = None, block: bool = True) -> gr.Blocks:
    """Show the page; the models load in the background once it answers.

    Args:
        host: address to listen on; the setting's unless given, every one on a Space.
        port: port to listen on; the setting's unless given.
        block: stay until interrupted or terminated.

    Raises:
        LookalikeError: the port is taken.
        StorageError: there is no place for uploads.
    """
    memory.return_early()
    uploads = Uploads(parent_folder())
    os.environ[VARIABLE] = str(uploads.folder)
    atexit.register(uploads.remove)
    if block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # end as Ctrl-C ends it
    blocks = build().queue(max_size=WAITING)
    try:
        _launch(blocks, host or _host(), port or settings().port)
    except OSError as error:
        raise LookalikeError(
            f"The page cannot listen on port {port or settings().port}.",
            "Choose another one with LOOKALIKE_PORT or --port.",
        ) from error
    print(f"Lookalike is at {blocks.local_url}", flush=True)
    WARMUP.start()
    threading.Thread(target=_sweep, name="sweep", daemon=True).start()
    if block:
        blocks.block_thread()
    return blocks


def _sweep() -> None:
    """Let go what nobody needs any more, for as long as the process runs."""
    while True:
        time.sleep(SWEEP_S)
        visits().sweep()
        SPENT.sweep()
        memory.give_back()


def _host() -> str:
    return "0.0.0.0" if os.environ.get("SPACE_ID") else settings().host


def _launch(blocks: gr.Blocks, host: str, port: int) -> None:
    blocks.launch(
        server_name=host,
        server_port=port,
        theme=Lookalike(),
        css_paths=[
            *(SHARED / name for name in ("colours.css", "tables.css", "plots.css")),
            ASSETS / "page.css",
        ],
        favicon_path=ASSETS / "favicon.svg",
        ssr_mode=False,
        max_file_size=int(settings().max_photo_mb * 2**20),
        app_kwargs={"routes": routes()},
        footer_links=["api"],
        run_history=False,
        show_error=True,
        share=False,
        quiet=True,
        prevent_thread_lock=True,
    )
