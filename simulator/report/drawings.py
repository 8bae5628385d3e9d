"""A figure as a block of a report: small, the same bytes each time, described in words."""

import re
from typing import TYPE_CHECKING, Final

from simulator.report import figures
from simulator.report.blocks import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BEFORE: Final = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_UNSEEN: Final = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->", re.DOTALL)
_PLACES: Final = re.compile(r'(?<=\s)(?:d|x|y)="[^"]*"')
_DECIMAL: Final = re.compile(r"-?\d+\.\d+")


def drawing(axes: "Axes", label: str, caption: str) -> Drawing:
    """Return the figure that holds the axes; `label` says in words what it shows."""
    content = figures.rendered_axes(axes)
    return Drawing(compact_svg(content["svg"].decode()), label, caption, content["png"])


def compact_svg(svg: str) -> str:
    """Return a figure without what is not seen, its places to a hundredth of a point."""
    seen = _UNSEEN.sub("", _BEFORE.sub("", svg))
    return re.sub(r"\s+", " ", _PLACES.sub(_to_hundredths, seen)).replace("> <", "><").strip()


def _to_hundredths(places: re.Match[str]) -> str:
    return _DECIMAL.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), places[0])
