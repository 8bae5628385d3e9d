"""Which FHIR code is which patient field: LOINC for observations, ICD-10 and SNOMED CT for conditions.

Only codes whose meaning is that of the field. A code that says less, such as a QTc without its formula, or of
which we are not sure is left out; a mapping file can name further ones.
"""

from dataclasses import dataclass
from typing import Final

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
ICD10_SYSTEMS: Final = frozenset(
    (
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
    )
)


@dataclass(frozen=True, slots=True)
class ObservationCode:
    """What an observation of a code says.

    Attributes
    ----------
    field
        The patient field of its value.
    name
        Long common name of the code.
    also
        A category that the code itself implies: (field, category).
    limit
        Field of the upper limit of normal, from the observation's reference range.
    age
        Field of the days from the observation to the referral.
    positive
        Whether the field is a flag and the value a number: yes above 0.
    """

    field: str
    name: str
    also: tuple[str, str] | None = None
    limit: str = ""
    age: str = ""
    positive: bool = False


_LVEF: Final = "Left ventricular Ejection fraction"
_ECHO: Final = ("lvef_modality", "echocardiography")


def _lvef(by: str = "", also: tuple[str, str] | None = _ECHO) -> ObservationCode:
    return ObservationCode("lvef_percent", _LVEF + by, also, age="lvef_age_days")


def _laboratory(field: str, name: str, unit: str) -> ObservationCode:
    return ObservationCode(f"{field}_{unit}", name, limit=f"{field}_uln_{unit}")


OBSERVATIONS: Final = {
    "10230-1": _lvef(also=None),
    "18043-0": _lvef(" by US"),
    "8806-2": _lvef(" by US.2D"),
    "76634-5": ObservationCode("qtcf_ms", "Q-T interval corrected based on Fridericia formula"),
    "76635-2": ObservationCode("qtcb_ms", "Q-T interval corrected based on Bazett formula"),
    "88020-3": ObservationCode("nyha", "Functional capacity NYHA"),
    "89247-1": ObservationCode("ecog", "ECOG Performance Status score"),
    "59408-5": ObservationCode("spo2_percent", "Oxygen saturation in Arterial blood by Pulse oximetry"),
    "2708-6": ObservationCode("spo2_percent", "Oxygen saturation in Arterial blood"),
    "1975-2": _laboratory("bilirubin", "Bilirubin.total [Mass/volume] in Serum or Plasma", "umol_l"),
    "14631-6": _laboratory("bilirubin", "Bilirubin.total [Moles/volume] in Serum or Plasma", "umol_l"),
    "2160-0": _laboratory("creatinine", "Creatinine [Mass/volume] in Serum or Plasma", "umol_l"),
    "14682-9": _laboratory("creatinine", "Creatinine [Moles/volume] in Serum or Plasma", "umol_l"),
    "1742-6": _laboratory(
        "alt", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "u_l"
    ),
    "1743-4": _laboratory("alt", "The same with P-5'-P", "u_l"),
    "1744-2": _laboratory("alt", "The same without P-5'-P", "u_l"),
    "1920-8": _laboratory(
        "ast", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "u_l"
    ),
    "30239-8": _laboratory("ast", "The same with P-5'-P", "u_l"),
    "751-8": ObservationCode("neutrophils_10e9_l", "Neutrophils [#/volume] in Blood by Automated count"),
    "26499-4": ObservationCode("neutrophils_10e9_l", "Neutrophils [#/volume] in Blood"),
    "777-3": ObservationCode("platelets_10e9_l", "Platelets [#/volume] in Blood by Automated count"),
    "26515-7": ObservationCode("platelets_10e9_l", "Platelets [#/volume] in Blood"),
    "11150-0": ObservationCode("bm_blasts_percent", "Blasts/cells in Bone marrow"),
    "26446-5": ObservationCode("pb_blasts", "Blasts/100 leukocytes in Blood", positive=True),
    "709-6": ObservationCode("pb_blasts", "Blasts/100 leukocytes in Blood by Manual count", positive=True),
    "5195-3": ObservationCode("hbsag", "Hepatitis B virus surface Ag [Presence] in Serum"),
    "5196-1": ObservationCode(
        "hbsag", "Hepatitis B virus surface Ag [Presence] in Serum or Plasma by Immunoassay"
    ),
    "29610-3": ObservationCode(
        "hbv_dna", "Hepatitis B virus DNA [Presence] in Serum or Plasma by NAA with probe detection"
    ),
    "16128-1": ObservationCode("hcv_antibody", "Hepatitis C virus Ab [Presence] in Serum"),
    "13955-0": ObservationCode(
        "hcv_antibody", "Hepatitis C virus Ab [Presence] in Serum or Plasma by Immunoassay"
    ),
    "11259-9": ObservationCode(
        "hcv_rna", "Hepatitis C virus RNA [Presence] in Serum or Plasma by NAA with probe detection"
    ),
    "56888-1": ObservationCode("hiv", "HIV 1+2 Ab+HIV1 p24 Ag [Presence] in Serum or Plasma by Immunoassay"),
}
"""LOINC code -> what it says."""

