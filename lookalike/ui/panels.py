"""What a method's tab and its row in the comparison show: waiting, results, or an error."""

from lookalike.encoders import registry
from lookalike.encoders.base import EncoderSpec, WeightsSpec
from lookalike.errors import LookalikeError
from lookalike.ui import matches, words
from lookalike.ui.cards import cards
from lookalike.ui.markup import milliseconds, photo_uri, problem, text
from lookalike.ui.rounds import Choices, Listing, Panel, Round

EMPTY = (
    '<div class="lk-empty"><svg viewBox="0 0 120 72" aria-hidden="true">'
    '<rect x="2" y="14" width="44" height="44" rx="8"/><circle cx="17" cy="29" r="4"/>'
    '<path d="m4 52 14-13 10 9 6-5 11 10"/><path class="lk-dash" d="M54 36h16m-5-5 5 5-5 5"/>'
    '<rect x="78" y="6" width="18" height="18" rx="4"/><rect x="100" y="6" width="18" height="18" '
    'rx="4"/><rect x="78" y="28" width="18" height="18" rx="4"/><rect x="100" y="28" width="18" '
    'height="18" rx="4"/><rect x="78" y="50" width="18" height="18" rx="4"/><rect x="100" y="50" '
    'width="18" height="18" rx="4"/></svg>'
    "<strong>Nothing searched yet</strong>"
    "<span>Drop in a photo, describe it in words, or choose an example. Each method shows what "
    "it finds here, as soon as it is ready.</span></div>"
)


def both(method: str, asked: Round) -> tuple[str, str]:
    """A method's row and its tab, as far as the round has come."""
    choices = asked.choices
    if method not in choices.methods:
        return "", left_out(method, choices)
    if asked.query.heard_by(method) is None:
        return "", words.does_not_read(method)
    panel, said = asked.panels.get(method), words.answered(method, asked)
    return row(method, panel, choices.k, said), tab(method, panel, choices.k, said)


def tab(method: str, panel: Panel | None, k: int, said: str = "") -> str:
    """A method's tab; `None` is a method at work, `said` what of the query it answers."""
    spec = registry.spec(method)
    if panel is None:
        return f"{_about(spec, said)}{_waiting(k)}"
    if isinstance(panel, LookalikeError):
        return _about(spec, said) + problem(panel.message, panel.hint)
    about = f"{_about(spec, said + _verdict(panel))}{_rebuilt(panel)}"
    return f"{about}{cards(panel)}{matches.measured(panel.answer)}{_weights(panel)}"


def row(method: str, panel: Panel | None, k: int, said: str = "") -> str:
    """A method's row in the side-by-side comparison."""
    if isinstance(panel, LookalikeError):
        body, facts = problem(panel.message, panel.hint), ""
    elif panel is None:
        body, facts = _waiting(k), '<span class="lk-meta">searching…</span>'
    else:
        body, facts = cards(panel), _verdict(panel)
    title = text(registry.spec(method).title)
    return (
        f'<section class="lk-row" aria-label="{title}">'
        f"<header><h3>{title}</h3>{said}{facts}</header>"
        f'<div class="lk-strip" tabindex="0" role="group" aria-label="Results of {title}">'
        f"{body}</div></section>"
    )


def left_out(method: str, choices: Choices) -> str:
    """The tab of a method that is not asked; Gradio 6.31 can't hide one that was never opened."""
    title = text(registry.spec(method).title)
    if method in choices.not_indexed:
        missing = f"{title} has no index of this gallery."
        build = f"`python -m lookalike index build --gallery {choices.gallery} --method {method}`"
        return problem(missing, f"Build one with {build}.")
    return (
        f'<p class="lk-hint">{title} is not chosen. Tick it in the settings to search with it.</p>'
    )


def _about(spec: EncoderSpec, verdict: str) -> str:
    return (
        f'<header class="lk-about"><h3>{text(spec.title)}</h3>{verdict}'
        f"<p>{text(spec.summary)}</p></header>"
    )


def _verdict(listing: Listing) -> str:
    answer = listing.answer
    cold = '<span class="lk-cold">cold start</span>' if answer.cold else ""
    weights = "no" if answer.weights == "none" else text(answer.weights)
    return (
        f'<span class="lk-meta"><span class="lk-weights">{weights} weights</span>'
        f"<span>{milliseconds(answer.ms.total)}</span>{cold}{matches.verdict(answer)}</span>"
    )


def _weights(listing: Listing) -> str:
    answer = listing.answer
    spec = registry.spec(answer.method)
    used = next(weights for weights in spec.weights if weights.name == answer.weights)
    return (
        f'<p class="lk-source">{_origin(used)} Licence: {text(used.licence)}. '
        f"Engine: {text(answer.engine)}. Paper: {text(spec.paper)}</p>"
    )


def _origin(weights: WeightsSpec) -> str:
    if weights.source == "none":
        return "Nothing is trained."
    revision = f" at {weights.revision[:12]}" if weights.revision else ""
    return (
        f"Weights: <b>{text(weights.name)}</b>, {text(weights.location + revision)}. "
        f"Trained on {text(weights.trained_on)}."
    )


def _rebuilt(listing: Listing) -> str:
    if listing.rebuilt is None:
        return ""
    return (
        f'<figure class="lk-rebuilt"><img src="{photo_uri(listing.rebuilt)}" '
        'alt="The subject, rebuilt from its vector"><figcaption>What the vector still holds of '
        "your photo: the decoder rebuilt this from it.</figcaption></figure>"
    )


def _waiting(k: int) -> str:
    card = '<li class="lk-card lk-ghost"><span></span><i></i><i></i></li>'
    return f'<ol class="lk-cards" aria-busy="true" aria-label="Searching">{card * k}</ol>'
