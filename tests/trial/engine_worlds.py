"""Random scenarios by number, every setting of the trial drawn: the two engines are held against each other on them.

`python -m tests.trial.engine_worlds 100000` runs so many worlds, both passes, and stops at the first that differs;
`python -m tests.trial.engine_worlds 100000 5000` begins at world 5000.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from simulator.designs import (
    BEBOIN,
    BFBOIN,
    BLRM,
    BOIN,
    BOIN12,
    CRM,
    MTPI,
    MTPI2,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    APlusB,
    CumulativeCohort,
    IThreePlusThree,
    Keyboard,
    PendingPolicy,
    RollingSix,
    ThreePlusThree,
    TITEKeyboard,
)
from simulator.designs.design import Design
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import MinimumAtSelected, NAtLevel, TooToxic, TotalN
from simulator.designs.titrated import Titrated
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.population.arrivals import ArrivalParameters
from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.compiled import CompiledTrials
from simulator.trial.dosing import DosingParameters
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Stages
from simulator.trial.product import ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.screening import ScreeningParameters
from simulator.trial.setting import Setting, needed_pass, used_pass
from simulator.trial.simpy_trials import Columns, SimPyTrials
from tests.trial.random_worlds import Drawn, default_stages

CRITERIA = 19
REPLICATES = 2
Choice = Callable[[], Any]


class _Chance:
    """Draws settings: in some worlds few are moved from their defaults, in others many."""

    def __init__(self, world: int) -> None:
        self.rng = np.random.default_rng(world)
        self.chance = self.one_of(0.1, 0.3, 0.6)

    def one_of(self, *values: Any) -> Any:
        return values[int(self.rng.integers(len(values)))]

    def whole(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def days(self, high: float) -> float:
        kind = self.whole(0, 3)
        if kind == 0:
            return 0.0
        return float(self.whole(0, int(high))) if kind == 1 else float(self.rng.uniform(0, high))

    def law(self, high: float) -> dict[str, float]:
        low, mode, last = sorted(self.days(high) for _ in range(3))
        return {"low_days": low, "mode_days": mode, "high_days": last}

    def span(self, high: float) -> dict[str, float]:
        low, last = sorted(self.days(high) for _ in range(2))
        return {"low_days": low, "high_days": last}

    def log_normal(self) -> dict[str, float]:
        return {"median_days": float(self.rng.uniform(1, 40)), "log_sd": self.one_of(0.0, 0.3, 1.0)}

    def risk(self) -> float:
        return float(self.one_of(0.0, 1.0, self.rng.uniform(0, 1), self.rng.uniform(0, 0.2)))

    def some(self, choices: dict[str, Choice]) -> dict[str, Any]:
        return {name: draw() for name, draw in choices.items() if self.rng.random() < self.chance}


def world(number: int) -> Drawn:
    """Return the scenario of this number."""
    draw = _Chance(number)
    base = default_stages()
    levels = draw.one_of(4, 4, 4, 1, 2, 3, 5, 6, 10)
    doses = tuple(np.cumsum(draw.rng.uniform(0.05, 1, levels)).tolist())
    stages = Stages(
        rules=_rules(draw, doses),
        population=base.population,
        eligibility=base.eligibility,
        arrivals=_arrivals(draw),
        screening=_screening(draw),
        product=draw.one_of(None, *[_product(draw)] * 9),
        dosing=_dosing(draw),
        outcomes=_outcomes(draw, levels),
    )
    return Drawn(stages, _design(draw, levels, doses), _truth(draw, levels), number)


def _rules(draw: _Chance, doses: tuple[float, ...]) -> TrialRules:
    cap = draw.one_of(draw.whole(1, 60), 50)
    chosen = draw.some(
        {
            "target": lambda: draw.one_of(0.2, 0.25, 0.35),
            "dlt_window_days": lambda: draw.days(60),
            "stagger_first_days": lambda: draw.days(30),
            "stagger_other_days": lambda: draw.days(20),
            "stagger_gates": lambda: draw.one_of("lymphodepletion", "infusion"),
            "review_days": lambda: draw.days(20),
            "slots_ahead": lambda: draw.whole(0, 6),
            "mid_cohort": lambda: draw.one_of("hold_if_decided", "complete"),
            "not_evaluable": lambda: draw.one_of("replace", "dlt", "no_dlt"),
            "closed_level": lambda: draw.one_of("lower", "hold"),
            "expansion": lambda: draw.one_of(True, False),
            "expansion_stop_probability": lambda: draw.one_of(0.5, 0.6, 0.95, 1.0),
        }
    )
    chosen |= {
        "dose_levels": doses,
        "enrolment_max": cap,
        "enrolment_min": draw.whole(0, cap),
        "calendar_limit_months": float(draw.one_of(draw.rng.uniform(3, 60), draw.rng.uniform(30, 120))),
    }
    return TrialRules.model_validate(chosen)


def _arrivals(draw: _Chance) -> ArrivalParameters:
    return ArrivalParameters.model_validate(
        draw.some(
            {
                "sites": lambda: draw.whole(1, 3),
                "referrals_per_site_month": lambda: draw.one_of(0.0, 0.5, 2.4, 10.0, 20.0),
                "site_effect_shape": lambda: draw.one_of(None, 0.5, 4.0),
                "ramp_start_fraction": lambda: draw.one_of(0.0, 0.3, 1.0),
                "ramp_months": lambda: draw.one_of(0.0, 3.0),
                "closures": lambda: draw.one_of(
                    (), ({"from_month": 1, "to_month": 2.5}, {"from_month": 6, "to_month": 7})
                ),
            }
        )
    )


def _screening(draw: _Chance) -> ScreeningParameters:
    return ScreeningParameters.model_validate(
        draw.some(
            {
                "desk_days": lambda: draw.days(5),
                "consent": lambda: draw.span(10),
                "screening": lambda: draw.law(30),
                "window_days": lambda: draw.one_of(10.0, 28.0, 60.0),
                "rescreens": lambda: draw.whole(0, 1),
                "infection_resolves": draw.risk,
                "infection": draw.log_normal,
                "infection_wait_days": lambda: draw.days(40),
                "repeat_tests_days": lambda: draw.days(6),
                "validity_days": lambda: draw.days(60),
                "donor_workup": lambda: draw.one_of("beside_screening", "after_screening"),
                "prior_donor": draw.log_normal,
                "new_donor": draw.log_normal,
                "donor_failure": lambda: draw.one_of(0.0, 0.05, 0.5),
                "queue_share": lambda: draw.one_of(0.0, 0.5, 1.0),
            }
        )
    )


def _product(draw: _Chance) -> ProductParameters:
    return ProductParameters.model_validate(
        draw.some(
            {
                "to_leukapheresis": lambda: draw.law(14),
                "manufacturing_slots": lambda: draw.whole(1, 4),
                "manufacture": lambda: draw.one_of(draw.law(40), {"mean_days": 12.0}),
                "release": lambda: draw.law(10),
                "failure": lambda: draw.one_of(0.0, 0.02, 0.5),
                "out_of_specification": lambda: draw.one_of(0.0, 0.03, 0.5),
                "repeats": lambda: draw.whole(0, 1),
                "backup_leukaphereses_per_cohort": lambda: draw.whole(0, 3),
                "expansion_known_days": lambda: draw.days(10),
                "other_donors": lambda: draw.whole(0, 1),
                "new_donor_workup": draw.log_normal,
                "bridging": draw.risk,
            }
        )
    )


def _dosing(draw: _Chance) -> DosingParameters:
    chosen = draw.some(
        {
            "withdrawal_per_30_days": lambda: draw.one_of(0.0, 0.02, 0.5),
            "progression_per_21_days": lambda: draw.one_of(0.0, 0.06, 0.5),
            "deaths": lambda: draw.one_of(True, False),
            "recheck_delay_days": lambda: draw.span(20),
            "lymphodepletion_days": lambda: draw.days(30),
            "inpatient_days_after_infusion": lambda: draw.days(40),
            "shortfall": lambda: draw.one_of(0.0, 0.04, 0.6),
            "tolerance": lambda: draw.one_of(0.0, 0.3, 0.6),
        }
    )
    low, high = sorted(draw.rng.uniform(0.05, 1, 2).tolist())
    go, delay = draw.one_of((0.86, 0.1), (1.0, 0.0), (0.3, 0.4), (0.0, 1.0), (0.2, 0.0))
    rechecks = {"recheck_go": go, "recheck_delay": delay, "recheck_drop": 1 - go - delay}
    return DosingParameters.model_validate(
        chosen | rechecks | draw.one_of({}, {"shortfall_low": low, "shortfall_high": high})
    )


def _outcomes(draw: _Chance, levels: int) -> OutcomeParameters:
    def aplasia() -> tuple[float, ...]:
        return tuple(sorted(draw.rng.uniform(0, 0.8, levels).tolist()))

    chosen = draw.some(
        {
            "haematological_dlt": lambda: draw.one_of("none", "day28", "day42"),
            "onset_shape": lambda: draw.one_of(0.5, 1.2, 3.0),
            "onset_scale_days": lambda: draw.one_of(1.0, 9.0, 40.0),
            "fatal_dlt": draw.risk,
            "fatal_after_days": lambda: draw.days(20),
            "rescue_transplant": draw.risk,
            "rescue_from_days": lambda: draw.one_of(0.0, 14.0, 28.0, 42.0),
            "consolidative_transplant": draw.risk,
            "consolidative_days": draw.log_normal,
            "new_therapy": draw.risk,
            "new_therapy_from_days": lambda: draw.days(50),
            "response_dlt_odds_ratio": lambda: draw.one_of(0.2, 1.0, 2.0, 30.0),
            "response_day": lambda: draw.days(60),
            "late_toxicity_share": lambda: draw.one_of(0.0, 0.2, 0.5),
            "mrd_negative_given_response": draw.risk,
            "risk_links": lambda: _links(draw),
        }
    )
    return OutcomeParameters.model_validate(chosen | {"aplasia_day28": aplasia(), "aplasia_day42": aplasia()})


def _links(draw: _Chance) -> dict[str, Any]:
    def odds() -> dict[str, float]:
        return {"dlt_odds_ratio": draw.one_of(1.0, 0.5, 2.0), "death_odds_ratio": draw.one_of(1.0, 1.5)}

    percent = {"reference_percent": 50, "step_percent": 5}
    return {
        "lvef": odds() | percent,
        "ecog": odds() | {"reference_grade": draw.whole(0, 2)},
        "infection": odds(),
        "blasts": odds() | percent,
    }


def _truth(draw: _Chance, levels: int) -> Truth:
    risks = draw.rng.uniform(0, draw.one_of(0.3, 0.6, 1.0), levels)
    falling = draw.rng.random() < 0.1
    p_dlt = (risks if falling else np.sort(risks)).tolist()
    kind = draw.whole(0, 9)
    if kind < 2:
        p_dlt = [float(kind)] * levels
    response = draw.one_of(None, [0.0] * levels, *[draw.rng.uniform(0, 1, levels).tolist()] * 6)
    p_response = None if response is None else tuple(response)
    return Truth(name="drawn", p_dlt=tuple(p_dlt), p_response=p_response, falling=falling)


def _design(draw: _Chance, levels: int, doses: tuple[float, ...]) -> Design:
    start, size = draw.whole(1, levels), draw.whole(1, 6)
    most = {"max_n": draw.whole(1, 40), "start_dose": start, "cohort_size": size}
    a, b = draw.whole(1, 4), draw.whole(1, 3)
    kinds: dict[str, Choice] = {
        "3+3": lambda: ThreePlusThree(
            n_doses=levels, start_dose=start, unfinished=draw.one_of("highest_cleared", "none")
        ),
        "3+3 up": lambda: ThreePlusThree(
            n_doses=levels, start_dose=start, de_escalation=False, confirm_six=False
        ),
        "boin": lambda: BOIN(
            n_doses=levels,
            titration=draw.one_of(True, False),
            extra_safe=draw.one_of(True, False),
            stop_n_at_dose=draw.one_of(None, 6, 12),
            **most,
        ),
        "boin plain": lambda: BOIN(n_doses=levels),
        "a+b": lambda: APlusB(n_doses=levels, a=a, b=b, expand_if_at_most=1, clear_if_at_most=1),
        "keyboard": lambda: Keyboard(n_doses=levels, **most),
        "mtpi": lambda: MTPI(n_doses=levels, **most),
        "mtpi2": lambda: MTPI2(n_doses=levels, **most),
        "i3+3": lambda: IThreePlusThree(n_doses=levels, **most),
        "ccd": lambda: CumulativeCohort(n_doses=levels, **most),
        "crm": lambda: CRM(n_doses=levels, **most) if levels <= 6 else BOIN(n_doses=levels),
        "blrm": lambda: BLRM(n_doses=levels, doses=doses, **most) if levels <= 6 else BOIN(n_doses=levels),
        "titrated": lambda: Titrated(Keyboard(n_doses=levels, **most)),
        "titrated 3+3": lambda: Titrated(ThreePlusThree(n_doses=levels)),
        "stopped": lambda: Stopped(
            BOIN(n_doses=levels, **most),
            (
                TooToxic(0.3, cutoff=0.8),
                draw.one_of(TotalN(20), NAtLevel(9, "treated"), MinimumAtSelected(9)),
            ),
        ),
    }
    kinds |= _early_designs(draw, levels, most)
    # The designs by a model take long to ask, and ask nothing more of the calendar.
    names = [name for name in kinds if name not in _SLOW or draw.rng.random() < 0.3]
    design: Design = kinds[draw.one_of(*names)]()
    return design


_SLOW: Final = ("crm", "blrm", "tite-crm", "tite-cfo", "tite-boin12", "be-boin")


def _early_designs(draw: _Chance, levels: int, most: dict[str, Any]) -> dict[str, Choice]:
    """Return the designs that look early."""
    size = {"n_doses": levels, **most}
    late = {"suspension": draw.one_of("yuan2018", "lin2020", "chen2025", "titemad")}
    policy = {"policy": draw.one_of("wait", "look_ahead", "pod")}
    first = {"backfill": draw.one_of("highest", "lowest", "random"), "n_cap": draw.whole(1, 12)}
    cohort = {name: value for name, value in size.items() if name != "max_n"}
    return {
        "tite-boin": lambda: TITEBOIN(**size, **late, estimator=draw.one_of("2018", "2020")),
        "tite-boin plain": lambda: TITEBOIN(n_doses=levels),
        "tite-boin weighted": lambda: TITEBOIN(**size, **late, follow_up_weights=(0.2, 0.3, 0.5)),
        "tite-keyboard": lambda: TITEKeyboard(**size, **late),
        "rolling-6": lambda: RollingSix(
            n_doses=levels, start_dose=most["start_dose"], convention=draw.one_of("skolnik", "iq")
        ),
        "policy": lambda: PendingPolicy(BOIN(**size), **policy),
        "policy i3+3": lambda: PendingPolicy(IThreePlusThree(**size), **policy),
        "titrated policy": lambda: Titrated(PendingPolicy(BOIN(**size), **policy)),
        "bf-boin": lambda: BFBOIN(**size, **first),
        "bf-boin plain": lambda: BFBOIN(n_doses=levels),
        "be-boin": lambda: BEBOIN(**size),
        "boin12": lambda: BOIN12(**size),
        "tite-boin12": lambda: TITEBOIN12(**size),
        "tite-crm": lambda: TITECRM(**size) if levels <= 6 else TITEBOIN(n_doses=levels),
        "tite-cfo": lambda: TITECFO(**cohort),
    }


def differences(number: int) -> list[str]:
    """Run a world through both engines, both passes; return the columns that differ, and how."""
    drawn = world(number)
    stages, infusions = drawn.stages, 1 + number % 60
    intakes = drawn.intakes(range(REPLICATES), referrals_at_least=(number % 3) * infusions)
    setting = Setting.of(stages.rules, stages.made, stages.dosing, stages.outcomes)
    risks = DoseRisks(drawn.truth, stages.outcomes, stages.rules.dose_levels)
    arm = TrialArm(setting, Rulebook(drawn.design), risks)
    found: list[str] = []
    rows: list[tuple[Columns, Columns, Columns]] = []
    some = np.array([REPLICATES - 1])
    # Compiled code runs two arms together: the second one's trials resume beside those of the first.
    for trials, arms in ((SimPyTrials(intakes), [arm]), (CompiledTrials(intakes), [arm, arm])):
        wanted = [ArmPass(one, needed_pass(infusions), caps=infusions) for one in arms]
        wanted += [ArmPass(one, used_pass(stages.rules), CRITERIA) for one in arms]
        of_arms = trials.by_arm(wanted)
        needed, used = of_arms[len(arms) - 1], of_arms[-1]
        accrual = trials.accrual(setting, used_pass(stages.rules), arm.rulebook, risks, some)
        rows.append((used, needed, accrual))
    for (simpy, compiled), name in zip(zip(*rows, strict=True), ("used", "needed", "accrual"), strict=True):
        if list(simpy) != list(compiled) and set(simpy) != set(compiled):
            found.append(f"{name}: columns {sorted(simpy)} and {sorted(compiled)}")
        for column, values in simpy.items():
            other = compiled[column]
            if values.dtype != other.dtype or not np.array_equal(values, other):
                found.append(f"world {number} {name}.{column}: {values.tolist()} and {other.tolist()}")
    return found


def main() -> None:
    """Run many worlds; stop at the first that differs."""
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began = time.monotonic()
    for number in range(first, first + count):
        found = differences(number)
        if found:
            print("\n".join(found))
            sys.exit(1)
        if (number + 1) % 500 == 0:
            print(f"{number + 1 - first} worlds equal, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{count} worlds equal, every column of both passes")


if __name__ == "__main__":
    main()