OXYGEN_FLOW: Final = "3151-8"
OXYGEN_CONCENTRATIONS: Final = frozenset(("3150-0", "3150-6"))
"""Components of a saturation: inhaled oxygen flow rate, and concentration, which is met with either check digit."""
ROOM_AIR_PERCENT: Final = 21.0

ANSWERS: Final[dict[str, dict[str, str]]] = {
    "ecog": {
        "LA9622-7": "0",
        "LA9623-5": "1",
        "LA9624-3": "2",
        "LA9625-0": "3",
        "LA9626-8": "4",
        "LA9627-6": "5",
    },
    "nyha": {"LA28404-4": "1", "LA28405-1": "2", "LA28406-9": "3", "LA28407-7": "4"},
}
"""Field -> coded answer -> cell."""
PRESENT: Final = frozenset(("10828004", "260373001", "11214006", "LA6576-8", "LA11882-0", "LA15256-3"))
"""Positive, detected, reactive."""
ABSENT: Final = frozenset(("260385009", "260415000", "131194007", "LA6577-6", "LA11883-8", "LA15257-1"))
"""Negative, not detected, non-reactive."""
ANSWER_SYSTEMS: Final = frozenset((LOINC, SNOMED))

UNITS: Final = {
    "umol/L": "umol/L",
    "mmol/L": "mmol/L",
    "mg/dL": "mg/dL",
    "%": "%",
    "1": "fraction",
    "U/L": "U/L",
    "[iU]/L": "U/L",
    "ukat/L": "ukat/L",
    "ms": "ms",
    "s": "s",
    "10*9/L": "10^9/L",
    "10*3/uL": "10^9/L",
    "/uL": "/uL",
    "a": "years",
    "mo": "months",
    "wk": "weeks",
    "d": "days",
}
"""UCUM code, case-sensitive -> the unit's word in a patient list."""


@dataclass(frozen=True, slots=True)
class ConditionCode:
    """What a condition says.

    Attributes
    ----------
    flags
        What is yes where it is confirmed.
    kind
        (field, category) that goes with the first flag.
    days_ago
        Field of the days from its onset to the referral.
    ruled_out
        What is no where it is refuted; empty where another condition could make it yes.
    """

    flags: tuple[str, ...]
    name: str
    kind: tuple[str, str] | None = None
    days_ago: str = ""
    ruled_out: str = ""


_AML: Final = ConditionCode(("aml_confirmed",), "Acute myeloid leukaemia")
_APL: Final = ConditionCode(
    ("aml_confirmed", "promyelocytic"), "Acute promyelocytic leukaemia", ruled_out="promyelocytic"
)
_HIV: Final = ConditionCode(("hiv",), "HIV disease", ruled_out="hiv")
_EPILEPSY: Final = ConditionCode(("cns_history",), "Epilepsy", ("cns_kind", "epilepsy"))
_STROKE: Final = ConditionCode(("cns_history",), "Stroke", ("cns_kind", "stroke_or_other"))
_INFARCT: Final = ConditionCode(("infarct",), "Myocardial infarction", days_ago="infarct_days_ago")
_OLD_INFARCT: Final = ConditionCode(("infarct",), "Old myocardial infarction")

ICD10: Final = {
    **dict.fromkeys(("C92.0", "C92.5", "C92.6", "C92.8", "C93.0", "C94.0", "C94.2"), _AML),
    "C92.4": _APL,
    **dict.fromkeys(("B20", "B21", "B22", "B23", "B24", "Z21"), _HIV),
    **dict.fromkeys(("G40", "G41"), _EPILEPSY),
    **dict.fromkeys(("I60", "I61", "I62", "I63", "I64"), _STROKE),
    **dict.fromkeys(("I21", "I22"), _INFARCT),
    "I25.2": _OLD_INFARCT,
}
"""ICD-10 code -> what it and every code below it says: C92.0 is C92.00 too, G40 is G40.9."""
SNOMED_CONDITIONS: Final = {
    "91861009": _AML,
    "86406008": _HIV,
    "84757009": _EPILEPSY,
    "22298006": _INFARCT,
    "1755008": _OLD_INFARCT,
}
"""SNOMED CT concept -> what it says; its descendants are not known here."""


def condition_code(system: str, code: str) -> ConditionCode | None:
    """Return what a coded condition says, or None."""
    if system == SNOMED:
        return SNOMED_CONDITIONS.get(code)
    if system not in ICD10_SYSTEMS:
        return None
    plain = code.strip().upper().rstrip("-.")
    return next((ICD10[plain[:size]] for size in (5, 3) if plain[:size] in ICD10), None)
