"""Figures as SVG: in a report or the page as they are, in a README as a file.

A figure is a record of what is drawn (axes, series, cells), so that it can be tested, and draws
itself at any width. Names in it may hold anything: all text is escaped. Colours of ink, grid and
background are those of lookalike/assets, light, dark and printed. What a mark is, its <title> says
to whoever points at it: no script is needed.
"""

from lookalike.plotting.axes import Axis, decades, names, shares
from lookalike.plotting.chart import Chart, Series
from lookalike.plotting.figure import Figure, markup, save
from lookalike.plotting.heat_map import HeatMap
from lookalike.plotting.histograms import Bars, Histograms
from lookalike.plotting.looks import Look, look
from lookalike.plotting.reliability import Diagram, Reliability

__all__ = [
    "Axis",
    "Bars",
    "Chart",
    "Diagram",
    "Figure",
    "HeatMap",
    "Histograms",
    "Look",
    "Reliability",
    "Series",
    "decades",
    "look",
    "markup",
    "names",
    "save",
    "shares",
]
