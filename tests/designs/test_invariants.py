"""What holds for every design, over any state and over every trial it conducts itself."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import DESIGNS
from simulator.designs.conduct import next_dose
from simulator.designs.design import COMPLETE_COHORT_FIELDS, Action, Design, Observed, Reason
from simulator.designs.level_too_toxic import BY_MODEL
from tests.designs.examples import EARLY, EXAMPLES, VARIANTS
from tests.designs.states import any_states, stacked, state, walks

FIELDS = ("action", "level", "cohort_size", "closed_from", "reason")
many_designs = pytest.mark.parametrize("design", VARIANTS, ids=repr)
# A DLT at a high level makes the curve of the two-parameter model steeper too, which lowers the risk at the low ones
# (logit p = log alpha + beta x, x < 0: Neuenschwander et al. 2008); tests/designs/test_blrm.py shows where.
LAWFULLY_NOT_MONOTONE = ("blrm",)
few_examples = settings(max_examples=60, deadline=None)


def _closed_by_a_model(design: Design) -> bool:
    """Tell whether later data at other levels can make a closed level look safe: it stays closed by history alone."""
    return any(getattr(rule, "by", None) == BY_MODEL for rule in getattr(design, "rules", ()))


def _decided(design: Design, observed: Observed) -> tuple[int, ...]:
    decision = design.decide(observed)
    return tuple(int(getattr(decision, name)[0]) for name in FIELDS)


def test_every_registered_design_has_an_example_of_its_class() -> None:
    assert EXAMPLES.keys() == DESIGNS.keys()
    assert all(type(EXAMPLES[name]) is DESIGNS[name] for name in DESIGNS)
    assert all(design.name == name for name, design in EXAMPLES.items())


@pytest.mark.parametrize("name", DESIGNS)
def test_a_design_reads_only_what_complete_cohorts_offer_or_says_that_it_looks_early(name: str) -> None:
    beyond = EXAMPLES[name].reads - COMPLETE_COHORT_FIELDS
    assert bool(beyond & {"patients", "pending"}) == (name in EARLY)
    assert bool(beyond) == (name in EARLY)


@many_designs
@given(data=st.data())
@few_examples
def test_any_state_has_a_decision_that_can_be_carried_out(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_states(design.n_doses))
    action, level, size, closed, reason = _decided(design, observed)
    assert 1 <= closed <= observed.closed_from[0]
    if action == Action.STOP:
        assert (level, size) == (0, 0)
        assert Reason(reason).stop_kind is not None
    else:
        assert action == Action.TREAT
        assert 1 <= level < closed
        assert size >= 1
        assert Reason(reason).stop_kind is None
    if observed.level[0] > 0:
        assert level <= observed.level[0] + 1


@many_designs
@given(data=st.data())
@few_examples
def test_selection_is_a_tried_open_level_or_none(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_states(design.n_doses))
    selected = int(design.select(observed)[0])
    if selected:
        assert observed.n[0, selected - 1] > 0
        assert selected < design.decide(observed).closed_from[0]


@many_designs
@given(data=st.data())
@few_examples
def test_many_states_at_once_are_decided_as_one_by_one(design: Design, data: st.DataObject) -> None:
    states = data.draw(st.lists(any_states(design.n_doses), min_size=1, max_size=5))
    together = design.decide(stacked(states))
    for i, observed in enumerate(states):
        assert tuple(int(getattr(together, name)[i]) for name in FIELDS) == _decided(design, observed)
    assert design.select(stacked(states)).tolist() == [int(design.select(s)[0]) for s in states]


@many_designs
@given(data=st.data())
@few_examples
def test_same_data_same_decision_and_the_data_are_left_alone(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_states(design.n_doses))
    copy = state(
        int(observed.level[0]),
        observed.n[0].tolist(),
        observed.dlt[0].tolist(),
        int(observed.closed_from[0]),
    )
    for array in (observed.level, observed.n, observed.dlt, observed.closed_from):
        array.flags.writeable = False
    first, again = _decided(design, observed), _decided(design, observed)
    assert first == again == _decided(design, copy)


@many_designs
@given(data=st.data())
@few_examples
def test_only_declared_fields_are_read(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_states(design.n_doses))
    other = {
        name: getattr(observed, name) if name in design.reads else getattr(observed, name) + 7
        for name in COMPLETE_COHORT_FIELDS
    }
    changed = Observed(**other)
    assert _decided(design, observed) == _decided(design, changed)
    assert design.select(observed)[0] == design.select(changed)[0]


@pytest.mark.parametrize("design", [d for d in VARIANTS if d.name not in LAWFULLY_NOT_MONOTONE], ids=repr)
@given(data=st.data())
@few_examples
def test_one_more_dlt_never_raises_the_level(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_states(design.n_doses))
    room = np.flatnonzero(observed.dlt[0] < observed.n[0])
    if len(room) == 0:
        return
    worse = observed.dlt.copy()
    worse[0, data.draw(st.sampled_from(room.tolist()))] += 1
    before = design.decide(observed)
    after = design.decide(
        state(int(observed.level[0]), observed.n[0].tolist(), worse[0].tolist(), int(observed.closed_from[0]))
    )
    assert after.closed_from[0] <= before.closed_from[0]
    if before.reason[0] == Reason.STOP_TOO_TOXIC:
        assert after.reason[0] == Reason.STOP_TOO_TOXIC
    if before.action[0] == after.action[0] == Action.TREAT:
        assert after.level[0] <= before.level[0]


@many_designs
@given(data=st.data())
@few_examples
def test_a_trial_never_skips_an_untried_level_or_enters_a_closed_one(
    design: Design, data: st.DataObject
) -> None:
    trial = data.draw(walks(design))
    start = int(trial[1].level[0])
    for before, after in pairwise(trial):
        level = int(after.level[0])
        assert level < after.closed_from[0] <= before.closed_from[0]
        if level > start:
            assert (before.n[0, start - 1 : level - 1] > 0).all()


@pytest.mark.parametrize("design", [d for d in VARIANTS if not _closed_by_a_model(d)], ids=repr)
@given(data=st.data())
@few_examples
def test_closed_levels_follow_from_the_data_of_a_trial_of_complete_cohorts(
    design: Design, data: st.DataObject
) -> None:
    """So that leaving closed_from out of a state key would merge the same states."""
    for observed in data.draw(walks(design)):
        open_again = state(int(observed.level[0]), observed.n[0].tolist(), observed.dlt[0].tolist())
        assert _decided(design, observed) == _decided(design, open_again)


@pytest.mark.parametrize("design", [d for d in VARIANTS if d.name == "3+3"], ids=repr)
@given(data=st.data())
@few_examples
def test_three_plus_three_never_treats_more_than_six_a_level(design: Design, data: st.DataObject) -> None:
    trial = data.draw(walks(design, cohorts=100))
    assert (trial[-1].n <= 6).all()
    assert design.decide(trial[-1]).action[0] == Action.STOP


@many_designs
@given(data=st.data())
@few_examples
def test_order_inside_a_cohort_is_irrelevant(design: Design, data: st.DataObject) -> None:
    words, shuffled = [], []
    for observed in data.draw(walks(design))[1:]:
        letters = "T" * int(observed.last_dlt[0]) + "N" * int(observed.last_n[0] - observed.last_dlt[0])
        words.append(f"{observed.level[0]}{letters}")
        shuffled.append(f"{observed.level[0]}{''.join(data.draw(st.permutations(letters)))}")
    assert next_dose(design, outcomes=" ".join(words)) == next_dose(design, outcomes=" ".join(shuffled))
