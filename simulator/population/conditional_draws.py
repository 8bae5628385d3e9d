"""From lanes to fields: the margins of each patient field, conditional on those drawn before it.

Follows the specification of the synthetic referral section by section: copula, disease, marrow, laboratory,
heart and lungs, and what needs one lane only.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_ndtr, logit, ndtr

from simulator.byte_arrays import choose
from simulator.durations import DAYS_PER_MONTH
from simulator.fields import LVEF_MODALITIES, SEXES, STATUSES
from simulator.population.copula import LATENTS, correlate
from simulator.population.disease_status import status_within
from simulator.population.file_rows import NO_ROWS, DrawnColumns
from simulator.population.lanes import Lane, Lanes
from simulator.population.prepared_population import PreparedPopulation, edges_of
from simulator.population.quantile_tables import category

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Indices = NDArray[np.int8]
Column = NDArray[Any]

PRIMARY, EARLY, LATE, TWO, EXTRAMEDULLARY, ONE_COURSE, RESIDUAL, UNDATED = range(len(STATUSES))
NONE_APPLIES: Final = np.int8(-1)


def draw_columns(
    prepared: PreparedPopulation, lanes: Lanes, given: Mapping[str, Floats] = NO_ROWS
) -> DrawnColumns:
    """Return every drawn field, name -> (patients,) array.

    Parameters
    ----------
    given
        Field -> (patients,) values that take the place of the draw, NaN where there is none.
    """
    sums = None if lanes.compiled is None else lanes.compiled.weighted_sums
    correlated = correlate(prepared.factor, lanes.first_normals(len(LATENTS)), sums)
    z = dict(zip(LATENTS, correlated, strict=True))
    columns = DrawnColumns(given)
    _person(prepared, lanes, z, columns)
    _disease(prepared, lanes, columns)
    _marrow(prepared, lanes, z, columns)
    _laboratory(prepared, z, columns)
    _heart(prepared, lanes, z, columns)
    _lungs(prepared, lanes, z, columns)
    _general(prepared, lanes, z, columns)
    _viruses(prepared, lanes, columns)
    _consent_and_donor(prepared, lanes, columns)
    return columns


def _constant(value: Any, count: int, dtype: Any = np.bool_) -> Column:
    return np.full(count, value, dtype=dtype)


def _category_of(who: Bools, u: Floats, edges: Sequence[float]) -> Indices:
    return choose(who, category(u, edges), NONE_APPLIES)


# A column that was set is read back before others depend on it: where a row knows the field they follow the row.


def _person(prepared: PreparedPopulation, lanes: Lanes, z: dict[str, Floats], columns: DrawnColumns) -> None:
    age, p = prepared.parameters.age, prepared.parameters
    low = float(ndtr((age.min_years - age.mean_years) / age.sd_years))
    high = float(ndtr((age.max_years - age.mean_years) / age.sd_years))
    columns["age_years"] = age.mean_years + age.sd_years * lanes.normal_quantiles(
        low + (high - low) * ndtr(z["age"])
    )
    male = lanes[Lane.SEX] < p.sex.male
    columns["sex"] = choose(male, np.int8(SEXES.index("male")), np.int8(SEXES.index("female")))
    male, count = columns["sex"] == SEXES.index("male"), len(male)
    columns["aml_confirmed"] = _constant(True, count)
    columns["dx_who2016"] = _constant(True, count)
    able = lanes[Lane.CHILDBEARING] < p.childbearing.women_below
    able &= columns["age_years"] < p.childbearing.women_below_years
    able |= male
    columns["childbearing_potential"] = able
    able = columns["childbearing_potential"]
    columns["agrees_contraception"] = ~(
        able & (lanes[Lane.CONTRACEPTION] < p.childbearing.refuses_contraception)
    )


def _disease(prepared: PreparedPopulation, lanes: Lanes, columns: DrawnColumns) -> None:
    p = prepared.parameters
    if columns.given:
        status = status_within(lanes[Lane.STATUS], p, columns.given)
    else:
        status = category(lanes[Lane.STATUS], prepared.status_edges)
    columns["status"] = status
    relapsed = (status == EARLY) | (status == LATE) | (status == TWO) | (status == UNDATED)
    columns["prior_cr"] = relapsed | (status == RESIDUAL)
    _dates(prepared, lanes, status, relapsed, columns)
    courses = choose(
        status == PRIMARY,
        2 + category(lanes[Lane.N_INDUCTION], edges_of(p.induction.primary_refractory)),
        1 + category(lanes[Lane.N_INDUCTION], edges_of(p.induction.relapsed)),
    )
    courses = choose(status == EXTRAMEDULLARY, np.int8(2), courses)
    columns["n_induction"] = choose(status == ONE_COURSE, np.int8(1), courses)
    columns["consolidation"] = lanes[Lane.CONSOLIDATION] < prepared.consolidation.take(status)
    relapses = relapsed.astype(np.int8)
    two = np.flatnonzero(status == TWO)
    relapses[two] = 2 + category(lanes[Lane.N_RELAPSES][two], edges_of(p.relapse_count))
    columns["n_relapses"] = relapses
    u = lanes[Lane.N_SALVAGE]
    once, twice = (edge.take(status) for edge in prepared.salvage_edges.T)
    columns["n_salvage"] = (u >= once).astype(np.int8) + (u >= twice)
    columns["response_since_salvage"] = _constant(False, len(status))
    columns["alternatives_available"] = lanes[Lane.ALTERNATIVES] < p.alternatives.available
    columns["prior_transplant"] = lanes[Lane.PRIOR_TRANSPLANT] < prepared.transplant.take(status)


def _dates(
    prepared: PreparedPopulation, lanes: Lanes, status: Indices, relapsed: Bools, columns: DrawnColumns
) -> None:
    remission, relapse = prepared.parameters.remission, prepared.parameters.relapse
    first_cr, first_relapse, last_relapse = (np.full(len(status), np.nan) for _ in range(3))
    dated = np.flatnonzero(relapsed & (status != UNDATED))
    kind = status[dated]
    last = -_whole_days(
        lanes.normal_quantiles(lanes[Lane.LAST_RELAPSE_DAYS][dated]),
        relapse.last_to_referral_median_days,
        relapse.last_to_referral_log_sd,
    )
    first = last.copy()
    two = np.flatnonzero(kind == TWO)
    first[two] -= _whole_days(
        lanes.normal_quantiles(lanes[Lane.BETWEEN_RELAPSES_DAYS][dated][two]),
        relapse.first_to_last_median_days,
        relapse.first_to_last_log_sd,
    )
    # one law of remission, cut at the limit: u moves into the part that the status leaves
    u, early = lanes[Lane.REMISSION_DAYS][dated], prepared.early_share
    u = np.where(kind == EARLY, early * u, np.where(kind == LATE, early + (1 - early) * u, u))
    last_relapse[dated] = last
    first_relapse[dated] = first
    first_cr[dated] = first - _whole_days(lanes.normal_quantiles(u), remission.median_days, remission.log_sd)
    _set_dates(
        columns,
        {"first_cr_day": first_cr, "first_relapse_day": first_relapse, "last_relapse_day": last_relapse},
    )


def _set_dates(columns: DrawnColumns, dates: Mapping[str, Floats]) -> None:
    """Set the dates; one next to a date that the row knows is not drawn, as it could contradict it."""
    known = {name: columns.knows(name) for name in dates}
    for name, days in dates.items():
        for other, there in known.items():
            if there is not None and other != name:
                days[there] = np.nan
        columns[name] = days


def _whole_days(z: Floats, median: float, log_sd: float) -> Floats:
    # rounded up: an event lies at least one day before the next
    days: Floats = np.ceil(np.exp(math.log(median) + log_sd * z))
    return days


def _marrow(prepared: PreparedPopulation, lanes: Lanes, z: dict[str, Floats], columns: DrawnColumns) -> None:
    p, status = prepared.parameters, columns["status"]
    few = np.flatnonzero((status == EXTRAMEDULLARY) | (status == RESIDUAL))
    blasts = 100 * expit(logit(p.marrow.median_percent / 100) + p.marrow.logit_sd * z["blasts"])
    blasts[few] = p.marrow.extramedullary_only_below_percent * ndtr(z["blasts"][few])
    columns["bm_blasts_percent"] = blasts
    blasts = columns["bm_blasts_percent"]
    flow = blasts * np.exp(p.flow.mean_log_ratio + p.flow.sd_log_ratio * lanes.normal(Lane.FLOW))
    np.minimum(flow, 100, out=flow)
    flow[few] = p.flow.extramedullary_only_below_percent * lanes[Lane.FLOW][few]
    columns["flow_blasts_percent"] = flow
    u, by_marrow = lanes[Lane.PB_BLASTS], p.blood_blasts
    at_most_20 = choose(
        blasts > 5, u < by_marrow.marrow_5_to_20_percent, u < by_marrow.marrow_at_most_5_percent
    )
    in_blood = choose(blasts > 20, u < by_marrow.marrow_above_20_percent, at_most_20)
    in_blood[few] = False
    columns["pb_blasts"] = in_blood
    columns["regeneration_excluded"] = _constant(True, len(status))
    cd117 = 100 * expit(prepared.cd117(lanes.normal(Lane.CD117)))
    columns["cd117_percent"] = cd117
    cd117 = columns["cd117_percent"]
    u, emd = lanes[Lane.EXTRAMEDULLARY], p.extramedullary
    outside_marrow = choose(cd117 < emd.low_cd117_below_percent, u < emd.if_low_cd117, u < emd.otherwise)
    outside_marrow[few] = False
    columns["emd_new"] = columns["prior_cr"] & outside_marrow
    columns["emd_persistent"] = status == EXTRAMEDULLARY


def _laboratory(prepared: PreparedPopulation, z: dict[str, Floats], columns: DrawnColumns) -> None:
    lab = prepared.parameters.laboratory
    limits, male = lab.upper_limits, columns["sex"] == SEXES.index("male")
    columns["bilirubin_uln_umol_l"] = _constant(limits.bilirubin_umol_l, len(male), np.float64)
    columns["alt_uln_u_l"] = np.where(male, limits.alt_male_u_l, limits.alt_female_u_l)
    columns["ast_uln_u_l"] = np.where(male, limits.ast_male_u_l, limits.ast_female_u_l)
    columns["creatinine_uln_umol_l"] = np.where(
        male, limits.creatinine_male_umol_l, limits.creatinine_female_umol_l
    )
    for name, unit, law in (
        ("bilirubin", "umol_l", lab.bilirubin),
        ("alt", "u_l", lab.alt),
        ("ast", "u_l", lab.ast),
        ("creatinine", "umol_l", lab.creatinine),
    ):
        multiple = np.exp(math.log(law.median_x_uln) + law.log_sd * z[name])
        columns[f"{name}_{unit}"] = multiple * columns[f"{name}_uln_{unit}"]


def _heart(prepared: PreparedPopulation, lanes: Lanes, z: dict[str, Floats], columns: DrawnColumns) -> None:
    p, heart = prepared.parameters, prepared.parameters.heart_disease
    lvef = prepared.lvef(z["lvef"])
    count = len(lvef)
    columns["lvef_percent"] = lvef
    lvef = columns["lvef_percent"]
    columns["lvef_modality"] = _constant(LVEF_MODALITIES.index("echocardiography"), count, np.int8)
    columns["lvef_age_days"] = _constant(0, count, np.int16)
    columns["qtcf_ms"] = p.qtcf.mean_ms + p.qtcf.sd_ms * z["qtcf"]
    u = lanes[Lane.HEART_DISEASE]
    severe = choose(lvef < heart.low_lvef_below_percent, u < heart.if_low_lvef, u < heart.otherwise)
    kind = _category_of(severe, lanes[Lane.HEART_DISEASE_KIND], edges_of(heart.kinds))
    columns["nyha"] = choose(kind == 0, np.int8(3), choose(kind == 1, np.int8(4), np.int8(1)))
    infarct = kind == 2
    columns["infarct"] = infarct
    given = columns.knows("infarct")
    if given is not None:
        infarct = infarct & ~given  # a row's own infarction may be long ago; the law's is recent
    days = np.full(count, np.nan)
    days[infarct] = np.ceil(heart.infarct_within_days * lanes[Lane.INFARCT_DAYS][infarct])
    columns["infarct_days_ago"] = days
    columns["arrhythmia"] = kind == 3


def _lungs(prepared: PreparedPopulation, lanes: Lanes, z: dict[str, Floats], columns: DrawnColumns) -> None:
    infection, spo2 = prepared.parameters.infection, prepared.parameters.spo2
    columns["infection_active"] = z["infection"] > prepared.infection_edge
    active = columns["infection_active"]
    controlled = active & (lanes[Lane.INFECTION_CONTROLLED] < infection.controlled_if_active)
    columns["infection_controlled"] = controlled
    controlled = columns["infection_controlled"]
    well = _saturation(spo2.mean_percent + spo2.sd_percent * z["spo2"])
    ill = np.flatnonzero(active & ~controlled)
    mean, sd = spo2.uncontrolled_infection_mean_percent, spo2.uncontrolled_infection_sd_percent
    # the same latent under the other law: a patient who saturates well does so in an infection too
    now = well.copy()
    now[ill] = _saturation(mean + sd * z["spo2"][ill])
    oxygen = lanes[Lane.ON_OXYGEN] < spo2.on_oxygen_if_below
    columns["spo2_percent"] = now
    now = columns["spo2_percent"]
    columns["on_oxygen"] = oxygen & (now < spo2.oxygen_below_percent)
    columns["spo2_if_resolved_percent"] = well
    columns["on_oxygen_if_resolved"] = oxygen & (well < spo2.oxygen_below_percent)


def _saturation(percent: Floats) -> Floats:
    rounded: Floats = np.clip(np.floor(percent + 0.5), 0, 100)
    return rounded


def _general(prepared: PreparedPopulation, lanes: Lanes, z: dict[str, Floats], columns: DrawnColumns) -> None:
    p = prepared.parameters
    columns["survival_days"] = days_of_survival(p.survival.scale_months, p.survival.shape, z["survival"])
    columns["life_expectancy_months"] = p.life_expectancy.median_months * np.exp(
        p.life_expectancy.log_sd * z["life_expectancy"]
    )
    columns["ecog"] = category(z["ecog"], prepared.ecog_edges)
    columns["cns_history"] = lanes[Lane.CNS_HISTORY] < p.cns.history
    history = columns["cns_history"]
    columns["cns_kind"] = _category_of(history, lanes[Lane.CNS_KIND], edges_of(p.cns.kinds))
    columns["prior_gene_therapy"] = lanes[Lane.GENE_THERAPY] < p.gene_therapy.prior
    # one uniform for both flags, since nobody has both
    u, flags = lanes[Lane.INVESTIGATOR], p.investigator
    columns["uncontrolled_disease_flag"] = u < flags.uncontrolled_disease
    columns["investigator_flag"] = (u >= flags.uncontrolled_disease) & (
        u < flags.uncontrolled_disease + flags.other_risk
    )


def days_of_survival(scale_months: float, shape: float, z: Floats) -> Floats:
    """Return the quantile of the Weibull law at a standard normal z, days."""
    # ln(1 - u) with u = Phi(z), without the cancellation in 1 - u
    units: Floats = -log_ndtr(-z)
    if shape != 1:
        units **= 1 / shape
    return scale_months * DAYS_PER_MONTH * units


def _viruses(prepared: PreparedPopulation, lanes: Lanes, columns: DrawnColumns) -> None:
    viral = prepared.parameters.viral
    columns["hbsag"] = lanes[Lane.HBSAG] < viral.hbsag_positive
    columns["hbv_dna"] = columns["hbsag"] & (lanes[Lane.HBV_DNA] < viral.hbv_dna_if_hbsag)
    columns["hcv_antibody"] = lanes[Lane.HCV_ANTIBODY] < viral.anti_hcv_positive
    columns["hcv_rna"] = columns["hcv_antibody"] & (lanes[Lane.HCV_RNA] < viral.hcv_rna_if_anti_hcv)
    columns["hiv"] = lanes[Lane.HIV] < viral.hiv_positive


def _consent_and_donor(prepared: PreparedPopulation, lanes: Lanes, columns: DrawnColumns) -> None:
    p = prepared.parameters
    columns["consent_signed"] = lanes[Lane.CONSENT] >= p.consent.refusal
    available = lanes[Lane.PRIOR_DONOR] < p.donor.prior_transplant_donor_available
    columns["prior_donor_available"] = columns["prior_transplant"] & available
    for name, lane in (
        ("donor_tcell_fold", Lane.DONOR_TCELLS),
        ("second_donor_tcell_fold", Lane.SECOND_DONOR_TCELLS),
    ):
        columns[name] = p.donor.tcell_fold_median * np.exp(p.donor.tcell_fold_log_sd * lanes.normal(lane))
