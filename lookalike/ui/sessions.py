"""Gradio's memory of a page or of an API client, which it keeps long after either has gone.

Gradio 6.31 holds the last value of every component for each session hash that ever came, also one
of a single API call, until newer ones push it out (`state_session_capacity`); an open page that is
pushed out loses its visit. So a page is forgotten when it unloads, an API client after each call.
"""

from typing import Any

import gradio as gr


def forget(request: gr.Request) -> None:
    """Forget a page that has unloaded, and end its visit."""
    holder = _holder(request)
    holder.delete_state(request.session_hash)  # calls back with the visit's name
    _drop(holder, request.session_hash)


def forget_caller(request: gr.Request) -> None:
    """Forget an API client after its call; a page by the same name stays."""
    holder = _holder(request)
    session = holder.session_data.get(request.session_hash)
    if session is not None and not session.state_data:
        _drop(holder, request.session_hash)


def _holder(request: gr.Request) -> Any:
    assert request.request is not None  # only None for a request that was made up
    return request.request.app.state_holder


def _drop(holder: Any, name: str | None) -> None:
    with holder.lock:
        holder.session_data.pop(name, None)
        holder.time_last_used.pop(name, None)
