"""Transition paths as a tree: counts that lead to the same end together, and where each node stands."""

from dataclasses import dataclass
from itertools import groupby

from simulator.exact.paths import PathNode


@dataclass(frozen=True, slots=True)
class Branch:
    """DLT counts of one cohort, and the decision they lead to; several only where the paths end."""

    fewest: int
    most: int
    node: PathNode

    @property
    def counts(self) -> str:
        """Return the counts: "1", or "2–3"."""
        return str(self.fewest) if self.fewest == self.most else f"{self.fewest}–{self.most}"


def branches(node: PathNode) -> list[Branch]:
    """Return the branches of a node: neighbouring counts together where the paths end and end alike."""
    found = []
    alone = iter(range(len(node.branches)))
    for _, group in groupby(node.branches, key=lambda one: next(alone) if one.branches else _end(one)):
        nodes = list(group)
        counts = [one.cohort.dlt for one in nodes if one.cohort is not None]
        found.append(Branch(counts[0], counts[-1], nodes[0]))
    return found


def _end(node: PathNode) -> tuple[str | None, int, int, int, int]:
    """Return what a reader is told of an end: closed levels where the trial goes on, else the selection."""
    if node.ending is None:
        return (None, node.level, node.size, node.advice.closed_from, 0)
    return (node.ending, 0, 0, 0, node.selected)


def ends(node: PathNode) -> int:
    """Return how many ends stand one below the other."""
    return sum(ends(branch.node) for branch in branches(node)) if node.branches else 1


def depth(node: PathNode) -> int:
    """Return how many cohorts the longest path has."""
    return 1 + max(depth(one) for one in node.branches) if node.branches else 0


Places = dict[int, float]
"""Height of each node, by its identity."""


def placed(root: PathNode, height: float, gap: float) -> tuple[Places, float]:
    """Place the ends one below the other and every other node in the middle of its branches.

    Parameters
    ----------
    height, gap
        Of an end, and between the branches of one node and those of the next.

    Returns
    -------
    places, bottom
        Heights, downwards from 0, and where the last end is left behind.
    """
    places: Places = {}
    cursor = height / 2

    def place(node: PathNode) -> float:
        nonlocal cursor
        if not node.branches:
            places[id(node)] = cursor
            cursor += height
        else:
            heights = [place(branch.node) for branch in branches(node)]
            places[id(node)] = (heights[0] + heights[-1]) / 2
            if all(not branch.node.branches for branch in branches(node)):
                cursor += gap
        return places[id(node)]

    place(root)
    return places, cursor
