"""report.html in a real browser: it draws, sorts, prints, and asks nobody for anything."""

import base64
import io
import re
from itertools import chain

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from lookalike import photos
from lookalike.errors import GalleryError, StorageError
from lookalike.evaluation.render.html import write_html
from tests.evaluation import samples

HOSTILE = '"><img src=x onerror=alert(1)><script>document.title="owned"</script></script>\'&amp;'
TINY = photos.to_png(np.full((28, 28, 3), 90, np.uint8))


def photo(number):
    """A JPEG of 300 x 200 pixels, another one for each number; about as rough as a photo."""
    grain = np.random.default_rng(number).integers(0, 256, (20, 30, 3), np.uint8)
    return photos.to_jpeg(np.asarray(Image.fromarray(grain).resize((300, 200))))


@pytest.fixture
def opened(browser, tmp_path):
    """opened(report, width=1280, scheme="light"): the report as a page, its complaints checked."""
    contexts, complaints, requests = [], [], []

    def open_(report, width=1280, scheme="light"):
        path = tmp_path / "report.html"
        write_html(samples.typed(report), lambda strip: TINY, lambda item: TINY, path)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page

    open_.complaints = complaints
    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    asked = {url for url in requests if not url.startswith(("data:", "blob:"))}
    assert asked == {(tmp_path / "report.html").as_uri()}


def until(page, expression):
    """Waits as page.wait_for_function does, which polls with the eval that the report forbids."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def said_at(mark):
    """What the browser says when a mark's middle is pointed at: the title of what is on top."""
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    top = "([x, y]) => document.elementFromPoint(x, y).closest('g:has(> title)')"
    return mark.page.evaluate(f"at => ({top})(at).querySelector('title').textContent", middle)


def column(page, number):
    """A column of the first table."""
    cells = page.locator("#quality table").first.locator(f"tbody tr > :nth-child({number})")
    return cells.evaluate_all("cells => cells.map(cell => cell.dataset.sort)")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_every_plot_is_drawn_and_nothing_scrolls_sideways(opened, width):
    page = opened(samples.report(), width)
    names = page.locator("[data-figure]").evaluate_all("all => all.map(one => one.dataset.figure)")
    drawn = {"quality", "differences", "class", "parent", "ranks", "robustness", "two_stage"}
    drawn |= {"reliability"}
    assert set(names) == drawn
    for name in names:
        expect(page.locator(f"[data-figure={name}] svg:visible").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.browser
def test_a_point_says_what_it_is_when_pointed_at(opened):
    page = opened(samples.report())
    assert "P@10 0.512" in said_at(page.locator("[data-figure=quality] svg:visible polygon").last)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_every_letter_of_a_plot_is_large_enough_to_read(opened, width):
    page = opened(samples.report(), width)
    heights = page.locator(".lk-plot svg:visible text").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize)"
        " * one.ownerSVGElement.getScreenCTM().a)"
    )
    assert len(heights) > 100 and min(heights) >= 9


@pytest.mark.browser
@pytest.mark.parametrize("by", ["click", "keyboard"])
def test_headings_sort_numbers_by_size_and_words_by_letter(opened, by):
    page = opened(samples.report())

    def press(title):
        heading = page.locator("#quality thead button", has_text=re.compile(f"^{title}$")).first
        if by == "click":
            heading.click()
        else:
            heading.focus()
            page.keyboard.press("Enter")
        return heading.locator("..").get_attribute("aria-sort")

    values = [float(value) for value in column(page, 3)]
    assert press("P@10") == "descending"
    assert [float(value) for value in column(page, 3)] == sorted(values, reverse=True)
    assert press("P@10") == "ascending"
    assert [float(value) for value in column(page, 3)] == sorted(values)
    assert press("Method") == "ascending"
    assert column(page, 1) == sorted(column(page, 1), key=str.lower)
    assert page.locator("#quality [aria-sort]:not([aria-sort=none])").count() == 1


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_visitor(opened, scheme, dark):
    page = opened(samples.report(), scheme=scheme)
    background = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/)[0]"
    assert (int(page.evaluate(background)) < 60) == dark
    ink = "getComputedStyle(document.querySelector('.lk-plot .lk-name')).fill.match(/[0-9]+/)[0]"
    assert (int(page.evaluate(ink)) > 200) == dark
    page.emulate_media(color_scheme="light" if dark else "dark")
    until(page, f"({background} < 60) === {str(not dark).lower()}")


