"""Which number of the population stands for how often a criterion fails: to be learnt from a log, and moved."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

LEVERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "I1": "cd117.positive_share",
        "I2": "alternatives.available",
        "I3": "marrow.median_percent",
        "I4": "laboratory.bilirubin.median_x_uln",
        "I5": "lvef.normal_share",
        "I6": "spo2.sd_percent",
        "I7": "life_expectancy.median_months",
        "I8": "ecog.ecog_3",
        "I9": "childbearing.refuses_contraception",
        "E1": "cns.history",
        "E2": "heart_disease.otherwise",
        "E3": "infection.active",
        "E4": "viral.hbsag_positive",
        "E5": "gene_therapy.prior",
        "E7": "investigator.uncontrolled_disease",
        "E8": "viral.hiv_positive",
        "E9": "investigator.other_risk",
    }
)
"""Criterion -> the number of the population, under `population`, that stands for how often it fails."""
