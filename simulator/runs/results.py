"""The rows of a run, by design and truth: what every analysis reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator import measures
from simulator.runs.packed_chunks import PackedChunk, first_replicate, groups, packed_together
from simulator.runs.packed_columns import LEVEL, ArmColumns, PackedColumns, narrow_stacked, stacked
from simulator.runs.replicates import NOTHING, Chunk, Columns, DesignTruth, RunPlan, joined
from simulator.scenario.correct_levels import correct_level
from simulator.trial.ledger import Exit, State

BALANCED: Final = "balanced"
AVERAGE: Final = "average"


@dataclass(frozen=True, slots=True)
class Results:
    """All rows of a run, replicates in order within every arm."""

    plan: RunPlan
    target: float
    used: tuple[ArmColumns, ...]
    needed: tuple[ArmColumns | None, ...]
    screening: Columns

    @classmethod
    def of(
        cls, plan: RunPlan, chunks: Sequence[Chunk | PackedChunk], target: float, level: int = LEVEL
    ) -> "Results":
        """Sort the rows of all chunks, in replicate order, under their arms; `level` of compression."""
        return cls.in_order(plan, sorted(chunks, key=first_replicate), target, level)

    @classmethod
    def in_order(
        cls, plan: RunPlan, chunks: Iterable[Chunk | PackedChunk], target: float, level: int = LEVEL
    ) -> "Results":
        """Put the rows of chunks in replicate order under their arms, as they come, so that few are held unpacked."""
        parts = list(packed_together(plan.design_truths, chunks, level))
        used = _arms(groups(plan.design_truths), [part.used for part in parts])
        needed = _arms(groups(plan.design_truths, needed=True), [part.needed for part in parts])
        arms = range(len(plan.design_truths))
        return cls(
            plan,
            target,
            tuple(used[arm] for arm in arms),
            tuple(needed.get(arm) for arm in arms),
            joined([dict(part.screening) for part in parts]),
        )

    def followed_by(self, more: "Results") -> "Results":
        """Return these results with those of the replicates that follow them."""
        followed: dict[int, PackedColumns] = {}

        def below(these: ArmColumns, those: ArmColumns) -> ArmColumns:
            of = followed.setdefault(id(these.of), these.of.followed_by(those.of))
            return ArmColumns(of, these.place)

        used = [below(these, those) for these, those in zip(self.used, more.used, strict=True)]
        needed = [
            None if these is None or those is None else below(these, those)
            for these, those in zip(self.needed, more.needed, strict=True)
        ]
        screening = joined([self.screening, more.screening])
        return Results(self.plan, self.target, tuple(used), tuple(needed), screening)

    def chunk(self, replicates: range) -> Chunk:
        """Return the rows of some replicates; `of` makes the same results of all such chunks again."""
        first, last = np.searchsorted(self.screening["replicate"], (replicates.start, replicates.stop))
        rows = range(int(first), int(last))
        needed = [columns for columns in self.needed if columns is not None]
        screening = {name: values[rows.start : rows.stop] for name, values in self.screening.items()}
        return Chunk(_below_each_other(self.used, rows), _below_each_other(needed, rows), screening)

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
        return stacked([self.used[arm] for arm in arms], column)

    def ended(self, arms: list[int]) -> NDArray[Any]:
        """Return patients by final state and exit, shape (arms, replicates, states, exits), in a small type."""
        ended = narrow_stacked([self.used[arm] for arm in arms], "ended")
        return ended.reshape(*ended.shape[:2], len(State), len(Exit))

    def caps(self, arm: int, column: str) -> NDArray[Any]:
        """Return one column of the needed pass of an arm, shape (replicates, caps)."""
        rows: NDArray[Any] = stacked(self._passes([arm]), column)[0]
        return rows

    def stacked_caps(self, arms: list[int], column: str, caps: slice) -> NDArray[Any]:
        """Return one column of the needed pass of several arms at some caps, shape (arms, replicates, caps)."""
        return stacked(self._passes(arms), column, last=caps)

    def counts_by_cap(self, arms: list[int], column: str, caps: slice) -> NDArray[Any]:
        """Return a column of counts or levels as `stacked_caps`, in a small type."""
        return narrow_stacked(self._passes(arms), column, last=caps)

    def _passes(self, arms: list[int]) -> list[ArmColumns]:
        found = [self.needed[arm] for arm in arms]
        return [one for one in found if one is not None]


def _arms(together: list[list[int]], parts: list[tuple[PackedColumns, ...]]) -> dict[int, ArmColumns]:
    """Return each arm's columns of those that lie together in every part."""
    found: dict[int, ArmColumns] = {}
    for number, arms in enumerate(together):
        first, *others = (part[number] for part in parts)
        whole = first.followed_by(*others)
        found.update((arm, ArmColumns(whole, place)) for place, arm in enumerate(arms))
    return found


def _below_each_other(arms: Sequence[ArmColumns], rows: range) -> Columns:
    if not arms:
        return joined([NOTHING])
    found = ((name, stacked(arms, name, rows=rows)) for name in arms[0])
    return {name: values.reshape(-1, *values.shape[2:]) for name, values in found}


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
