"""How every figure looks: one palette, one set of sizes, and rendering that gives the same bytes each time."""

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

CM_PER_INCH: Final = 2.54
COLUMN_CM: Final = 8.5
PAGE_CM: Final = 17.0
SMALLEST_PT: Final = 7.0
PNG_DOTS_PER_INCH: Final = 300

# Okabe and Ito (2008), safe for the common colour deficiencies; the order alternates dark and light, so that
# neighbours also differ in grey. Yellow is left out: too pale for a line.
COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: Final = ((0, (4, 2)), (0, (4, 1.5, 1, 1.5)), (0, (1, 1.5)), (0, (7, 2)), (0, (4, 1, 1, 1, 1, 1)))
GREY: Final = "#555555"
PALE_GREY: Final = "#BBBBBB"

_PARAMETERS: Final[Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so every machine draws the same letters
    "font.size": SMALLEST_PT,
    "axes.labelsize": SMALLEST_PT + 1,
    "axes.titlesize": SMALLEST_PT + 1,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALLEST_PT,
    "ytick.labelsize": SMALLEST_PT,
    "legend.fontsize": SMALLEST_PT,
    "legend.frameon": False,
    "lines.linewidth": 1.5,
    "svg.hashsalt": "phase1-simulator",
    "svg.fonttype": "path",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one design is drawn; no two of the first 56 are alike."""

    colour: str
    marker: str
    dashes: tuple[int, tuple[float, ...]]


def look(position: int) -> Look:
    """Return the look of the design at this position, from 0."""
    return Look(
        COLOURS[position % len(COLOURS)], MARKERS[position % len(MARKERS)], DASHES[position % len(DASHES)]
    )


def styled() -> AbstractContextManager[None]:
    """Apply the style to everything drawn in the `with` block."""
    return matplotlib.rc_context(_PARAMETERS)


def new_axes(width_cm: float = PAGE_CM, height_cm: float = 9.0) -> Axes:
    """Make a figure of the printed size with one pair of axes. Nothing global is touched."""
    with styled():
        size = (width_cm / CM_PER_INCH, height_cm / CM_PER_INCH)
        return Figure(figsize=size, layout="constrained").add_subplot()


def width_cm(axes: Axes) -> float:
    """Return the width of the figure that holds the axes."""
    return float(axes.get_figure(root=True).get_figwidth() * CM_PER_INCH)  # type: ignore[union-attr]


def rendered(figure: Figure) -> dict[str, bytes]:
    """Return the figure as {"svg": ..., "png": ...}; the same figure gives the same bytes."""
    content = {}
    for suffix, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        sink = io.BytesIO()
        with styled():
            figure.savefig(sink, format=suffix, metadata=metadata, dpi=PNG_DOTS_PER_INCH, facecolor="white")
        content[suffix] = sink.getvalue()
    return content
