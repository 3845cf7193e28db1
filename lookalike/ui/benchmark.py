"""The Benchmark tab: the last reports on a gallery's methods and on the engines.

Nothing is read or drawn before the tab is chosen, so that the page opens as fast as without it.
What stands in the tab is made in benchmark_reports.py; plots are SVG, which needs no script.
"""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import gradio as gr

from lookalike.galleries.gallery import open_gallery
from lookalike.ui.listening import Updates
from lookalike.ui.markup import problem, text
from lookalike.ui.problems import friendly

SORTING = files("lookalike").joinpath("assets/sort.js").read_text("utf-8")
GROWTH = ("build_s", "peak_mb", "file_mb", "qps")  # a plot each


@dataclass
class Benchmark:
    """The tab and its components, by name."""

    tab: gr.Tab
    parts: dict[str, gr.Column] = field(default_factory=dict)  # hidden without their report
    texts: dict[str, gr.HTML] = field(default_factory=dict)
    plots: dict[str, gr.HTML] = field(default_factory=dict)

    @property
    def outputs(self) -> list[Any]:
        """What `fill` may change."""
        return [*self.parts.values(), *self.texts.values(), *self.plots.values()]

    def fill(self, gallery: object) -> Updates:
        """What the tab shows for a gallery; a report that is missing or damaged is explained."""
        from lookalike.ui import benchmark_reports as reports  # here: not needed to open the page

        updates: Updates = {part: gr.Column(visible=False) for part in self.parts.values()}
        for name, read in (("methods", reports.methods), ("engines", reports.engines)):
            try:
                content = read(open_gallery(str(gallery)))
            except Exception as error:
                said = friendly(error)
                updates[self.texts[name]] = problem(said.message, said.hint)
                continue
            updates |= {self.parts[part]: gr.Column(visible=True) for part in content.parts}
            updates |= {self.texts[key]: markup for key, markup in content.texts.items()}
            updates |= {self.plots[key]: figure for key, figure in content.plots.items()}
        return updates


def lay_out() -> Benchmark:
    """Place the tab; inside a gr.Tabs context."""
    with gr.Tab("Benchmark", id="benchmark", elem_id="lk-tab-benchmark") as tab:
        page = Benchmark(tab)
        _text(page, "methods")
        with _part(page, "methods"):
            _plot(page, "quality", "Quality against time", "Up and to the left is better.")
            _text(page, "quality_table")
            _plot(page, "ranks", "Where the first hit stands", "Share of the queries by its rank.")
        with _part(page, "classes"):
            _plot(page, "classes", "Class by class", "The hardest class first.")
        with _part(page, "parents"):
            _plot(page, "parents", "Parent classes", "Groups of classes, the hardest first.")
        with _part(page, "robustness"):
            _plot(page, "robustness", "When the query is changed", "Searched in the same index.")
        _text(page, "engines")
        with _part(page, "engines"):
            _plot(page, "engines", "Speed against recall", "Up and to the right is better.")
            with gr.Accordion("Every setting of every engine", open=False):
                _text(page, "engines_table")
        with _part(page, "growth"):
            _heading("How cost grows", "Synthetic vectors; the engines at one and the same recall.")
            with gr.Row():
                for quantity in GROWTH:
                    with gr.Column(min_width=300):
                        _plot(page, quantity)
    return page


def _part(page: Benchmark, name: str) -> gr.Column:
    page.parts[name] = gr.Column(visible=False)
    return page.parts[name]


def _text(page: Benchmark, name: str) -> None:
    page.texts[name] = gr.HTML(js_on_load=SORTING, elem_id=f"lk-benchmark-{name}")


def _plot(page: Benchmark, name: str, title: str = "", says: str = "") -> None:
    if title:
        _heading(title, says)
    page.plots[name] = gr.HTML(elem_id=f"lk-plot-{name}")


def _heading(title: str, says: str) -> None:
    gr.HTML(f'<div class="lk-heading"><h3>{text(title)}</h3><p>{text(says)}</p></div>')