@pytest.mark.browser
def test_paper_gets_dark_ink_and_plots_that_fit_and_the_screen_gets_its_own_back(opened):
    page = opened(samples.report(), scheme="dark")
    width = "document.querySelector('[data-figure=class] svg').clientWidth"
    before = page.evaluate(width)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 960})  # what a sheet of A4 has
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    until(page, f"{width} <= 680")
    edges = page.locator(".lk-plot svg:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert len(edges) == 8 and max(edges) <= 680
    assert not page.evaluate("document.documentElement.classList.contains('dark')")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    until(page, f"{width} === {before}")
    assert page.evaluate("document.documentElement.classList.contains('dark')")


@pytest.mark.browser
def test_names_that_look_like_markup_are_shown_and_run_nothing(opened, monkeypatch):
    monkeypatch.setitem(samples.METHODS, "resnet", (HOSTILE, 0.929, 5.1))
    report = samples.report(labels=(HOSTILE, "Bag"), parents={HOSTILE: HOSTILE, "Bag": "Bag"})
    report["gallery"]["title"] = report["machine"] = report["made"] = HOSTILE
    report["queries"]["source"] = HOSTILE
    report["notes"] = [HOSTILE]
    for strip in report["strips"]:
        strip["query"] = strip["label"] = HOSTILE
        for answer in chain(*strip["answers"].values()):
            answer["name"] = answer["label"] = HOSTILE
    page = opened(report)
    expect(page.locator("[data-figure] svg:visible").first).to_be_visible()
    assert page.title() == f"{HOSTILE}: which method to use"
    expect(page.locator(".verdict")).to_contain_text(HOSTILE)
    expect(page.locator(".answers li").first).to_contain_text(HOSTILE)
    expect(page.locator("#quality tbody th").first).to_have_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.browser
def test_a_script_that_got_in_would_not_run(opened):
    page = opened(samples.report(strips=0))
    page.evaluate(
        """() => {
            addEventListener('securitypolicyviolation', () => (document.title += ', refused'));
            document.body.innerHTML = '<img src="data:," onerror="document.title = \\'owned\\'">';
        }"""
    )
    expect(page).to_have_title(re.compile("refused"))
    assert "owned" not in page.title()
    opened.complaints.clear()  # the browser says that it refused


@pytest.mark.browser
def test_strips_tell_right_from_wrong_in_words_and_shape(opened):
    report = samples.report(methods=("resnet",), strips=1)
    answers = report["strips"][0]["answers"]["resnet"] = report["strips"][0]["answers"]["resnet"][
        :3
    ]
    for answer, relevant in zip(answers, (True, False, None), strict=True):
        answer["relevant"] = relevant
    items = opened(report).locator(".answers li")
    said = [item.locator("img").get_attribute("alt") for item in items.all()]
    assert [alt.split(", ")[-1] for alt in said] == ["right", "wrong", "not judged"]
    styles = [
        item.locator("img").evaluate("image => getComputedStyle(image).borderTopStyle")
        for item in items.all()
    ]
    assert styles[:2] == ["solid", "dashed"]
    assert [item.locator("svg").count() for item in items.all()] == [1, 1, 0]
    assert items.first.locator("img").evaluate("image => image.naturalWidth") == 28


@pytest.mark.browser
@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"strips": []}, "#queries"),
        ({"two_stage": []}, "#two-stage"),
        ({"robustness": None}, "#robustness"),
        ({"differences": []}, "[data-figure=differences]"),
    ],
)
def test_what_was_not_measured_is_left_out(opened, change, gone):
    page = opened(samples.report() | change)
    expect(page.locator("[data-figure=ranks] svg:visible").first).to_be_visible()
    assert page.locator(gone).count() == 0
    assert page.locator(f"nav a[href='{gone}']").count() == 0


@pytest.mark.slow
def test_each_picture_is_in_the_file_once_and_small(tmp_path):
    report = samples.report(strips=6)
    asked = []

    def thumbnail(item):
        asked.append(item)
        return photo(item % 7)

    write_html(samples.typed(report), lambda strip: photo(99), thumbnail, tmp_path / "report.html")
    assert len(asked) == len(set(asked))
    page = (tmp_path / "report.html").read_text("utf-8")
    uris = re.findall(r'"uri": "data:image/webp;base64,([^"]+)"', page)
    assert len(uris) == len(asked) + 6
    sizes = [Image.open(io.BytesIO(base64.b64decode(uri))).size for uri in uris]
    assert {max(size) for size in sizes} == {112}


@pytest.mark.slow
def test_a_report_of_70_strips_of_photos_stays_below_8_mb(tmp_path):
    report = samples.report(strips=10)
    write_html(
        samples.typed(report),
        lambda strip: photo(1),
        lambda item: photo(item),
        tmp_path / "report.html",
    )
    assert (tmp_path / "report.html").stat().st_size < 8e6


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path):
    def broken(item):
        raise GalleryError("The gallery file is damaged.", "Build it again.")

    write_html(
        samples.typed(samples.report(strips=1)),
        lambda strip: b"none",
        broken,
        tmp_path / "report.html",
    )
    assert '"uri": "data:,"' in (tmp_path / "report.html").read_text("utf-8")


def test_a_full_disk_leaves_the_last_report(tmp_path, full_disk):
    path = tmp_path / "report.html"
    path.write_text("the last one")
    with full_disk(), pytest.raises(StorageError):
        write_html(
            samples.typed(samples.report(strips=0)), lambda strip: TINY, lambda item: TINY, path
        )
    assert path.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [path]
