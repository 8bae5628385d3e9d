"""What permitted relaxations gain, alone and in pairs: who fails little enough is judged again under each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import or_
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.criterion import Criterion
from simulator.eligibility.own_criteria import Eligibility
from simulator.eligibility.relaxations import Proposal, affected, proposals, relaxed
from simulator.eligibility.screen import counts_at_screening, judge_one, screen
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN, Codes
from simulator.eligibility.verdicts import Referrals
from simulator.population.patients import Patients

Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]

AT_DESK: Final = np.uint64(1 << 31)
"""Bit of a key that no criterion has: 19 criteria and 12 optional rules take the bits below."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Patients who become eligible under one or two permitted relaxations.

    Attributes
    ----------
    changes
        One relaxation, or two together.
    patients
        Patients of the population, not eligible before, who become eligible.
    from_desk
        Of them, those whom the desk pre-screen had turned away.
    undecided
        Patients whom only the relaxed criteria kept out, and who are then unknown in them: the relaxed reading
        needs data that the population does not have, and `patients` is a lower bound.
    """

    changes: tuple[Proposal, ...]
    patients: int
    from_desk: int
    undecided: int


@dataclass(frozen=True, slots=True)
class _Trial:
    """Changes that are judged at once: the readings they give, and the counted criteria that read them."""

    readings: Eligibility
    touched: dict[int, Criterion]

    @classmethod
    def of(cls, readings: Eligibility, changes: Sequence[Proposal]) -> "_Trial":
        counted = counts_at_screening(readings)
        touched = affected(readings, *changes)
        return cls(relaxed(readings, *changes), {row: one for row, one in touched.items() if counted[row]})

    @property
    def bits(self) -> int:
        """The criteria touched."""
        return sum(1 << row for row in self.touched)

    def judge(self, columns: dict[str, NDArray[Any]]) -> Codes:
        """Return the worst code among the touched criteria, one entry per patient."""
        worst = np.full(len(next(iter(columns.values()))), PASS, dtype=np.int8)
        for criterion in self.touched.values():
            np.minimum(worst, judge_one(columns, criterion, self.readings), out=worst)
        return worst


@dataclass(frozen=True, slots=True)
class RelaxationPlan:
    """What is tried: single relaxations, then pairs, each judged again only where it can matter.

    Attributes
    ----------
    entries
        Positions in `singles`.
    trials
        Singles, and the pairs that change one criterion together.
    relaxable
        The criteria touched by any, as bits.
    most
        Failing more criteria than this, nobody is gained.
    """

    readings: Eligibility
    singles: tuple[Proposal, ...]
    entries: tuple[tuple[int, ...], ...]
    trials: dict[tuple[int, ...], _Trial]
    relaxable: np.uint32
    most: int

    @classmethod
    def of(cls, readings: Eligibility, pairs: bool) -> "RelaxationPlan":
        singles = proposals(readings)
        trials: dict[tuple[int, ...], _Trial] = {
            (k,): _Trial.of(readings, [change]) for k, change in enumerate(singles)
        }
        bits = [trial.bits for trial in trials.values()]
        entries: list[tuple[int, ...]] = list(trials)
        for a, b in combinations(range(len(singles)), 2):
            if pairs and singles[a].setting != singles[b].setting:
                entries.append((a, b))
                if bits[a] & bits[b]:
                    trials[a, b] = _Trial.of(readings, [singles[a], singles[b]])
        touched = [reduce(or_, (bits[k] for k in entry)) for entry in entries]
        most = max((word.bit_count() for word in touched), default=0)
        return cls(readings, singles, tuple(entries), trials, np.uint32(reduce(or_, bits, 0)), most)

    def near(self, referrals: Referrals) -> NDArray[np.intp]:
        """Return who consents, is not eligible, and fails few criteria, none that cannot be relaxed."""
        few = np.bitwise_count(referrals.failed) <= self.most
        open_to = few & ((referrals.failed & ~self.relaxable) == 0)
        return np.flatnonzero(open_to & ~referrals.refuses_consent & ~referrals.eligible)

    def keys(self, patients: Patients, referrals: Referrals) -> Keys:
        """Return all that decides who is gained, one row a patient of `near`.

        Word 0: criteria failed from bit 0, AT_DESK, criteria unknown from bit 32. Further words: the code under
        each trial, two bits a trial, 32 trials a word.
        """
        near = self.near(referrals)
        columns = {name: values[near] for name, values in patients.columns.items()}
        verdicts = screen(columns, self.readings)
        failed, unknown = (_words((verdicts.codes == code) & verdicts.screened) for code in (FAIL, UNKNOWN))
        keys = np.zeros((len(near), 1 + -(-len(self.trials) // 32)), dtype=np.uint64)
        keys[:, 0] = failed | unknown << np.uint64(32)
        keys[~referrals.prescreen_pass[near], 0] |= AT_DESK
        for k, trial in enumerate(self.trials.values()):
            keys[:, 1 + k // 32] |= trial.judge(columns).astype(np.uint64) << np.uint64(2 * (k % 32))
        return keys

    def gains(self, keys: Keys, counts: Ints) -> list[Gain]:
        """Count per entry who becomes eligible, who of them the desk turned away, and who is undecided."""
        at_desk = (keys[:, 0] & AT_DESK) != 0
        codes = {
            entry: (keys[:, 1 + k // 32] >> np.uint64(2 * (k % 32))) & np.uint64(3)
            for k, entry in enumerate(self.trials)
        }
        found = []
        for entry in self.entries:
            parts = [entry] if entry in codes else [(k,) for k in entry]
            touched = sum(self.trials[part].bits for part in parts)
            others = keys[:, 0] & np.uint64(~(touched | touched << 32 | int(AT_DESK)) & 0xFFFF_FFFF_FFFF_FFFF)
            worst = np.minimum.reduce([codes[part] for part in parts])
            becomes = (others == 0) & (worst == PASS)
            undecided = (others == 0) & (worst == UNKNOWN) & ((keys[:, 0] & np.uint64(touched)) != 0)
            numbers = [int(counts[who].sum()) for who in (becomes, becomes & at_desk, undecided)]
            found.append(Gain(tuple(self.singles[k] for k in entry), *numbers))
        return sorted(found, key=lambda gain: (-gain.patients, len(gain.changes)))


def distinct(keys: Keys, counts: Ints) -> tuple[Keys, Ints]:
    """Return the distinct rows and how many patients have each."""
    if len(keys) == 0:
        return keys, counts
    order = np.lexsort(keys.T)
    ordered = keys[order]
    first = np.flatnonzero(np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1)))
    return ordered[first], np.add.reduceat(counts[order], first)


def _words(marked: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Pack (patients, criteria) marks into one word a patient."""
    words = np.zeros(len(marked), dtype=np.uint32)
    for row in range(marked.shape[1]):
        words |= marked[:, row].astype(np.uint32) << np.uint32(row)
    return words
