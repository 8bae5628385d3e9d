"""What interval designs share: parameters, decisions by boundaries at the current level, tables, selection."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from simulator.designs.boundary_tables import (
    MIN_N_TO_ELIMINATE,
    BoundaryTables,
    boundaries_of,
    smallest_count_above,
    table_size,
)
from simulator.designs.design import TABLE_COLUMNS, Decision, Floats, Ints, Observed
from simulator.designs.parameter_checks import (
    MAX_PATIENTS,
    check_elimination,
    check_sizes,
    require_integer,
)
from simulator.designs.selection import DEFAULT_PRIOR, closest_to_target
from simulator.designs.statement import as_sentence, selection_sentence
from simulator.designs.up_and_down import MAX_INT, closed_from, concluded, move

if TYPE_CHECKING:
    import pandas as pd


class Elimination(NamedTuple):
    """When a level and all above close: where P(p > target) exceeds `cutoff`, from `min_n` patients at it on."""

    cutoff: float | None = 0.95
    min_n: int = MIN_N_TO_ELIMINATE


class Selection(NamedTuple):
    """The estimates that selection pools: Beta(prior, prior) means, `estimates` in words, none above `at_most`."""

    prior: float = DEFAULT_PRIOR
    estimates: str = "(y + 0.05) / (n + 0.1) with weights 1 / variance"
    at_most: float | None = None

    @classmethod
    def under_prior(cls, a: float) -> "Selection":
        """Return selection by the posterior means under Beta(a, a)."""
        return cls(a, f"posterior means under Beta({a:g}, {a:g}) with weights 1 / variance")


@dataclass(frozen=True, slots=True)
class IntervalDesign(ABC):
    """A design by boundaries: up, stay or down one level by the DLTs among the patients at the current level.

    A design derives from it as a frozen, slotted dataclass with a `name` and options of its own, and gives `bounds`
    and `readings`; where it differs also `check_options`, `elimination` and `selection`.

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    In a trial of complete cohorts closed_from follows from n and dlt (a closed level's data cannot change), so with
    or without it a state key merges the same states.
    """

    name: ClassVar[str]
    title: ClassVar[str] = "an interval design"
    references: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})
    selects_by_counts: ClassVar[bool] = True

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        self.check_options()
        check_elimination(self.name, *self.elimination)

    def check_options(self) -> None:
        """Raise DesignError for an option of the design's own outside its range; by default it has none."""
        return

    @abstractmethod
    def bounds(self, n: Ints) -> tuple[Ints | Floats, Ints | Floats]:
        """Return the largest count of DLTs that escalates and the smallest that de-escalates, for each n.

        A count that closes the level always de-escalates; n holds 0, 1, 2 and so on.
        """

    @abstractmethod
    def readings(self) -> dict[str, str]:
        """Name the readings of the boundaries in which published software differs, one sentence each."""

    @property
    def elimination(self) -> Elimination:
        """When a level closes: by default at P(p > target) > 0.95, from 3 patients at it on."""
        return Elimination()

    @property
    def selection(self) -> Selection:
        """What selection pools: by default the estimates of BOIN."""
        return Selection()

    def eliminate_at_least(self, n: Ints) -> Ints:
        """Return the smallest count of DLTs that closes the level, n + 1 for never, for each n."""
        return smallest_count_above(self.target, self.elimination.cutoff, n, self.elimination.min_n)

    def stop_at_least(self, n: Ints) -> Ints | None:
        """Return the smallest count that closes level 1, for each n; None where it is a level like any other."""
        return None

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return _tabulated(self, table_size(largest_n))

    @property
    def stop_n(self) -> int | None:
        """Patients at a level where the trial would stay, at which it stops; None where more than bounds decides."""
        return MAX_INT

    def closing_dlts(self, most: int) -> Ints | None:
        """Return the DLTs that close level 1 and each other level."""
        return self.boundary_tables(most).closing(most)

    def decide(self, observed: Observed) -> Decision:
        """Close levels, then move one level by the bounds at the current one. All arrays (S,)."""
        tables = self.boundary_tables(observed.n.max(initial=0))
        closed = closed_from(observed, tables)
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        level, reason = move(observed, current, closed, tables)
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        return concluded(observed, self.start_dose, closed, level, size, reason)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        # No decision follows the last cohort, so its data may still close levels here.
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        prior, _, at_most = self.selection
        return closest_to_target(observed.n, observed.dlt, closed, self.target, at_most, prior)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, Int64; <NA> where a level cannot be eliminated."""
        import pandas as pd

        require_integer(self.name, "max_n", max_n, 1, MAX_PATIENTS)
        tables = self.boundary_tables(max_n)
        n = np.arange(1, max_n + 1)
        eliminate = tables.eliminate_at_least[n]
        bounds = (n, tables.escalate_at_most[n], tables.deescalate_at_least[n], eliminate)
        frame = pd.DataFrame(dict(zip(TABLE_COLUMNS, bounds, strict=True))).astype("Int64")
        frame.loc[eliminate > n, "eliminate_if_at_least"] = pd.NA
        return frame

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the moves in sentences; by default the readings."""
        return tuple(as_sentence(f"{name}: {text}") for name, text in self.readings().items())

    def stop_sentences(self) -> tuple[str, ...]:
        """Return when a level closes, and what ends escalation before its size; by default elimination alone."""
        return (_elimination_sentence(self),)

    def statement(self) -> tuple[str, ...]:
        """Return moves, elimination, stops and selection in sentences for a protocol."""
        return (
            *self.rule_sentences(),
            *self.stop_sentences(),
            _selection_sentence(self),
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry.

        A reading of the design's own takes the place of a shared one of that name.
        """
        own = self.readings()
        return {**own, **shared_conventions(self), **own}


# By the whole design: a calendar decides thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _tabulated(design: IntervalDesign, size: int) -> BoundaryTables:
    """Tabulate a design's bounds for n = 0..size."""
    n = np.arange(size + 1, dtype=np.int64)
    escalate, deescalate = (np.asarray(bound).astype(np.int64) for bound in design.bounds(n))
    return boundaries_of(escalate, deescalate, design.eliminate_at_least(n), design.stop_at_least(n))


def _elimination_sentence(design: IntervalDesign) -> str:
    cutoff, min_n = design.elimination
    if cutoff is None:
        return "No level is ever closed, and the trial never stops for toxicity."
    return (
        f"A level and all above it are closed for good where, with {min_n} or more patients treated there, the "
        f"posterior probability that its DLT risk exceeds {design.target:g} is above {cutoff:g} (uniform prior, 1 "
        "DLT or more); where level 1 is closed, the trial stops and no level is selected."
    )


def _selection_sentence(design: IntervalDesign) -> str:
    _, estimates, at_most = design.selection
    return selection_sentence(design.target, estimates, at_most)


def shared_conventions(design: IntervalDesign) -> dict[str, str]:
    """Name the readings that interval designs share, in the order in which they are listed."""
    cutoff, min_n = design.elimination
    from_n = "from 1 patient" if min_n == 1 else f"from {min_n} patients"
    return {
        "elimination": "none: no level is ever closed, and the trial never stops for toxicity"
        if cutoff is None
        else f"closes a level and all above for good, {from_n} at it and 1 DLT on, where"
        f" P(p > target) > {cutoff:g}, strictly, under a uniform prior",
        "move": "one level at a time; further down only to leave closed levels",
        "early stop": "never on patients at a level",
        "last cohort": "truncated to the cap; no decision after it; selection judges elimination again",
        "selection": f"isotonic estimate closest to the target, {design.selection.estimates}, pooled over"
        " treated levels that are not closed only",
        "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
        " on both sides: the lower level",
    }
