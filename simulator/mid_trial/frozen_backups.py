"""Who of the patients so far has a frozen backup collection, by the calendar's rule; no history records it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.trial.ledger import NEVER, State


def collection_day(one: ObservedPatient, cut_day: float, drawn_day: float = NEVER) -> float:
    """Return the day of the first collection of a patient's donor, infinity where it is not before the cut.

    Where it is not recorded it is that of the next step recorded, or `drawn_day` where there is none.
    """
    recorded = one.reached(State.LEUKAPHERESED)
    day = drawn_day if recorded == NEVER else recorded
    return day if day < cut_day else NEVER


def frozen_backups(
    collected: Mapping[int, float], cohort_days: Sequence[float], recommended_day: float, per_cohort: int
) -> dict[int, int]:
    """Return the cohort whose backup each patient's is, by number: the first collected while it is in force.

    Parameters
    ----------
    collected
        Number -> day of the first collection, infinity where there is none yet.
    cohort_days
        Day on which each cohort opened.
    """
    taken: dict[int, int] = {}
    found: dict[int, int] = {}
    for number, day in sorted(collected.items(), key=lambda item: (item[1], item[0])):
        cohort = bisect_right(cohort_days, day)
        if day < min(recommended_day, NEVER) and taken.get(cohort, 0) < per_cohort:
            taken[cohort] = taken.get(cohort, 0) + 1
            found[number] = cohort
    return found
