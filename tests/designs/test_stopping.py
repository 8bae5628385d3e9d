"""Stopping rules around designs: the same rule inside BOIN where it has one, and each rule by hand."""

from typing import Any

import numpy as np
import pytest

from simulator.designs import BLRM, BOIN, CRM, TITEBOIN, CumulativeCohort, Keyboard, ThreePlusThree
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Observed, Reason
from simulator.designs.level_too_toxic import LevelTooToxic, modelled
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import (
    STOPPING_RULES,
    MinimumAtSelected,
    NAtLevel,
    Precision,
    TooToxic,
    TotalN,
)
from simulator.designs.titrated import Titrated
from simulator.errors import DesignError
from simulator.exact import operating_characteristics
from tests.designs.patient_frames import frame
from tests.designs.states import state

FIELDS = ("action", "level", "cohort_size", "closed_from", "reason")


def _states(n_doses: int, many: int) -> Observed:
    generator = np.random.default_rng(8)
    n = generator.integers(0, 19, (many, n_doses))
    dlt = generator.binomial(n, generator.random((many, 1)) * 0.5)
    none = np.zeros(many, dtype=np.int64)
    level, closed = generator.integers(0, n_doses + 1, many), generator.integers(1, n_doses + 2, many)
    return Observed(level, n, dlt, none, none, closed)


def test_stopping_where_the_trial_would_stay_is_boins_own_early_stop_on_every_state() -> None:
    observed = _states(4, 100_000)
    ours, theirs = Stopped(BOIN(n_doses=4), (NAtLevel(12, "stay"),)), BOIN(n_doses=4, stop_n_at_dose=12)
    decided, expected = ours.decide(observed), theirs.decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(decided, field), getattr(expected, field)), field
    assert (decided.reason == Reason.STOP_PRECISION).sum() > 1000


def test_too_toxic_at_level_1_is_boins_extra_safety_on_every_state() -> None:
    """At BOIN's own cutoff less the offset; BOIN itself then closes level 1 by the stricter bound."""
    observed = _states(4, 100_000)
    ours = Stopped(BOIN(n_doses=4), (TooToxic(0.3, cutoff=0.95 - 0.05),))
    theirs = BOIN(n_doses=4, extra_safe=True)
    decided, expected = ours.decide(observed), theirs.decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(decided, field), getattr(expected, field)), field
    assert np.array_equal(ours.select(observed), theirs.select(observed))


def test_the_three_readings_of_patients_at_a_level_differ_as_they_say() -> None:
    inner = BOIN(n_doses=3)
    full_below = {"dose": 2, "n": [9, 3, 0], "dlt": [1, 2, 0]}  # goes down to level 1, which has nine
    full_here = {"dose": 2, "n": [3, 9, 0], "dlt": [0, 1, 0]}  # goes up from level 2, which has nine
    stays = {"dose": 2, "n": [3, 9, 0], "dlt": [0, 3, 0]}
    found = {
        level: [
            next_dose(Stopped(inner, (NAtLevel(9, level),)), **data).action  # type: ignore[arg-type]
            for data in (full_below, full_here, stays)
        ]
        for level in ("next", "treated", "stay")
    }
    assert found == {
        "next": ["stop", "treat", "stop"],
        "treated": ["treat", "stop", "stop"],
        "stay": ["treat", "treat", "stop"],
    }


def test_total_n_stops_after_the_cohort_that_reaches_it_and_cuts_none() -> None:
    design = Stopped(BOIN(n_doses=2), (TotalN(7),))
    assert next_dose(design, outcomes="1NNN 2NNT").cohort_size == 3
    stop = next_dose(design, outcomes="1NNN 2NNT 2NNT")
    assert (stop.action, stop.reason) == ("stop", "enough patients in all: stop")
    exact = operating_characteristics(design, [0.1, 0.3])
    assert set(np.flatnonzero(exact.total_n > 0).tolist()) == {3, 6, 9}


def test_total_n_of_whole_cohorts_is_the_cap_in_operating_characteristics() -> None:
    """A stop at 18 and a cap at 18 select alike: the cap only takes no decision at the end."""
    risks = [0.1, 0.3, 0.45]
    stopped = operating_characteristics(Stopped(BOIN(n_doses=3), (TotalN(18),)), risks)
    capped = operating_characteristics(BOIN(n_doses=3, max_n=18), risks)
    np.testing.assert_allclose(stopped.selection, capped.selection, rtol=0, atol=1e-13)
    np.testing.assert_allclose(stopped.n_per_dose, capped.n_per_dose, rtol=0, atol=1e-12)


