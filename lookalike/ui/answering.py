"""Everything that fills a panel: a method's answer, an answer to words, a thumb."""

from typing import Any

import gradio as gr

from lookalike.errors import LookalikeError
from lookalike.ui import drawings, panels, prose, votes
from lookalike.ui.chart import chart
from lookalike.ui.layout import READS_WORDS, Page
from lookalike.ui.listening import Updates, sent
from lookalike.ui.markup import problem
from lookalike.ui.problems import toast
from lookalike.ui.rounds import Choices, Round
from lookalike.ui.visit import Visit, ended
from lookalike.ui.visits import visits


class Answering:
    """Listeners of one method's panel, which is shown as a tab and as a row."""

    def __init__(self, page: Page, method: str) -> None:
        self.page = page
        self.name = method
        self.components = [page.rows[method], page.lists[method]]

    def answer(self, name: object, turn: object) -> Updates:
        """Let the method answer the round that the page shows.

        The panel is drawn in any case, whether the answer is new or not: the page has just drawn
        something else over it. Nothing is drawn for a round that has been overtaken, since the
        page is about to hear of the next one, and asks again.
        """
        visit = visits().get(name)
        if visit is None or visit.round is None:
            html = problem(ended().message, ended().hint) if turn else ""
            return dict.fromkeys(self.components, drawings.stamped(html, drawings.number()))
        asked = visit.round
        if not asked.is_shown(turn):
            return {self.page.latency: gr.skip()}
        asked.answer(self.name, visit.session)
        drawing = drawings.number()
        if visit.round is not asked:
            return {self.page.latency: gr.skip()}
        return {
            **self.draw(asked, drawing),
            self.page.latency: drawings.stamped(chart(asked), drawing),
        }

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
        asked = self._round(visit) if visit else None
        return self.draw(asked, drawing) if asked and self.name in asked.panels else {}

    def _round(self, visit: Visit) -> Round | None:
        return visit.round


class AnsweringWords(Answering):
    """Listeners of the panel for words."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.name = READS_WORDS
        self.components = [page.words_list]

    def _round(self, visit: Visit) -> Round | None:
        return visit.words

    def draw(self, asked: Round, drawing: int) -> Updates:
        """The panel's markup."""
        html = panels.words(asked.panels.get(self.name))
        return {self.page.words_list: drawings.stamped(html, drawing)}

    def read(self, name: object, kept: object, words: object, *choices: Any) -> Updates:
        """Let the method that reads words answer them."""
        name, visit = visits().get_or_open(name, kept)
        known = {self.page.visit: name}
        try:
            asked = visit.read(words, self.name, Choices.of(*choices))
            panel = asked.answer(self.name, visit.session)
            if isinstance(panel, LookalikeError):
                toast(panel)
            drawing = drawings.number()
            # Another photo or other words came meanwhile, and have drawn the page already.
            return {**known, **(self.draw(asked, drawing) if visit.words is asked else {})}
        except Exception as error:
            said = toast(error)
            html = drawings.stamped(problem(said.message, said.hint), drawings.number())
            return {**known, self.page.words_list: html}
