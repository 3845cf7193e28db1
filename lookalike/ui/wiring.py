"""Which listener answers what a visitor does.

A round begins in `Asking`, which draws waiting cards everywhere and changes `turn`, the name of the
round in the browser. That change triggers a listener per method, so each fills in as soon as its
method is ready, and names the round that the page shows, so each knows which one is meant.
"""

from typing import Any

import gradio as gr

from lookalike.ui import prose, votes
from lookalike.ui.answering import Answering
from lookalike.ui.asking import Asking, another
from lookalike.ui.layout import Page
from lookalike.ui.listening import FREE, LATEST, MODELS, QUIET, RAW, VOTES
from lookalike.ui.problems import toast
from lookalike.ui.sessions import forget
from lookalike.ui.visits import visits
from lookalike.ui.warmup import WARMUP


def wire(page: Page, blocks: gr.Blocks) -> None:
    """Bind every listener of the page; inside its gr.Blocks context."""
    asking = Asking(page)
    _wire_photo(page, asking)
    _wire_words(page, asking)
    _wire_subject(page, asking)
    _wire_settings(page, asking)
    settle = asking.waiting.settle
    page.turn.change(settle, _shown(page), asking.waiting.stage, **FREE, **LATEST, **QUIET)
    for method in page.rows:
        _wire_method(page, asking, method)
    _wire_benchmark(page)
    page.timer.tick(_warmth, None, [page.warmth, page.timer], **QUIET)
    blocks.load(_greet, [page.kept], [page.kept, page.visit, page.counter], **QUIET)
    blocks.unload(forget)


def _wire_photo(page: Page, asking: Asking) -> None:
    state = [*_known(page), *page.said, *page.choices]
    page.drop.input(asking.photo, [page.drop, *state], asking.outputs, **MODELS, **QUIET, **RAW)
    page.examples.example(asking.example, state, asking.outputs, **MODELS, **QUIET, **RAW)
    page.another.click(another, [page.visit], [page.stage, page.drop], **QUIET)


def _wire_words(page: Page, asking: Asking) -> None:
    state = [*_known(page), *page.said, *page.choices]
    bound = {**FREE, **LATEST, **QUIET, **RAW}
    changed = [page.words.submit, page.weight.release]
    gr.on(changed, asking.words, state, asking.outputs, **bound)
    page.words.stop(asking.no_words, state, asking.outputs, **bound)


def _wire_subject(page: Page, asking: Asking) -> None:
    bound = {**FREE, **LATEST, **QUIET, **RAW}
    state = _known(page)
    page.editor.change(asking.box, [page.editor, *state], asking.outputs, **bound)
    page.subjects.input(asking.proposal, [page.subjects, *state], asking.outputs, **bound)


def _wire_settings(page: Page, asking: Asking) -> None:
    changed = [page.k.release, page.methods.input, page.weights.input, page.gallery.input]
    state = [*_known(page), *page.choices]
    gr.on(changed, asking.settings, state, asking.outputs, **FREE, **LATEST, **QUIET, **RAW)


def _wire_method(page: Page, asking: Asking, method: str) -> None:
    answering = Answering(page, method)
    shown = _shown(page)
    page.turn.change(answering.answer, shown, answering.outputs, **MODELS, **LATEST, **QUIET)
    _wire_cards(page, asking, answering)


def _wire_benchmark(page: Page) -> None:
    bound = {**FREE, **LATEST, **QUIET, **RAW}
    shows = [page.benchmark.tab.select, page.gallery.input]
    gr.on(shows, page.benchmark.fill, [page.gallery], page.benchmark.outputs, **bound)


def _wire_cards(page: Page, asking: Asking, answering: Answering) -> None:
    state = [*_known(page), *page.said, *page.choices]
    voted = [*answering.components, page.counter]
    for component in answering.components:
        component.pick(asking.item, state, asking.outputs, **MODELS, **QUIET, **RAW)
        # Every thumb counts, also while the one before is on its way.
        bound: dict[str, Any] = {**VOTES, **QUIET, "trigger_mode": "multiple"}
        component.vote(answering.vote, [page.visit], voted, **bound)


def _known(page: Page) -> list[Any]:
    """What every listener takes that begins a round: who asks, and on which page."""
    return [page.visit, page.kept, page.turn]


def _shown(page: Page) -> list[Any]:
    return [page.visit, page.turn]


def _greet(kept: object) -> tuple[str, str, str]:
    """A browser opened the page: find its thumbs again, and show how many there are."""
    session = votes.session_or_new(kept)
    name = visits().open(session)
    try:
        return session, name, prose.collected(votes.count())
    except Exception as error:
        toast(error)
        return session, name, ""


def _warmth() -> tuple[Any, Any]:
    if WARMUP.finished:
        return "", gr.Timer(active=False)
    return prose.warming(len(WARMUP.done), len(WARMUP.methods)), gr.skip()
