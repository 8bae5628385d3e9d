"""Titration in front of any design: BOIN's own where they meet, and conduct worked by hand."""

import numpy as np
import pytest

from simulator.designs import BOIN, CRM, Keyboard, ThreePlusThree
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Observed
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from simulator.designs.titrated import Titrated
from simulator.exact import operating_characteristics
from simulator.exact.truths import target_for_measures
from tests.designs.states import state

FIELDS = ("action", "level", "cohort_size", "closed_from", "reason")


def _states(n_doses: int, many: int) -> Observed:
    """Return random states, half of them with the small counts of a titration."""
    generator = np.random.default_rng(7)
    n = np.where(
        generator.random((many, 1)) < 0.5,
        generator.integers(0, 3, (many, n_doses)),
        generator.integers(0, 13, (many, n_doses)),
    )
    # Data of a titration itself: one patient a level up to some level.
    reached = generator.integers(0, n_doses + 1, (many, 1))
    ladder = (np.arange(1, n_doses + 1) <= reached).astype(np.int64)
    n = np.where(generator.random((many, 1)) < 0.3, ladder, n)
    dlt = generator.binomial(n, generator.random((many, 1)) * 0.5)
    none = np.zeros(many, dtype=np.int64)
    level, closed = generator.integers(0, n_doses + 1, many), generator.integers(1, n_doses + 2, many)
    return Observed(level, n, dlt, none, none, closed)


@pytest.mark.parametrize("options", [{}, {"extra_safe": True}, {"stop_n_at_dose": 9, "target": 0.2}])
def test_titrated_boin_is_boin_with_titration_on_every_state(options: dict[str, float]) -> None:
    ours, theirs = Titrated(BOIN(**options)), BOIN(titration=True, **options)  # type: ignore[arg-type]
    observed = _states(5, 100_000)
    decided, expected = ours.decide(observed), theirs.decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(decided, field), getattr(expected, field)), field
    assert np.array_equal(ours.select(observed), theirs.select(observed))
    assert (decided.cohort_size == 1).sum() > 1000


def test_titration_starts_at_the_designs_own_start_level() -> None:
    design = Titrated(Keyboard(start_dose=2))
    steps = [("", 2, 1), ("2N", 3, 1), ("2N 3N", 4, 1), ("2N 3N 4T", 4, 2), ("2N 3N 4T 4NN", 4, 3)]
    for outcomes, dose, size in steps:
        answer = next_dose(design, outcomes=outcomes)
        assert (answer.dose, answer.cohort_size) == (dose, size), outcomes


def test_the_top_level_ends_titration_without_a_dlt() -> None:
    answer = next_dose(Titrated(Keyboard(n_doses=2)), outcomes="1N 2N")
    assert (answer.dose, answer.cohort_size) == (2, 2)


def test_titrated_three_plus_three_selects_a_level_above_titrated_ones() -> None:
    design = Titrated(ThreePlusThree(n_doses=3))
    steps = [
        ("1N", 2, 1),
        ("1N 2N", 3, 1),
        ("1N 2N 3T", 3, 2),
        ("1N 2N 3T 3NT", 2, 2),
        ("1N 2N 3T 3NT 2NN", 2, 3),
    ]
    for outcomes, dose, size in steps:
        answer = next_dose(design, outcomes=outcomes)
        assert (answer.dose, answer.cohort_size) == (dose, size), outcomes
    done = "1N 2N 3T 3NT 2NN 2NNN"
    assert next_dose(design, outcomes=done).action == "stop"
    assert selected_dose(design, outcomes=done) == 2


def test_a_design_that_reads_the_last_cohort_is_shown_the_whole_first_one() -> None:
    """One DLT in titration, none in the two who filled the cohort: 1 of 3 in the last cohort, not 0 of 2."""
    inner = CRM(n_doses=4, restrict=True)
    assert {"last_n", "last_dlt"} & inner.reads
    filled = state(2, [1, 3, 0, 0], [0, 1, 0, 0], last=(2, 0))
    whole = state(2, [1, 3, 0, 0], [0, 1, 0, 0], last=(3, 1))
    ours, theirs = Titrated(inner).decide(filled), inner.decide(whole)
    for field in FIELDS:
        assert getattr(ours, field)[0] == getattr(theirs, field)[0]
    later = state(2, [3, 3, 0, 0], [0, 1, 0, 0], last=(2, 0))
    assert Titrated(inner).decide(later).level[0] == inner.decide(later).level[0]


def test_a_stop_of_the_design_ends_titration() -> None:
    design = Titrated(Stopped(Keyboard(), (TotalN(2),)))
    assert next_dose(design, outcomes="1N").cohort_size == 1
    assert next_dose(design, outcomes="1N 2N").action == "stop"


def test_cohorts_of_one_titrate_already() -> None:
    inner = Keyboard(n_doses=3, cohort_size=1)
    observed = _states(3, 2000)
    ours, theirs = Titrated(inner).decide(observed), inner.decide(observed)
    for field in FIELDS:
        assert np.array_equal(getattr(ours, field), getattr(theirs, field))


def test_the_target_is_the_designs_own_and_absent_where_it_has_none() -> None:
    assert Titrated(BOIN(target=0.2)).target == 0.2
    assert target_for_measures(Titrated(BOIN(target=0.2)), None) == 0.2
    assert not hasattr(Titrated(ThreePlusThree()), "target")
    assert operating_characteristics(Titrated(BOIN(n_doses=2, target=0.2)), [0.1, 0.2]).target == 0.2


def test_conventions_name_titration_and_keep_the_designs_readings() -> None:
    inner = Keyboard()
    named = Titrated(inner).conventions()
    assert named.pop("titration").startswith("one patient a level")
    assert named == inner.conventions()
