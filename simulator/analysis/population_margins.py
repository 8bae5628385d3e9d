"""What the parameters of the synthetic population ask for, in closed form, next to what was drawn.

Every margin is stated as a share, so that its error is binomial: a median is the share at or below it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc, ndtr, ndtri

from simulator.durations import DAYS_PER_MONTH
from simulator.fields import SEXES, STATUSES
from simulator.population.parameters import PopulationParameters

Columns = Mapping[str, NDArray[Any]]
Bools = NDArray[np.bool_]

NOTICED_ERRORS = 4.0
"""Standard errors from which a drawn share is called off the expected one."""


@dataclass(frozen=True, slots=True)
class Margin:
    """One share: as the parameters imply it, and as drawn.

    Attributes
    ----------
    what
        The event, in words.
    expected
        Its probability, from the parameters alone.
    drawn, patients
        Its share among so many drawn patients.
    """

    field: str
    what: str
    expected: float
    drawn: float
    patients: int

    @property
    def standard_error(self) -> float:
        """Of the drawn share, were the expected one true."""
        return math.sqrt(self.expected * (1 - self.expected) / self.patients) if self.patients else math.inf

    @property
    def is_off(self) -> bool:
        """Whether the drawn share is further from the expected one than chance would bring it."""
        return abs(self.drawn - self.expected) > NOTICED_ERRORS * self.standard_error + 1e-12


def margins(p: PopulationParameters, columns: Columns) -> list[Margin]:
    """Return every margin that the parameters give in closed form, in the order of the patient's way."""
    everybody = np.ones(len(columns["age_years"]), dtype=np.bool_)
    found = []
    for parts in (_people, _disease, _marrow, _laboratory, _organs, _others):
        for field, what, expected, event, among in parts(p, columns):
            group = everybody if among is None else among
            count = int(np.count_nonzero(group))
            drawn = float(np.count_nonzero(event & group)) / count if count else math.nan
            found.append(Margin(field, what, expected, drawn, count))
    return found


Line = tuple[str, str, float, Bools, Bools | None]


