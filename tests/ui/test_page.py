"""The page in a real browser: what a visitor can do, and what they see."""

import re
import zlib
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from lookalike.encoders import registry
from tests.ui.driving import methods

pytestmark = pytest.mark.browser

FIRST = methods()[0]


def test_an_upload_fills_every_row_and_every_tab(visitor, boot):
    visitor.search(boot)
    for method in methods():
        assert len(visitor.items(method)) == 10
    for method in methods():
        shown = visitor.choose_tab(method)
        expect(shown.locator(".lk-card")).to_have_count(10)
        expect(shown).to_contain_text(re.compile("(embedded|no) weights"))
        expect(shown).to_contain_text("likely a match")
    visitor.page.get_by_role("tab", name="Side by side").click()
    expect(visitor.page.locator(".lk-bar")).to_have_count(len(methods()))


def test_a_webcam_photo_is_searched(visitor):
    drop = visitor.page.locator("#lk-drop")
    drop.get_by_role("button", name="Capture from camera").click()
    drop.get_by_text("Click to Access Webcam").click()
    expect(drop.locator("video")).to_have_js_property("readyState", 4)  # HAVE_ENOUGH_DATA
    drop.get_by_role("button", name="capture photo").click()
    visitor.wait()
    visitor.complaints.clear()  # Gradio 6.31 asks for the progress of an upload without a name


def test_an_example_is_searched(visitor):
    visitor.page.get_by_role("button", name="Example 2").click()
    visitor.wait()


def test_dragging_the_box_searches_again(visitor, boot):
    visitor.search(boot)
    before = visitor.token()
    mouse = visitor.page.mouse
    visitor.page.get_by_role("button", name="Create box").click()
    canvas = "document.querySelector('#lk-editor canvas')"
    visitor.page.wait_for_function(f"{canvas}.clientHeight > 300")  # the photo is drawn
    box = visitor.page.locator("#lk-editor canvas").bounding_box()
    mouse.move(box["x"] + 60, box["y"] + 60)
    mouse.down()
    mouse.move(box["x"] + 160, box["y"] + 130, steps=4)
    mouse.move(box["x"] + 250, box["y"] + 270, steps=4)
    mouse.up()
    visitor.wait_for_new(before)


def test_another_proposal_searches_again(visitor, scene):
    visitor.search(scene)
    before, whole = visitor.token(), visitor.page.get_by_label("Whole photo")
    expect(whole).not_to_be_checked()  # the detector has found the bag
    whole.check()
    visitor.wait_for_new(before)
    expect(whole).to_be_checked()


def test_settings_search_again(visitor, boot):
    visitor.search(boot)
    visitor.page.get_by_role("button", name="Settings").click()
    last = methods()[-1]
    visitor.page.locator("#lk-settings").get_by_label(registry.spec(last).title).uncheck()
    expect(visitor.row(last).locator(".lk-card")).to_have_count(0)
    expect(visitor.choose_tab(last)).to_contain_text("is not chosen")
    visitor.page.get_by_role("tab", name="Side by side").click()
    expect(visitor.row(FIRST).locator(".lk-thumb").first).to_be_visible()


def test_a_result_becomes_the_query(visitor, boot):
    visitor.search(boot)
    before, best = visitor.token(), visitor.items(FIRST)[0]
    visitor.row(FIRST).locator(".lk-pick").first.click()
    visitor.wait_for_new(before)
    for method in methods():
        assert best not in visitor.items(method)  # it is not its own lookalike


def test_a_vote_shows_at_once_and_is_counted(visitor, boot):
    visitor.search(boot)
    up = visitor.row(FIRST).locator(".lk-up").first
    counter = visitor.page.locator("#lk-counter")
    before = counter.inner_text()
    # In one go, so that no answer of the server's can come between.
    assert up.evaluate("up => { up.click(); return up.ariaPressed }") == "true"
    expect(counter).not_to_have_text(before)
    expect(counter).to_contain_text(re.compile("[1-9][0-9]* vote"))
    expect(up).to_have_attribute("aria-pressed", "true")
    tab = visitor.choose_tab(FIRST)
    expect(tab.locator(".lk-up").first).to_have_attribute("aria-pressed", "true")


def test_a_vote_can_be_changed_and_undone(visitor, boot):
    visitor.search(boot)
    # The tab shows what the server has answered, the row also what was clicked meanwhile.
    answered = visitor.choose_tab("siamese").locator(".lk-down").first
    expect(answered).to_be_visible()
    visitor.page.get_by_role("tab", name="Side by side").click()
    card = visitor.row("siamese").locator(".lk-card").first
    counter = visitor.page.locator("#lk-counter")
    before = counter.inner_text()
    up, down = card.locator(".lk-up"), card.locator(".lk-down")
    up.click()
    down.click()
    expect(answered).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(counter).not_to_have_text(before)
    down.click()
    expect(answered).to_have_attribute("aria-pressed", "false")
    expect(down).to_have_attribute("aria-pressed", "false")
    expect(counter).to_have_text(before)
    visitor.open()
    visitor.search(boot)
    expect(down).to_have_attribute("aria-pressed", "false")


def test_of_many_quick_thumbs_the_last_one_stands(visitor, boot):
    visitor.search(boot)
    row = visitor.row("clip")
    received = []
    visitor.page.on("response", lambda answer: received.append(answer.url.split("?")[0]))
    thumbs = "i % 2 ? '.lk-up' : '.lk-down'"
    row.evaluate(f"""row => {{
        for (let i = 0; i < 15; i++) row.querySelector({thumbs}).click();
    }}""")
    while sum(url.endswith("/queue/join") for url in received) < 15:
        visitor.page.wait_for_timeout(50)
    _wait_for_votes(visitor, "clip")
    visitor.open()
    visitor.search(boot)
    expect(row.locator(".lk-down").first).to_have_attribute("aria-pressed", "true")
    expect(row.locator(".lk-up").first).to_have_attribute("aria-pressed", "false")


