"""What all listeners share: how they are bound, and what they take from an event."""

from typing import Any, TypeAlias

import gradio as gr

Updates: TypeAlias = dict[Any, Any]  # component: its new value

# Waiting for a model. One place in the queue for all: on few cores, methods that run together
# only slow each other's latency.
MODELS: dict[str, Any] = {"concurrency_id": "models", "concurrency_limit": 1}
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}  # while busy, only the last one waits
# Values as the browser sent them, which our own code checks: gr.Image would decode the photo itself
# and answer a damaged one with a traceback.
RAW: dict[str, Any] = {"preprocess": False}
FREE: dict[str, Any] = {"concurrency_limit": None}
# One after the other, as they came: of two thumbs on one card the later has to win.
VOTES: dict[str, Any] = {"concurrency_id": "votes", "concurrency_limit": 1}


def sent(event: gr.EventData, name: str) -> object:
    """One field of what a browser sent with an event; anything, or None."""
    return event._data.get(name) if isinstance(event._data, dict) else None
