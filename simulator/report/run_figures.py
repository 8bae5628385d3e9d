"""The figures that a saved comparison carries."""

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.report.figures import accuracy_by_cap, patient_flow
from simulator.report.style import rendered

if TYPE_CHECKING:
    from simulator.compare import Comparison


def figures(comparison: "Comparison") -> dict[str, dict[str, bytes]]:
    """Draw accuracy against N by design, and the patient flow of each design; as svg and png, by name."""
    drawn: dict[str, dict[str, bytes]] = {}
    if comparison.results.asked():
        axes = accuracy_by_cap(comparison)
        drawn["accuracy_by_cap"] = _rendered(axes)
    for design in comparison.results.designs:
        axes = patient_flow(comparison, design)
        drawn[f"patient_flow_{_file_name(design)}"] = _rendered(axes)
    return drawn


def _rendered(axes: Axes) -> dict[str, bytes]:
    figure = axes.figure
    assert isinstance(figure, Figure)
    return rendered(figure)


def _file_name(design: str) -> str:
    """Return the name with every character that is not plain in a file name replaced."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in design)
