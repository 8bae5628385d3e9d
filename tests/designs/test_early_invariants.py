"""What holds for every design that looks early, over any state of patients."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.designs import TITECFO
from simulator.designs.design import Action, Decision, Design, Floats, Observed, Reason
from simulator.designs.early_look import (
    DecidedByCounts,
    FollowUpRead,
    SettledByCounts,
    answers_between,
    closing_dlts,
    moving_by_pulls,
    never_waits,
    reads_missing,
    selecting_by_counts,
    selects_by_responses,
    waits_for_all,
)
from simulator.designs.patient_records import PENDING, PatientRecords, outcomes_per_level
from tests.designs.examples import EARLY_VARIANTS
from tests.designs.states import any_patient_states, stacked_patients

early_designs = pytest.mark.parametrize("design", EARLY_VARIANTS, ids=repr)
few_examples = settings(max_examples=60, deadline=None)


def _decided(decision: Decision, state: int = 0) -> tuple[int | None, ...]:
    values = (getattr(decision, field.name) for field in fields(decision))
    return tuple(None if array is None else int(array[state]) for array in values)


@early_designs
def test_nothing_observed_is_the_start_level(design: Design) -> None:
    decision = design.decide(Observed.nothing(design.n_doses, 2))
    assert decision.action.tolist() == [Action.TREAT] * 2
    assert decision.reason.tolist() == [Reason.START] * 2
    assert (decision.level >= 1).all()
    assert design.select(Observed.nothing(design.n_doses)).tolist() == [0]


@early_designs
@given(data=st.data())
@few_examples
def test_any_state_of_patients_has_a_decision_that_can_be_carried_out(
    design: Design, data: st.DataObject
) -> None:
    observed = data.draw(any_patient_states(design.n_doses))
    decision = design.decide(observed)
    action, level, size, closed, reason, backfill = _decided(decision)
    assert closed is not None
    assert 1 <= closed <= observed.closed_from[0]
    assert (Reason(reason).stop_kind is not None) == (action == Action.STOP)
    match action:
        case Action.STOP:
            assert (level, size) == (0, 0)
            assert not backfill
        case Action.WAIT:
            assert (level, size) == (min(int(observed.level[0]), closed - 1), 0)
        case _:
            assert level is not None
            assert size is not None
            assert 1 <= level < closed
            assert size >= 1
            if observed.level[0] > 0:
                assert level <= observed.level[0] + 1
    if backfill:
        assert 1 <= backfill < closed


@early_designs
@given(data=st.data())
@few_examples
def test_many_states_of_patients_at_once_are_decided_as_one_by_one(
    design: Design, data: st.DataObject
) -> None:
    states = data.draw(st.lists(any_patient_states(design.n_doses), min_size=1, max_size=5))
    together = design.decide(stacked_patients(states))
    for i, observed in enumerate(states):
        assert _decided(together, i) == _decided(design.decide(observed))
    assert design.select(stacked_patients(states)).tolist() == [int(design.select(s)[0]) for s in states]


@early_designs
@given(data=st.data())
@few_examples
def test_selection_from_patients_is_a_tried_open_level_or_none(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(design.n_doses))
    selected = int(design.select(observed)[0])
    if selected:
        assert observed.n[0, selected - 1] > 0
        assert selected < observed.closed_from[0]


@early_designs
@given(data=st.data())
@few_examples
def test_a_selection_reads_responses_where_the_design_says_so(design: Design, data: st.DataObject) -> None:
    if selects_by_responses(design):
        return
    observed = data.draw(any_patient_states(design.n_doses))
    records = observed.patients
    assert records is not None
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    others = replace(
        records,
        response=rng.integers(-1, 2, records.level.shape),
        backfill=rng.random(records.level.shape) < 0.5,
    )
    assert design.select(replace(observed, patients=others)).tolist() == design.select(observed).tolist()


@early_designs
@given(data=st.data())
@few_examples
def test_a_selection_by_counts_is_that_of_the_patients(design: Design, data: st.DataObject) -> None:
    by_counts = selecting_by_counts(design)
    if by_counts is None:
        return
    observed = data.draw(any_patient_states(design.n_doses))
    records = observed.patients
    assert records is not None
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    shape = records.level.shape
    dlt, response = rng.integers(0, 2, shape), rng.integers(0, 2, shape)
    known = PatientRecords.of(
        records.level, dlt, response=response, backfill=records.backfill, onset=rng.random(shape)
    )
    complete = Observed.of_patients(
        design.n_doses,
        observed.level,
        known,
        observed.closed_from,
        rng.integers(0, 4, 1),
        rng.integers(0, 4, 1),
        observed.cohort_missing,
        observed.draw,
    )
    counts = outcomes_per_level(known, design.n_doses)[1:, 1:]
    selected = by_counts.selected_by_counts(counts, observed.closed_from)
    assert selected.tolist() == design.select(complete).tolist()
    if not selects_by_responses(design):
        alike = by_counts.selected_by_counts(counts.sum(axis=1, keepdims=True), observed.closed_from)
        assert alike.tolist() == selected.tolist()


@early_designs
@given(data=st.data())
@few_examples
def test_missing_places_are_read_where_the_design_says_so(design: Design, data: st.DataObject) -> None:
    if reads_missing(design):
        return
    observed = data.draw(any_patient_states(design.n_doses))
    other = replace(observed, cohort_missing=observed.cohort_missing + data.draw(st.integers(1, 3)))
    assert _decided(design.decide(other)) == _decided(design.decide(observed))
    assert design.select(other).tolist() == design.select(observed).tolist()


@early_designs
@given(data=st.data())
@few_examples
def test_the_order_of_patients_is_irrelevant(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(design.n_doses))
    records = observed.patients
    assert records is not None
    order = np.array(data.draw(st.permutations(range(records.level.shape[1]))), dtype=np.int64)
    columns = {field.name: records.values(field.name)[:, order] for field in fields(records)}
    shuffled = replace(observed, patients=replace(records, **columns))
    assert _decided(design.decide(shuffled)) == _decided(design.decide(observed))


def _with_follow_up(observed: Observed, shares: np.ndarray) -> Observed:
    """Return the state once for each row of shares, the pending DLTs and responses followed up for so long."""
    known = observed.patients
    assert known is not None
    rows = np.zeros(len(shares), dtype=np.int64)
    many = PatientRecords(
        **{one.name: known.values(one.name)[rows] for one in fields(PatientRecords) if one.name != "onset"}
    )
    followup = np.where(many.dlt == PENDING, shares, many.followup)
    # Another order of the same shares, so that responses are followed up for other times than DLTs.
    response_followup = np.where(many.response == PENDING, shares[::-1], many.response_followup)
    return Observed.of_patients(
        observed.n.shape[1],
        observed.level[rows],
        replace(many, followup=followup, response_followup=response_followup),
        observed.closed_from[rows],
        cohort_missing=observed.cohort_missing[rows],
        draw=observed.draw[rows],
    )


@early_designs
@given(data=st.data())
@few_examples
def test_a_design_that_waits_for_all_reads_no_more_than_where_the_trial_is(
    design: Design, data: st.DataObject
) -> None:
    """A caller remembers one answer for all patients, as long as an outcome of one of them is pending."""
    observed = data.draw(any_patient_states(design.n_doses))
    patients = observed.patients
    if (
        not waits_for_all(design)
        or patients is None
        or observed.level[0] == 0
        or observed.closed_from[0] <= 1
    ):
        return
    if not (patients.dlt_pending | patients.response_pending).any():
        return
    nothing_known = PatientRecords.of(np.ones((1, 1), dtype=np.int64), PENDING, 0.0, PENDING, 0.0)
    alone = Observed.of_patients(design.n_doses, observed.level, nothing_known, observed.closed_from)
    decision = design.decide(observed)
    assert decision.action[0] == Action.WAIT
    assert _decided(decision) == _decided(design.decide(alone))


@early_designs
@given(data=st.data())
@few_examples
def test_of_other_levels_a_decision_reads_what_the_design_says(design: Design, data: st.DataObject) -> None:
    """A caller remembers answers by the counts at the level, and the lowest level that counts close."""
    observed = data.draw(any_patient_states(design.n_doses))
    if observed.patients is None or observed.level[0] == 0:
        return
    closing = closing_dlts(design, observed.patients.level.shape[1])
    if closing is None:
        return
    # Its counts: complete outcomes and pending patients without a DLT.
    n = (observed.n + observed.pending)[0] if observed.pending is not None else observed.n[0]
    limits = [closing[min(at, 1), n[at]] for at in range(design.n_doses)]
    closed = [at + 1 for at in range(design.n_doses) if observed.dlt[0, at] >= limits[at]]
    levels, current = observed.patients.level, observed.level[:, None]
    known = {
        one.name: observed.patients.values(one.name) for one in fields(PatientRecords) if one.name != "onset"
    }
    known["level"] = np.where(levels == current, levels, 0)
    by_level = Observed.of_patients(
        design.n_doses,
        observed.level,
        PatientRecords(**known),
        np.minimum(observed.closed_from, min(closed, default=design.n_doses + 1)),
        cohort_missing=observed.cohort_missing,
        draw=observed.draw,
    )
    assert _decided(design.decide(by_level)) == _decided(design.decide(observed))


@pytest.mark.parametrize("design", [one for one in EARLY_VARIANTS if never_waits(one)], ids=repr)
@given(data=st.data())
@few_examples
def test_who_never_waits_treats_on_or_stops_for_toxicity(design: Design, data: st.DataObject) -> None:
    observed = data.draw(any_patient_states(design.n_doses))
    decision = design.decide(observed)
    if observed.level[0] > 0 and decision.action[0] != Action.TREAT:
        assert (decision.action[0], decision.reason[0]) == (Action.STOP, Reason.STOP_TOO_TOXIC)


@pytest.mark.parametrize("design", [TITECFO(n_doses=4), TITECFO(n_doses=3, stop_n_at_dose=6)], ids=repr)
def test_a_decision_by_pulls_reads_what_the_design_says(design: TITECFO) -> None:
    """A caller remembers answers by the level, the lowest closed one, which pairs pull, and who is at the level."""
    assert moving_by_pulls(design) is design
    rng = np.random.default_rng(8)
    states, most, n_doses = 20_000, 12, design.n_doses
    shape = (states, most)
    levels = np.where(np.arange(most) < rng.integers(1, most + 1, states)[:, None], 1, 0)
    levels *= rng.integers(1, n_doses + 1, shape)
    dlt = np.where(rng.random(shape) < 0.3, PENDING, rng.random(shape) < 0.3)
    patients = PatientRecords.of(levels, dlt, rng.random(shape))
    observed = Observed.of_patients(n_doses, levels[:, 0], patients, rng.integers(1, n_doses + 2, states))
    decision, (n, y) = design.decide(observed), design.counts(observed)
    too_toxic = y >= design.too_toxic_from(most)[n]
    closed = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, n_doses + 1)
    answers: dict[tuple[int, ...], set[tuple[int | None, ...]]] = {}
    for k, level in enumerate(observed.level.tolist()):
        pairs = np.array([(level - 1, level), (level, level + 1)])[[level > 1, level < n_doses]].T - 1
        pulls = design.pulls(n[k, pairs], y[k, pairs], pairs[1] == level - 1).tolist()
        here, stop_n = int(n[k, level - 1]), design.stop_n_at_dose or most + 1
        read = (level, min(int(closed[k]), int(observed.closed_from[k])), *pulls, here == 0, here >= stop_n)
        answers.setdefault(read, set()).add(_decided(decision, k))
    assert {len(found) for found in answers.values()} == {1}
    assert len(answers) < 200


@pytest.mark.parametrize("steps", [1, 8])
def test_more_dlts_at_a_level_of_a_pair_never_lead_up(steps: int) -> None:
    design = TITECFO(n_doses=4)
    for lower, upper in ((3, 3), (6, 3), (5, 9)):
        dlt = np.indices((lower * steps + 1, upper * steps + 1)) / steps
        n = np.broadcast_to(np.array([lower, upper])[:, None], (2, dlt[0].size))
        for down in (True, False):
            pulls = design.pulls(n, dlt.reshape(2, -1), np.full(dlt[0].size, down)).reshape(dlt[0].shape)
            rises = np.where(down, 1, -1) * pulls
            assert (np.diff(rises, axis=0) >= 0).all()
            assert (np.diff(rises, axis=1) >= 0).all()


@early_designs
@given(data=st.data())
@few_examples
def test_a_decision_reads_of_follow_up_what_the_design_says(design: Design, data: st.DataObject) -> None:
    """A caller remembers answers by this: counts alone settle it, or it lies between two answers that agree."""
    read = getattr(design, "follow_up_read", FollowUpRead.ALL)
    if read.of_any_follow_up and not isinstance(design, SettledByCounts):
        return
    observed = data.draw(any_patient_states(design.n_doses))
    patients = observed.patients
    assert patients is not None
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    wide = patients.level.shape[1]
    ends = np.zeros((1, wide)), np.full((1, wide), 0.999)
    shares = np.concatenate([rng.random((40, wide)), rng.integers(0, 5, (40, wide)) / 4, *ends])
    many = _with_follow_up(observed, shares)
    decision = design.decide(many)
    answers = [_decided(decision, k) for k in range(len(shares))]
    if isinstance(design, SettledByCounts):
        settled = design.settled_by_counts(many)
        assert len(set(settled.tolist())) == 1
        assert not settled[0] or len(set(answers)) == 1
    if isinstance(design, DecidedByCounts):
        by_counts, settled = design.decided_by_counts(many)
        assert not settled[0] or _decided(by_counts) == answers[0]
    if read is FollowUpRead.SUM_AND_SHORTEST:
        _lies_between(_sum_and_shortest(many), answers)
    elif read is FollowUpRead.DLT_FOLLOW_UP and answers_between(design):
        _lies_between(_each_follow_up(many), answers)
    elif not read.of_any_follow_up:
        assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "design", [one for one in EARLY_VARIANTS if isinstance(one, SettledByCounts)], ids=repr
)
def test_counts_settle_many_decisions_with_pending_patients_and_not_all(design: Design) -> None:
    rng = np.random.default_rng(4)
    shape, doses = (400, 9), design.n_doses
    dlt, response = (rng.choice([0, 1, PENDING], shape, p=[0.6, 0.15, 0.25]) for _ in range(2))
    level = rng.integers(1, doses + 1, shape)
    share = rng.random(shape)
    patients = PatientRecords(
        level=level,
        dlt=dlt,
        followup=np.where(dlt == PENDING, share, 1.0),
        response=response,
        response_followup=np.where(response == PENDING, share, 1.0),
        backfill=rng.random(shape) < 0.2,
    )
    observed = Observed.of_patients(doses, level[:, 0], patients, np.full(len(level), doses + 1))
    assert isinstance(design, SettledByCounts)
    settled = design.settled_by_counts(observed)[patients.dlt_pending.any(axis=1)]
    assert 0.1 < settled.mean() < 1


def _sum_and_shortest(many: Observed) -> Floats:
    assert many.patients is not None
    here = (many.patients.dlt == PENDING) & (many.patients.level == many.level[:, None])
    total = np.where(here, many.patients.followup, 0.0).sum(axis=1)
    return np.stack([total, np.where(here, many.patients.followup, 1.0).min(axis=1, initial=1.0)])


def _each_follow_up(many: Observed) -> Floats:
    """Return every pending follow-up, that of each level in order; all states are of the same patients."""
    assert many.patients is not None
    pending, level = many.patients.dlt_pending[0], many.patients.level[0]
    of_levels = [
        np.sort(many.patients.followup[:, pending & (level == at)], axis=1)
        for at in range(many.n.shape[1] + 1)
    ]
    return np.concatenate(of_levels, axis=1).T


def _lies_between(measures: Floats, answers: list[tuple[int | None, ...]]) -> None:
    """Assert that between two states with the same answer no other is given, by measures of each (M, S)."""
    more = (measures[:, :, None] >= measures[:, None, :]).all(axis=0)  # [j, k]: j has no less than k
    same = np.array([[one == other for other in answers] for one in answers])
    # Above a state with an answer, and below another one with it: nothing but that answer.
    for k in range(len(answers)):
        above, below = more[:, k], more & same[k][:, None]
        between = above & below.any(axis=0)
        assert same[k][between].all()
