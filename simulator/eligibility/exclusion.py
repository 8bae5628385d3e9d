"""The tests of the nine exclusion criteria: PASS where the patient may enter (is not excluded)."""

from typing import assert_never

from simulator.byte_arrays import choose
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import (
    CnsReading,
    EligibilityReadings,
    EmptyObjection,
    GeneTherapyReading,
    HepatitisReading,
    InfectionReading,
    QtFormula,
    QtRule,
    TcellSource,
    UntestedVirus,
)
from simulator.eligibility.three_valued import PASS, UNKNOWN, Codes, and_, coded, not_, or_


def no_cns_disease(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E1: no history of epilepsy or other CNS disease."""
    history = patients.flag("cns_history")
    match readings.cns_reading:
        case CnsReading.ANY_HISTORY:
            return not_(history)
        case CnsReading.CLEARED_LEUKAEMIA_ALLOWED:
            return not_(and_(history, not_(patients.one_of("cns_kind", "cleared_leukaemia"))))
        case CnsReading.ACTIVE_ONLY:
            return not_(and_(history, patients.one_of("cns_kind", "epilepsy", "active_leukaemia")))
        case _ as never:
            assert_never(never)


def qt_not_prolonged(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E2, QT interval: not strictly above the limit."""
    match readings.qtc_formula:
        case QtFormula.FRIDERICIA:
            field = "qtcf_ms"
        case QtFormula.BAZETT:
            field = "qtcb_ms"
        case _ as never:
            assert_never(never)
    match readings.qtc_rule:
        case QtRule.ONE_LIMIT:
            return not_(patients.above(field, readings.qtc_limit_ms))
        case QtRule.BY_SEX:
            long_male = and_(
                patients.one_of("sex", "male"), patients.above(field, readings.qtc_limit_male_ms)
            )
            long_female = and_(
                patients.one_of("sex", "female"), patients.above(field, readings.qtc_limit_female_ms)
            )
            return not_(or_(long_male, long_female))
        case _ as nothing:
            assert_never(nothing)


def no_severe_heart_disease(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E2, heart: NYHA class, recent myocardial infarction, uncontrolled arrhythmia."""
    recent = patients.at_most("infarct_days_ago", readings.infarct_within_days)
    return not_(
        or_(
            patients.above("nyha", readings.nyha_max),
            and_(patients.flag("infarct"), recent),
            patients.flag("arrhythmia"),
        )
    )


def heart(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E2: QT interval and heart disease."""
    return and_(qt_not_prolonged(patients, readings), no_severe_heart_disease(patients, readings))


def no_active_infection(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E3: no active infection that is not controlled."""
    active = patients.flag("infection_active")
    match readings.infection_reading:
        case InfectionReading.ACTIVE_UNCONTROLLED:
            return not_(and_(active, not_(patients.flag("infection_controlled"))))
        case InfectionReading.ANY_ACTIVE:
            return not_(active)
        case InfectionReading.ANY_RECENT:
            recent = patients.at_most("infection_ended_days_ago", readings.infection_recent_days)
            return not_(or_(active, recent))
        case _ as never:
            assert_never(never)


def hepatitis_b_not_active(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E4, hepatitis B."""
    active = _virus(patients, readings, "hbv_dna", "hbsag")
    match readings.hepatitis_reading:
        case HepatitisReading.VIRUS_DETECTABLE:
            return not_(active)
        case HepatitisReading.HBSAG_EXCLUDES:
            return not_(or_(active, patients.flag("hbsag")))
        case _ as never:
            assert_never(never)


def hepatitis_c_not_active(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E4, hepatitis C."""
    return not_(_virus(patients, readings, "hcv_rna", "hcv_antibody"))


def hepatitis(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E4: no active hepatitis B or C."""
    return and_(hepatitis_b_not_active(patients, readings), hepatitis_c_not_active(patients, readings))


def _virus(patients: PatientColumns, readings: EligibilityReadings, virus: str, serology: str) -> Codes:
    # D27: the virus test decides; without it positive serology is unknown, and negative serology by the reading
    match readings.untested_virus:
        case UntestedVirus.PASSES:
            untested = and_(patients.flag(serology), patients.always(UNKNOWN))
        case UntestedVirus.UNKNOWN:
            untested = patients.always(UNKNOWN)
        case _ as never:
            assert_never(never)
    return choose(patients.is_known(virus), patients.flag(virus), untested)


def no_gene_therapy(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E5: no earlier gene therapy product."""
    prior = patients.flag("prior_gene_therapy")
    match readings.gene_therapy_reading:
        case GeneTherapyReading.EVER:
            return not_(prior)
        case GeneTherapyReading.RECENT:
            recent = patients.at_most("gene_therapy_days_ago", readings.gene_therapy_recent_days)
            return not_(and_(prior, recent))
        case GeneTherapyReading.CAR_T_ONLY:
            return not_(and_(prior, patients.flag("gene_therapy_was_car_t")))
        case _ as never:
            assert_never(never)


def tcells_proliferate(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E6: the T cells expand at least five-fold; by default the donor's, after leukapheresis (D18)."""
    match readings.tcell_source:
        case TcellSource.DONOR:
            return patients.at_least("donor_tcell_fold", readings.tcell_fold)
        case TcellSource.PATIENT:
            return patients.at_least("patient_tcell_fold", readings.tcell_fold)
        case _ as never:
            assert_never(never)


def second_donor_proliferates(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E6 for a second donor."""
    return patients.at_least("second_donor_tcell_fold", readings.tcell_fold)


def no_uncontrolled_disease(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E7: the investigator raises no flag; an empty entry is no flag (D26)."""
    return _not_flagged(patients, readings, "uncontrolled_disease_flag")


def no_hiv(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E8: not infected with HIV."""
    return not_(patients.flag("hiv"))


def no_investigator_objection(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """E9: the investigator raises no flag; an empty entry is no flag (D26)."""
    return _not_flagged(patients, readings, "investigator_flag")


def _not_flagged(patients: PatientColumns, readings: EligibilityReadings, name: str) -> Codes:
    match readings.empty_objection:
        case EmptyObjection.NONE:
            return coded(patients.flag(name) != PASS)
        case EmptyObjection.UNKNOWN:
            return not_(patients.flag(name))
        case _ as never:
            assert_never(never)
