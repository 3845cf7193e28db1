"""The page once a round has begun: the photo with its box, and panels that wait for answers."""

from typing import Any

import gradio as gr

from lookalike.detectors.base import Proposal
from lookalike.ui import drawings, panels
from lookalike.ui.chart import chart
from lookalike.ui.examples import examples
from lookalike.ui.layout import Page
from lookalike.ui.listening import Updates
from lookalike.ui.rounds import Round
from lookalike.ui.subject_box import picture, shown
from lookalike.ui.visit import Visit
from lookalike.ui.visits import visits


class Waiting:
    """Draws the newest round; `turn`, which each drawing changes, lets the methods answer it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stage = [page.turn, page.stage, page.editor, page.subjects, page.empty, page.examples]
        texts = [page.latency, page.words_list, *page.rows.values(), *page.lists.values()]
        self.outputs = [*self.stage, *texts]

    def draw(self, visit: Visit) -> Updates:
        """All of it."""
        drawing = drawings.number()
        asked = visit.round_on(None)
        page = self.page
        html = {page.latency: chart(asked), page.words_list: ""}
        for method in page.rows:
            html[page.rows[method]], html[page.lists[method]] = panels.both(method, asked)
        stamped = {part: drawings.stamped(text, drawing) for part, text in html.items()}
        return {**self._stage(visit, asked, drawing), **stamped}

    def settle(self, name: object, turn: object) -> Updates:
        """Draw the photo and its box once more when the page shows an older round.

        Two searches that began at almost the same time can arrive in either order. The panels keep
        the later drawing themselves; a changed `turn` lets the methods answer again.
        """
        visit = visits().get(name)
        drawing = drawings.number()
        asked = visit.round if visit else None
        if visit is None or asked is None or asked.is_shown(turn):
            return {self.page.turn: gr.skip()}
        return self._stage(visit, asked, drawing)

    def _stage(self, visit: Visit, asked: Round, drawing: int) -> Updates:
        page = self.page
        file = visit.picture(asked, lambda: picture(asked.view))
        return {
            page.turn: asked.turn(drawing),
            page.stage: gr.update(visible=True),
            page.editor: shown(asked.view, asked.subject.box, file),
            page.subjects: _subjects(asked),
            page.empty: panels.HINT,
            page.examples: examples(asked.choices.gallery),
        }


def _subjects(asked: Round) -> Any:
    """The proposals as choices; none is pressed when the box is the visitor's own."""
    subject = asked.subject
    choices = [(_title(found, rank), rank - 1) for rank, found in enumerate(subject.proposals, 1)]
    boxes = [found.box for found in subject.proposals]
    chosen = boxes.index(subject.box) if subject.box in boxes else None
    return gr.update(choices=choices, value=chosen)


def _title(found: Proposal, rank: int) -> str:
    if found.source == "whole photo":
        return "Whole photo"
    if found.name:
        return f"{found.name} {found.score:.0%}"
    return f"Subject {rank} ({found.score:.0%})"
