"""Where the columns of trials' rows stand, in the order in which compiled code writes them (`rows.py`)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.batches import Fate
from simulator.trial.ledger import Exit, State
from simulator.trial.waiting_times import Waiting

INT: Final = "int"
FLOAT: Final = "float"
FLAG: Final = "flag"
"""The kinds of columns; flags stand among the whole numbers."""
_Widths = dict[str, tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class RowLayout:
    """Where the columns stand in a row of numbers of each kind.

    Attributes
    ----------
    places
        Each column's kind, where it begins, and its shape.
    ints, floats
        Numbers of each kind in a row.
    """

    places: dict[str, tuple[str, int, tuple[int, ...]]]
    ints: int
    floats: int

    @classmethod
    def of(cls, widths: _Widths) -> "RowLayout":
        """Place the columns one behind the other."""
        places, at = {}, {INT: 0, FLOAT: 0}
        for name, (kind, shape) in widths.items():
            number = FLOAT if kind == FLOAT else INT
            places[name] = (kind, at[number], shape)
            at[number] += shape[0] if shape else 1
        return cls(places, at[INT], at[FLOAT])


class Rows:
    """The rows of tasks with the same columns, all 0 before they are written."""

    def __init__(self, layout: RowLayout, tasks: int, replicates: int) -> None:
        self._layout = layout
        self._ints = np.zeros((tasks, replicates, layout.ints), dtype=np.int64)
        self._floats = np.zeros((tasks, replicates, layout.floats))

    def of_task(self, number: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the whole numbers and floats of a task, (replicates, numbers of a kind), to be written into."""
        return self._ints[number], self._floats[number]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return each column, (tasks, replicates, ...)."""
        return {name: self._column(*place) for name, place in self._layout.places.items()}

    def _column(self, kind: str, at: int, shape: tuple[int, ...]) -> NDArray[Any]:
        numbers: NDArray[Any] = self._floats if kind == FLOAT else self._ints
        column = numbers[..., at : at + shape[0]] if shape else numbers[..., at]
        return column != 0 if kind == FLAG else column.copy()


@lru_cache(maxsize=64)
def caps_layout(caps: int) -> RowLayout:
    """Return the columns of `write_caps`."""
    kinds = {
        "selected": INT,
        "infused": INT,
        "evaluable": INT,
        "enrolled": INT,
        "screened": INT,
        "known_day": FLOAT,
        "reached": FLAG,
    }
    return RowLayout.of({name: (kind, (caps,)) for name, kind in kinds.items()})


@lru_cache(maxsize=64)
def used_layout(levels: int, criteria: int, most: int) -> RowLayout:
    """Return the columns of `write_used`; `most` may be enrolled."""
    one: tuple[int, ...] = ()
    return RowLayout.of(
        {
            "selected": (INT, one),
            "stop": (INT, one),
            "at_recommendation": (INT, (len(State),)),
            "at_end": (INT, (len(State),)),
            "ended": (INT, (len(State) * len(Exit),)),
            "criteria": (INT, (criteria,)),
            "verdicts": (INT, one),
            "rescreened": (INT, one),
            "n": (INT, (levels,)),
            "dlt": (INT, (levels,)),
            "treated": (INT, (levels,)),
            "responses": (INT, (levels,)),
            "backfilled": (INT, (levels,)),
            "late_toxicities": (INT, (levels,)),
            "expansion_n": (INT, one),
            "expansion_dlt": (INT, one),
            "expansion_stopped": (FLAG, one),
            "reviews": (INT, one),
            "other_donors": (INT, one),
            "leukaphereses": (INT, one),
            "backups": (INT, one),
            "assessed": (INT, one),
            "batches": (INT, (len(Fate),)),
            "recommended_day": (FLOAT, one),
            "closed_day": (FLOAT, one),
            "last_day": (FLOAT, one),
            "waited": (FLOAT, (len(Waiting),)),
            "slot_days": (FLOAT, (2,)),
            "manufacturing_days": (FLOAT, one),
            "inpatient_days": (FLOAT, one),
            "consent_to_infusion_days": (FLOAT, (most,)),
            "vein_to_vein_days": (FLOAT, (most,)),
        }
    )


@lru_cache(maxsize=64)
def accrual_layout(most: int) -> RowLayout:
    """Return the columns of `write_accrual`; `most` may be enrolled."""
    return RowLayout.of(
        {
            "ending": (INT, ()),
            "recommended_day": (FLOAT, ()),
            "waited": (FLOAT, (len(Waiting),)),
            "days": (FLOAT, (3 * most,)),
        }
    )
