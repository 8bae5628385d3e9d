"""Losses while waiting: withdrawal, progression and death, over the days at risk of each patient of a log."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.fitting.posterior import LogLikelihood
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.trial.ledger import Exit

Floats = NDArray[np.float64]

KNOTS: Final = 40
NOON: Final = 0.5


@dataclass(frozen=True, slots=True)
class AtRisk:
    """Days at risk of each patient, ordinals: (patients,); and who had the event on the last of them."""

    begin: Floats
    end: Floats
    event: NDArray[np.bool_]

    @property
    def days(self) -> float:
        """Days at risk of all."""
        return float((self.end - self.begin).sum())

    @property
    def count(self) -> int:
        """Patients who were at risk."""
        return len(self.begin)

    @property
    def events(self) -> int:
        """Patients who had the event."""
        return int(self.event.sum())


def end_of_waiting(log: ScreeningLog, *until: str) -> Floats:
    """Return the day on which each patient stops waiting: a date reached, the exit, or the cut."""
    reached = log.first_of(*until, "left") + NOON
    return np.where(np.isfinite(reached), reached, log.cut + 1.0)


def at_risk(log: ScreeningLog, begin: Floats, reason: Exit, *until: str) -> AtRisk:
    """Return the days at risk of an exit, from a date to one of others."""
    begin = begin + NOON
    end = end_of_waiting(log, *until)
    is_in = np.isfinite(begin) & (end >= begin)
    return AtRisk(begin[is_in], end[is_in], (log.reason == reason)[is_in])


def hazard(waiting: AtRisk, per_days: float) -> LogLikelihood:
    """Return the log likelihood of the risk in so many days, at a constant hazard."""

    def of(risk: Floats) -> Floats:
        rate = -np.log1p(-risk) / per_days
        found: Floats = waiting.events * np.log(rate) - rate * waiting.days
        return found

    return of


@dataclass(frozen=True, slots=True)
class Survivors:
    """Survival of those who come to a stage, in multiples of the scale: log survival between knots, straight lines.

    Selection makes it differ from the law of all referrals: who is found eligible is fitter.
    """

    knots: Floats
    log_survival: Floats

    @classmethod
    def of(cls, multiples: Floats) -> "Survivors":
        """Return it from the survival of a pool of patients."""
        ordered = np.sort(multiples)
        share = np.linspace(0, 0.98, KNOTS)
        knots = np.quantile(ordered, share)
        knots[0] = 0.0
        return cls(knots, np.log1p(-share))

    def log_at(self, at: Floats) -> Floats:
        """Return the log survival; beyond the last knot it falls as before it."""
        slope = (self.log_survival[-1] - self.log_survival[-2]) / (self.knots[-1] - self.knots[-2])
        beyond = self.log_survival[-1] + slope * (at - self.knots[-1])
        found: Floats = np.where(at <= self.knots[-1], np.interp(at, self.knots, self.log_survival), beyond)
        return found

    def log_hazard(self, at: Floats) -> Floats:
        """Return the log hazard."""
        rates = -np.diff(self.log_survival) / np.diff(self.knots)
        piece = np.clip(np.searchsorted(self.knots, at, side="right") - 1, 0, len(rates) - 1)
        found: Floats = np.log(rates[piece])
        return found


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of patients in one stage, after referral: from, to, and who died at its end; with the stage's survival."""

    survivors: Survivors
    begin: Floats
    end: Floats
    died: NDArray[np.bool_]


def deaths(stretches: list[Stretch]) -> LogLikelihood:
    """Return the log likelihood of the scale of survival, days; it stretches the survivors' law."""

    def of(scales: Floats) -> Floats:
        total = np.zeros_like(scales)
        for one in stretches:
            end, begin = one.end[None, :] / scales[:, None], one.begin[None, :] / scales[:, None]
            total += (one.survivors.log_at(end) - one.survivors.log_at(begin)).sum(axis=1)
            total += np.where(one.died, one.survivors.log_hazard(end) - np.log(scales)[:, None], 0.0).sum(
                axis=1
            )
        return total

    return of
