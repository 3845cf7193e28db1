"""Everything that begins a round: a photo, words, an example, a result, a box, settings."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from lookalike import photos
from lookalike.errors import LookalikeError
from lookalike.ui.examples import examples
from lookalike.ui.layout import Page
from lookalike.ui.listening import Updates, sent
from lookalike.ui.markup import problem
from lookalike.ui.problems import toast
from lookalike.ui.rounds import Choices, example
from lookalike.ui.subject_box import dragged, same
from lookalike.ui.uploads import SPENT, path_of
from lookalike.ui.visit import Visit
from lookalike.ui.visits import visits
from lookalike.ui.waiting import Waiting
from lookalike.ui.words import typed

DRAGGED = "dragged"  # the subject that the visitor drew


class Asking:
    """Listeners that begin a round and draw the page as it waits for answers.

    Each takes the name of the visit, the session that the browser keeps, and which round the page
    says that it shows.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.waiting = Waiting(page)
        self.outputs = [page.visit, page.status, *self.waiting.outputs]

    def photo(
        self,
        file: object,
        name: object,
        kept: object,
        turn: str,
        words: object,
        weight: float,
        *choices: Any,
    ) -> Updates:
        """A photo came by upload, webcam or clipboard; what stands in the words' box counts."""
        if file is None:
            return {self.page.status: gr.skip()}

        def ask(visit: Visit) -> None:
            path = path_of(file)
            SPENT.add(path)
            visit.ask(photos.load(path), Choices.of(*choices), typed(words), weight)

        return self._new_photo(ask, name, kept)

    def example(
        self,
        event: gr.EventData,
        name: object,
        kept: object,
        turn: str,
        words: object,
        weight: float,
        *choices: Any,
    ) -> Updates:
        """An example was chosen."""

        def ask(visit: Visit) -> None:
            chosen = Choices.of(*choices)
            photo = example(chosen.gallery, sent(event, "position"))
            visit.ask_whole(photo, chosen, typed(words), weight)

        return self._new_photo(ask, name, kept)

    def item(
        self,
        event: gr.EventData,
        name: object,
        kept: object,
        turn: str,
        words: object,
        weight: float,
        *choices: Any,
    ) -> Updates:
        """A result was clicked and becomes the query."""

        def ask(visit: Visit) -> None:
            gallery, item = visit.shown_item(sent(event, "token"), sent(event, "item"))
            photo, chosen = gallery[item].photo(), Choices.of(*choices)
            visit.ask_whole(photo, chosen, typed(words), weight, exclude=item)

        return self._new_photo(ask, name, kept)

    def words(
        self,
        name: object,
        kept: object,
        turn: str,
        words: object,
        weight: float,
        *choices: Any,
    ) -> Updates:
        """Words were entered, or their share beside the photo was changed."""

        def ask(visit: Visit) -> None:
            visit.say(typed(words), weight, Choices.of(*choices))

        return self._asked(ask, name, kept)

    def no_words(
        self,
        name: object,
        kept: object,
        turn: str,
        words: object,
        weight: float,
        *choices: Any,
    ) -> Updates:
        """The words were cleared."""
        updates = self.words(name, kept, turn, None, weight, *choices)
        cleared = updates.get(self.page.words) or gr.update()
        return {**updates, self.page.words: {**cleared, "value": ""}}

    def proposal(self, choice: object, name: object, kept: object, turn: str) -> Updates:
        """One of the proposals was chosen."""

        def ask(visit: Visit) -> None:
            proposals = visit.photo_on(turn).subject.proposals
            if type(choice) is not int or not 0 <= choice < len(proposals):
                raise LookalikeError("There is no such proposal.", "Choose one of those shown.")
            visit.ask_proposal(proposals[choice])

        # The choices are left alone: the visitor may have pressed another one meanwhile.
        return {**self._asked(ask, name, kept), self.page.subjects: gr.skip()}

    def box(self, value: object, name: object, kept: object, turn: str) -> Updates:
        """The box was dragged; the editor also says so when the server has moved it."""

        def ask(visit: Visit) -> None:
            asked = visit.round
            if not turn or (asked and not asked.is_shown(turn)):
                return  # the editor says what the server has drawn and, by now, replaced
            asked = visit.photo_on(turn)
            box = dragged(value, asked.view)
            if box and not same(box, asked.subject.box, asked.view):
                visit.ask_box(box, DRAGGED)

        # The editor is left alone: the visitor may still have it in hand.
        return {**self._asked(ask, name, kept), self.page.editor: gr.skip()}

    def settings(self, name: object, kept: object, turn: str, *values: Any) -> Updates:
        """Another gallery, number of results, methods or weights."""

        def ask(visit: Visit) -> None:
            chosen = Choices.of(*values)
            if turn:
                visit.round_on(turn)
            if visit.round:
                visit.choose(chosen)

        gallery = {self.page.examples: examples(str(values[0]))} if not turn else {}
        return {**gallery, **self._asked(ask, name, kept)}

    def _new_photo(self, ask: Callable[[Visit], None], name: object, kept: object) -> Updates:
        # Emptied either way, so that the same file chosen again is a change again.
        return {self.page.drop: gr.update(value=None), **self._asked(ask, name, kept)}

    def _asked(self, ask: Callable[[Visit], None], name: object, kept: object) -> Updates:
        """Do it; the page as it waits, if that has begun a round, or what went wrong."""
        name, visit = visits().get_or_open(name, kept)
        before = visit.round
        updates: Updates = {self.page.visit: name}
        try:
            ask(visit)
        except Exception as error:
            said = toast(error)
            return {**updates, self.page.status: problem(said.message, said.hint)}
        if visit.round is before:
            return updates
        if visit.round is None:
            return {**updates, self.page.status: "", **self.waiting.start()}
        visits().trim()
        return {**updates, self.page.status: "", **self.waiting.draw(visit)}


def another(name: object) -> tuple[Any, Any]:
    """Swap the photo for the drop area; words are then searched for alone."""
    visit = visits().get(name)
    if visit:
        visit.put_away = True
    return gr.update(visible=False), gr.update(visible=True, value=None)
