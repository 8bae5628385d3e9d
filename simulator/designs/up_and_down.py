"""The rule all interval designs share: integer boundaries at the current level, one level up or down."""

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import BoundaryTables
from simulator.designs.design import Action, Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import (
    MAX_DOSES,
    MAX_PATIENTS,
    require_between,
    require_integer,
)

if TYPE_CHECKING:
    import pandas as pd

MAX_INT: Final = np.iinfo(np.int64).max
TABLE_COLUMNS: Final = ("n", "escalate_if_at_most", "deescalate_if_at_least", "eliminate_if_at_least")


class UpAndDown(Protocol):
    """What the shared rule asks of an interval design."""

    @property
    def name(self) -> str:
        """The design's name, for messages."""
        ...

    @property
    def n_doses(self) -> int:
        """Dose levels."""
        ...

    @property
    def cohort_size(self) -> int:
        """Patients per decision."""
        ...

    @property
    def start_dose(self) -> int:
        """First level."""
        ...

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        ...


class Sized(Protocol):
    """The parameters every interval design has."""

    @property
    def n_doses(self) -> int:
        """Dose levels."""
        ...

    @property
    def target(self) -> float:
        """DLT risk aimed at."""
        ...

    @property
    def cohort_size(self) -> int:
        """Patients per decision."""
        ...

    @property
    def max_n(self) -> int:
        """DLT-evaluable patients of the design's own trial."""
        ...

    @property
    def start_dose(self) -> int:
        """First level."""
        ...


def check_sizes(name: str, design: Sized) -> None:
    """Raise DesignError for a ladder, cohort, size, start level or target outside its range."""
    require_integer(name, "n_doses", design.n_doses, 1, MAX_DOSES)
    require_integer(name, "max_n", design.max_n, 1, MAX_PATIENTS)
    require_integer(name, "cohort_size", design.cohort_size, 1, MAX_PATIENTS)
    require_integer(name, "start_dose", design.start_dose, 1, design.n_doses)
    require_between(name, "target", design.target, (0, 1), "0 < target < 1")


def check_elimination(name: str, cutoff: object, min_n: object) -> None:
    """Raise DesignError for an elimination cutoff (None: no elimination) or least n outside its range."""
    if cutoff is not None:
        require_between(name, "elimination_cutoff", cutoff, (0, 1), "0 < elimination_cutoff < 1")
    require_integer(name, "elimination_min_n", min_n, 1, MAX_PATIENTS)


def decide(design: UpAndDown, observed: Observed) -> Decision:
    """Close levels, then move one level by the counts at the current one. All arrays (S,)."""
    tables = design.boundary_tables(observed.n.max(initial=0))
    closed = closed_from(observed, tables)
    start = observed.level == 0
    level, reason = move(observed, np.where(start, design.start_dose, observed.level), closed, tables)
    size = np.full(level.shape, design.cohort_size, dtype=np.int64)
    return concluded(observed, design.start_dose, closed, level, size, reason)


def closed_from(observed: Observed, tables: BoundaryTables) -> Ints:
    """Return the lowest closed level: by all data, and once closed stays closed. Shape (S,)."""
    n, dlt = observed.n, observed.dlt
    too_toxic = dlt >= tables.eliminate_at_least[n]
    if tables.stop_at_least is not tables.eliminate_at_least:
        too_toxic[:, 0] = dlt[:, 0] >= tables.stop_at_least[n[:, 0]]
    lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    closed: Ints = np.minimum(observed.closed_from, lowest)
    return closed


def move(
    observed: Observed, level: Ints, closed: Ints, tables: BoundaryTables, stop_n: int = MAX_INT
) -> tuple[Ints, Ints]:
    """Move one level by the data at `level`, then down to the highest open level; give levels and reasons.

    Where `stop_n` patients are at `level` and the trial would stay there, the reason is to stop.
    """
    states = np.arange(len(level))
    n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
    few = dlt <= tables.escalate_at_most[n]
    many = dlt >= tables.deescalate_at_least[n]
    at_top = level == observed.n.shape[1]
    # closed - 1 is the highest open level: at most the top, and 0 only where the trial stops.
    moved = np.clip(level + few - many, 1, np.maximum(closed - 1, 1))
    cases: list[tuple[NDArray[np.bool_], Reason]] = [
        (moved > level, Reason.ESCALATE),
        (moved < level, Reason.DE_ESCALATE),
        (n >= stop_n, Reason.STOP_PRECISION),
        (n == 0, Reason.FILL_COHORT),
        (few & at_top, Reason.STAY_HIGHEST_LEVEL),
        (few, Reason.STAY_NEXT_CLOSED),
        (many, Reason.STAY_LOWEST_LEVEL),
    ]
    conditions, reasons = zip(*cases, strict=True)
    return moved, np.select(conditions, reasons, Reason.STAY).astype(np.int64)


def concluded(
    observed: Observed, first: int, closed: Ints, level: Ints, size: Ints, reason: Ints
) -> Decision:
    """Begin where nothing was decided before, stop where level 1 is closed, and put the decision together.

    The arrays level, size and reason are written into.
    """
    start = observed.level == 0
    level[start] = np.minimum(first, closed[start] - 1)
    reason[start] = Reason.START
    reason[closed == 1] = Reason.STOP_TOO_TOXIC
    stop = reason >= Reason.STOP_TOO_TOXIC
    level[stop] = 0
    size[stop] = 0
    action = np.where(stop, Action.STOP, Action.TREAT).astype(np.int64)
    return Decision(action, level, size, closed, reason)


def decision_table(design: UpAndDown, max_n: int) -> "pd.DataFrame":
    """Return the bounds for n = 1..max_n, <NA> where a level cannot be eliminated; columns Int64."""
    import pandas as pd

    require_integer(design.name, "max_n", max_n, 1, MAX_PATIENTS)
    tables = design.boundary_tables(max_n)
    n = np.arange(1, max_n + 1)
    eliminate = tables.eliminate_at_least[n]
    bounds = (n, tables.escalate_at_most[n], tables.deescalate_at_least[n], eliminate)
    frame = pd.DataFrame(dict(zip(TABLE_COLUMNS, bounds, strict=True))).astype("Int64")
    frame.loc[eliminate > n, "eliminate_if_at_least"] = pd.NA
    return frame


def shared_conventions(cutoff: float | None, min_n: int) -> dict[str, str]:
    """Name the readings that interval designs share; elimination by its cutoff and least n."""
    from_n = "from 1 patient" if min_n == 1 else f"from {min_n} patients"
    return {
        "elimination": "none: no level is ever closed, and the trial never stops for toxicity"
        if cutoff is None
        else f"closes a level and all above for good, {from_n} at it and 1 DLT on, where"
        f" P(p > target) > {cutoff:g}, strictly, under a uniform prior",
        "move": "one level at a time; further down only to leave closed levels",
        "early stop": "never on patients at a level",
        "last cohort": "truncated to the cap; no decision after it; selection judges elimination again",
    }