def test_precision_stops_once_the_interval_is_as_narrow_as_asked() -> None:
    """Beta(1 + 3, 1 + 9): the 95 % interval is .0909 to .5381, .447 wide, by scipy.stats."""
    from scipy.stats import beta

    width = float(np.diff(beta(4, 10).ppf([0.025, 0.975]))[0])
    data: dict[str, Any] = {"dose": 2, "n": [3, 12, 0], "dlt": [0, 3, 0]}
    inner = Keyboard(n_doses=3)
    assert next_dose(Stopped(inner, (Precision(width + 1e-9),)), **data).action == "stop"
    assert next_dose(Stopped(inner, (Precision(width - 1e-9),)), **data).action == "treat"
    # Judged at the level to be treated next: nobody has been treated at level 3 yet.
    up = {**data, "dlt": [0, 1, 0]}
    assert next_dose(Stopped(inner, (Precision(0.9),)), **up).dose == 3


def test_too_toxic_stops_a_design_that_never_would_and_selects_none() -> None:
    design = Stopped(CumulativeCohort(n_doses=3), (TooToxic(0.3),))
    assert next_dose(design, outcomes="1NTT").action == "treat"
    stop = next_dose(design, outcomes="1TTT")
    assert (stop.action, stop.reason, stop.closed_from) == ("stop", "the lowest level is too toxic: stop", 1)
    assert selected_dose(design, outcomes="1TTT") == 0
    assert selected_dose(CumulativeCohort(n_doses=3), outcomes="1TTT") == 1


def test_minimum_holds_back_stops_before_it_but_not_those_for_toxicity() -> None:
    design = Stopped(ThreePlusThree(n_doses=3), (MinimumAtSelected(9),))
    found = "1NNN 2NNT 2TNN 1NNN"
    assert next_dose(ThreePlusThree(n_doses=3), outcomes=found).action == "stop"
    held = next_dose(design, outcomes=found)
    assert (held.action, held.dose, held.cohort_size) == ("treat", 1, 3)
    assert held.reason == "too few patients at the level to be selected: the stop is held back"
    assert next_dose(design, outcomes=found + " 1NNN").action == "stop"
    assert next_dose(design, outcomes="1TTN").reason == "the lowest level is too toxic: stop"


def test_minimum_treats_no_more_than_are_missing_and_one_level_up_at_most() -> None:
    design = Stopped(BOIN(n_doses=4), (NAtLevel(6, "treated"), MinimumAtSelected(7)))
    missing = next_dose(design, dose=2, n=[3, 6, 0, 0], dlt=[0, 2, 0, 0])
    assert (missing.dose, missing.cohort_size) == (2, 1)
    far = design.decide(state(1, [6, 3, 3, 3], [0, 0, 0, 1]))
    assert (far.level[0], far.reason[0]) == (2, Reason.TOO_FEW_AT_SELECTED)


LADDER = "1NTN 1NNN 2NNN 3NNN 4NTN 4TTN"


def test_minimum_holds_a_stop_without_moving_the_trial() -> None:
    """At 18 patients level 4 would be selected with 3 DLTs of 6, and BOIN itself treats level 3."""
    inner = BOIN(n_doses=4)
    held = Stopped(inner, (TotalN(18), MinimumAtSelected(9)))
    assert selected_dose(inner, outcomes=LADDER) == 4
    alone, next_ = next_dose(inner, outcomes=LADDER), next_dose(held, outcomes=LADDER)
    assert (alone.dose, alone.cohort_size) == (3, 3)
    assert (next_.action, next_.dose, next_.cohort_size) == ("treat", 3, 3)
    assert next_.reason == "too few patients at the level to be selected: the stop is held back"


def test_minimum_treats_where_a_design_with_its_own_stop_would_without_it() -> None:
    for inner in (
        BOIN(n_doses=4, stop_n_at_dose=9),
        Titrated(BOIN(n_doses=4, stop_n_at_dose=9)),
        Stopped(BOIN(n_doses=4, stop_n_at_dose=9), (TooToxic(0.3),)),
        Stopped(BOIN(n_doses=4), (NAtLevel(9),)),
        BLRM(n_doses=4, stop_n_at_dose=9, stop_target_probability=0.2),
    ):
        dlt = [0, 2 if inner.name == "blrm" else 3, 2, 0]
        data: dict[str, Any] = {"dose": 2, "n": [3, 9, 3, 0], "dlt": dlt}
        assert next_dose(inner, **data).action == "stop"
        held = next_dose(Stopped(inner, (MinimumAtSelected(12),)), **data)
        assert (held.action, held.dose, held.cohort_size) == ("treat", 2, 3), inner


