"""What a design that looks early selects at every cap: asked of many trials together, once their rows are written."""

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.designs.early_look import SelectedByCounts
from simulator.trial.caps import selected_by_patients
from simulator.trial.compiled.keys import counts_of, states_of
from simulator.trial.compiled.state_table import MissedStates, StateTable

Ints = NDArray[np.int64]


class CapSelections:
    """The table of selections of a design that looks early, and the states at caps that it has still to be asked of.

    Parameters
    ----------
    record
        The `TABLE` that compiled code reads, of `states`.
    by_responses
        Whether keys count patients by response and way in, beside level and DLT.
    by_counts
        The design where it selects by counts: keys count patients by level, DLT and response, all of it known.
    """

    def __init__(
        self,
        design: Design,
        record: Any,
        states: StateTable,
        *,
        by_responses: bool,
        by_counts: SelectedByCounts | None,
    ) -> None:
        self._design, self._states = design, states
        self._by_counts, self._known = by_counts, (design.n_doses, 2, 2 if by_responses else 1)
        responses, ways = (3, 2) if by_responses else (1, 1)
        self._shape = design.n_doses, 3, responses, ways
        level, dlt, response, backfill = np.indices(self._shape).reshape(4, -1)
        kinds = np.array([level + 1, dlt - 1, np.maximum(response - 1, 0), backfill])
        self._kinds = np.hstack([np.zeros((4, 1), dtype=np.int64), kinds])
        """Level, DLT, response and way in of nobody, and of each kind of patient that a key counts."""
        self._misses = MissedStates(record, states)

    def learn(self, fill_in: Callable[[Ints], None], *, awaited: bool = False, at_end: bool = False) -> None:
        """Ask about all states missed, where one is awaited, they are enough, or no trial comes any more.

        Rows that name places of the table are filled in by `fill_in` before the places change.
        """
        asked = self._misses.places
        if not (awaited or at_end or self._misses.is_due):
            return
        if len(asked):
            self._states.values[asked, 0] = self._selected(self._states.keys[asked])
            self._misses.told()
        if at_end or self._states.is_full:
            fill_in(self._states.values)
        self._states.make_room(asked)

    def _selected(self, keys: Ints) -> Ints:
        if self._by_counts is not None:
            counts = counts_of(keys, prod(self._known)).reshape(len(keys), *self._known)
            known = np.ascontiguousarray(counts.transpose(2, 3, 0, 1))
            return self._by_counts.selected_by_counts(known, states_of(keys)[:, 1].copy()).astype(np.int64)
        levels, ways = self._patients(keys)
        level, closed_from, last_n, last_dlt = states_of(keys).T.copy()
        selected = selected_by_patients(self._design, levels, ways, level, closed_from, last_n, last_dlt)
        return selected.astype(np.int64)

    def _patients(self, keys: Ints) -> tuple[Ints, dict[str, Ints]]:
        """Return the patients that keys count, as `selected_by_patients` has them: in no order, none pending."""
        counts = counts_of(keys, prod(self._shape))
        total = counts.sum(axis=1)
        state, kind = np.nonzero(counts)
        of_kind, kind = counts[state, kind], 1 + kind
        patients = np.zeros((len(keys), max(int(total.max()), 1)), dtype=np.int64)
        # Row by row, so that each state's patients fill the beginning of its row.
        patients[np.arange(patients.shape[1]) < total[:, None]] = np.repeat(kind, of_kind)
        level, dlt, response, backfill = (column[patients] for column in self._kinds)
        return level, {"dlt": dlt, "response": response, "backfill": backfill}
