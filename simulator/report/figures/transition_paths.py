"""Dose transition paths as a tree: from the present to the right, one box a decision, one branch a DLT count."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from simulator.analysis.path_tree import Places, branches, depth, ends, placed
from simulator.errors import SimulatorError
from simulator.exact.paths import OVERRULED, OWN_STOP, PathNode
from simulator.report.figures.style import CM_PER_INCH, GREY, PAGE_CM, SMALLEST_PT, styled, wrapped

MAX_LEAVES: Final = 72  # the boxes that a printed page holds one above the other
MAX_COHORTS: Final = 3  # the columns after the present that hold their text at page width
CM_PER_LEAF: Final = 0.31
BOX_CM: Final = 0.27
GAP_CM: Final = 0.09  # between the branches of one box and those of the next
HEADER_CM: Final = 1.15
FOOT_CM: Final = 1.2
LINE_CM: Final = 0.36
LETTERS: Final = 120  # of a line of doses
BRANCH_CM: Final = 0.85
BOX: Final = "box"  # marks the texts of boxes
# Okabe and Ito (2008), mixed with white so that black text stands on them; the level is always written too.
TINTS: Final = ("#CCE3F0", "#FAECCC", "#CCECE3", "#F5E4ED", "#F7DFCC", "#DDF0FB", "#E6E6E6")
LEGEND: Final = (
    "Number on a branch: DLTs in the cohort. level 2 ×3: treat 3 patients at level 2 next. closed: levels closed"
    " from then on.\nstop, size reached: the trial ends there, with the level selected. Counts share a branch only"
    " where nothing is shown beyond\nand the decision is the same."
)


def drawable(root: PathNode) -> str | None:
    """Return why a tree would not be legible on a page; None where it is."""
    if not root.branches:
        return "the trial ends here, no path leads on"
    if depth(root) > MAX_COHORTS:
        return f"{depth(root)} cohorts do not fit the width of a page, which holds {MAX_COHORTS}"
    leaves = ends(root)
    if leaves > MAX_LEAVES:
        return f"{leaves} ends do not fit on a page, which holds {MAX_LEAVES}"
    return None


def paths_figure(root: PathNode, n_doses: int, title: str, doses: Sequence[str] = ()) -> Figure:
    """Draw the tree at page width, as high as its ends need.

    A box says what is treated next, or how the trial ends and which level it selects. Counts share a branch
    only where the paths end, and what is treated, the closed levels and the selection are the same.

    Parameters
    ----------
    doses
        Dose of each level with its unit, written under the title; none where they are not known.

    Raises
    ------
    SimulatorError
        The tree would not be legible: `drawable` says why.
    """
    refusal = drawable(root)
    if refusal is not None:
        raise SimulatorError(f"paths figure: {refusal}")
    places, bottom = placed(root, CM_PER_LEAF, GAP_CM)
    said = wrapped(
        "Doses: " + ", ".join(f"level {k} {dose}" for k, dose in enumerate(doses, start=1)), LETTERS
    )
    lines = said.split("\n") if doses else []
    header = HEADER_CM + LINE_CM * len(lines)
    height = header + bottom + FOOT_CM
    with styled():
        figure = Figure(figsize=(PAGE_CM / CM_PER_INCH, height / CM_PER_INCH))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, PAGE_CM)
        axes.set_ylim(bottom + FOOT_CM, -header)
        axes.set_axis_off()
        tree = _Tree(axes, n_doses, depth(root))
        axes.text(0.1, -header + 0.4, title, fontsize=SMALLEST_PT + 1, fontweight="bold")
        for k, line in enumerate(lines, start=1):
            axes.text(0.1, -header + 0.4 + LINE_CM * k, line, fontsize=SMALLEST_PT)
        axes.text(0.1, bottom + FOOT_CM - 0.1, LEGEND, color=GREY, fontsize=SMALLEST_PT, va="bottom")
        tree.headings()
        tree.draw(root, places)
    return figure


def label(node: PathNode, n_doses: int) -> str:
    """Return what a box says."""
    if node.ending is None:
        text = f"level {node.level} ×{node.size}"
        first = node.advice.closed_from
        if first > n_doses:
            return text
        return f"{text}, {first if first == n_doses else f'{first}–{n_doses}'} closed"
    chosen = f"select level {node.selected}" if node.selected else "select none"
    return f"{'stop' if node.ending in (OWN_STOP, OVERRULED) else 'size reached'}: {chosen}"


@dataclass(frozen=True, slots=True)
class _Tree:
    """Draws boxes and branches; x and y in cm, y downwards."""

    axes: Axes
    n_doses: int
    depth: int

    @property
    def box_cm(self) -> float:
        """Width of a box."""
        return (PAGE_CM - 0.2 - self.depth * BRANCH_CM) / (self.depth + 1)

    def left(self, column: int) -> float:
        """Return where the boxes of a column begin."""
        return 0.1 + column * (self.box_cm + BRANCH_CM)

    def headings(self) -> None:
        """Write the headings of the columns."""
        for column in range(self.depth + 1):
            text = "now" if column == 0 else f"after cohort +{column}"
            self.axes.text(self.left(column), -0.15, text, color=GREY, va="bottom", fontsize=SMALLEST_PT)

    def draw(self, node: PathNode, places: Places, column: int = 0) -> None:
        """Draw a box and, to its right, everything it leads to."""
        y = places[id(node)]
        self._box(node, column, y)
        right = self.left(column) + self.box_cm
        elbow, end = right + 0.22, right + BRANCH_CM
        line: dict[str, Any] = {"color": GREY, "linewidth": 0.6, "zorder": 1}
        drawn = branches(node)
        if drawn:
            heights = [places[id(branch.node)] for branch in drawn]
            self.axes.plot([right, elbow], [y, y], **line)
            self.axes.plot([elbow, elbow], [min(*heights, y), max(*heights, y)], **line)
        for branch in drawn:
            height = places[id(branch.node)]
            self.axes.plot([elbow, end], [height, height], **line)
            self.axes.text(
                (elbow + end) / 2,
                height,
                branch.counts,
                ha="center",
                va="center",
                fontsize=SMALLEST_PT,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
            )
            self.draw(branch.node, places, column + 1)

    def _box(self, node: PathNode, column: int, y: float) -> None:
        left = self.left(column)
        going_on = node.ending is None
        self.axes.add_patch(
            FancyBboxPatch(
                (left, y - BOX_CM / 2),
                self.box_cm,
                BOX_CM,
                boxstyle="round,pad=0,rounding_size=0.06",
                facecolor=TINTS[(node.level - 1) % len(TINTS)] if going_on else "white",
                edgecolor=GREY,
                linewidth=0.4 if going_on else 0.9,
                zorder=2,
            )
        )
        text = label(node, self.n_doses)
        weight = "normal" if going_on else "bold"
        self.axes.text(
            left + 0.1, y, text, va="center_baseline", fontsize=SMALLEST_PT, fontweight=weight, gid=BOX
        )


def boxes(figure: Figure) -> Iterator[str]:
    """Return what the boxes of a drawn tree say."""
    for text in figure.axes[0].texts:
        if text.get_gid() == BOX:
            yield text.get_text()
