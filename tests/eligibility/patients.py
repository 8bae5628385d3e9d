"""Hand-made patients: one who passes everything, and what is changed in them."""

from typing import Any

import numpy as np

from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import screen
from simulator.eligibility.three_valued import Codes
from simulator.fields import FIELDS, Kind

WELL: dict[str, Any] = {
    **{"age_years": 40.0, "sex": "male", "aml_confirmed": True, "dx_who2016": True},
    **{
        "prior_cr": True,
        "first_cr_day": -300,
        "first_relapse_day": -60,
        "n_induction": 1,
        "consolidation": True,
    },
    **{
        "n_relapses": 1,
        "n_salvage": 1,
        "response_since_salvage": False,
        "emd_new": False,
        "emd_persistent": False,
    },
    **{"alternatives_available": False, "cd117_percent": 76.0},
    **{
        "bm_blasts_percent": 27.0,
        "flow_blasts_percent": 25.0,
        "pb_blasts": True,
        "regeneration_excluded": True,
    },
    **{"bilirubin_umol_l": 12.0, "bilirubin_uln_umol_l": 21.0, "alt_u_l": 30.0, "alt_uln_u_l": 50.0},
    **{"ast_u_l": 25.0, "ast_uln_u_l": 40.0, "creatinine_umol_l": 70.0, "creatinine_uln_umol_l": 104.0},
    **{"lvef_percent": 62.0, "lvef_modality": "echocardiography", "lvef_age_days": 3},
    **{"spo2_percent": 97, "on_oxygen": False, "life_expectancy_months": 5.5, "ecog": 1},
    **{"childbearing_potential": True, "agrees_contraception": True, "consent_signed": True},
    **{"cns_history": False, "qtcf_ms": 420.0, "nyha": 1, "infarct": False, "arrhythmia": False},
    **{"infection_active": False, "infection_controlled": False},
    **{"hbsag": False, "hbv_dna": None, "hcv_antibody": False, "hcv_rna": None},
    **{"prior_gene_therapy": False, "donor_tcell_fold": 20.0, "hiv": False},
    **{"uncontrolled_disease_flag": False, "investigator_flag": False},
}


def columns(**changes: Any) -> dict[str, np.ndarray]:
    """Return one patient as columns; None makes a value unknown."""
    patient = {**WELL, **changes}
    return {name: np.array([_number(name, value)]) for name, value in patient.items()}


def _number(name: str, value: Any) -> float:
    field = FIELDS[name]
    if value is None:
        return float("nan")
    return float(field.categories.index(value)) if field.kind is Kind.CATEGORY else float(value)


def codes(readings: EligibilityReadings | None = None, **changes: Any) -> dict[str, int]:
    """Judge one patient: criterion and sub-criterion id -> code."""
    verdicts = screen(columns(**changes), readings or EligibilityReadings(), parts=True)
    whole: dict[str, Codes] = {id_: verdicts.codes[:, k] for k, id_ in enumerate(verdicts.ids)}
    return {id_: int(code[0]) for id_, code in {**whole, **verdicts.parts}.items()}