def test_a_held_stop_never_treats_a_closed_level() -> None:
    rules = (LevelTooToxic(0.3, cutoff=0.9), TotalN(18), MinimumAtSelected(12))
    held = next_dose(Stopped(CRM(n_doses=4, restrict=False), rules), outcomes="1NNN 2NNN 3NNN 4TTT 3NNN 3NNN")
    assert (held.action, held.dose, held.closed_from) == ("treat", 3, 4)
    assert held.reason == "too few patients at the level to be selected: the stop is held back"


def test_a_level_too_toxic_by_its_own_data_is_closed_for_good_in_any_design() -> None:
    """3 DLTs of 3: P(p > .3) is 1 - .3**4 = .9919."""
    rule = LevelTooToxic(0.3, cutoff=0.99)
    for inner in (CRM(n_doses=4, restrict=False), BLRM(n_doses=4), CumulativeCohort(n_doses=4)):
        design = Stopped(inner, (rule,))
        after = next_dose(design, outcomes="1NNN 2NNN 3TTT")
        assert (after.action, after.closed_from) == ("treat", 3)
        assert after.dose is not None
        assert after.dose < 3
        # However good the level below looks: it stays closed.
        many = " 2NNN" * 8
        assert next_dose(design, outcomes="1NNN 2NNN 3TTT" + many).dose == 2
        assert selected_dose(design, outcomes="1NNN 2NNN 3TTT" + many) == 2
        stop = next_dose(design, outcomes="1TTT")
        assert (stop.action, stop.closed_from, stop.reason) == (
            "stop",
            1,
            "the lowest level is too toxic: stop",
        )
        assert selected_dose(design, outcomes="1TTT") == 0
    assert next_dose(Stopped(CRM(n_doses=4), (LevelTooToxic(0.3, cutoff=0.9920),)), outcomes="1NNN 2TTT").dose
    few = Stopped(CRM(n_doses=4, safety_cutoff=None), (LevelTooToxic(0.3, min_n=6),))
    assert next_dose(few, outcomes="1TTT").action == "treat"


def test_a_level_is_closed_by_the_posterior_of_the_model() -> None:
    for inner in (CRM(n_doses=4, restrict=False), Titrated(CRM(n_doses=4)), BLRM(n_doses=4)):
        model = modelled(inner)
        assert model is not None
        data: dict[str, Any] = {"n": [6, 6, 3, 0], "dlt": [0, 2, 2, 0]}
        observed = state(3, data["n"], data["dlt"], last=(3, 2))
        above = model.probability_above(observed.n, observed.dlt, 0.3)[0]
        for offset, closed in ((-1e-6, 3), (1e-6, 5)):
            rule = LevelTooToxic(0.3, cutoff=float(above[2]) + offset, by="model")
            assert Stopped(inner, (rule,)).decide(observed).closed_from[0] == closed
        # The untried level above is as likely to be too toxic, and not closed: nobody was treated there.
        assert above[3] > above[2]


def test_too_toxic_at_any_level_is_too_toxic_at_level_1_on_a_ladder_of_one() -> None:
    observed = _states(1, 20_000)
    one = Stopped(Keyboard(n_doses=1), (LevelTooToxic(0.3, cutoff=0.8),))
    other = Stopped(Keyboard(n_doses=1), (TooToxic(0.3, cutoff=0.8),))
    decided, expected = one.decide(observed), other.decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(decided, field), getattr(expected, field)), field
    assert np.array_equal(one.select(observed), other.select(observed))


def test_rules_apply_in_their_order() -> None:
    data: dict[str, Any] = {"dose": 1, "n": [9, 0], "dlt": [3, 0]}
    first, second = TotalN(9), NAtLevel(9)
    inner = BOIN(n_doses=2)
    assert next_dose(Stopped(inner, (first, second)), **data).reason == "enough patients in all: stop"
    assert "to be treated next" in next_dose(Stopped(inner, (second, first)), **data).reason
    held = next_dose(Stopped(inner, (first, MinimumAtSelected(12))), **data)
    assert held.action == "treat"
    stops = next_dose(Stopped(inner, (MinimumAtSelected(12), first)), **data)
    assert stops.action == "stop"


def test_a_nested_design_is_the_list_of_its_rules() -> None:
    inner = BOIN(n_doses=3)
    rules = (NAtLevel(9), TooToxic(0.3, cutoff=0.8), TotalN(20))
    nested = Stopped(Stopped(Stopped(inner, rules[:1]), rules[1:2]), rules[2:])
    observed = _states(3, 20_000)
    decided, expected = nested.decide(observed), Stopped(inner, rules).decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(decided, field), getattr(expected, field))


