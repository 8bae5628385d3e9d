"""The test of I2, relapsed or refractory disease, by its parts: PASS where the patient may enter."""

from typing import assert_never

import numpy as np

from simulator.byte_arrays import choose
from simulator.eligibility.patient_columns import Floats, PatientColumns
from simulator.eligibility.readings import (
    Alternatives,
    DiseaseClass,
    EligibilityReadings,
    InductionCounted,
    Regeneration,
    RelapseClock,
    RelapseCounted,
    RelapseEvent,
    ResponseCounted,
    SalvageCounted,
    TwelveMonths,
)
from simulator.eligibility.three_valued import UNKNOWN, Codes, and_, coded, not_, or_

DAYS_OF_TWELVE_MONTHS = 365
_FIRST_DAY = np.datetime64("0000-12-31")


def relapsed(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2a: present disease after a CR (or, by the other reading, a relapse in the past)."""
    match readings.relapse_event:
        case RelapseEvent.PAST_EVENT:
            event = patients.at_least("n_relapses", 1)
        case RelapseEvent.PRESENT_DISEASE:
            marrow = patients.beyond(readings.relapse_marrow_boundary)(
                "bm_blasts_percent", readings.relapse_marrow_percent
            )
            event = or_(
                patients.flag("pb_blasts"),
                and_(marrow, regeneration_excluded(patients, readings)),
                patients.flag("emd_new"),
            )
            if readings.flow_relapse_counts:
                event = or_(event, patients.above("flow_blasts_percent", readings.flow_blasts_percent))
        case _ as never:
            assert_never(never)
    return and_(_first_response(patients, readings), event)


def regeneration_excluded(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """Part of I2a: stated, or not stated and flow cytometry above the limit; otherwise unknown (D23)."""
    stated = patients.flag("regeneration_excluded")
    match readings.regeneration:
        case Regeneration.STATED:
            return stated
        case Regeneration.STATED_OR_FLOW:
            flow = or_(
                patients.above("flow_blasts_percent", readings.regeneration_flow_percent),
                patients.always(UNKNOWN),
            )
            return choose(stated == UNKNOWN, flow, stated)
        case _ as never:
            assert_never(never)


def refractory(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b: at least one of five classes."""
    return or_(*(test(patients, readings) for test in REFRACTORY_CLASSES.values()))


def primary_refractory(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b, first class: no CR after two cycles of standard induction (or as many as the reading asks for)."""
    induced = patients.at_least("n_induction", readings.induction_courses)
    match readings.induction_counted:
        case InductionCounted.TWO_INTENSIVE:
            pass
        case InductionCounted.OR_EQUIVALENT:
            induced = or_(
                induced,
                patients.flag("high_dose_cytarabine_induction"),
                patients.at_least("n_hma_venetoclax_cycles", 2),
            )
        case _ as never:
            assert_never(never)
    return and_(not_(_first_response(patients, readings)), induced)


def early_relapse(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b, second class: relapse within 12 months after CR, following consolidation."""
    early = and_(_has_relapsed(patients, readings), within_twelve_months(patients, readings))
    if readings.early_relapse_needs_consolidation:
        return and_(early, patients.flag("consolidation"))
    return early


def late_relapse(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b, third class: relapse beyond 12 months and no response to conventional salvage."""
    courses = patients.at_least("n_salvage", readings.salvage_courses)
    match readings.salvage_counted:
        case SalvageCounted.CONVENTIONAL:
            pass
        case SalvageCounted.ANY_INTENSITY:
            total = patients.values("n_salvage") + patients.values("n_low_intensity_salvage")
            courses = or_(courses, coded(total >= readings.salvage_courses, np.isnan(total)))
        case _ as never:
            assert_never(never)
    late = and_(_has_relapsed(patients, readings), not_(within_twelve_months(patients, readings)))
    responded = _complete(patients, readings, "response_since_salvage", "salvage_response_was_cri")
    return and_(late, courses, not_(responded))


def two_relapses(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b, fourth class: two relapses or more."""
    counted = patients.at_least("n_relapses", 2)
    match readings.relapse_counted:
        case RelapseCounted.HAEMATOLOGICAL_OR_EXTRAMEDULLARY:
            return counted
        case RelapseCounted.HAEMATOLOGICAL:
            total = patients.values("n_relapses") - patients.values("n_extramedullary_relapses")
            return and_(counted, coded(total >= 2, np.isnan(total)))
        case RelapseCounted.MOLECULAR_TOO:
            total = patients.values("n_relapses") + patients.values("n_molecular_relapses")
            return or_(counted, coded(total >= 2, np.isnan(total)))
        case _ as never:
            assert_never(never)


def persistent_extramedullary(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2b, fifth class: persistent extramedullary leukaemia."""
    return patients.flag("emd_persistent")


REFRACTORY_CLASSES = {
    "I2b-primary": primary_refractory,
    "I2b-early": early_relapse,
    "I2b-late": late_relapse,
    "I2b-two": two_relapses,
    "I2b-extramedullary": persistent_extramedullary,
}


def _has_relapsed(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    return and_(_first_response(patients, readings), patients.at_least("n_relapses", 1))


def _first_response(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    return _complete(patients, readings, "prior_cr", "first_response_was_cri")


def _complete(patients: PatientColumns, readings: EligibilityReadings, response: str, was_cri: str) -> Codes:
    """Return whether there was a complete remission, by the reading of one with incomplete recovery."""
    match readings.response_counted:
        case ResponseCounted.CR_OR_CRI:
            return patients.flag(response)
        case ResponseCounted.CR_ONLY:
            return and_(patients.flag(response), not_(patients.flag(was_cri)))
        case _ as never:
            assert_never(never)


def within_twelve_months(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """First relapse within 12 months of the start of the clock; unknown where a date is missing (D29)."""
    match readings.early_relapse_clock:
        case RelapseClock.FIRST_REMISSION:
            start = patients.values("first_cr_day")
        case RelapseClock.END_OF_CONSOLIDATION:
            start = patients.values("consolidation_end_day")
        case _ as never:
            assert_never(never)
    days = patients.values("first_relapse_day") - start
    missing = np.isnan(days)
    within = coded(days <= DAYS_OF_TWELVE_MONTHS, missing)
    match readings.twelve_months:
        case TwelveMonths.DAYS_365:
            return within
        case TwelveMonths.CALENDAR:
            leap = and_(coded(days <= DAYS_OF_TWELVE_MONTHS + 1, missing), patients.flag("leap_day_in_year"))
            referral = patients.values("referral_day_number")
            dated = ~np.isnan(referral) & ~missing
            by_date = coded(days <= _days_of_a_year_from(referral + start), missing)
            return choose(dated, by_date, or_(within, leap))
        case _ as nothing:
            assert_never(nothing)


def _days_of_a_year_from(day_numbers: Floats) -> Floats:
    """Return the days from a date to the same date one year later; 29 February has its anniversary on the 28th.

    Parameters
    ----------
    day_numbers
        1 for 1 January of year 1; NaN where unknown.
    """
    numbers = np.nan_to_num(day_numbers, nan=1.0).astype(np.int64)
    days = numbers + _FIRST_DAY
    months = days.astype("datetime64[M]")
    later = months + np.timedelta64(12, "M")
    day_of_month = days - months.astype("datetime64[D]")
    last = (later + np.timedelta64(1, "M")).astype("datetime64[D]") - later.astype("datetime64[D]")
    anniversary = later.astype("datetime64[D]") + np.minimum(day_of_month, last - np.timedelta64(1, "D"))
    length: Floats = (anniversary - days).astype(np.float64)
    return length


def disease_definition(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2 without the alternatives: WHO 2016 diagnosis, relapsed or refractory."""
    match readings.disease_class:
        case DiseaseClass.RELAPSED_OR_REFRACTORY:
            disease = or_(relapsed(patients, readings), refractory(patients, readings))
        case DiseaseClass.REFRACTORY:
            disease = refractory(patients, readings)
        case _ as never:
            assert_never(never)
    return and_(patients.flag("dx_who2016"), disease)


def no_alternative(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2, last clause: no suitable standard option or registered trial."""
    available = patients.flag("alternatives_available")
    match readings.alternatives:
        case Alternatives.STANDARD_OR_TRIAL:
            return not_(available)
        case Alternatives.STANDARD_ONLY:
            return not_(and_(available, patients.flag("standard_option_available")))
        case _ as never:
            assert_never(never)


def disease(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I2: the disease definition, and no alternative."""
    return and_(disease_definition(patients, readings), no_alternative(patients, readings))
