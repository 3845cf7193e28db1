"""Words in a real browser: alone, and beside a photo with the slider."""

import pytest
from playwright.sync_api import expect

from tests.ui.driving import methods

pytestmark = pytest.mark.browser

FIRST = methods()[0]


def _say(visitor, words):
    box = visitor.page.locator("#lk-words input")
    box.fill(words)
    box.press("Enter")


def test_words_alone_are_searched_where_photos_are(visitor):
    _say(visitor, "a red asdfgh")
    row = visitor.row("clip")
    expect(row).to_contain_text("“a red asdfgh”")
    expect(row.locator(".lk-pick")).to_have_count(10)
    expect(visitor.page.locator("#lk-note")).to_have_text(
        "Lookalike has never met the word “asdfgh”."
    )
    expect(visitor.page.locator("#lk-weight")).to_have_count(0)  # there is no photo to weigh
    row.locator(".lk-up").first.click()
    expect(visitor.choose_tab("clip").locator(".lk-up").first).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(visitor.choose_tab("resnet")).to_contain_text("ResNet does not read words.")
    visitor.press_tab("Side by side")
    visitor.page.get_by_role("button", name="Clear", exact=True).click()
    expect(visitor.page.get_by_text("Nothing searched yet").first).to_be_visible()
    expect(row.locator(".lk-pick")).to_have_count(0)


def test_words_refine_a_photo_and_a_slider_weighs_them(visitor, boot):
    visitor.search(boot)
    alone = {method: visitor.items(method) for method in methods()}
    token = visitor.token()
    _say(visitor, "a red dress")
    clip = visitor.row("clip")
    expect(clip).to_contain_text("the photo and “a red dress”")
    expect(clip.locator(".lk-pick")).to_have_count(10)
    assert visitor.items("clip") != alone["clip"]
    assert visitor.items(FIRST) == alone[FIRST] and visitor.token() == token  # not asked again
    expect(visitor.row(FIRST)).to_contain_text("the photo alone")
    slider = visitor.page.locator("#lk-weight input[type=range]")
    slider.focus()
    visitor.page.keyboard.press("Home")  # all photo
    expect(clip.locator(".lk-pick").first).to_have_attribute("data-item", alone["clip"][0])
    expect(slider).to_be_focused()
    visitor.page.get_by_role("button", name="Clear", exact=True).click()
    expect(clip).not_to_contain_text("a red dress")
    expect(visitor.page.locator("#lk-words input")).to_have_value("")
    expect(slider).to_have_count(0)
    visitor.wait()
    assert {method: visitor.items(method) for method in methods()} == alone