def _people(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    low, high = (
        float(ndtr((bound - p.age.mean_years) / p.age.sd_years))
        for bound in (p.age.min_years, p.age.max_years)
    )
    for q in (0.25, 0.5, 0.75):
        years = p.age.mean_years + p.age.sd_years * float(ndtri(low + q * (high - low)))
        yield "age_years", f"<= {years:.1f} years", q, c["age_years"] <= years, None
    yield "sex", "male", p.sex.male, c["sex"] == SEXES.index("male"), None
    women = (c["sex"] == SEXES.index("female")) & (c["age_years"] < p.childbearing.women_below_years)
    able = p.childbearing.women_below
    what = f"women below {p.childbearing.women_below_years:g} years"
    yield "childbearing_potential", what, able, c["childbearing_potential"], women
    agrees = 1 - p.childbearing.refuses_contraception
    yield (
        "agrees_contraception",
        "where asked",
        agrees,
        c["agrees_contraception"],
        c["childbearing_potential"],
    )


def _disease(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    for k, name in enumerate(STATUSES):
        yield "status", name.replace("_", " "), float(getattr(p.status, name)), c["status"] == k, None
    for name, share in p.consolidation.model_dump().items():
        group = c["status"] == STATUSES.index(name)
        yield "consolidation", name.replace("_", " "), share, c["consolidation"], group
    given = {
        **p.prior_transplant.model_dump(),
        "undated_first_relapse": p.prior_transplant.early_first_relapse,
    }
    given["residual_disease_only"] = p.prior_transplant.early_first_relapse
    over = sum(float(getattr(p.status, name)) * share for name, share in given.items())
    yield "prior_transplant", "over all", over, c["prior_transplant"], None
    yield "alternatives_available", "", p.alternatives.available, c["alternatives_available"], None


def _marrow(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    few = np.isin(
        c["status"], [STATUSES.index(one) for one in ("extramedullary_only", "residual_disease_only")]
    )
    centre = math.log(p.marrow.median_percent / (100 - p.marrow.median_percent))
    for q in (0.25, 0.5, 0.75):
        percent = 100 / (1 + math.exp(-(centre + p.marrow.logit_sd * float(ndtri(q)))))
        event = c["bm_blasts_percent"] <= percent
        yield "bm_blasts_percent", f"<= {percent:.1f} % (marrow disease)", q, event, ~few
    law = p.cd117
    for limit in (20, 50, 80):
        expected = law.positive_share * float(betaincc(law.positive_alpha, law.positive_beta, limit / 100))
        expected += (1 - law.positive_share) * float(
            betaincc(law.negative_alpha, law.negative_beta, limit / 100)
        )
        yield "cd117_percent", f">= {limit} %", expected, c["cd117_percent"] >= limit, None


def _laboratory(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    for name, unit, limit in (
        ("bilirubin", "umol_l", 1.5),
        ("alt", "u_l", 3),
        ("ast", "u_l", 3),
        ("creatinine", "umol_l", 1.5),
    ):
        law = getattr(p.laboratory, name)
        multiple = c[f"{name}_{unit}"] / c[f"{name}_uln_{unit}"]
        yield f"{name}_{unit}", f"<= {law.median_x_uln:g} ULN", 0.5, multiple <= law.median_x_uln, None
        above = float(ndtr(-math.log(limit / law.median_x_uln) / law.log_sd))
        yield f"{name}_{unit}", f"> {limit:g} ULN", above, multiple > limit, None


def _organs(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    for limit in (45, 50, 60):
        low = p.lvef.normal_share * float(
            ndtr((limit - p.lvef.normal_mean_percent) / p.lvef.normal_sd_percent)
        )
        low += (1 - p.lvef.normal_share) * float(
            ndtr((limit - p.lvef.reduced_mean_percent) / p.lvef.reduced_sd_percent)
        )
        yield "lvef_percent", f"< {limit} %", low, c["lvef_percent"] < limit, None
    for long in (450, 480):
        above = float(ndtr((p.qtcf.mean_ms - long) / p.qtcf.sd_ms))
        yield "qtcf_ms", f"> {long} ms", above, c["qtcf_ms"] > long, None
    active = c["infection_active"].astype(np.bool_)
    yield "infection_active", "", p.infection.active, active, None
    yield (
        "infection_controlled",
        "if active",
        p.infection.controlled_if_active,
        c["infection_controlled"],
        active,
    )
    # rounded to whole percent
    below = float(ndtr((91.5 - p.spo2.mean_percent) / p.spo2.sd_percent))
    yield "spo2_if_resolved_percent", "< 92 %", below, c["spo2_if_resolved_percent"] < 92, None


def _others(p: PopulationParameters, c: Columns) -> Iterator[Line]:
    median = p.life_expectancy.median_months
    yield "life_expectancy_months", f"<= {median:g}", 0.5, c["life_expectancy_months"] <= median, None
    short = float(ndtr(math.log(3 / median) / p.life_expectancy.log_sd))
    yield "life_expectancy_months", "< 3", short, c["life_expectancy_months"] < 3, None
    months = p.survival.scale_months * math.log(2) ** (1 / p.survival.shape)
    event = c["survival_days"] <= months * DAYS_PER_MONTH
    yield "survival_days", f"<= {months:.2f} months", 0.5, event, None
    for grade in range(5):
        yield "ecog", f"{grade}", float(getattr(p.ecog, f"ecog_{grade}")), c["ecog"] == grade, None
    viral = p.viral
    for name, expected in (
        ("cns_history", p.cns.history),
        ("hbsag", viral.hbsag_positive),
        ("hbv_dna", viral.hbsag_positive * viral.hbv_dna_if_hbsag),
        ("hcv_rna", viral.anti_hcv_positive * viral.hcv_rna_if_anti_hcv),
        ("hiv", viral.hiv_positive),
        ("prior_gene_therapy", p.gene_therapy.prior),
        ("uncontrolled_disease_flag", p.investigator.uncontrolled_disease),
        ("investigator_flag", p.investigator.other_risk),
        ("consent_signed", 1 - p.consent.refusal),
    ):
        yield name, "", expected, c[name].astype(np.bool_), None
    low = float(ndtr(math.log(5 / p.donor.tcell_fold_median) / p.donor.tcell_fold_log_sd))
    yield "donor_tcell_fold", "< 5", low, c["donor_tcell_fold"] < 5, None
