"""Random scenarios: rules, rates, hazards, readings, designs and truths drawn by hypothesis."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.population.arrivals import ArrivalParameters
from simulator.randomness import Streams
from simulator.scenario.scenario import load_scenario
from simulator.trial.dosing import DosingParameters
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.product import ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.run import new_trial, run_from_opening
from simulator.trial.screening import ScreeningParameters
from simulator.trial.setting import Pass, Setting
from simulator.trial.trial_state import Log, Trial

LEVELS = 4


@cache
def default_stages() -> Stages:
    """Return the stages of the default scenario."""
    of = load_scenario("scenarios/nct07144020.yaml")
    return Stages(
        of.trial,
        of.population,
        of.eligibility,
        of.arrivals,
        of.screening,
        of.product,
        of.dosing,
        of.outcomes,
    )


@cache
def default_truth(name: str) -> Truth:
    """Return a truth of the default scenario."""
    return load_scenario("scenarios/nct07144020.yaml").truth(name)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A scenario of one design and truth, with its seed."""

    stages: Stages
    design: Design
    truth: Truth
    seed: int

    def intakes(self, replicates: range, referrals_at_least: int = 0) -> list[Intake]:
        """Draw the patients."""
        return draw_intakes(self.stages, Streams(self.seed), replicates, referrals_at_least)

    def prepared(self, intake: Intake, limits: Pass, log: Log | None = None) -> Trial:
        """Return a trial that has not begun."""
        stages = self.stages
        return new_trial(
            Setting.of(stages.rules, stages.product, stages.dosing, stages.outcomes),
            limits,
            intake,
            Rulebook(self.design),
            DoseRisks(self.truth, stages.outcomes, stages.rules.dose_levels),
            log,
        )

    def trial(self, intake: Intake, limits: Pass, log: Log | None = None) -> Trial:
        """Return a trial, run to its end."""
        trial = self.prepared(intake, limits, log)
        run_from_opening(trial)
        return trial


def _days(high: float) -> st.SearchStrategy[float]:
    return st.one_of(st.just(0.0), st.integers(0, int(high)).map(float), st.floats(0, high))


