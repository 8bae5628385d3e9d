"""Disease status of a real patient: drawn from the scenario's mix among those that the row does not rule out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.fields import STATUSES
from simulator.population.parameters import PopulationParameters

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Indices = NDArray[np.int8]

_AFTER_CR: Final = (
    "early_first_relapse",
    "late_first_relapse",
    "two_or_more_relapses",
    "residual_disease_only",
    "undated_first_relapse",
)
_RELAPSED: Final = tuple(one for one in _AFTER_CR if one != "residual_disease_only")
_ONE_RELAPSE: Final = tuple(one for one in _RELAPSED if one != "two_or_more_relapses")


def status_within(u: Floats, parameters: PopulationParameters, given: Mapping[str, Floats]) -> Indices:
    """Return the status of each patient: the law's shares, restricted to what the row leaves possible.

    Parameters
    ----------
    u : (patients,)
        Uniforms.
    given
        Field -> (patients,) values of the rows, NaN where unknown. Read: status, complete remission, number
        and dates of relapses, courses of induction, marrow blasts, persistent extramedullary disease.

    Returns
    -------
    (patients,) index into `STATUSES`. Where the law gives all that is possible a share of 0, these are equally
    likely; a fact that would leave nothing possible together with those before it rules nothing out.
    """
    possible = np.ones((len(u), len(STATUSES)), dtype=np.bool_)
    for holds, legal in _facts(parameters, given):
        within = possible & np.isin(STATUSES, legal)
        rows = holds & within.any(axis=1)
        possible[rows] = within[rows]
    shares = np.array([getattr(parameters.status, name) for name in STATUSES])
    weights = possible * shares
    none = weights.sum(axis=1) <= 0
    # a scenario may give a share of 0 to all that the row leaves possible
    weights[none] = possible[none]
    ends = np.cumsum(weights, axis=1)
    reached = (u * ends[:, -1])[:, None] >= ends
    # rounding may put u at the very end of the last share: stay at the last status possible
    last = (len(STATUSES) - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)).astype(np.int64)
    status: Indices = np.minimum(reached.sum(axis=1), last).astype(np.int8)
    return status


def _facts(p: PopulationParameters, given: Mapping[str, Floats]) -> Iterator[tuple[Bools, Sequence[str]]]:
    """Yield (patients of whom it holds, statuses that it leaves possible); NaN compares as false."""
    nothing = np.full(len(next(iter(given.values()))), np.nan)

    def known(name: str) -> Floats:
        return given.get(name, nothing)

    for index, name in enumerate(STATUSES):
        yield known("status") == index, (name,)
    yield known("prior_cr") == 1, _AFTER_CR
    yield known("prior_cr") == 0, _but(*_AFTER_CR)
    yield known("n_relapses") >= 2, ("two_or_more_relapses",)
    yield known("n_relapses") == 1, _ONE_RELAPSE
    yield known("n_relapses") == 0, _but(*_RELAPSED)
    cr, relapse = known("first_cr_day"), known("first_relapse_day")
    yield ~np.isnan(relapse) | ~np.isnan(known("last_relapse_day")), _RELAPSED
    yield ~np.isnan(cr), _AFTER_CR
    gap = relapse - cr
    yield gap <= p.remission.early_at_most_days, _but("late_first_relapse", "undated_first_relapse")
    yield gap > p.remission.early_at_most_days, _but("early_first_relapse", "undated_first_relapse")
    courses = known("n_induction")
    yield courses <= 1, _but("primary_refractory", "extramedullary_only")
    yield courses >= 2, _but("one_induction_course")
    many = known("bm_blasts_percent") >= p.marrow.extramedullary_only_below_percent
    yield many, _but("extramedullary_only", "residual_disease_only")
    yield known("emd_persistent") == 1, ("extramedullary_only",)
    yield known("emd_persistent") == 0, _but("extramedullary_only")


def _but(*names: str) -> tuple[str, ...]:
    return tuple(one for one in STATUSES if one not in names)
