"""The page once a round has begun: the photo with its box, and panels that wait for answers."""

from typing import Any

import gradio as gr

from lookalike.detectors.base import Proposal
from lookalike.ui import drawings, panels, prose, words
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
        photo = [page.drop, page.stage, page.editor, page.subjects]
        self.stage = [page.turn, *photo, page.words, page.weight, page.empty, page.examples]
        texts = [page.latency, page.note, *page.rows.values(), *page.lists.values()]
        self.outputs = [*self.stage, *texts]

    def draw(self, visit: Visit) -> Updates:
        """All of it."""
        drawing = drawings.number()
        asked = visit.round_on(None)
        page = self.page
        html = {page.latency: chart(asked), page.note: words.note(list(page.rows), asked)}
        for method in page.rows:
            html[page.rows[method]], html[page.lists[method]] = panels.both(method, asked)
        return {**self._stage(visit, asked, drawing), **_stamped(html, drawing)}

    def start(self) -> Updates:
        """The page as it was opened: nothing is searched for."""
        page = self.page
        html = {page.latency: "", page.note: words.note(list(page.rows))}
        html |= dict.fromkeys(page.rows.values(), "") | dict.fromkeys(
            page.lists.values(), panels.EMPTY
        )
        return {
            page.turn: "",
            page.stage: gr.update(visible=False),
            page.drop: gr.update(visible=True, value=None),
            **self._words(None),
            page.empty: panels.EMPTY,
            **_stamped(html, drawings.number()),
        }

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
        page, view = self.page, asked.query.view
        updates = {
            page.turn: asked.turn(drawing),
            page.stage: gr.update(visible=view is not None),
            page.drop: gr.update(visible=view is None, value=None),
            **self._words(asked),
            page.empty: words.hint(asked),
            page.examples: examples(asked.choices.gallery),
        }
        if view is None:
            return updates
        file = visit.picture(asked, lambda: picture(view))
        updates[page.editor] = shown(view, asked.subject.box, file)
        updates[page.subjects] = _subjects(asked)
        return updates

    def _words(self, asked: Round | None) -> Updates:
        """The box for words and the slider beside a photo; their values are the visitor's."""
        said = asked.query.words is not None if asked else False
        photo = asked.query.photo is not None if asked else False
        return {
            self.page.words: gr.update(
                label=prose.REFINE if photo else prose.DESCRIBE,
                stop_btn=prose.CLEAR if said else False,
            ),
            self.page.weight: gr.update(visible=said and photo),
        }


def _stamped(html: dict[Any, str], drawing: int) -> Updates:
    return {part: drawings.stamped(text, drawing) for part, text in html.items()}


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
