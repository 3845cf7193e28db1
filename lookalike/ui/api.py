"""The named endpoints: search, vote, galleries and methods.

The page's own listeners are private. What comes here goes through the same `search` and the same
check of what was shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import gradio as gr

from lookalike import photos, search
from lookalike.encoders import registry
from lookalike.errors import LookalikeError
from lookalike.feedback.shown import new_session
from lookalike.galleries import gallery as galleries
from lookalike.photos import Photo
from lookalike.search.content import HALF
from lookalike.search.response import Response
from lookalike.ui import votes
from lookalike.ui.listening import FREE, MODELS, RAW, VOTES
from lookalike.ui.problems import refusal
from lookalike.ui.sessions import forget_caller
from lookalike.ui.uploads import SPENT, path_of


def add_endpoints() -> None:
    """Add them; inside a gr.Blocks context."""
    gr.api(list_galleries, api_name="galleries", **FREE)
    gr.api(list_methods, api_name="methods", **FREE)
    gr.api(cast_vote, api_name="vote", **VOTES)
    _add_search()


def _add_search() -> None:
    """Not by gr.api: only a component's file is checked to be one that was uploaded."""
    inputs = [
        gr.Image(None, type="filepath", visible=False, label="photo"),
        gr.Textbox(None, visible=False, label="gallery"),
        gr.JSON(None, visible=False, label="methods"),
        gr.Number(None, visible=False, label="k"),
        gr.Textbox("auto", visible=False, label="subject"),
        gr.Textbox(None, visible=False, label="weights"),
        gr.Textbox(None, visible=False, label="words"),
        gr.Number(HALF, visible=False, label="words_weight"),
    ]
    answer = gr.JSON(visible=False, label="answer")
    button = gr.Button(visible=False)
    button.click(search_photo, inputs, answer, api_name="search", **MODELS, **RAW)


def search_photo(
    request: gr.Request,
    photo: dict[str, Any] | None = None,
    gallery: str | None = None,
    methods: list[str] | None = None,
    k: int | None = None,
    subject: str = "auto",
    weights: str | None = None,
    words: str | None = None,
    words_weight: float = HALF,
) -> dict[str, Any]:
    """Find what in a gallery looks like the subject of a photo, is what words say, or both.

    `methods` lists names, all unless given; `subject` is auto, whole, or x1,y1,x2,y2 in pixels;
    `words_weight` is the words' share beside a photo, from 0 to 1. A method that does not read
    words answers the photo alone, and `read_words` says so. The answer has a token per method,
    with which its results can be voted on.
    """
    with _call(request):
        found = search.search(
            _load(photo),
            _text(gallery),
            _names(methods),
            k,
            _text(subject) or "auto",
            _text(weights),
            _text(words),
            words_weight,
        )
        return _with_tokens(found)


def _load(photo: object) -> Photo | None:
    if photo is None:
        return None
    path = path_of(photo)
    SPENT.add(path)
    return photos.load(path)


@contextmanager
def _call(request: gr.Request) -> Iterator[None]:
    """What goes wrong is explained, and nothing of the caller stays."""
    try:
        yield
    except Exception as error:
        raise refusal(error) from error
    finally:
        forget_caller(request)


def _text(value: object) -> str | None:
    return str(value) if value else None


def _names(methods: object) -> list[str] | None:
    if methods is None or (
        isinstance(methods, list) and all(isinstance(name, str) for name in methods)
    ):
        return methods
    raise LookalikeError("methods is not a list of names.", 'Use for example ["resnet"].')


def _with_tokens(found: Response) -> dict[str, Any]:
    gallery = galleries.open_gallery(found.gallery)
    session = new_session()
    answers = found.as_dict()
    for row, answer in zip(answers["methods"], found.answers, strict=True):
        heard = found.query.heard_by(answer.method) or found.query
        row["token"] = votes.remember(answer, gallery, session, heard)
    return answers


def cast_vote(request: gr.Request, token: str, item_id: int, vote: int) -> dict[str, int]:
    """Say that a result looks like the photo (1), does not (-1), or take that back (0)."""
    with _call(request):
        votes.cast(token, item_id, vote)
        return {"votes": votes.count()}


def list_galleries(request: gr.Request) -> list[dict[str, Any]]:
    """The galleries that can be searched, the default first."""
    with _call(request):
        return [_gallery(name) for name in galleries.names()]


def _gallery(name: str) -> dict[str, Any]:
    opened = galleries.open_gallery(name)
    return {"name": name, "title": opened.title, "count": opened.live_count}


def list_methods(request: gr.Request) -> list[dict[str, Any]]:
    """The methods that can answer, in the page's order, with the weights that each can use."""
    with _call(request):
        return [asdict(registry.spec(name)) for name in registry.names()]
