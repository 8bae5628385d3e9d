"""What TITE-BOIN12 reads of levels with pending outcomes, as numbers of which few combinations come: compiled code's.

Whether a level is admissible, and what its DLT rate calls for, changes at certain effective sample sizes alone, and
of how desirable levels are only the order is read. Where rounding could matter nothing is said, and the design is
asked. The functions are plain statements, which are compiled.
"""

from typing import Any, Final, NamedTuple

from simulator.designs.benefit_risk_data import UNKNOWN, late_event
from simulator.designs.design import Floats, Ints
from simulator.designs.desirability import LARGEST_CLASS
from simulator.designs.utility import LARGEST, utility_of

UNSAID: Final = -1
MOST_PATIENTS: Final = LARGEST_CLASS
"""At a level; with more nothing is said."""
WAITS, NOTHING_KNOWN, _READ = 1, 2, 3
"""What is read at the current level: that the trial waits, for either reason, and no more; or more, from 3 on."""
_SIZE_WITHIN: Final = 1e-9
_VALUE_WITHIN: Final = 1e-9
ROUNDING: Final = 1e-13  # of summed utilities: what differs by no more is equally desirable


class PendingLevels(NamedTuple):
    """What compiled code reads levels by, each array by a number of events or patients, 0..`MOST_PATIENTS`.

    Attributes
    ----------
    enrolled
        Whether all patients are counted where a level is excluded, not the effective sample.
    selects, phi_t
        Whether `best_level` by the mean utility is the selection, with this highest acceptable DLT risk.
    sizes
        A number for what is read of so many patients at the current level.
    dlt_waits_from, response_waits_from
        Pending outcomes of so many patients from which on the trial waits.
    too_toxic_up_to, futile_from
        Sample sizes up to, and from, which so many events exclude a level.
    toxic_up_to, above_up_to
        Those up to which so many DLTs call for going down, and are above the lower bound.
    utilities, shares
        Of a patient's outcomes, and these / 100, (4,).
    polynomials, terms
        Coefficients of the desirability by summed utilities, (patients, most terms), and how many are read.
    """

    enrolled: bool
    selects: bool
    phi_t: float
    sizes: Ints
    dlt_waits_from: Ints
    response_waits_from: Ints
    too_toxic_up_to: Floats
    futile_from: Floats
    toxic_up_to: Floats
    above_up_to: Floats
    utilities: Floats
    shares: Floats
    polynomials: Floats
    terms: Ints


def side(size: float, bound: float) -> int:
    """Return 1 where a sample size is below a bound, 0 where above; `UNSAID` close to it."""
    return UNSAID if abs(size - bound) < _SIZE_WITHIN else int(size < bound)


def both_sides(size: float, bound: float, other: float, other_bound: float) -> int:
    """Return the two sides as one number; `UNSAID` close to a bound."""
    one, two = side(size, bound), side(other, other_bound)
    return UNSAID if UNSAID in (one, two) else one + 2 * two


def imputed(events: int, known: float, outcome: int, followup: float) -> float:
    """Return an outcome, or where it is pending the probability of an event, at a level with so many in a sample."""
    if outcome >= 0:
        return float(outcome)
    return float(late_event(events / known if known > 0 else UNKNOWN, followup))


def patient_utility(toxic: float, responds: float, utilities: Floats) -> float:
    """Return the expected utility / 100 of a patient."""
    best, neither, both, worst = utilities[0], utilities[1], utilities[2], utilities[3]
    return float(utility_of(toxic, responds, toxic * responds, best, neither, both, worst) / LARGEST)


def desirability_at(coefficients: Floats, terms: int, n: int, quasi_events: float) -> float:
    """Return the desirability of a level with n patients, by Clenshaw's recurrence."""
    x = min(max(2 * quasi_events / max(n, 1) - 1, -1.0), 1.0)
    one, two = 0.0, 0.0
    for k in range(terms - 1, 0, -1):
        one, two = 2 * x * one - two + coefficients[k], one
    return float(x * one - two + coefficients[0])


def read_here(of: Any, k: int) -> int:
    """Return what is read of the current level; `of` has what `PendingLevels` has, and the numbers of `LevelData`."""
    n, dlt, dlt_known = of.n[k], of.dlt[k], of.dlt_known[k]
    if of.dlt_pending[k] >= of.dlt_waits_from[n] or of.response_pending[k] >= of.response_waits_from[n]:
        return WAITS
    if n > 0 and (dlt_known <= 0 or of.response_known[k] <= 0):
        return NOTHING_KNOWN
    sides = both_sides(dlt_known, of.toxic_up_to[dlt], dlt_known, of.above_up_to[dlt])
    return UNSAID if sides == UNSAID else _READ + 4 * int(of.sizes[n]) + sides


def read_anywhere(of: Any, k: int) -> int:
    """Return what is read of any level: 0 where nobody was treated."""
    if of.n[k] == 0:
        return 0
    dlt_n, response_n = of.dlt_known[k], of.response_known[k]
    if of.enrolled:
        dlt_n = response_n = float(of.n[k])
    sides = both_sides(dlt_n, of.too_toxic_up_to[of.dlt[k]], response_n, of.futile_from[of.response[k]])
    return UNSAID if sides == UNSAID else 1 + sides


def read_order(of: Any, first: int, after: int) -> int:
    """Return how some levels compare, two bits a pair: which is as good as the other; `of` has their `values` too."""
    code = 0
    for one in range(first, after):
        for other in range(one + 1, after):
            apart = of.values[one] - of.values[other]
            alike = of.n[one] == of.n[other] and abs(of.quasi_events[one] - of.quasi_events[other]) < ROUNDING
            if not alike and abs(apart) < _VALUE_WITHIN:
                return UNSAID
            code = 4 * code + (3 if alike else 1 + (apart < 0))
    return code
