"""A method that the user adapted has its row, its tab and its line of weights on the page."""

import gradio as gr
import pytest

from lookalike.encoders import registry
from lookalike.index.build import index_method
from lookalike.search import searcher
from lookalike.ui import panels
from lookalike.ui.layout import lay_out
from lookalike.ui.rounds import Listing
from tests.encoders import adaptations

NAME = "toy-on-toys"


@pytest.fixture
def page(make_gallery, home, toy):
    """The page, once the method is there and the gallery is indexed for it."""
    gallery = make_gallery()
    adaptations.write(home, NAME, "toy")
    index_method(gallery, NAME)
    with gr.Blocks():
        return lay_out()


def test_it_is_the_last_row_and_a_choice(page):
    assert list(page.rows)[-1] == list(page.lists)[-1] == NAME
    assert ("Toy on toys", NAME) in page.methods.choices


def test_its_tab_says_what_it_was_trained_on(page, pictures):
    finder = searcher("toys")
    answer = finder.answer(pictures(1)[0], NAME, 3)
    listing = Listing(answer, finder.gallery, "token", {})
    tab = panels.tab(NAME, listing, 3)
    assert "Toy on toys" in tab and "adapted weights" in tab
    assert f"{NAME}/adapted" in tab and "its last layer on toys" in tab
    assert "000.png" in panels.row(NAME, listing, 3)


def test_a_damaged_card_does_not_stop_the_page(page, home, caplog):
    (home / "models" / NAME / "adapted" / "card.json").write_text("{")
    registry.spec.cache_clear()
    with gr.Blocks():
        rows = lay_out().rows
    assert NAME not in rows and "resnet" in rows
    assert "card" in caplog.text