def test_a_thumb_that_arrives_late_does_not_replace_a_later_one(visitor, boot):
    visitor.search(boot)
    up, down = (visitor.row("vit").locator(way).first for way in (".lk-up", ".lk-down"))
    held = []
    visitor.page.route("**/queue/join*", lambda route: held.append(route), times=1)
    up.click()
    while not held:
        visitor.page.wait_for_timeout(50)
    down.click()
    _wait_for_votes(visitor, "vit")
    with visitor.page.expect_response("**/queue/join*"):
        held[0].continue_()
    _wait_for_votes(visitor, "vit")
    visitor.open()
    visitor.search(boot)
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")


def _wait_for_votes(visitor, method):
    """Until the votes that the server has received are stored: one more, on the last card."""
    thumb = visitor.row(method).locator(".lk-up").last
    stands = "false" if thumb.get_attribute("aria-pressed") == "true" else "true"
    visitor.page.get_by_role("tab", name="Side by side").click()
    thumb.click()
    answered = visitor.choose_tab(method).locator(".lk-up").last  # drawn by the server's answer
    expect(answered).to_have_attribute("aria-pressed", stands)
    visitor.page.get_by_role("tab", name="Side by side").click()


def test_a_thumb_works_by_keyboard_and_says_what_it_does(visitor, boot):
    visitor.search(boot)
    thumb = visitor.row("vit").locator(".lk-up").nth(2)
    expect(thumb).to_have_attribute("aria-label", re.compile("^Thumbs up: result 3, .+"))
    counter = visitor.page.locator("#lk-counter")
    before = counter.inner_text()
    thumb.focus()
    visitor.page.keyboard.press("Enter")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(counter).not_to_have_text(before)
    expect(thumb).to_be_focused()  # the redrawn card has not taken the focus away


def test_a_vote_survives_a_reload_and_a_crash_of_the_server(visitor, boot, server):
    visitor.search(boot)
    down = visitor.row("resnet").locator(".lk-down").nth(1)
    counter = visitor.page.locator("#lk-counter")
    before = counter.inner_text()
    down.click()
    expect(counter).not_to_have_text(before)
    visitor.open()
    visitor.search(boot)
    expect(down).to_have_attribute("aria-pressed", "true")
    visitor.leave()  # a page that lost its server reloads itself, in the middle of the next visit
    server.kill()
    server.start()
    visitor.open()
    visitor.search(boot)
    expect(down).to_have_attribute("aria-pressed", "true")


def test_a_vote_that_a_script_forged_is_refused(visitor, boot):
    visitor.search(boot)
    thumb = visitor.row(FIRST).locator(".lk-up").last
    thumb.evaluate("thumb => { thumb.dataset.item = '<b>9999</b>' }")
    thumb.click()
    expect(visitor.page.get_by_text("an item that was not shown")).to_be_visible()
    expect(thumb).to_have_attribute("aria-pressed", "false")


def _broken(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.{'png' if kind == 'bomb' else 'jpg'}"
    if kind == "bomb":
        path.write_bytes(_bomb(60_000))
    elif kind == "truncated":
        Image.effect_noise((300, 300), 90).convert("RGB").save(path)
        path.write_bytes(path.read_bytes()[:4000])
    else:
        path.write_bytes(b"" if kind == "empty" else b"just some words")
    return path


def _bomb(side: int) -> bytes:
    """A PNG of a few bytes that claims side x side pixels."""
    size = side.to_bytes(4, "big") * 2
    chunks = ((b"IHDR", size + b"\x08\0\0\0\0"), (b"IDAT", zlib.compress(bytes(999))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(name + data).to_bytes(4, "big")
    return len(data).to_bytes(4, "big") + name + data + checksum


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", "empty"),
        ("text", "not an image"),
        ("truncated", "damaged or cut short"),
        ("bomb", "megapixels"),
    ],
)
def test_a_broken_photo_is_explained_and_the_next_one_works(visitor, boot, tmp_path, kind, said):
    visitor.upload(_broken(tmp_path, kind))
    expect(visitor.page.locator("#lk-status .lk-problem")).to_contain_text(said)
    visitor.search(boot)
    expect(visitor.page.locator("#lk-status .lk-problem")).to_have_count(0)


@pytest.mark.parametrize("kind", ["gif", "cmyk", "deep"])
def test_unusual_photos_are_searched(visitor, tmp_path, kind):
    picture = Image.radial_gradient("L").resize((80, 60))
    path = tmp_path / {"gif": "a.gif", "cmyk": "a.jpg", "deep": "a.png"}[kind]
    picture.convert({"gif": "P", "cmyk": "CMYK", "deep": "I;16"}[kind]).save(path)
    visitor.search(path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_page_without_sideways_scrolling(visitor, boot, scheme):
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open()
    width = "document.documentElement.scrollWidth"
    assert visitor.page.evaluate(width) <= 390
    visitor.search(boot)
    assert visitor.page.evaluate(width) <= 390
    background = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]"
    assert (int(visitor.page.evaluate(background)) < 60) == (scheme == "dark")


def test_the_page_says_what_is_stored(visitor):
    visitor.page.get_by_role("button", name="What is stored").click()
    expect(visitor.page.get_by_text("labels export --format qrels")).to_be_visible()
