"""The rows of a run, by design and truth: what every analysis reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator import measures
from simulator.runs.packed_columns import PackedColumns
from simulator.runs.replicates import Chunk, Columns, DesignTruth, RunPlan, joined
from simulator.scenario.correct_levels import correct_level
from simulator.trial.ledger import Exit, State

BALANCED: Final = "balanced"
AVERAGE: Final = "average"


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a run, replicates in order within every arm."""

    plan: RunPlan
    target: float
    used: tuple[PackedColumns, ...]
    needed: tuple[PackedColumns | None, ...]
    screening: Columns

    @classmethod
    def of(cls, plan: RunPlan, chunks: list[Chunk], target: float) -> "Results":
        """Sort the rows of all chunks, in replicate order, under their arms."""
        used, needed = [chunk.used for chunk in chunks], [chunk.needed for chunk in chunks]
        screening = joined([chunk.screening for chunk in chunks])
        in_order = np.argsort(screening["replicate"], kind="stable")
        arms = range(len(plan.design_truths))
        return cls(
            plan,
            target,
            tuple(_rows(used, arm) for arm in arms),
            tuple(_rows(needed, arm) if plan.design_truths[arm].needed else None for arm in arms),
            {name: values[in_order] for name, values in screening.items()},
        )

    def followed_by(self, more: "Results") -> "Results":
        """Return these results with those of the replicates that follow them."""
        used = [these.followed_by(those) for these, those in zip(self.used, more.used, strict=True)]
        needed = [
            None if these is None or those is None else these.followed_by(those)
            for these, those in zip(self.needed, more.needed, strict=True)
        ]
        screening = joined([self.screening, more.screening])
        return Results(self.plan, self.target, tuple(used), tuple(needed), screening)

    def chunk(self, replicates: range) -> Chunk:
        """Return the rows of some replicates; `of` makes the same results of all such chunks again."""
        used = [_within(columns, replicates) for columns in self.used]
        needed = [_within(columns, replicates) for columns in self.needed if columns is not None]
        none: Columns = {name: np.zeros(0, dtype=np.int64) for name in ("arm", "replicate")}
        return Chunk(joined(used), joined(needed) if needed else none, _within(self.screening, replicates))

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return len(self.screening["replicate"])

    @property
    def designs(self) -> list[str]:
        """Design names, in the order of the scenario."""
        return list(dict.fromkeys(arm.design_name for arm in self.plan.design_truths))

    def positions_of(self, design: str, truths: list[str] | None = None) -> list[int]:
        """Return the arms of a design, all or those of the truths named, in that order."""
        arms = {a.truth.name: k for k, a in enumerate(self.plan.design_truths) if a.design_name == design}
        return list(arms.values()) if truths is None else [arms[name] for name in truths]

    def truths(self) -> list[str]:
        """Names of all truths that were run, the day-42 lines included."""
        return list(dict.fromkeys(arm.truth.name for arm in self.plan.design_truths))

    def balanced_truths(self) -> list[str]:
        """Names of the truths in the balanced set (D19)."""
        return list(dict.fromkeys(arm.truth.name for arm in self.plan.design_truths if arm.truth.balanced))

    def question_truths(self) -> list[str]:
        """Names of the truths that the question's limits hold over."""
        return list(dict.fromkeys(arm.truth.name for arm in self.plan.design_truths if arm.needed))

    def stacked(self, arms: list[int], column: str) -> NDArray[Any]:
        """Return one column of `used` for several arms, shape (arms, replicates, ...)."""
        return np.stack([self.used[arm][column] for arm in arms])

    def ended(self, arms: list[int]) -> NDArray[Any]:
        """Return patients by final state and exit, shape (arms, replicates, states, exits), in a small type."""
        ended = np.stack([self.used[arm].narrow("ended") for arm in arms])
        return ended.reshape(*ended.shape[:2], len(State), len(Exit))

    def caps(self, arm: int, column: str) -> NDArray[Any]:
        """Return one column of the needed pass of an arm, shape (replicates, caps)."""
        table = self.needed[arm]
        assert table is not None
        return table[column]

    def counts_by_cap(self, arm: int, column: str) -> NDArray[Any]:
        """Return a column of counts or levels as `caps`, in a small type."""
        table = self.needed[arm]
        assert table is not None
        return table.narrow(column)


def _rows(parts: list[Columns], arm: int) -> PackedColumns:
    """Return the rows of an arm in replicate order, one column after the other, so that none is held twice."""
    of_arm = [_span(np.flatnonzero(part["arm"] == arm)) for part in parts]

    def column(name: str) -> NDArray[Any]:
        return np.concatenate([part[name][rows] for part, rows in zip(parts, of_arm, strict=True)])

    in_order = np.argsort(column("replicate"), kind="stable")
    return PackedColumns((name, column(name)[in_order]) for name in parts[0])


def _span(rows: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Return the rows, as a span where they follow each other."""
    follow = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    return slice(int(rows[0]), int(rows[-1]) + 1) if follow else rows


def _within(columns: Mapping[str, NDArray[Any]], replicates: range) -> Columns:
    """Return the rows of some replicates."""
    of = (columns["replicate"] >= replicates.start) & (columns["replicate"] < replicates.stop)
    return {name: values[of] for name, values in columns.items()}


@dataclass(frozen=True, slots=True)
class TruthTarget:
    """The risks a truth is judged by: cumulative DLT risk by the estimand day (D14, D36)."""

    p_dlt: tuple[float, ...]
    correct: int
    target: float

    @classmethod
    def of(cls, arm: DesignTruth, target: float) -> "TruthTarget":
        """Judge an arm's truth; a declared correct level holds for the truth's own risks only."""
        found = correct_level(arm.truth, arm.outcomes, target)
        return cls(found.risks, found.level, target)

    def is_correct(self, selected: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which selections are correct. Shape as `selected`."""
        right: NDArray[np.bool_] = selected == self.correct
        return right

    def is_overdose(self, selected: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which selections are overdoses. Shape as `selected`."""
        return measures.is_overdose(selected, self.p_dlt, self.target)
