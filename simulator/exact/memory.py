"""The memory an expansion will take, foreseen from how the number of states has grown so far."""

from dataclasses import dataclass, field
from math import exp, log
from typing import Final

from simulator.errors import DesignError

MEMORY_LIMIT_BYTES: Final = 3 * 2**30

_BYTES_PER_STATE: Final = 110  # measured peak while states are merged, per state before merging
_FIRST_JUDGED: Final = 50_000  # states: earlier growth says little, and costs no time to see
_SPAN_PATIENTS: Final = 6  # between the points that growth is read from: more than most cohorts
_TRUST: Final = 0.95  # power of a growth foreseen that is believed: the further, the less


@dataclass(slots=True)
class MemoryGuard:
    """Refuses a trial whose states would not fit: as soon as it can be foreseen, and before they are built.

    The logarithm of the number of states rises by less and less per patient, so a parabola through three
    layers foresees it. Where that was compared with what followed, it erred upwards by at most a third; it
    falls short where cohorts of one still change pace, or many caps are only beginning to add their states.
    """

    n_doses: int
    cap: int
    limit_bytes: int
    _seen: list[tuple[int, float]] = field(default_factory=list)  # patients, log of states held

    def check(self, total: int, held: int) -> None:
        """Refuse to hold so many states, before merging, after a cohort given at `total` patients."""
        self._seen.append((total, log(max(held, 1))))
        growth = self._growth() if held >= _FIRST_JUDGED else 1.0
        if held * growth**_TRUST * _BYTES_PER_STATE <= self.limit_bytes:
            return
        states = held * growth
        raise DesignError(
            f"the exact engine would need about {states * _BYTES_PER_STATE / 2**30:.1f} GiB for about "
            f"{float(f'{states:.2g}'):,.0f} states of {self.n_doses} levels and {self.cap} patients, more than "
            f"{self.limit_bytes / 2**30:.2g} GiB ({held:,} states at {total} patients); use "
            "simulator.exact.simulate, lower the cap or raise memory_limit_bytes"
        )

    def _growth(self) -> float:
        """Foresee by what factor the states will multiply up to the last decision below the cap."""
        at, now = self._seen[-1]
        middle = self._before(at - _SPAN_PATIENTS)
        if middle is None or (first := self._before(middle[0] - _SPAN_PATIENTS)) is None:
            return 1.0
        slope = (now - middle[1]) / (at - middle[0])
        earlier = (middle[1] - first[1]) / (middle[0] - first[0])
        bend = min(0.0, (slope - earlier) / (at - first[0]))
        ahead = float(self.cap - (at - self._seen[-2][0]) - at)
        if ahead <= 0:
            return 1.0
        # Newton's parabola through the three points, relative to the last; its peak, where it falls again.
        if bend < 0:
            ahead = min(ahead, max(0.0, -(slope / bend + at - middle[0]) / 2))
        return exp(max(0.0, ahead * (slope + bend * (at - middle[0] + ahead))))

    def _before(self, total: int) -> tuple[int, float] | None:
        return next((seen for seen in reversed(self._seen) if seen[0] <= total), None)
