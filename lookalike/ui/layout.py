"""What is on the page and where; nothing here reacts to anything."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import gradio as gr
from gradio_image_annotation import image_annotator

from lookalike.encoders import registry
from lookalike.galleries import gallery as galleries
from lookalike.index.key import IndexKey
from lookalike.index.opened import installed
from lookalike.search.content import HALF, MOST_WORDS
from lookalike.search.methods import indexed
from lookalike.settings import settings
from lookalike.ui import benchmark, panels, prose
from lookalike.ui.benchmark import Benchmark
from lookalike.ui.examples import examples
from lookalike.ui.visits import visits
from lookalike.ui.words import note, readers

CLICKS, WEIGH = (
    files("lookalike.ui").joinpath("assets", name).read_text("utf-8")
    for name in ("clicks.js", "weigh.js")
)


@dataclass
class Page:
    """Every component that a listener reads or writes."""

    # Made in `build`'s order; the annotations are what the functions below put there.
    visit: gr.State
    turn: gr.Textbox
    kept: gr.BrowserState
    timer: gr.Timer
    counter: gr.HTML = field(init=False)
    warmth: gr.HTML = field(init=False)
    status: gr.HTML = field(init=False)
    drop: gr.Image = field(init=False)
    stage: gr.Column = field(init=False)
    editor: image_annotator = field(init=False)
    subjects: gr.Radio = field(init=False)
    another: gr.Button = field(init=False)
    examples: gr.HTML = field(init=False)
    gallery: gr.Dropdown = field(init=False)
    k: gr.Slider = field(init=False)
    methods: gr.CheckboxGroup = field(init=False)
    weights: gr.Radio = field(init=False)
    empty: gr.HTML = field(init=False)
    rows: dict[str, gr.HTML] = field(default_factory=dict)
    lists: dict[str, gr.HTML] = field(default_factory=dict)
    words: gr.Textbox = field(init=False)
    note: gr.HTML = field(init=False)
    weight: gr.Slider = field(init=False)
    latency: gr.HTML = field(init=False)
    benchmark: Benchmark = field(init=False)

    @property
    def said(self) -> list[Any]:
        """The inputs that say what to search for beside the photo: words, and their share."""
        return [self.words, self.weight]

    @property
    def choices(self) -> list[Any]:
        """The inputs that make up `Choices`, in its order."""
        return [self.gallery, self.k, self.methods, self.weights]


def lay_out() -> Page:
    """Place every component; inside a gr.Blocks context."""
    page = Page(
        visit=gr.State("", delete_callback=visits().close),  # its name; see `visits`
        turn=gr.Textbox(visible="hidden", elem_id="lk-turn"),  # the round that the page shows
        # The name is random and opens nothing, so the fixed secret hides nothing; it lets a
        # server that was started anew read what an earlier one left in the browser.
        kept=gr.BrowserState("", storage_key="lookalike-session", secret="lookalike"),
        timer=gr.Timer(1.0),
    )
    _header(page)
    with gr.Row(elem_id="lk-main"):
        with gr.Column(scale=0, min_width=340, elem_id="lk-side"):
            _query(page)
            _settings(page)
        with gr.Column(scale=1, min_width=320, elem_id="lk-results"):
            _results(page)
    with gr.Accordion("What is stored, and how to get the labels out", open=False):
        gr.Markdown(prose.STORED, elem_id="lk-stored")
    return page


def _methods() -> list[str]:
    """Those that can answer for some gallery, in the registry's order."""
    there = {method for gallery in galleries.names() for method in indexed(gallery)}
    return [name for name in registry.names() if name in there] or registry.defaults()


def _weights() -> list[str]:
    """Those that some index was built with, and the setting's."""
    built = {IndexKey.of(folder).weights for folder in installed()} | {settings().weights}
    known = [one.name for name in _methods() for one in registry.spec(name).weights]
    return [name for name in dict.fromkeys(known) if name in built - {"none"}]


