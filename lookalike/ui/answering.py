"""Everything that fills a panel: a method's answer, a thumb."""

import gradio as gr

from lookalike.encoders.registry import reads_words
from lookalike.ui import drawings, panels, prose, votes
from lookalike.ui.chart import chart
from lookalike.ui.layout import Page
from lookalike.ui.listening import Updates, sent
from lookalike.ui.markup import problem
from lookalike.ui.problems import toast
from lookalike.ui.rounds import Round
from lookalike.ui.visit import Visit, ended
from lookalike.ui.visits import visits
from lookalike.ui.words import note


class Answering:
    """Listeners of one method's panel, which is shown as a tab and as a row."""

    def __init__(self, page: Page, method: str) -> None:
        self.page = page
        self.name = method
        self.components = [page.rows[method], page.lists[method]]
        self.outputs = [*self.components, page.latency, page.note]

    def answer(self, name: object, turn: object) -> Updates:
        """Let the method answer the round that the page shows.

        The panel is drawn in any case, whether the answer is new or not: the page has just drawn
        something else over it. Nothing is drawn for a round that has been overtaken, since the
        page is about to hear of the next one, and asks again.
        """
        visit = visits().get(name)
        if not turn:
            return {self.page.latency: gr.skip()}  # the page is as it was opened
        if visit is None or visit.round is None:
            html = problem(ended().message, ended().hint)
            return dict.fromkeys(self.components, drawings.stamped(html, drawings.number()))
        asked = visit.round
        if not asked.is_shown(turn):
            return {self.page.latency: gr.skip()}
        asked.answer(self.name, visit.session)
        drawing = drawings.number()
        if visit.round is not asked:
            return {self.page.latency: gr.skip()}
        drawn = {
            **self.draw(asked, drawing),
            self.page.latency: drawings.stamped(chart(asked), drawing),
        }
        if asked.query.words and reads_words(self.name):
            said = note(list(self.page.rows), asked)
            drawn[self.page.note] = drawings.stamped(said, drawing)
        return drawn

    def draw(self, asked: Round, drawing: int) -> Updates:
        """The panel's markup, wherever it is shown."""
        row, tab = panels.both(self.name, asked)
        parts = zip(self.components, (row, tab), strict=True)
        return {part: drawings.stamped(html, drawing) for part, html in parts}

    def vote(self, event: gr.EventData, name: object) -> Updates:
        """Store a thumb and show it; undo what the browser drew when that fails."""
        visit = visits().get(name)
        try:
            pressed = [sent(event, field) for field in ("token", "item", "vote", "press")]
            if visit:
                visit.vote(*pressed)
            else:  # the visit has ended, but its results are still known
                votes.cast(*pressed[:3])
            counter = {self.page.counter: prose.collected(votes.count())}
            return {**counter, **self._redraw(visit)}
        except Exception as error:
            said = toast(error)
        parts = self._redraw(visit)
        if parts:
            return parts
        # A page from before the server was started anew.
        html = drawings.stamped(problem(said.message, said.hint), drawings.number())
        return dict.fromkeys(self.components, html)

    def _redraw(self, visit: Visit | None) -> Updates:
        """The panel as it stands, if there is one."""
        drawing = drawings.number()
        asked = visit.round if visit else None
        return self.draw(asked, drawing) if asked and self.name in asked.panels else {}
