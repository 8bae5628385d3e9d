"""Figures are the same bytes each time, carry no date, and leave matplotlib's settings alone."""

import subprocess
import sys

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb

from simulator.report.figures.style import COLOURS, look, new_axes, rendered, styled

DRAW = """
import hashlib
from simulator.report.figures.style import new_axes, rendered
axes = new_axes(8.5, 6)
axes.plot([1, 2, 3], [1, 4, 9], label="squares")
axes.fill_between([1, 2, 3], [0, 3, 8], [2, 5, 10], alpha=0.2)
axes.legend()
found = rendered(axes.figure)
print({name: hashlib.sha256(content).hexdigest() for name, content in found.items()})
"""


def test_two_processes_render_the_same_bytes() -> None:
    def drawn() -> str:
        return subprocess.run([sys.executable, "-c", DRAW], capture_output=True, text=True, check=True).stdout

    first = drawn()
    assert "svg" in first
    assert "png" in first
    assert first == drawn()


def test_a_rendering_holds_no_date() -> None:
    axes = new_axes()
    axes.plot([0, 1], [0, 1])
    figure = axes.get_figure(root=True)
    assert figure is not None
    content = rendered(figure)
    assert content["svg"].startswith(b"<?xml")
    assert b"<dc:date>" not in content["svg"]
    assert content["png"].startswith(b"\x89PNG")


def test_drawing_leaves_the_settings_of_others_alone() -> None:
    before = dict(matplotlib.rcParams)
    with styled():
        assert matplotlib.rcParams["svg.hashsalt"] is not None
    new_axes()
    assert dict(matplotlib.rcParams) == before


def test_no_two_of_56_looks_are_alike() -> None:
    looks = {(look(k).colour, look(k).marker) for k in range(56)}
    assert len(looks) == 56


def test_neighbouring_colours_differ_in_grey() -> None:
    grey = np.array([to_rgb(colour) for colour in COLOURS]) @ [0.299, 0.587, 0.114]
    assert (np.abs(np.diff(grey)) > 0.05).all(), grey


def test_matplotlib_is_loaded_only_when_a_figure_is_wanted() -> None:
    code = "import sys, simulator.report, simulator.runs.run_folder; print('matplotlib' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown == "False\n"
