"""Everything that begins a query: a photo, an example, a result, another box, other settings."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from lookalike import photos
from lookalike.detectors.base import Proposal
from lookalike.errors import LookalikeError
from lookalike.ui import panels
from lookalike.ui.examples import examples
from lookalike.ui.layout import Page
from lookalike.ui.listening import Updates, path_of, sent
from lookalike.ui.markup import problem
from lookalike.ui.problems import toast
from lookalike.ui.subject_box import dragged, same, shown
from lookalike.ui.visit import Asked, Choices, Visit, example

DRAGGED = "dragged"  # the subject that the visitor drew


class Asking:
    """Listeners that change the query and draw the page as it waits for answers."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.outputs = [
            page.turn,
            page.status,
            page.drop,
            page.stage,
            page.editor,
            page.subjects,
            page.examples,
            page.empty,
            page.latency,
            page.words_list,
            *page.rows.values(),
            *page.lists.values(),
        ]

    def photo(self, file: object, visit: Visit, turn: int, *choices: Any) -> Updates:
        """A photo came by upload, webcam or clipboard."""
        if file is None:
            return {self.page.turn: turn}

        def ask() -> None:
            visit.ask(photos.load(path_of(file)), Choices.of(*choices))

        return self._new_photo(ask, visit, turn)

    def example(self, event: gr.EventData, visit: Visit, turn: int, *choices: Any) -> Updates:
        """An example was chosen."""

        def ask() -> None:
            chosen = Choices.of(*choices)
            visit.ask_whole(example(chosen.gallery, sent(event, "position")), chosen)

        return self._new_photo(ask, visit, turn)

    def item(self, event: gr.EventData, visit: Visit, turn: int, *choices: Any) -> Updates:
        """A result was clicked and becomes the query."""

        def ask() -> None:
            gallery, item = visit.shown_item(sent(event, "token"), sent(event, "item"))
            visit.ask_whole(gallery[item].photo(), Choices.of(*choices), exclude=item)

        return self._new_photo(ask, visit, turn)

    def proposal(self, choice: object, visit: Visit, turn: int) -> Updates:
        """One of the proposals was chosen."""

        def ask() -> None:
            proposals = visit.known_query().subject.proposals
            if type(choice) is not int or not 0 <= choice < len(proposals):
                raise LookalikeError("There is no such proposal.", "Choose one of those shown.")
            visit.ask_again(proposals[choice].box, proposals[choice].source)

        return self._told(ask) or self._waiting(visit, turn)

    def box(self, value: object, visit: Visit, turn: int) -> Updates:
        """The box was dragged; the editor also says so when the server has moved it."""
        query, moved = visit.query, False

        def ask() -> None:
            nonlocal moved
            box = dragged(value, query.view) if query else None
            moved = bool(query and box and not same(box, query.subject.box, query.view))
            if box and moved:
                visit.ask_again(box, DRAGGED)

        failed = self._told(ask)
        if failed or not moved:
            return failed or {self.page.turn: turn}
        # The editor is left alone: the visitor may still have it in hand.
        return {**self._waiting(visit, turn), self.page.editor: gr.skip()}

    def settings(self, visit: Visit, turn: int, *values: Any) -> Updates:
        """Another gallery, number of results, methods or weights."""
        chosen: list[Choices] = []

        def ask() -> None:
            chosen.append(Choices.of(*values))
            if visit.query:
                visit.choose(chosen[0])

        failed = self._told(ask)
        if failed or visit.query is None:
            return failed or {self.page.examples: examples(chosen[0].gallery)}
        return self._waiting(visit, turn)

    def _new_photo(self, ask: Callable[[], None], visit: Visit, turn: int) -> Updates:
        page = self.page
        failed = self._told(ask)
        # Emptied either way, so that the same file chosen again is a change again.
        empty = {page.drop: gr.update(value=None) if failed else _hidden(value=None)}
        return {**(failed or self._waiting(visit, turn)), **empty}

    def _told(self, ask: Callable[[], None]) -> Updates:
        """Do it; what to show when that fails, else nothing."""
        try:
            ask()
            return {}
        except Exception as error:
            said = toast(error)
            return {self.page.status: problem(said.message, said.hint)}

    def _waiting(self, visit: Visit, turn: int) -> Updates:
        """The photo with its box, and waiting cards for every chosen method."""
        page, query = self.page, visit.known_query()
        return {
            page.turn: turn + 1,
            page.status: "",
            page.stage: gr.update(visible=True),
            page.editor: shown(query.view, query.subject.box),
            page.subjects: _subjects(query),
            page.empty: panels.HINT,
            page.latency: "",
            page.words_list: "",
            page.examples: examples(query.choices.gallery),
            **self._ghosts(query.choices),
        }

    def _ghosts(self, choices: Choices) -> Updates:
        updates: Updates = {}
        for method, row in self.page.rows.items():
            wanted = method in choices.methods
            tab = (
                panels.tab(method, None, choices.k) if wanted else panels.left_out(method, choices)
            )
            updates[row] = panels.row(method, None, choices.k) if wanted else ""
            updates[self.page.lists[method]] = tab
        return updates


def another() -> tuple[Any, Any]:
    """Swap the photo for the drop area."""
    return _hidden(), gr.update(visible=True, value=None)


def _hidden(**changes: Any) -> Any:
    return gr.update(visible=False, **changes)


def _subjects(query: Asked) -> Any:
    """The proposals as choices; none is pressed when the box is the visitor's own."""
    subject = query.subject
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
