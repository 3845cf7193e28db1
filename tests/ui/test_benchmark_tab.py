"""The Benchmark tab: reports as plots, and a sentence where there is none."""

import json
import re
import subprocess
import sys

import gradio as gr
import pytest
from playwright.sync_api import expect

from lookalike.errors import LookalikeError
from lookalike.ui import benchmark, benchmark_reports
from tests.evaluation import samples
from tests.evaluation.render.test_html import said_at

HOSTILE = '<img src=x onerror=alert(1)></script><script>document.title="owned"</script>'
FIGURES = ("quality", "ranks", "classes", "parents", "robustness", "engines", *benchmark.GROWTH)


def keep(home, gallery="things", report=None, engines=None):
    """Write reports into a home, as the commands do."""
    folder = home / "benchmarks" / gallery
    folder.mkdir(parents=True, exist_ok=True)
    if report is not None:
        (folder / "report.json").write_text(json.dumps(report), "utf-8")
    if engines is not None:
        (folder.parent / "engines.json").write_text(json.dumps(engines), "utf-8")


@pytest.fixture
def measured(server):
    """The running page's home has reports of its own."""
    keep(server.home, report=samples.report(), engines=samples.engines())
    yield server.home
    for path in (server.home / "benchmarks").rglob("*.json"):
        path.unlink()


def open_tab(visitor, figures=FIGURES):
    """Choose the tab and wait for its plots."""
    visitor.press_tab("Benchmark")
    for name in figures:
        drawn = visitor.page.locator(f"#lk-plot-{name} svg:visible").first
        expect(drawn).to_be_visible()
    return visitor.page.locator("#lk-tab-benchmark")


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_tab_shows_every_plot(visitor, measured, width, scheme):
    visitor.page.set_viewport_size({"width": width, "height": 900})
    visitor.page.emulate_media(color_scheme=scheme)
    visitor.open()
    tab = open_tab(visitor)
    expect(tab).to_contain_text("ResNet comes out first, P@10 0.929 [0.919, 0.939]")
    expect(tab).to_contain_text("faiss-hnsw answers the most queries a second")
    expect(tab).to_contain_text("python -m lookalike evaluate --gallery NAME --out FOLDER")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    ink = "text => getComputedStyle(text).fill.match(/[0-9]+/)[0]"
    text = visitor.page.locator("#lk-plot-quality svg:visible .lk-name").first
    assert (int(text.evaluate(ink)) > 200) == (scheme == "dark")


@pytest.mark.browser
def test_the_plots_need_no_script_of_their_own(visitor, measured):
    """They are in what the server answers; the tab loads neither plotly nor anything else big."""
    visitor.open()
    asked = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    open_tab(visitor)
    assert not any(url.split("?")[0].endswith((".js", ".wasm")) for url in asked)
    assert visitor.page.evaluate("typeof Plotly") == "undefined"


@pytest.mark.browser
def test_a_point_says_what_it_is_and_tables_sort(visitor, measured):
    tab = open_tab(visitor)
    assert "P@10 0.512" in said_at(tab.locator("#lk-plot-quality svg:visible polygon").last)
    names = tab.locator("#lk-benchmark-quality_table tbody th")
    tab.get_by_role("button", name="Method", exact=True).press("Enter")
    expect(names.first).to_have_text("Autoencoder")
    tab.get_by_role("button", name="P@10", exact=True).click()
    expect(names.last).to_have_text("SIFT")


@pytest.mark.browser
def test_names_that_look_like_markup_are_shown(visitor, measured):
    report = samples.report(labels=(HOSTILE, "Bag"), parents={})
    report["gallery"]["title"] = report["machine"] = report["queries"]["source"] = HOSTILE
    keep(measured, report=report, engines=samples.engines() | {"machine": HOSTILE})
    tab = open_tab(visitor, [name for name in FIGURES if name != "parents"])
    expect(tab.locator("#lk-benchmark-methods")).to_contain_text(HOSTILE)
    expect(tab.locator("#lk-benchmark-engines")).to_contain_text(HOSTILE)
    expect(visitor.page.locator("#lk-plot-parents")).not_to_be_visible()
    assert visitor.page.locator("img[src=x]").count() == 0
    assert visitor.page.title() != "owned"


@pytest.fixture
def tab():
    with gr.Blocks(), gr.Tabs():
        return benchmark.lay_out()


def test_a_gallery_without_a_report_is_told_how_to_make_one(tab, make_gallery):
    shown = tab.fill(make_gallery("shop").name)
    said = shown[tab.texts["methods"]]
    assert "The methods have not been compared on Shop." in said
    assert "evaluate --gallery shop --out LOOKALIKE_HOME/benchmarks/shop" in said
    assert shown[tab.parts["methods"]].visible is False


def test_a_gallery_that_is_not_there_is_explained(tab):
    assert "There is no gallery called" in tab.fill({"forged": 1})[tab.texts["methods"]]


def test_engines_are_shown_whatever_the_gallery_is(tab, make_gallery, home, fresh_settings):
    fresh_settings(ASSETS=home / "none")
    gallery = make_gallery("shop")
    assert "have not been measured here" in tab.fill(gallery.name)[tab.texts["engines"]]
    keep(home, "shop", engines=samples.engines() | {"growth": []})
    shown = tab.fill(gallery.name)
    assert shown[tab.parts["engines"]].visible is True
    assert shown[tab.parts["growth"]].visible is False


def test_a_report_of_the_users_own_comes_before_the_shipped_one(
    home, make_gallery, fresh_settings, tmp_path
):
    fresh_settings(ASSETS=tmp_path)
    gallery = make_gallery("shop")
    keep(tmp_path, "shop", report=samples.report(methods=("vit",)))
    assert "ViT finds" in benchmark_reports.methods(gallery).texts["methods"]
    keep(home, "shop", report=samples.report(methods=("clip",)))
    assert "CLIP finds" in benchmark_reports.methods(gallery).texts["methods"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"methods": []}', '{"methods": 3, "k": 1}'])
def test_a_damaged_report_is_explained(home, make_gallery, text):
    gallery = make_gallery("shop")
    keep(home, "shop", report={}, engines={})
    for name in ("shop/report.json", "engines.json"):
        (home / "benchmarks" / name).write_text(text)
    for read in (benchmark_reports.methods, benchmark_reports.engines):
        with pytest.raises(LookalikeError, match=re.escape("cannot be read: it is damaged")):
            read(gallery)


def test_opening_the_page_does_not_load_what_draws():
    code = (
        "import sys, lookalike.ui.page as page; page.build(); "
        "assert not {'plotly', 'matplotlib.figure', 'lookalike.plotting'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
