"""The tests of the inclusion criteria but I2: PASS where the patient may enter."""

from typing import assert_never

from simulator.byte_arrays import choose
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import (
    BlastRule,
    Cd117Sample,
    ContraceptionAsked,
    EligibilityReadings,
    LabLimit,
    LvefModality,
    MissingConsent,
    OnOxygen,
    Signer,
    Transaminases,
)
from simulator.eligibility.three_valued import PASS, UNKNOWN, Codes, and_, coded, not_, or_


def cd117_positive(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I1: AML confirmed and enough blasts positive for CD117."""
    limit = readings.cd117_percent
    match readings.cd117_sample:
        case Cd117Sample.AT_DIAGNOSIS:
            positive = patients.at_least("cd117_at_diagnosis_percent", limit)
        case Cd117Sample.MOST_RECENT:
            positive = patients.at_least("cd117_percent", limit)
            if readings.cd117_immunohistochemistry_accepted:
                stained = patients.at_least("cd117_ihc_percent", limit)
                positive = choose(patients.is_known("cd117_percent"), positive, stained)
        case _ as never:
            assert_never(never)
    return and_(patients.flag("aml_confirmed"), positive)


def marrow_blasts(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I3: marrow blasts by morphology and/or flow cytometry."""
    above = patients.beyond(readings.blast_boundary)
    morphology = above("bm_blasts_percent", readings.marrow_blasts_percent)
    flow = above("flow_blasts_percent", readings.flow_blasts_percent)
    match readings.blast_rule:
        case BlastRule.OR:
            blasts = or_(morphology, flow)
        case BlastRule.AND:
            blasts = and_(morphology, flow)
        case _ as never:
            assert_never(never)
    if readings.extramedullary_waives_marrow:
        return or_(blasts, patients.flag("emd_new"), patients.flag("emd_persistent"))
    return blasts


def bilirubin(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I4, bilirubin."""
    multiple = patients.within_multiple("bilirubin_umol_l", readings.bilirubin_x_uln, "bilirubin_uln_umol_l")
    return _lab_limit(multiple, patients.at_most("bilirubin_umol_l", readings.bilirubin_umol_l), readings)


def creatinine(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I4, creatinine."""
    multiple = patients.within_multiple(
        "creatinine_umol_l", readings.creatinine_x_uln, "creatinine_uln_umol_l"
    )
    return _lab_limit(multiple, patients.at_most("creatinine_umol_l", readings.creatinine_umol_l), readings)


def _lab_limit(multiple: Codes, absolute: Codes, readings: EligibilityReadings) -> Codes:
    match readings.lab_limit_mode:
        case LabLimit.BOTH:
            return and_(multiple, absolute)
        case LabLimit.ABSOLUTE:
            return absolute
        case LabLimit.ULN_MULTIPLE:
            return multiple
        case LabLimit.EITHER:
            return or_(multiple, absolute)
        case _ as never:
            assert_never(never)


def transaminases(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I4, ALT and AST."""
    alt = patients.within_multiple("alt_u_l", readings.transaminases_x_uln, "alt_uln_u_l")
    ast = patients.within_multiple("ast_u_l", readings.transaminases_x_uln, "ast_uln_u_l")
    match readings.transaminases:
        case Transaminases.BOTH:
            return and_(alt, ast)
        case Transaminases.EITHER:
            return or_(alt, ast)
        case _ as never:
            assert_never(never)


def laboratory(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I4: bilirubin, transaminases and creatinine."""
    return and_(
        bilirubin(patients, readings), transaminases(patients, readings), creatinine(patients, readings)
    )


def ejection_fraction(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I5: LVEF; an old measurement or another modality is unknown until repeated (D28)."""
    enough = patients.at_least("lvef_percent", readings.lvef_percent)
    valid = patients.at_most("lvef_age_days", readings.lvef_max_age_days)
    match readings.lvef_modality:
        case LvefModality.ECHOCARDIOGRAPHY:
            valid = and_(valid, patients.one_of("lvef_modality", "echocardiography"))
        case LvefModality.ANY:
            pass
        case _ as never:
            assert_never(never)
    return choose(valid == PASS, enough, UNKNOWN)


def oxygen_saturation(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I6: oxygen saturation on room air; on oxygen is a fail unless a room-air trial is allowed."""
    enough = patients.at_least("spo2_percent", readings.spo2_percent)
    match readings.on_oxygen:
        case OnOxygen.FAIL:
            return and_(enough, not_(patients.flag("on_oxygen")))
        case OnOxygen.ROOM_AIR_TRIAL:
            return enough
        case _ as never:
            assert_never(never)


def life_expectancy(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I7: the investigator's estimate, never the true survival."""
    return patients.at_least("life_expectancy_months", readings.life_expectancy_months)


def performance_status(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I8: ECOG."""
    return patients.at_most("ecog", readings.ecog_max)


def contraception(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I9: not of childbearing potential, or agreeing (D25)."""
    asked = patients.flag("childbearing_potential")
    match readings.contraception_asked:
        case ContraceptionAsked.BOTH_SEXES:
            pass
        case ContraceptionAsked.WOMEN_ONLY:
            asked = and_(asked, patients.one_of("sex", "female"))
        case _ as never:
            assert_never(never)
    return or_(not_(asked), patients.flag("agrees_contraception"))


def consent(patients: PatientColumns, readings: EligibilityReadings) -> Codes:
    """I10: signed before the first study procedure; no signature on file is a fail (D26).

    A date of signature is a signature, where the box beside it is empty.
    """
    signed = patients.flag("consent_signed")
    signed = choose((signed == UNKNOWN) & patients.is_known("consent_day"), PASS, signed)
    before = patients.values("first_procedure_day") - patients.values("consent_day")
    in_time = coded(~(before < 0))
    match readings.missing_consent:
        case MissingConsent.FAIL:
            on_file = coded(signed == PASS)
        case MissingConsent.UNKNOWN:
            on_file = signed
        case _ as nothing:
            assert_never(nothing)
    verdict = and_(on_file, in_time)
    match readings.consent_signer:
        case Signer.PATIENT_OR_REPRESENTATIVE:
            return verdict
        case Signer.PATIENT_ONLY:
            return and_(verdict, patients.one_of("consent_signer", "patient"))
        case _ as never:
            assert_never(never)
