"""Every patient field once: unit, kind, legal range, meaning, and what the desk knows of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """How the values of a field are stored."""

    NUMBER = "number"  # float64, NaN where unknown
    INTEGER = "integer"  # whole numbers; float64 with NaN where some are unknown
    FLAG = "flag"  # bool; float64 0, 1, NaN where some are unknown
    CATEGORY = "category"  # index into `categories`, -1 where none applies; float64 with NaN where unknown
    DAY = "day"  # a date as days relative to referral, negative before it; NaN where none or unknown


class Group(StrEnum):
    """Fields that the desk pre-screen knows or does not know together."""

    CD117 = "cd117"
    DISEASE = "disease"
    GENE_THERAPY = "gene_therapy"
    MARROW = "marrow"
    ECOG = "ecog"
    CNS = "cns"
    INFECTION = "infection"
    LIFE_EXPECTANCY = "life_expectancy"
    VIRAL = "viral"
    LVEF = "lvef"
    LABORATORY = "laboratory"
    AT_SCREENING = "at_screening"
    REFERRAL = "referral"  # on the referral letter: always known
    LATER = "later"  # not before consent, or never: the desk does not know it


@dataclass(frozen=True, slots=True)
class PatientField:
    """One patient field.

    Attributes
    ----------
    low, high
        Legal range, inclusive; None where open.
    drawn
        Whether the synthetic population has it. A field that is not drawn serves alternative readings and
        real patients, and is unknown in a simulation.
    other_units
        Factor from another unit to `unit`, for input (H30).
    """

    name: str
    kind: Kind
    unit: str
    group: Group
    description: str
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    drawn: bool = True
    other_units: dict[str, float] = field(default_factory=dict)


STATUSES: Final = (
    "primary_refractory",
    "early_first_relapse",
    "late_first_relapse",
    "two_or_more_relapses",
    "extramedullary_only",
    "one_induction_course",
    "residual_disease_only",
    "undated_first_relapse",
)
CNS_KINDS: Final = ("epilepsy", "cleared_leukaemia", "active_leukaemia", "stroke_or_other")
SEXES: Final = ("male", "female")
LVEF_MODALITIES: Final = ("echocardiography", "other")
SIGNERS: Final = ("patient", "representative")


def _number(
    name: str,
    unit: str,
    group: Group,
    low: float,
    high: float,
    description: str,
    drawn: bool = True,
    other_units: dict[str, float] | None = None,
) -> PatientField:
    return PatientField(
        name, Kind.NUMBER, unit, group, description, low, high, drawn=drawn, other_units=other_units or {}
    )


def _integer(
    name: str, unit: str, group: Group, low: int, high: int, description: str, drawn: bool = True
) -> PatientField:
    return PatientField(name, Kind.INTEGER, unit, group, description, low, high, drawn=drawn)


def _flag(name: str, group: Group, description: str, drawn: bool = True) -> PatientField:
    return PatientField(name, Kind.FLAG, "yes/no", group, description, 0, 1, drawn=drawn)


def _category(
    name: str, group: Group, categories: tuple[str, ...], description: str, drawn: bool = True
) -> PatientField:
    return PatientField(
        name, Kind.CATEGORY, "category", group, description, 0, len(categories) - 1, categories, drawn
    )


def _day(name: str, group: Group, description: str, drawn: bool = True, high: float = 0) -> PatientField:
    return PatientField(name, Kind.DAY, "days from referral", group, description, -36525, high, drawn=drawn)


_G = Group
_MG_DL_BILIRUBIN: Final = {"mg/dL": 17.1}
_MG_DL_CREATININE: Final = {"mg/dL": 88.4}

_REFERRAL: Final = (
    _number("age_years", "years", _G.REFERRAL, 0, 120, "Age at referral."),
    _category("sex", _G.REFERRAL, SEXES, "Sex."),
    _flag("aml_confirmed", _G.REFERRAL, "AML confirmed by histology or immunophenotype."),
    _flag("dx_who2016", _G.REFERRAL, "The diagnosis met the WHO 2016 criteria (historical flag, H28)."),
)
_DISEASE: Final = (
    _category("status", _G.DISEASE, STATUSES, "How the synthetic patient came; read by no criterion."),
    _flag("prior_cr", _G.DISEASE, "A first complete remission was reached (CRi counts as response)."),
    _day("first_cr_day", _G.DISEASE, "Date of the first CR."),
    _day("first_relapse_day", _G.DISEASE, "Date of the first relapse."),
    _day("last_relapse_day", _G.DISEASE, "Date of the last relapse; read by no criterion."),
    _day("consolidation_end_day", _G.DISEASE, "End of the last consolidation in first CR.", drawn=False),
    _flag("leap_day_in_year", _G.DISEASE, "29 February lies in the 12 months after the start.", drawn=False),
    _integer("n_induction", "courses", _G.DISEASE, 0, 20, "Cycles of standard intensive induction."),
    _flag("high_dose_cytarabine_induction", _G.DISEASE, "One induction had it.", drawn=False),
    _integer("n_hma_venetoclax_cycles", "cycles", _G.DISEASE, 0, 99, "As first treatment.", drawn=False),
    _flag("consolidation", _G.DISEASE, "Consolidation was given in first CR."),
    _integer("n_relapses", "relapses", _G.DISEASE, 0, 20, "Haematological or extramedullary relapses."),
    _integer(
        "n_extramedullary_relapses", "relapses", _G.DISEASE, 0, 20, "Of these, not in the marrow.", False
    ),
    _integer("n_molecular_relapses", "relapses", _G.DISEASE, 0, 20, "Molecular relapses beside them.", False),
    _integer("n_salvage", "courses", _G.DISEASE, 0, 20, "Conventional salvage since the last relapse."),
    _integer(
        "n_low_intensity_salvage", "courses", _G.DISEASE, 0, 20, "Low-intensity salvage since then.", False
    ),
    _flag("response_since_salvage", _G.DISEASE, "CR or CRi since that salvage."),
    _flag("emd_new", _G.DISEASE, "Extramedullary disease that developed after a CR."),
    _flag("emd_persistent", _G.DISEASE, "Persistent extramedullary leukaemia."),
    _flag("alternatives_available", _G.DISEASE, "Suitable standard option or registered trial available."),
    _flag("standard_option_available", _G.DISEASE, "Suitable standard option available.", drawn=False),
    _flag("prior_transplant", _G.DISEASE, "Earlier allogeneic transplant; read by no criterion."),
)
_MARROW: Final = (
    _number("cd117_percent", "% of blasts", _G.CD117, 0, 100, "CD117 by flow, most recent sample."),
    _number("cd117_ihc_percent", "% of blasts", _G.CD117, 0, 100, "By immunohistochemistry.", drawn=False),
    _number("cd117_at_diagnosis_percent", "% of blasts", _G.CD117, 0, 100, "At diagnosis.", drawn=False),
    _number("bm_blasts_percent", "%", _G.MARROW, 0, 100, "Marrow blasts by morphology."),
    _number("flow_blasts_percent", "% of nucleated cells", _G.MARROW, 0, 100, "Marrow blasts by flow."),
    _flag("pb_blasts", _G.MARROW, "Blasts in the peripheral blood."),
    _flag("regeneration_excluded", _G.MARROW, "Regenerative changes stated as excluded."),
)
_LABORATORY: Final = (
    _number("bilirubin_umol_l", "umol/L", _G.LABORATORY, 0, 2000, "Total.", other_units=_MG_DL_BILIRUBIN),
    _number("alt_u_l", "U/L", _G.LABORATORY, 0, 50000, "Alanine transaminase."),
    _number("ast_u_l", "U/L", _G.LABORATORY, 0, 50000, "Aspartate transaminase."),
    _number("creatinine_umol_l", "umol/L", _G.LABORATORY, 0, 5000, "Serum.", other_units=_MG_DL_CREATININE),
    _number("bilirubin_uln_umol_l", "umol/L", _G.REFERRAL, 1, 100, "ULN.", other_units=_MG_DL_BILIRUBIN),
    _number("alt_uln_u_l", "U/L", _G.REFERRAL, 1, 500, "Upper limit of normal of the site, by sex."),
    _number("ast_uln_u_l", "U/L", _G.REFERRAL, 1, 500, "Upper limit of normal of the site, by sex."),
    _number("creatinine_uln_umol_l", "umol/L", _G.REFERRAL, 1, 500, "ULN.", other_units=_MG_DL_CREATININE),
)
_ORGANS: Final = (
    _number("lvef_percent", "%", _G.LVEF, 0, 100, "Left ventricular ejection fraction."),
    _category("lvef_modality", _G.LVEF, LVEF_MODALITIES, "How it was measured."),
    _number("lvef_age_days", "days", _G.LVEF, 0, 36525, "Age of the measurement."),
    _number("spo2_percent", "%", _G.AT_SCREENING, 0, 100, "Oxygen saturation on room air."),
    _number("spo2_if_resolved_percent", "%", _G.LATER, 0, 100, "The same once the infection has resolved."),
    _flag("on_oxygen", _G.AT_SCREENING, "On supplemental oxygen."),
    _flag("on_oxygen_if_resolved", _G.LATER, "The same once the infection has resolved."),
    _number("qtcf_ms", "ms", _G.AT_SCREENING, 200, 900, "QT interval, Fridericia."),
    _number("qtcb_ms", "ms", _G.AT_SCREENING, 200, 900, "QT interval, Bazett.", drawn=False),
    _integer("nyha", "class", _G.AT_SCREENING, 1, 4, "New York Heart Association class."),
    _flag("infarct", _G.AT_SCREENING, "Myocardial infarct at any time."),
    _number("infarct_days_ago", "days", _G.AT_SCREENING, 0, 36525, "Days since the last infarct."),
    _flag("arrhythmia", _G.AT_SCREENING, "Uncontrolled arrhythmia."),
)
_GENERAL: Final = (
    _number("life_expectancy_months", "months", _G.LIFE_EXPECTANCY, 0, 1200, "Investigator's estimate."),
    _integer("ecog", "grade", _G.ECOG, 0, 5, "ECOG performance status."),
    _flag("childbearing_potential", _G.AT_SCREENING, "Able to have children (men: able to father)."),
    _flag("agrees_contraception", _G.AT_SCREENING, "Agrees to highly effective contraception."),
    _flag("cns_history", _G.CNS, "Any history of epilepsy or other CNS disease."),
    _category("cns_kind", _G.CNS, CNS_KINDS, "Which; the worst for eligibility where several."),
    _flag("infection_active", _G.INFECTION, "Active infection."),
    _flag("infection_controlled", _G.INFECTION, "The active infection is controlled."),
    _number(
        "infection_ended_days_ago", "days", _G.INFECTION, 0, 36525, "Last infection; 36525: none.", False
    ),
    _flag("hbsag", _G.VIRAL, "Hepatitis B surface antigen positive."),
    _flag("hbv_dna", _G.VIRAL, "Hepatitis B DNA at or above the assay's limit."),
    _flag("hcv_antibody", _G.VIRAL, "Hepatitis C antibody positive."),
    _flag("hcv_rna", _G.VIRAL, "Hepatitis C RNA detectable."),
    _flag("hbv_prophylaxis", _G.VIRAL, "On antiviral prophylaxis: recorded, not tested (D27).", drawn=False),
    _flag("hiv", _G.VIRAL, "HIV positive."),
    _flag("prior_gene_therapy", _G.GENE_THERAPY, "Ever received a gene-modified cell or vector product."),
    _number("gene_therapy_days_ago", "days", _G.GENE_THERAPY, 0, 36525, "Since the last one.", drawn=False),
    _flag("gene_therapy_was_car_t", _G.GENE_THERAPY, "One of them was a CAR-T product.", drawn=False),
    _flag("uncontrolled_disease_flag", _G.AT_SCREENING, "Investigator's judgement; empty means no (D26)."),
    _flag("investigator_flag", _G.AT_SCREENING, "Investigator's judgement; empty means no (D26)."),
)
_LATER: Final = (
    _flag("consent_signed", _G.LATER, "Informed consent signed; empty means no (D26)."),
    _day("consent_day", _G.LATER, "Date of the signature.", drawn=False, high=36525),
    _day("first_procedure_day", _G.LATER, "Date of the first study procedure.", drawn=False, high=36525),
    _category("consent_signer", _G.LATER, SIGNERS, "Who signed.", drawn=False),
    _number("donor_tcell_fold", "fold", _G.LATER, 0, 1e6, "T-cell expansion of the first donor."),
    _number("second_donor_tcell_fold", "fold", _G.LATER, 0, 1e6, "T-cell expansion of a second donor."),
    _number("patient_tcell_fold", "fold", _G.LATER, 0, 1e6, "Of the patient's own T cells.", drawn=False),
    _flag("prior_donor_available", _G.LATER, "The earlier transplant's donor is available."),
    _number("survival_days", "days", _G.LATER, 0, 1e6, "True survival from referral; read by no criterion."),
)
_SILENT: Final = (
    _flag("pregnant", _G.AT_SCREENING, "Pregnant.", drawn=False),
    _flag("lactating", _G.AT_SCREENING, "Breast-feeding.", drawn=False),
    _flag("active_gvhd", _G.AT_SCREENING, "Active graft-versus-host disease.", drawn=False),
    _flag("immunosuppression", _G.AT_SCREENING, "On systemic immunosuppression.", drawn=False),
    _flag("promyelocytic", _G.AT_SCREENING, "Acute promyelocytic leukaemia.", drawn=False),
    _number("washout_days", "days", _G.AT_SCREENING, 0, 36525, "Since the last therapy.", drawn=False),
    _number("neutrophils_10e9_l", "10^9/L", _G.AT_SCREENING, 0, 1000, "Absolute count.", drawn=False),
    _number("platelets_10e9_l", "10^9/L", _G.AT_SCREENING, 0, 5000, "Count.", drawn=False),
    _flag("hla_matched_donor", _G.AT_SCREENING, "An HLA-matched donor is available.", drawn=False),
    _flag("rescue_donor", _G.AT_SCREENING, "A donor for a rescue transplant is available.", drawn=False),
)

FIELDS: Final = {
    one.name: one
    for one in (*_REFERRAL, *_DISEASE, *_MARROW, *_LABORATORY, *_ORGANS, *_GENERAL, *_LATER, *_SILENT)
}
"""Name -> field, in the order of the patient's way."""