def _some(model: type[Any], **choices: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Build a model with any of these values replaced, the others at their defaults."""
    return st.fixed_dictionaries({}, optional=choices).map(model.model_validate)


@st.composite
def _rules(draw: st.DrawFn) -> TrialRules:
    cap = draw(st.integers(1, 60))
    chosen = draw(
        st.fixed_dictionaries(
            {"enrolment_min": st.integers(0, cap), "calendar_limit_months": st.floats(3, 60)},
            optional={
                "dlt_window_days": _days(60),
                "stagger_first_days": _days(30),
                "stagger_other_days": _days(20),
                "stagger_gates": st.sampled_from(["lymphodepletion", "infusion"]),
                "review_days": _days(20),
                "slots_ahead": st.integers(0, 6),
                "mid_cohort": st.sampled_from(["hold_if_decided", "complete"]),
                "not_evaluable": st.sampled_from(["replace", "dlt", "no_dlt"]),
                "closed_level": st.sampled_from(["lower", "hold"]),
                "expansion": st.booleans(),
                "expansion_stop_probability": st.sampled_from([0.6, 0.95]),
            },
        )
    )
    return TrialRules.model_validate(chosen | {"enrolment_max": cap})


_ARRIVALS = _some(
    ArrivalParameters,
    sites=st.integers(1, 3),
    referrals_per_site_month=st.sampled_from([0.0, 0.5, 2.4, 10.0, 30.0]),
    site_effect_shape=st.sampled_from([None, 0.5, 4.0]),
    ramp_start_fraction=st.sampled_from([0.0, 0.3, 1.0]),
    ramp_months=st.sampled_from([0.0, 3.0]),
    closures=st.sampled_from([(), ({"from_month": 1, "to_month": 2.5}, {"from_month": 6, "to_month": 7})]),
)
_SCREENING = _some(
    ScreeningParameters,
    desk_days=_days(5),
    window_days=st.sampled_from([10.0, 28.0]),
    rescreens=st.integers(0, 1),
    validity_days=_days(60),
    donor_workup=st.sampled_from(["beside_screening", "after_screening"]),
    donor_failure=st.sampled_from([0.0, 0.05, 0.5]),
    queue_share=st.sampled_from([0.0, 0.5, 1.0]),
)
_PRODUCT = _some(
    ProductParameters,
    manufacturing_slots=st.integers(1, 4),
    manufacture=st.sampled_from(
        [{"low_days": 0, "mode_days": 0, "high_days": 0}, {"low_days": 7, "mode_days": 10, "high_days": 40}]
    ),
    release=st.just({"low_days": 0, "mode_days": 0, "high_days": 3}),
    failure=st.sampled_from([0.0, 0.02, 0.5]),
    out_of_specification=st.sampled_from([0.0, 0.03, 0.5]),
    repeats=st.integers(0, 1),
    backup_leukaphereses_per_cohort=st.integers(0, 3),
    other_donors=st.integers(0, 1),
    expansion_known_days=_days(10),
)
_RECHECKS = st.sampled_from(
    [
        {},
        {"recheck_go": 1, "recheck_delay": 0, "recheck_drop": 0},
        {"recheck_go": 0.3, "recheck_delay": 0.4, "recheck_drop": 0.3},
    ]
)
_DOSING = st.builds(
    lambda chosen, recheck: DosingParameters.model_validate(chosen | recheck),
    st.fixed_dictionaries(
        {},
        optional={
            "withdrawal_per_30_days": st.sampled_from([0.0, 0.02, 0.5]),
            "progression_per_21_days": st.sampled_from([0.0, 0.06, 0.5]),
            "deaths": st.booleans(),
            "lymphodepletion_days": _days(30),
            "shortfall": st.sampled_from([0.0, 0.04, 0.6]),
        },
    ),
    _RECHECKS,
)
_OUTCOMES = _some(
    OutcomeParameters,
    haematological_dlt=st.sampled_from(["none", "day28", "day42"]),
    fatal_dlt=st.sampled_from([0.0, 0.1, 1.0]),
    new_therapy=st.sampled_from([0.0, 0.05, 0.8]),
    aplasia_given_response=st.booleans(),
    death_hazard_response=st.sampled_from([1.0, 0.2, 3.0]),
    death_hazard_no_response=st.sampled_from([1.0, 0.8]),
    rescue_transplant=st.sampled_from([0.3, 1.0]),
    consolidative_days=st.sampled_from(
        [{"median_days": 45, "log_sd": 0.3}, {"median_days": 20, "log_sd": 1}]
    ),
)
_DESIGNS = st.one_of(
    st.builds(
        ThreePlusThree,
        n_doses=st.just(LEVELS),
        start_dose=st.integers(1, LEVELS),
        confirm_six=st.booleans(),
        unfinished=st.sampled_from(["highest_cleared", "none"]),
    ),
    st.just(ThreePlusThree(n_doses=LEVELS, de_escalation=False, confirm_six=False)),
    st.builds(
        BOIN,
        n_doses=st.just(LEVELS),
        cohort_size=st.integers(1, 6),
        max_n=st.integers(1, 40),
        start_dose=st.integers(1, LEVELS),
        titration=st.booleans(),
        extra_safe=st.booleans(),
        stop_n_at_dose=st.sampled_from([None, 6, 12]),
    ),
)
_TRUTHS = st.sampled_from(
    [
        Truth(name="M3", p_dlt=(0.08, 0.16, 0.30, 0.45), p_response=(0.25, 0.45, 0.60, 0.68)),
        Truth(name="M0", p_dlt=(0.50, 0.60, 0.70, 0.80), p_response=(0.25, 0.45, 0.60, 0.68)),
        Truth(name="never", p_dlt=(0, 0, 0, 0), p_response=(0, 0, 1, 1)),
        Truth(name="cliff", p_dlt=(0, 0, 1, 1), p_response=(1, 1, 0.5, 0)),
        Truth(name="always", p_dlt=(1, 1, 1, 1), p_response=(0.5, 0.5, 0.5, 0.5)),
        Truth(name="falls", p_dlt=(0.6, 0.2, 0.5, 0.1), p_response=(0.5, 0.5, 0.5, 0.5), falling=True),
    ]
)


@st.composite
def scenarios(draw: st.DrawFn) -> Drawn:
    """Draw a scenario."""
    base = default_stages()
    stages = Stages(
        rules=draw(_rules()),
        population=base.population,
        eligibility=base.eligibility,
        arrivals=draw(_ARRIVALS),
        screening=draw(_SCREENING),
        product=draw(_PRODUCT),
        dosing=draw(_DOSING),
        outcomes=draw(_OUTCOMES),
    )
    return Drawn(stages, draw(_DESIGNS), draw(_TRUTHS), draw(st.integers(0, 10_000)))