def test_every_rule_is_named_in_the_conventions_with_its_numbers() -> None:
    rules = (
        *(TotalN(31), NAtLevel(13, "stay"), TooToxic(0.3, 0.87), Precision(0.41), MinimumAtSelected(7)),
        LevelTooToxic(0.3, 0.83),
    )
    assert {rule.rule for rule in rules} == STOPPING_RULES.keys()
    named = Stopped(BOIN(), rules).conventions()
    for i, (rule, number) in enumerate(
        zip(rules, ("31", "13", "0.87", "0.41", "7", "0.83"), strict=True), start=1
    ):
        assert number in named[f"stopping rule {i} ({rule.rule})"]
    assert len(named) == len(BOIN().conventions()) + 6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TotalN(0), r"total_n: at_least = 0: must be an integer in 1\.\.1000"),
        (lambda: NAtLevel(3, "last"), "n_at_level: level = 'last': must be one of 'next', 'treated', 'stay'"),
        (lambda: TooToxic(1.0), r"too_toxic: target = 1\.0: must be 0 < target < 1"),
        (lambda: TooToxic(0.3, cutoff=0), "too_toxic: cutoff = 0: must be 0 < cutoff < 1"),
        (lambda: Precision(1), "precision: width = 1: must be 0 < width < 1"),
        (lambda: Precision(0.4, 1), "precision: probability = 1: must be"),
        (lambda: MinimumAtSelected(-1), "minimum_at_selected: at_least = -1"),
        (
            lambda: LevelTooToxic(0.3, by="data"),
            "level_too_toxic: by = 'data': must be one of 'level', 'model'",
        ),
        (lambda: LevelTooToxic(0.3, min_n=0), "level_too_toxic: min_n = 0: must be an integer"),
        (lambda: LevelTooToxic(0.3, min_n=1001), r"min_n = 1001: must be an integer in 1\.\.1000"),
        (lambda: LevelTooToxic(1.0), r"level_too_toxic: target = 1\.0: must be 0 < target < 1"),
        (lambda: NAtLevel(0), r"n_at_level: at_least = 0: must be an integer in 1\.\.1000"),
        (
            lambda: Stopped(BOIN(), (LevelTooToxic(0.3, by="model"),)),
            "level_too_toxic: by = 'model': must be 'level' for boin, which has no model",
        ),
        (lambda: Stopped(BOIN(), ()), r"stopping: rules = \(\): must be at least one rule"),
    ],
)
def test_parameters_outside_their_range_are_refused(make: Any, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        make()


def test_one_patient_at_a_level_can_be_enough() -> None:
    design = Stopped(BOIN(n_doses=3), (NAtLevel(1, "treated"),))
    assert next_dose(design, outcomes="1NNN").action == "stop"


def test_rules_around_a_design_that_looks_early_count_everyone_infused() -> None:
    patients = frame([3, 6, 0], [0, 2, 0], [[], [20, 25], []])
    design = TITEBOIN(n_doses=3)

    def asked(*rules: Any) -> str:
        return next_dose(Stopped(design, rules), 2, patients=patients).reason

    assert asked(TotalN(9)).startswith(Reason.STOP_TOTAL.text)
    assert not asked(TotalN(10)).startswith(Reason.STOP_TOTAL.text)
    assert asked(NAtLevel(6, "treated")).startswith(Reason.STOP_ENOUGH_TREATED.text)
    # 2 DLTs of 4 complete would close the level at this cutoff, 2 of 6 infused do not.
    rule = LevelTooToxic(0.3, cutoff=0.8)
    assert next_dose(Stopped(design, (rule,)), 2, patients=patients).closed_from == 4
    complete = frame([3, 4, 0], [0, 2, 0], [[], [], []])
    assert next_dose(Stopped(design, (rule,)), 2, patients=complete).closed_from == 2


def test_a_level_that_is_closed_is_never_treated_the_highest_open_one_is() -> None:
    """Cumulative cohort design: 0 of 3 at levels 1 to 3 leads to level 4, and level 3 has been closed before."""
    inner = CumulativeCohort(n_doses=4)
    observed = state(3, [3, 3, 3, 0], [0, 0, 0, 0])
    decision = inner.decide(observed)
    assert decision.level.tolist() == [4]
    applied = LevelTooToxic(0.3).applied(inner, state(3, [3, 3, 3, 0], [0, 0, 0, 0], closed_from=3), decision)
    assert (applied.action[0], applied.level[0], applied.cohort_size[0], applied.closed_from[0]) == (
        0,
        2,
        3,
        3,
    )
