"""How every figure looks: one palette, one set of sizes, and rendering that gives the same bytes each time."""

import io
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes as Axes  # noqa: PLC0414  (the verbs name it from here)
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulator.analysis.percent_by_level import MCSES

CM_PER_INCH: Final = 2.54
COLUMN_CM: Final = 8.5
PAGE_CM: Final = 17.0
SMALLEST_PT: Final = 7.0
PNG_DOTS_PER_INCH: Final = 300
MOST_ENTRIES: Final = 6
"""Of a legend: with more of them a reader looks from legend to line and back."""
ROW_GAP: Final = 0.6  # in lines of text
LETTERS_NARROW: Final = 40
LETTERS_WIDE: Final = 55
LETTERS_OF_THREE_COLUMNS: Final = 30
LETTERS_BELOW: Final = {True: 42, False: 92}  # by whether the figure is narrow

# Okabe and Ito (2008), safe for the common colour deficiencies; the order alternates dark and light, so that
# neighbours also differ in grey. Yellow is left out: too pale for a line.
COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: Final = ((0, (4, 2)), (0, (4, 1.5, 1, 1.5)), (0, (1, 1.5)), (0, (7, 2)), (0, (4, 1, 1, 1, 1, 1)))
GREY: Final = "#555555"
PALE_GREY: Final = "#BBBBBB"
WHISKER: Final = f"± {MCSES} MCSE, or 95 % bound"
HOLLOW: Final = "hollow: no difference can be told"

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
    "text.parse_math": False,  # a name may hold dollar signs
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


_BY_PYPLOT: Final = ContextVar("by_pyplot", default=False)


@contextmanager
def shown_by_notebook() -> Iterator[None]:
    """Let pyplot keep the figures made in the `with` block, where a notebook shows them at the end of a cell."""
    here = in_notebook()
    if here:
        from matplotlib import pyplot

        # The first call loads what shows figures, which sets a parameter that a `styled` block would take back: then
        # no figure but the first one of a notebook would be shown.
        pyplot.draw_if_interactive()  # type: ignore[no-untyped-call]
    before = _BY_PYPLOT.set(here)
    try:
        yield
    finally:
        _BY_PYPLOT.reset(before)


def in_notebook() -> bool:
    """Return whether this runs in a notebook or another session of IPython."""
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return get_ipython() is not None


def new_axes(width_cm: float = PAGE_CM, height_cm: float = 9.0) -> Axes:
    """Make a figure of the printed size with one pair of axes.

    Nothing global is touched, but in a `shown_by_notebook` block.
    """
    size = (width_cm / CM_PER_INCH, height_cm / CM_PER_INCH)
    with styled():
        if _BY_PYPLOT.get():
            from matplotlib import pyplot

            return pyplot.figure(figsize=size, layout="constrained").add_subplot()
        return Figure(figsize=size, layout="constrained").add_subplot()


def width_cm(axes: Axes) -> float:
    """Return the width of the figure that holds the axes."""
    return float(axes.get_figure(root=True).get_figwidth() * CM_PER_INCH)  # type: ignore[union-attr]


def is_narrow(axes: Axes) -> bool:
    """Return whether the figure is as wide as a column of text rather than a page."""
    return width_cm(axes) < 1.5 * COLUMN_CM


def wrapped(text: str, letters: int) -> str:
    """Return the text on lines of so many letters; a number keeps its percent sign."""
    kept = broken(text.replace(" %", "\N{NO-BREAK SPACE}%"), letters, at_hyphens=False)
    return kept.replace("\N{NO-BREAK SPACE}%", " %")


def broken(text: str, letters: int, *, at_hyphens: bool = True) -> str:
    """Return the text on lines of so many letters."""
    return "\n".join(textwrap.wrap(text, letters, break_on_hyphens=at_hyphens))


def line_count(text: str) -> int:
    """Return how many lines a label takes."""
    return 1 + text.count("\n")


def spread_rows(heights: Sequence[float]) -> tuple[list[float], float]:
    """Return the middle of each row, from 0 downwards with a gap around each, and where the last one ends."""
    middles, top = [], 0.0
    for height in heights:
        middles.append(top + (height + ROW_GAP) / 2)
        top += height + ROW_GAP
    return middles, top


def mark_of(of: Look, size: float, *, filled: bool) -> dict[str, Any]:
    """Return how to plot a mark of a design, hollow where no difference can be told."""
    face = of.colour if filled else "white"
    mark: dict[str, Any] = {"linestyle": "none", "marker": of.marker, "markersize": size}
    return mark | {"markerfacecolor": face, "markeredgecolor": of.colour}


