"""What a printed figure must keep to: text of at least 7 points, inside the figure, none over another."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text


def texts_of(axes: Axes) -> list[Text]:
    """Return every text that is drawn; tick labels only where their tick is in view."""
    texts = [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title]
    texts += [axes._left_title, axes._right_title]  # type: ignore[attr-defined]
    legend = axes.get_legend()
    if legend is not None:
        texts += [*legend.get_texts(), legend.get_title()]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        texts += [tick.label1 for tick in ticks if low <= tick.get_loc() <= high]
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def panels_of(axes: Axes) -> list[Axes]:
    """Return the panels that took the place of the axes; none where something is drawn on these."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return [] if axes.axison else [one for one in figure.axes if one is not axes]


def assert_legible(axes: Axes) -> None:
    """Draw the figure and check its texts."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    panels = panels_of(axes)
    texts = [text for one in panels or [axes] for text in texts_of(one)]
    if panels:
        legends = [text for legend in figure.legends for text in legend.get_texts()]
        texts += [text for text in (*figure.texts, *legends) if text.get_text().strip()]
    assert len(texts) > 3
    assert min(float(text.get_fontsize()) for text in texts) >= 7
    boxes = np.array([text.get_window_extent().extents for text in texts])
    outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > [figure.bbox.width, figure.bbox.height]).any(
        axis=1
    )
    assert not outside.any(), [texts[k].get_text() for k in np.flatnonzero(outside)]
    wide = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    high = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    overlap = (wide > 0.5) & (high > 0.5) & ~np.eye(len(boxes), dtype=bool)
    assert not overlap.any(), [texts[k].get_text() for k in np.flatnonzero(overlap.any(axis=1))]
    if panels:
        return
    assert axes.get_window_extent().width > 0.3 * figure.bbox.width
    assert axes.get_window_extent().height > 0.3 * figure.bbox.height
