"""A panel a truth: what figures share whose truths are unlike, and never averaged."""

from collections.abc import Sequence
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.report.figures.style import (
    CM_PER_INCH,
    COLUMN_CM,
    LETTERS_BELOW,
    MOST_ENTRIES,
    PAGE_CM,
    SMALLEST_PT,
    Marks,
    is_narrow,
    new_axes,
    width_cm,
    wrapped,
)

PANEL_CM: Final = {True: 2.6, False: 4.2}
"""Least width of a panel, by whether the figure is narrow."""
HEIGHT_CM: Final = 2.9
LEGEND_CM: Final = 2.0
LEAST_CM: Final = 7.5
"""Height at which the name of the upright scale has room beside a single row of panels."""
LETTERS: Final = {True: 14, False: 24}


def page_of_panels(count: int, height_cm: float = HEIGHT_CM, labels_cm: float = 0.0) -> Axes:
    """Make a figure of page width that is high enough for so many panels.

    Parameters
    ----------
    height_cm
        Of a panel.
    labels_cm
        Width that the names of rows take to the left of the panels, where they have any; without, the upright scale
        has a name, which needs room.
    """
    high = _rows(count, PAGE_CM - labels_cm) * height_cm + LEGEND_CM
    return new_axes(PAGE_CM, high if labels_cm else max(high, LEAST_CM))


def titled(panel: Axes, truth: str) -> None:
    """Name the truth of a panel."""
    panel.set_title(wrapped(truth, LETTERS[is_narrow(panel)]), loc="left", fontsize=SMALLEST_PT + 1)


def _columns(count: int, cm: float) -> int:
    return min(count, max(1, int(cm / PANEL_CM[cm < 1.5 * COLUMN_CM])))


def _rows(count: int, cm: float) -> int:
    return -(-count // _columns(count, cm))


def panels_in(count: int, frame_axes: Axes, labels_cm: float = 0.0) -> list[Axes]:
    """Return so many axes in rows, with one scale upwards, in the place of the given ones, which are emptied.

    Beside them the names of rows take `labels_cm`.
    """
    figure, place = frame_axes.get_figure(root=True), frame_axes.get_subplotspec()
    assert isinstance(figure, Figure)
    assert place is not None
    frame_axes.set_axis_off()
    columns, rows = (of(count, width_cm(frame_axes) - labels_cm) for of in (_columns, _rows))
    grid = place.subgridspec(rows, columns)
    found: list[Axes] = []
    for k in range(count):
        share = found[0] if found else None
        found.append(figure.add_subplot(grid[k // columns, k % columns], sharey=share))
        found[-1].tick_params(labelleft=k % columns == 0)
    return found


def finished_panels(
    panels: Sequence[Axes], handles: Sequence[Artist], marks: Marks, words: tuple[str, str], left_out: str
) -> None:
    """Name the scales of all panels once, and put one legend above them.

    Where it would have more than `MOST_ENTRIES`, the words of the marks stand below the panels.
    """
    figure = panels[0].get_figure(root=True)
    assert isinstance(figure, Figure)
    xlabel, ylabel = words
    narrow = figure.get_figwidth() * CM_PER_INCH < 1.5 * COLUMN_CM
    fits = len(handles) + len(marks) <= MOST_ENTRIES
    explained = [left_out, *(() if fits else (said for _, said in marks))]
    listed = [*handles, *((mark for mark, _ in marks) if fits else ())]
    text = wrapped("; ".join(filter(None, explained)), LETTERS_BELOW[narrow])
    figure.supxlabel(
        "\n".join(filter(None, (wrapped(xlabel, LETTERS_BELOW[narrow]), text))), fontsize=SMALLEST_PT + 1
    )
    if ylabel:
        figure.supylabel(ylabel, fontsize=SMALLEST_PT + 1)
    if listed:
        figure.legend(handles=listed, loc="outside upper left", ncols=1 if narrow else 3)
