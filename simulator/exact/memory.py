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


@dataclass(frozen=True, slots=True)
class Held:
    """States held after a cohort was given at `total` patients.

    Attributes
    ----------
    merged
        States that had `total` patients.
    whole, cut
        States after whole cohorts, and after cohorts cut at a cap, before merging.
    stopped, at_cap
        Ends that the design chose, and those at caps so far.
    """

    total: int
    merged: int
    whole: int
    cut: int
    stopped: int
    at_cap: int

    @property
    def states(self) -> int:
        """All of them."""
        return self.whole + self.cut + self.stopped + self.at_cap


@dataclass(slots=True)
class MemoryGuard:
    """Refuses a trial whose states would not fit: as soon as it can be foreseen, and before they are built.

    The logarithm of the number of states rises by less and less per patient, so a parabola through three
    layers foresees it. Where that was compared with what followed, it erred upwards by at most a third.
    """

    n_doses: int
    caps: list[int]
    limit_bytes: int
    _seen: list[tuple[int, float]] = field(
        default_factory=list
    )  # patients, log of states after whole cohorts

    def check(self, held: Held) -> None:
        """Refuse to hold so many states.

        Raises
        ------
        DesignError
            They do not fit, or it can be foreseen that those to come will not.
        """
        self._seen.append((held.total, log(max(held.whole, 1))))
        if self._needed(held, _TRUST) * _BYTES_PER_STATE <= self.limit_bytes:
            return
        states = self._needed(held, 1.0)
        raise DesignError(
            f"the exact engine would need about {states * _BYTES_PER_STATE / 2**30:.1f} GiB for about "
            f"{float(f'{states:.2g}'):,.0f} states of {self.n_doses} levels and {_shown(self.caps)} patients, "
            f"more than {self.limit_bytes / 2**30:.2g} GiB ({held.states:,} states at {held.total} patients); "
            "use simulator.exact.simulate, lower the cap or raise memory_limit_bytes"
        )

    def _needed(self, held: Held, trust: float) -> float:
        """Foresee the most states held at any time, from now to the last decision below the largest cap."""
        most, at_caps = float(held.states), float(held.at_cap)
        if held.whole < _FIRST_JUDGED or len(self._seen) < 2:
            return most
        step = held.total - self._seen[-2][0]
        for total in range(held.total + 1, self.caps[-1]):
            growth = self._growth(total) ** trust
            at_caps += held.merged * growth * (total in self.caps)
            if total <= self.caps[-1] - step:
                most = max(most, (held.whole + held.cut + held.stopped) * growth + at_caps)
        return most

    def _growth(self, total: int) -> float:
        """Foresee by what factor the states will have multiplied at `total` patients."""
        at, now = self._seen[-1]
        middle = self._before(at - _SPAN_PATIENTS)
        if middle is None or (first := self._before(middle[0] - _SPAN_PATIENTS)) is None:
            return 1.0
        slope = (now - middle[1]) / (at - middle[0])
        earlier = (middle[1] - first[1]) / (middle[0] - first[0])
        bend = min(0.0, (slope - earlier) / (at - first[0]))
        ahead = total - at
        return exp(ahead * (slope + bend * (total - middle[0])))  # Newton's form, relative to the last point

    def _before(self, total: int) -> tuple[int, float] | None:
        return next((seen for seen in reversed(self._seen) if seen[0] <= total), None)


def _shown(caps: list[int]) -> str:
    return str(caps[0]) if len(caps) == 1 else f"{caps[0]} to {caps[-1]}"