def finished_rows(
    axes: Axes, bottom: float, ticks: Sequence[float], labels: Sequence[str], top: float = 0.0
) -> None:
    """Name rows that were drawn from the top downwards."""
    axes.set_ylim(bottom, top)
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize="medium")


Marks = Sequence[tuple[Artist, str]]
"""Legend entries of marks, each with the words that explain it where the legend has no room for it."""


def legend_above(
    axes: Axes, handles: Sequence[Artist], title: str = "", marks: Marks = (), note: str = ""
) -> None:
    """Put the legend above the plot, in as many columns as are sure to fit; its title heads the figure.

    With the entries of `marks` it has at most `MOST_ENTRIES`; where it would have more, their words stand below
    the plot, behind the `note`. Call it last: the words go under the name of the axis.
    """
    narrow = is_narrow(axes)
    given = list(handles)
    if len(given) + len(marks) <= MOST_ENTRIES:
        handles, words = [*given, *(handle for handle, _ in marks)], []
    else:
        handles, words = given, [said for _, said in marks]
    _explain_below(axes, [said for said in (note, *words) if said], narrow=narrow)
    for handle in handles:
        handle.set_label(wrapped(str(handle.get_label()), LETTERS_NARROW if narrow else LETTERS_WIDE))
    longest = max(len(line) for one in handles for line in str(one.get_label()).split("\n"))
    columns = 1 if narrow else 2 if longest > LETTERS_OF_THREE_COLUMNS else 3
    axes.legend(
        handles=list(handles),
        title=wrapped(title, LETTERS_NARROW if narrow else 2 * LETTERS_WIDE) or None,
        title_fontproperties={"size": SMALLEST_PT + 1, "weight": "bold"},
        alignment="left",
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        ncols=columns,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.2,
        handlelength=2.6,
    )


def _explain_below(axes: Axes, words: Sequence[str], *, narrow: bool) -> None:
    """Write what marks mean under the name of the axis."""
    if words:
        text = wrapped("; ".join(words), LETTERS_BELOW[narrow])
        axes.set_xlabel("\n".join(filter(None, (axes.get_xlabel(), text))))


def drawn_of(names: Sequence[str]) -> tuple[list[str], str]:
    """Return the names that a figure has room for, and which they are where that is not all."""
    few = list(names[:MOST_ENTRIES])
    return few, "" if len(few) == len(names) else f"the first {len(few)} of {len(names)} are drawn"


def hollow_entry(size: float) -> Line2D:
    """Return the legend entry of a mark whose difference cannot be told."""
    mark: dict[str, Any] = {"linestyle": "none", "marker": "o", "markerfacecolor": "white"}
    return Line2D([], [], markersize=size, markeredgecolor=GREY, label=HOLLOW, **mark)


def drawn_limits(
    axes: Axes,
    limits: Mapping[str, tuple[float, Any]],
    zorder: float,
    colour: str = GREY,
    width: float = 1.0,
    *,
    upright: bool = False,
) -> list[Artist]:
    """Draw lines across the plot, label to place and dashes; return their legend entries."""
    handles: list[Artist] = []
    for label, (at, dashes) in limits.items():
        style: dict[str, Any] = {"color": colour, "linewidth": width, "linestyle": dashes}
        (axes.axvline if upright else axes.axhline)(at, label=label, zorder=zorder, **style)
        handles.append(Line2D([], [], label=label, **style))
    return handles


def rendered(figure: Figure) -> dict[str, bytes]:
    """Return the figure as {"svg": ..., "png": ...}; a figure drawn again gives the same bytes.

    The first rendering places everything; the second keeps the places.
    """
    content = {}
    layout = figure.get_layout_engine()
    for suffix, metadata in (("svg", {"Date": None, "Creator": None}), ("png", {"Software": None})):
        sink = io.BytesIO()
        with styled():
            figure.savefig(sink, format=suffix, metadata=metadata, dpi=PNG_DOTS_PER_INCH, facecolor="white")
        content[suffix] = sink.getvalue()
        figure.set_layout_engine("none")
    figure.set_layout_engine(layout)
    return content


def rendered_axes(axes: Axes) -> dict[str, bytes]:
    """Return the figure that holds the axes as {"svg": ..., "png": ...}."""
    figure = axes.figure
    assert isinstance(figure, Figure)
    return rendered(figure)
