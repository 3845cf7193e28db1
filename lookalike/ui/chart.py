"""How long each method took, as bars: encode, search, rerank; detection apart."""

from lookalike.encoders import registry
from lookalike.search.response import Answer
from lookalike.ui.markup import milliseconds, text
from lookalike.ui.rounds import Listing, Round

STEPS = ("encode", "search", "rerank")


def chart(asked: Round) -> str:
    """The bars of the answers that are in, in the page's order; "" before the first."""
    said = asked.panels
    panels = [said.get(method) for method in asked.choices.methods]
    answers = [panel.answer for panel in panels if isinstance(panel, Listing)]
    if not answers:
        return ""
    bars = "".join(_bar(answer, _scale(answers)) for answer in answers)
    return (
        '<section class="lk-latency" aria-label="Latency"><header><h3>How long it took</h3>'
        f"{_legend()}</header>{_detection(asked)}"
        f"<ul>{bars}</ul></section>"
    )


def _scale(answers: list[Answer]) -> float:
    """Milliseconds that fill the width. A model's loading would leave the rest without length."""
    warm = [answer.ms.total for answer in answers if not answer.cold]
    return max(warm or [answer.ms.total for answer in answers]) or 1.0


def _bar(answer: Answer, full: float) -> str:
    times = {step: getattr(answer.ms, step) for step in STEPS}
    shrink = 100 / max(full, answer.ms.total)
    parts = "".join(
        f'<i class="lk-{step}" style="width:{ms * shrink:.2f}%"></i>' for step, ms in times.items()
    )
    values = ", ".join(f"{step} {milliseconds(ms)}" for step, ms in times.items() if ms)
    cold = '<span class="lk-cold">cold, with loading</span>' if answer.cold else ""
    return (
        f'<li class="{"lk-bar lk-is-cold" if answer.cold else "lk-bar"}">'
        f"<b>{text(registry.spec(answer.method).title)}</b>"
        f'<span class="lk-track" aria-hidden="true">{parts}</span>'
        f"<span><strong>{milliseconds(answer.ms.total)}</strong> {cold}"
        f"<small>{values}</small></span></li>"
    )


def _legend() -> str:
    keys = "".join(f'<span><i class="lk-{step}"></i>{step}</span>' for step in STEPS)
    return f'<p class="lk-legend" aria-hidden="true">{keys}</p>'


def _detection(asked: Round) -> str:
    if asked.query.subject is None:
        return ""  # words
    ms = asked.query.subject.ms
    if not ms:
        return '<p class="lk-hint">Subject: chosen by you, nothing detected.</p>'
    return (
        f'<p class="lk-hint">Finding the subject took <strong>{milliseconds(ms)}</strong>, '
        "once for all methods.</p>"
    )
