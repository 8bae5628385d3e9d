"""Follow every trial of a design to its end, independently of simulator/exact."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from simulator.designs.design import Action, Design, Floats, Ints, Observed


class Ends(NamedTuple):
    """The ends of all trials: their data, probability and number of paths, one row each."""

    observed: Observed
    probability: Floats
    paths: Ints


def all_ends(design: Design, p_dlt: list[float], cap: int | None = None, merge: bool = True) -> Ends:
    """Run all trials; at the cap a cohort is truncated, and the trial ends without a decision."""
    risk = np.array(p_dlt)
    frontier = Ends(Observed.nothing(design.n_doses), np.ones(1), np.ones(1, dtype=np.int64))
    ended: list[Ends] = []
    while len(frontier.probability):
        decision = design.decide(frontier.observed)
        stop = decision.action == Action.STOP
        ended.append(_rows(frontier, stop))
        go = np.flatnonzero(~stop)
        size = decision.cohort_size[go]
        if cap is not None:
            size = np.minimum(size, cap - frontier.observed.total_n[go])
        children = []
        for dlt in range(int(size.max(initial=-1)) + 1):
            some = size >= dlt
            rows, n = go[some], size[some]
            level = decision.level[rows]
            p = risk[level - 1]
            chance = comb(n, dlt) * p**dlt * (1 - p) ** (n - dlt)
            patients, toxic = frontier.observed.n[rows].copy(), frontier.observed.dlt[rows].copy()
            patients[np.arange(len(rows)), level - 1] += n
            toxic[np.arange(len(rows)), level - 1] += dlt
            observed = Observed(level, patients, toxic, n, n * 0 + dlt, decision.closed_from[rows])
            children.append(Ends(observed, frontier.probability[rows] * chance, frontier.paths[rows]))
        if not children:
            break
        frontier = _merged(_joined(children)) if merge else _joined(children)
        if cap is not None:
            full = frontier.observed.total_n >= cap
            ended.append(_rows(frontier, full))
            frontier = _rows(frontier, ~full)
    return _joined(ended)


def _rows(ends: Ends, rows: NDArray[Any]) -> Ends:
    seen = ends.observed
    observed = Observed(
        seen.level[rows],
        seen.n[rows],
        seen.dlt[rows],
        seen.last_n[rows],
        seen.last_dlt[rows],
        seen.closed_from[rows],
    )
    return Ends(observed, ends.probability[rows], ends.paths[rows])


def _joined(parts: list[Ends]) -> Ends:
    fields = ("level", "n", "dlt", "last_n", "last_dlt", "closed_from")
    observed = Observed(
        *(np.concatenate([getattr(part.observed, name) for part in parts]) for name in fields)
    )
    return Ends(
        observed,
        np.concatenate([part.probability for part in parts]),
        np.concatenate([p.paths for p in parts]),
    )


def _merged(ends: Ends) -> Ends:
    """Merge states with the same level, counts and closed level; probabilities and path counts add up."""
    seen = ends.observed
    key = np.column_stack([seen.level, seen.closed_from, seen.n, seen.dlt])
    _, first, which = np.unique(key, axis=0, return_index=True, return_inverse=True)
    merged = _rows(ends, first)
    which = which.ravel()
    probability = np.bincount(which, weights=ends.probability, minlength=len(first)).astype(np.float64)
    paths = np.bincount(which, weights=ends.paths, minlength=len(first)).astype(np.int64)
    return Ends(merged.observed, probability, paths)
