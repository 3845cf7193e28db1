"""Anything that went wrong as one sentence and a hint; the unexpected goes to the log as well."""

import logging
from html import escape

import gradio as gr

from lookalike.errors import LookalikeError

log = logging.getLogger(__name__)


def friendly(error: Exception) -> LookalikeError:
    """The error that a visitor may see."""
    if isinstance(error, LookalikeError):
        return error
    log.error("unexpected", exc_info=error)
    return LookalikeError("Something went wrong here.", "Try again; the server's log says more.")


def toast(error: Exception) -> LookalikeError:
    """Show the error in the page's corner; returns what it said."""
    said = friendly(error)
    gr.Warning(escape(f"{said.message} {said.hint}"))  # which draws markup
    return said


def refusal(error: Exception) -> gr.Error:
    """The error that an API client gets: the message and the hint."""
    said = friendly(error)
    return gr.Error(f"{said.message} {said.hint}", print_exception=False)