def _header(page: Page) -> None:
    with gr.Row(elem_id="lk-head"):
        gr.HTML(prose.headline(len(_methods())))
        with gr.Column(scale=0, min_width=150):
            page.counter = gr.HTML(elem_id="lk-counter")
            page.warmth = gr.HTML(elem_id="lk-warmth")


def _query(page: Page) -> None:
    page.status = gr.HTML(elem_id="lk-status")
    with gr.Column(elem_id="lk-query"):
        _photo(page)
        _words(page)
    page.examples = _clickable(examples(settings().gallery), elem_id="lk-examples")


def _photo(page: Page) -> None:
    page.drop = gr.Image(
        type="filepath",
        sources=["upload", "webcam", "clipboard"],
        webcam_options=gr.WebcamOptions(mirror=False),  # mirrored, the searched photo is flipped
        placeholder="# Drop a photo here\nor click to choose one",
        label="Your photo",
        show_label=False,
        buttons=[],
        height=260,
        elem_id="lk-drop",
    )
    with gr.Column(visible=False, elem_id="lk-stage") as page.stage:
        page.editor = _editor()
        page.subjects = gr.Radio(label="What to search for", elem_id="lk-subjects")
        page.another = gr.Button("Choose another photo", size="sm", elem_id="lk-another")


def _editor() -> image_annotator:
    return image_annotator(
        single_box=True,
        boxes_alpha=0.08,
        box_thickness=3,
        disable_edit_boxes=True,
        show_clear_button=False,
        show_remove_button=False,
        show_download_button=False,
        show_share_button=False,
        show_label=False,
        sources=[],
        label="Your photo; drag the box to search for another part",
        elem_id="lk-editor",
    )


def _settings(page: Page) -> None:
    names = _methods()
    specs = [registry.spec(name) for name in names]
    with gr.Accordion("Settings", open=False, elem_id="lk-settings"):
        page.gallery = gr.Dropdown(_gallery_choices(), value=settings().gallery, label="Gallery")
        page.k = gr.Slider(1, 50, value=settings().k, step=1, label="Results per method")
        page.methods = gr.CheckboxGroup(
            [(spec.title, spec.name) for spec in specs], value=names, label="Methods"
        )
        page.weights = gr.Radio(
            _weights(),
            value=settings().weights,
            label="Weights",
            info="A method without the chosen weights answers with its default ones.",
        )


def _gallery_choices() -> list[tuple[str, str]]:
    return [(galleries.open_gallery(name).title, name) for name in galleries.names()]


def _results(page: Page) -> None:
    with gr.Tabs(elem_id="lk-tabs"):
        with gr.Tab("Side by side", id="all", elem_id="lk-tab-all"):
            page.empty = gr.HTML(panels.EMPTY)
            for name in _methods():
                page.rows[name] = _clickable("", elem_id=f"lk-row-{name}")
            page.latency = _clickable("", elem_id="lk-latency")
        page.benchmark = benchmark.lay_out()  # before the methods: what is last is out of sight
        for name in page.rows:
            with gr.Tab(registry.spec(name).title, id=name, elem_id=f"lk-tab-{name}"):
                page.lists[name] = _clickable(panels.EMPTY, elem_id=f"lk-list-{name}")


def _words(page: Page) -> None:
    reads = bool(readers(_methods()))
    page.words = gr.Textbox(
        label=prose.DESCRIBE,
        placeholder="a pair of red shoes",
        max_length=MOST_WORDS,
        max_lines=1,
        submit_btn="Search",
        visible=reads,
        elem_id="lk-words",
    )
    page.weight = gr.Slider(
        0,
        1,
        value=HALF,
        step=0.05,
        label="How much the words count beside the photo",
        buttons=[],
        visible=False,
        elem_id="lk-weight",
    )
    page.note = gr.HTML(note(_methods()), js_on_load=CLICKS + WEIGH, elem_id="lk-note")


def _clickable(value: str, elem_id: str) -> gr.HTML:
    """Markup whose buttons trigger pick, vote and example."""
    return gr.HTML(value, js_on_load=CLICKS, elem_id=elem_id)
