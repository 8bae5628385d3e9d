"""Selection as a function of the cap: one compiled graph, every cap exactly."""

from collections.abc import Iterable

import numpy as np

from simulator.designs.design import Floats
from simulator.exact.decision_graph import DecisionGraph
from simulator.exact.factored import probabilities


def selection_by_cap(graph: DecisionGraph, caps: Iterable[int], p_dlt: Floats) -> Floats:
    """Return P(level selected) for each cap, one truth (J,). Shape (caps, J + 1), [0] is none.

    A trial capped at N is one that the design stopped below N patients, or one that reached N.
    """
    width = graph.n_doses + 1
    stopped = np.zeros((max(graph.at_cap) + 1, width))  # by total n
    stops = graph.stops
    np.add.at(stopped, (stops.total_n, stops.selection), probabilities(stops, p_dlt))
    stopped_up_to = stopped.cumsum(axis=0)
    rows = []
    for cap in caps:
        reached = graph.at_cap[cap]
        rows.append(
            stopped_up_to[cap - 1] + np.bincount(reached.selection, probabilities(reached, p_dlt), width)
        )
    return np.array(rows)
