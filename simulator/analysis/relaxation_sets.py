"""Sets of permitted relaxations: which there are, and whom of a run's own patients each admits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.relaxations import Proposal, proposals, relaxed
from simulator.eligibility.screen import judge
from simulator.eligibility.verdicts import Referrals
from simulator.population.patients import Patients, PopulationParameters, draw_chunks
from simulator.randomness import Block, Streams

Changes = tuple[Proposal, ...]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Admitted:
    """Whom a set of relaxations admits of the patients whom some set admits.

    Attributes
    ----------
    pattern
        One bit for each of them at the first screening and one at the re-screen: two sets of one pattern admit the
        same patients, so that their trials are the same ones.
    patients
        How many are admitted, at the one or the other: so many more than now.
    """

    pattern: bytes
    patients: int


@dataclass(frozen=True, slots=True)
class _Part:
    """The patients of one chunk of draws whom some set admits and the readings as they are do not."""

    columns: dict[str, NDArray[Any]]
    desk_knows: dict[Any, Bools]


@dataclass(frozen=True, slots=True)
class RelaxationSets:
    """The sets of permitted relaxations of some readings, at most one value of a setting in a set.

    Attributes
    ----------
    singles
        Every permitted relaxation with a value worth trying that is looser than the readings (D40).
    referred, admitted_before
        Patients of the run, and those admitted as it is (first screening, or the re-screen after an infection).
    """

    readings: EligibilityReadings
    singles: Changes
    referred: int
    admitted_before: int
    parts: tuple[_Part, ...]

    @classmethod
    def of(
        cls,
        population: PopulationParameters,
        readings: EligibilityReadings,
        streams: Streams,
        blocks: Sequence[Block],
    ) -> "RelaxationSets":
        """Draw the patients of the blocks again and keep those whom some set admits and the present readings do not.

        A relaxation never shrinks the admitted set: who is admitted now always is, and whom no largest set
        admits no other one does.
        """
        singles = proposals(readings)
        largest = [relaxed(readings, *changes) for changes in product(*_by_setting(singles))]
        referred = admitted = 0
        parts: list[_Part] = []
        for some in draw_chunks(population, streams, blocks):
            now = _admitted(some.columns, readings, some.desk_knows)
            moves = np.zeros(some.count, dtype=np.bool_)
            for one in largest:
                moves |= (_admitted(some.columns, one, some.desk_knows) != now).any(axis=0)
            referred += some.count
            admitted += int(np.count_nonzero(now.any(axis=0)))
            parts.append(_part(some, np.flatnonzero(moves)))
        return cls(readings, singles, referred, admitted, tuple(parts))

    def of_size(self, size: int) -> Iterator[Changes]:
        """Yield every set of so many relaxations."""
        for changes in combinations(self.singles, size):
            if len({one.setting for one in changes}) == size:
                yield changes

    @property
    def largest_size(self) -> int:
        """How many settings can be relaxed."""
        return len({one.setting for one in self.singles})

    @property
    def count(self) -> int:
        """How many sets there are, the empty one not counted."""
        return int(np.prod([1 + len(values) for values in _by_setting(self.singles)], dtype=object)) - 1

    def grown(self, changes: Changes) -> Iterator[Changes]:
        """Yield the sets of one relaxation more."""
        settings = {one.setting for one in changes}
        for one in self.singles:
            if one.setting not in settings:
                yield (*changes, one)

    def admits(self, changes: Changes) -> Admitted:
        """Return whom a set admits."""
        readings = relaxed(self.readings, *changes)
        found = [_admitted(part.columns, readings, part.desk_knows) for part in self.parts]
        marks = np.concatenate(found, axis=1) if found else np.zeros((2, 0), dtype=np.bool_)
        return Admitted(np.packbits(marks).tobytes(), int(np.count_nonzero(marks.any(axis=0))))


def _by_setting(singles: Changes) -> list[list[Proposal]]:
    by_setting: dict[str, list[Proposal]] = {}
    for one in singles:
        by_setting.setdefault(one.setting, []).append(one)
    return list(by_setting.values())


def _part(some: Patients, rows: NDArray[np.intp]) -> _Part:
    columns = {name: values[rows] for name, values in some.columns.items()}
    return _Part(columns, {group: mask[rows] for group, mask in some.desk_knows.items()})


def _admitted(columns: Any, readings: EligibilityReadings, known: Any) -> Bools:
    """Return who is admitted at the first screening, and who at a re-screen, shape (2, patients)."""
    found: Referrals = judge(columns, readings, known)
    reached = found.prescreen_pass & ~found.refuses_consent
    return np.stack([reached & found.eligible, reached & found.infection_failed & found.resolved_eligible])
