"""What the screening says: the failure matrix, and the arrays the calendar reads per referral."""

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.several_values import Unsettled

Codes = NDArray[np.int8]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint32]

NO_REASON: Final = -1
"""Reason of a patient who fails nothing."""


MOST_CRITERIA: Final = 31
"""Criteria that may be in force at once: reasons are the bits of a 32-bit word, and attrition needs one more."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Every criterion judged for every patient.

    Attributes
    ----------
    ids : (criteria,)
        Criterion ids, in protocol order: I1..I10, E1..E9, then optional rules that are on.
    codes : (patients, criteria)
        FAIL 0, UNKNOWN 1, PASS 2 for all criteria, I10 and E6 included.
    screened : (criteria,)
        Which criteria the screening verdict counts: all but I10 (consent state) and E6 (donor's cells, after
        leukapheresis).
    eligible, incomplete : (patients,)
        All counted criteria pass; none fails but some are unknown.
    reason : (patients,)
        Column of the primary reason: the first counted criterion failed, in the stated order; NO_REASON (-1)
        where none fails.
    alone : (patients,)
        Exactly one counted criterion fails.
    parts : dict
        Sub-criterion id -> (patients,) codes, where asked for.
    unsettled
        Criterion id -> field -> the patients for whom it is unknown because the field can have several values.
    """

    ids: tuple[str, ...]
    codes: Codes
    screened: Bools
    eligible: Bools
    incomplete: Bools
    reason: Codes
    alone: Bools
    parts: dict[str, Codes]
    unsettled: Unsettled = field(default_factory=dict)

    @property
    def failures(self) -> Bools:
        """The failure matrix, (patients, criteria), all criteria."""
        failures: Bools = self.codes == 0
        return failures


@dataclass(frozen=True, slots=True)
class Referrals:
    """What the calendar reads of each referral, one entry per patient, in the order of the blocks drawn.

    A reason is a column of `ids`; NO_REASON (-1) where nothing counted fails. Bit k of a `failed` word is set
    where criterion `ids[k]` counts and fails.

    Attributes
    ----------
    ids
        Criterion ids: I1..I10, E1..E9, then optional rules that are on.
    prescreen_pass, prescreen_reason, prescreen_failed
        The desk pre-screen: nothing known is a definite fail; the primary reason; all reasons.
    refuses_consent
        I10 fails: asked after the pre-screen, not a screen failure.
    eligible, incomplete, reason, failed
        The first screening. Incomplete: nothing fails, something is unknown.
    infection_failed
        E3 fails at the first screening, so one re-screen is allowed.
    resolved_eligible, resolved_incomplete, resolved_reason, resolved_failed
        The second screening of a patient whose infection has resolved: E3 passes, the oxygen saturation is
        the one without infection, all else stays. Equal to the first where E3 did not fail.
    has_prior_donor
        The donor of an earlier transplant is available; else a new donor is sought.
    survival_days
        True survival from referral, days, not rounded.
    donor_fails : (patients, 2)
        E6 fails (is not passed) for the first donor, and for a second one.
    lvef_percent, ecog, infection_active, bm_blasts_percent
        The fields that risks may be linked to; NaN where unknown.
    """

    ids: tuple[str, ...]
    prescreen_pass: Bools
    prescreen_reason: Codes
    prescreen_failed: Bits
    refuses_consent: Bools
    eligible: Bools
    incomplete: Bools
    reason: Codes
    failed: Bits
    infection_failed: Bools
    resolved_eligible: Bools
    resolved_incomplete: Bools
    resolved_reason: Codes
    resolved_failed: Bits
    has_prior_donor: Bools
    survival_days: Floats
    donor_fails: Bools
    lvef_percent: Floats
    ecog: Floats
    infection_active: Floats
    bm_blasts_percent: Floats

    @property
    def count(self) -> int:
        """Number of referrals."""
        return len(self.eligible)

    def of(self, who: NDArray[np.int64]) -> "Referrals":
        """Return some of the referrals, in the order given."""
        columns = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "ids"}
        return Referrals(ids=self.ids, **{name: values.take(who, axis=0) for name, values in columns.items()})
