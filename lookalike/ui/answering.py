"""Everything that fills a panel: a method's answer, an answer to words, a thumb."""

from typing import Any

import gradio as gr

from lookalike.ui import panels, prose, votes
from lookalike.ui.chart import chart
from lookalike.ui.layout import READS_WORDS, Page
from lookalike.ui.listening import Updates, sent
from lookalike.ui.markup import problem
from lookalike.ui.problems import toast
from lookalike.ui.visit import WORDS, Choices, Visit


class Answering:
    """Listeners of one method's panel, which is shown as a tab and as a row."""

    def __init__(self, page: Page, method: str) -> None:
        self.page = page
        self.name = method
        self.components = [page.rows[method], page.lists[method]]

    def answer(self, visit: Visit) -> Updates:
        """Let the method answer the query of the moment."""
        if not visit.answer(self.name):
            return {self.page.latency: gr.skip()}
        return {**self.draw(visit), self.page.latency: chart(visit)}

    def draw(self, visit: Visit) -> Updates:
        """The panel's markup, wherever it is shown."""
        panel = visit.panels.get(self.name)
        k = visit.query.choices.k if visit.query else 0
        row, tab = self.components
        return {row: panels.row(self.name, panel, k), tab: panels.tab(self.name, panel, k)}

    def vote(self, event: gr.EventData, visit: Visit) -> Updates:
        """Store a thumb and show it; undo what the browser drew when that fails."""
        try:
            pressed = [sent(event, field) for field in ("token", "item", "vote", "press")]
            visit.vote(self.name, *pressed)
            return {**self.draw(visit), self.page.counter: prose.collected(votes.count())}
        except Exception as error:
            said = toast(error)
        if self.name not in visit.panels:  # a page from before the server was started anew
            return dict.fromkeys(self.components, problem(said.message, said.hint))
        return {part: panels.redrawn(html) for part, html in self.draw(visit).items()}


class AnsweringWords(Answering):
    """Listeners of the panel for words."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.name = WORDS
        self.components = [page.words_list]

    def draw(self, visit: Visit) -> Updates:
        """The panel's markup."""
        return {self.page.words_list: panels.words(visit.panels.get(WORDS))}

    def read(self, visit: Visit, words: object, *choices: Any) -> Updates:
        """Let the method that reads words answer them."""
        try:
            visit.read(words, READS_WORDS, Choices.of(*choices))
            return self.draw(visit)
        except Exception as error:
            said = toast(error)
            return {self.page.words_list: problem(said.message, said.hint)}
