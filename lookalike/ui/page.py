"""The page as one gr.Blocks; `launch.serve` shows it."""

import gradio as gr

from lookalike.ui.api import add_endpoints
from lookalike.ui.layout import lay_out
from lookalike.ui.wiring import wire

KEPT_S = 600  # seconds after which, and how often, uploaded files are deleted


def build() -> gr.Blocks:
    """The page. No model is loaded: see `warmup`."""
    with gr.Blocks(
        title="Lookalike",
        analytics_enabled=False,
        delete_cache=(KEPT_S, KEPT_S),
        fill_width=True,
    ) as blocks:
        page = lay_out()
        add_endpoints()  # first, since the page's own listeners take names too
        wire(page, blocks)
    return blocks
