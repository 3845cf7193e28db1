"""Result cards: image, label, rank, distance, how good a match that is, and two thumbs."""

from lookalike.search.response import Result
from lookalike.ui.markup import THUMB_DOWN, THUMB_UP, distance, text
from lookalike.ui.matches import badge
from lookalike.ui.rounds import Listing
from lookalike.ui.thumbnails import item_address

# Metadata that says where an item comes from, and how the card says it.
CREDITS = {"medium": "", "author": "by ", "licence": "licence: ", "source": "from "}


def cards(listing: Listing) -> str:
    """An ordered list of all results. Buttons carry data-token, data-item and data-vote."""
    items = "".join(_card(listing, result) for result in listing.answer.results)
    return f'<ol class="lk-cards">{items}</ol>'


def _card(listing: Listing, result: Result) -> str:
    names = f'data-token="{text(listing.token)}" data-item="{result.id}"'
    label = result.label or result.name
    image = text(item_address(listing.gallery, result.id))
    return (
        f'<li class="lk-card" title="{text(_origin(result))}">'
        f'<button type="button" class="lk-pick" {names} '
        f'aria-label="Search with result {result.rank}, {text(label)}">'
        f'<img src="{image}" alt="" loading="lazy" decoding="async"></button>'
        f'<div class="lk-facts"><span class="lk-rank">{result.rank}</span>'
        f'<span class="lk-label">{text(label)}</span></div>'
        f'<div class="lk-near"><span class="lk-distance">'
        f'<span class="lk-long">distance </span>{distance(result.distance)}</span>'
        f"{badge(listing.answer, result)}</div>"
        f"{_thumbs(names, listing.thumbs.get(result.id, 0), result.rank, label)}</li>"
    )


def _origin(result: Result) -> str:
    """The item's name, and whose it is where the gallery knows: some licences ask for that."""
    said = [result.name]
    for what, title in CREDITS.items():
        if found := result.metadata.get(what):
            said.append(f"{title}{found}")
    return "\n".join(said)


def _thumbs(names: str, current: int, rank: int, label: str) -> str:
    about = f"result {rank}, {label}"
    return (
        f'<div class="lk-thumbs" role="group" aria-label="Your vote on {text(about)}">'
        f"{_thumb(names, 1, current, 'looks like it', about, THUMB_UP)}"
        f"{_thumb(names, -1, current, 'does not look like it', about, THUMB_DOWN)}</div>"
    )


def _thumb(names: str, vote: int, current: int, meaning: str, about: str, icon: str) -> str:
    way = "up" if vote > 0 else "down"
    pressed = "true" if vote == current else "false"
    return (
        f'<button type="button" class="lk-thumb lk-{way}" {names} data-vote="{vote}" '
        f'aria-pressed="{pressed}" aria-label="Thumbs {way}: {text(about)} {meaning}" '
        f'title="Thumbs {way}; press again to undo">{icon}</button>'
    )
