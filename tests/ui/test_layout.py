"""Which methods and weights the page offers."""

import gradio as gr
import pytest

from lookalike.encoders import registry
from lookalike.ui import layout
from lookalike.ui.wiring import wire


@pytest.mark.parametrize(
    ("there", "shown"),
    [
        (["vit", "resnet"], ["resnet", "vit"]),  # in the registry's order; no box for words
        (["clip"], ["clip"]),
        ([], registry.defaults()),  # each says how to build an index
    ],
)
def test_the_page_shows_the_methods_that_some_gallery_has_an_index_for(monkeypatch, there, shown):
    monkeypatch.setattr(layout, "indexed", lambda gallery: there)
    with gr.Blocks() as blocks:
        page = layout.lay_out()
        wire(page, blocks)
    assert list(page.rows) == list(page.lists) == shown


@pytest.mark.parametrize(
    ("setting", "offered"),
    [("embedded", ["embedded"]), ("hub", ["embedded", "hub"])],  # by an index, or by the setting
)
def test_the_page_offers_the_weights_that_can_answer(fresh_settings, setting, offered):
    fresh_settings(WEIGHTS=setting)
    with gr.Blocks():
        page = layout.lay_out()
    assert [value for _, value in page.weights.choices] == offered
