"""What the criteria cost: against brute force, by hand, and as a law of relaxing."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.analysis.attrition import attrition, attrition_of
from simulator.analysis.attrition_of_run import attrition_of_run
from simulator.analysis.failure_patterns import Patterns
from simulator.analysis.used import screening
from simulator.eligibility.nct07144020 import PRIMARY_ORDER
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.relaxations import Effect, effect, proposals, relaxed
from simulator.eligibility.screen import criteria, judge, screen
from simulator.errors import ProtocolError
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw_chunks
from simulator.randomness import Block, Streams
from simulator.report.text.attrition import render
from simulator.runs.plan import run_plan
from simulator.runs.replicates import run_chunk
from simulator.runs.results import Results

PATIENTS = 20_000
DEFAULT = EligibilityReadings()
STRICT = EligibilityReadings(
    cd117_percent=60,
    qtc_limit_ms=440,
    lvef_modality="echocardiography",
    spo2_percent=96,
    flow_relapse_counts=True,
    flow_blasts_percent=40,
    blast_rule="and",
    hepatitis_reading="hbsag_excludes",
)
"""Readings under which many fail, several at once, and one setting (flow blasts) reaches two criteria."""


@pytest.fixture(scope="module")
def drawn():
    return list(draw_chunks(PopulationParameters(), Streams(5), [Block(0, 0, 0, PATIENTS)]))


def eligible(drawn, readings):
    """Judge everybody from scratch: who consents and passes every counted criterion."""
    found = []
    for some in drawn:
        referrals = judge(some.columns, readings, some.desk_knows)
        found.append(referrals.eligible & ~referrals.refuses_consent)
    return np.concatenate(found)


def shapley(game, players):
    """Average every player's contribution over all orders: the definition."""
    values = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        before = frozenset()
        for player in order:
            after = before | {player}
            values[player] += game(after) - game(before)
            before = after
    return values / len(orders)


@given(
    words=st.lists(st.integers(0, 2**5 - 1), min_size=1, max_size=30),
)
@settings(max_examples=30, deadline=None)
def test_order_free_share_is_the_shapley_value_of_failing_anything(words):
    patterns = Patterns.of(np.array(words, dtype=np.uint32), np.zeros(len(words), dtype=np.int8))

    def share_failing(criteria_in):
        mask = sum(1 << k for k in criteria_in)
        return np.mean([word & mask != 0 for word in words])

    share = patterns.counts @ patterns.weights(5)["share_order_free"] / len(words)
    np.testing.assert_allclose(share, shapley(share_failing, 5), atol=1e-12)
    assert abs(share.sum() - patterns.failures / len(words)) < 1e-12


def test_shares_by_hand():
    # two fail criterion 0 alone, one fails 0 and 2, one fails nothing
    words = np.array([1, 1, 5, 0], dtype=np.uint32)
    patterns = Patterns.of(words, np.array([0, 0, 2, -1], dtype=np.int8))
    shares = {name: (patterns.counts @ weights).tolist() for name, weights in patterns.weights(3).items()}
    assert shares == {
        "share_failed": [3, 0, 1],
        "share_primary": [2, 0, 1],
        "share_alone": [2, 0, 0],
        "share_order_free": [2.5, 0, 0.5],
    }
    assert (patterns.patients, patterns.failures) == (4, 3)


def test_patterns_of_parts_add_up():
    words = np.array([3, 0, 3, 8, 1, 0], dtype=np.uint32)
    reasons = np.array([1, -1, 1, 3, 0, -1], dtype=np.int8)
    whole = Patterns.of(words, reasons)
    halves = Patterns.joined([Patterns.of(words[:3], reasons[:3]), Patterns.of(words[3:], reasons[3:])])
    for name in Patterns.__slots__:
        np.testing.assert_array_equal(getattr(whole, name), getattr(halves, name))


@pytest.mark.parametrize("readings", [DEFAULT, STRICT])
def test_shares_equal_those_of_the_whole_failure_matrix(drawn, readings):
    found = attrition_of(drawn, readings)
    asked = criteria(readings)
    matrices, first = [], []
    for some in drawn:
        referrals = judge(some.columns, readings, some.desk_knows)
        inside = referrals.prescreen_pass & ~referrals.refuses_consent
        verdicts = screen(some.columns, readings)
        matrices.append((verdicts.failures & verdicts.screened)[inside])
        first.append(verdicts.reason[inside])
    matrix, reason = np.concatenate(matrices), np.concatenate(first)
    how_many = matrix.sum(axis=1)
    by_id = found.criteria.set_index(["criterion", "statistic"])["value"]
    assert found.screened == len(matrix)
    assert by_id["any", "share_failed"] == pytest.approx((how_many > 0).mean(), abs=1e-12)
    assert set(PRIMARY_ORDER) <= set(found.ids)
    for k, criterion in enumerate(asked):
        shared = matrix[:, k] / np.maximum(how_many, 1)
        assert by_id[criterion.id, "share_failed"] == pytest.approx(matrix[:, k].mean(), abs=1e-12)
        assert by_id[criterion.id, "share_primary"] == pytest.approx((reason == k).mean(), abs=1e-12)
        assert by_id[criterion.id, "share_order_free"] == pytest.approx(shared.mean(), abs=1e-12)
        alone = (matrix[:, k] & (how_many == 1)).mean()
        assert by_id[criterion.id, "share_alone"] == pytest.approx(alone, abs=1e-12)
    mcse = found.criteria.set_index(["criterion", "statistic"])["mcse"]
    shared = matrix[:, 0] / np.maximum(how_many, 1)
    assert mcse["I1", "share_order_free"] == pytest.approx(
        shared.std(ddof=1) / np.sqrt(len(shared)), rel=1e-9
    )


@pytest.mark.parametrize("readings", [DEFAULT, STRICT])
def test_gains_of_every_single_and_pair_equal_brute_force(drawn, readings):
    found = attrition_of(drawn, readings, pairs=True)
    before = eligible(drawn, readings)
    assert found.eligible == np.count_nonzero(before)
    singles = proposals(readings)
    pairs = [two for two in combinations(singles, 2) if two[0].setting != two[1].setting]
    assert {gain.changes for gain in found.gains} == {(one,) for one in singles} | set(pairs)
    desk = np.concatenate([judge(p.columns, readings, p.desk_knows).prescreen_pass for p in drawn])
    for gain in found.gains:
        after = eligible(drawn, relaxed(readings, *gain.changes))
        assert not (before & ~after).any()
        assert gain.patients == np.count_nonzero(after & ~before), gain.changes
        assert gain.from_desk == np.count_nonzero(after & ~before & ~desk), gain.changes
    ranked = [gain.patients for gain in found.gains]
    assert ranked == sorted(ranked, reverse=True)
    assert ranked[0] > 0


def test_nobody_who_is_eligible_is_turned_away_at_the_desk(drawn):
    """So that the desk, which knows less, never hides a gain."""
    for readings in (DEFAULT, STRICT, *(relaxed(DEFAULT, one) for one in proposals(DEFAULT))):
        for some in drawn:
            referrals = judge(some.columns, readings, some.desk_knows)
            assert not (referrals.eligible & ~referrals.prescreen_pass).any()


LOOSENING = {
    "cd117_percent": st.floats(0, 100),
    "marrow_blasts_percent": st.floats(0, 100),
    "flow_blasts_percent": st.floats(0, 100),
    "lvef_percent": st.floats(30, 70),
    "spo2_percent": st.floats(85, 100),
    "life_expectancy_months": st.floats(2, 12),
    "ecog_max": st.integers(0, 3),
    "qtc_limit_ms": st.floats(350, 550),
    "bilirubin_x_uln": st.floats(0.2, 4),
    "bilirubin_umol_l": st.floats(5, 80),
    "creatinine_umol_l": st.floats(40, 250),
    "nyha_max": st.integers(1, 4),
    "infarct_within_days": st.integers(0, 400),
    "lab_limit_mode": st.sampled_from(["both", "absolute", "uln_multiple", "either"]),
    "transaminases": st.sampled_from(["both", "either"]),
    "blast_boundary": st.sampled_from(["strict", "inclusive"]),
    "extramedullary_waives_marrow": st.booleans(),
    "on_oxygen": st.sampled_from(["fail", "room_air_trial"]),
    "cns_reading": st.sampled_from(["any_history", "cleared_leukaemia_allowed", "active_only"]),
    "hepatitis_reading": st.sampled_from(["virus_detectable", "hbsag_excludes"]),
    "gene_therapy_reading": st.sampled_from(["ever", "recent", "car_t_only"]),
    "flow_relapse_counts": st.just(True),
}


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_relaxing_a_criterion_never_shrinks_the_eligible_set(drawn, data):
    start = data.draw(st.fixed_dictionaries({}, optional=LOOSENING))
    before = EligibilityReadings.model_validate(start)
    setting = data.draw(st.sampled_from(sorted(set(LOOSENING) - {"flow_relapse_counts"})))
    value = data.draw(LOOSENING[setting])
    after = EligibilityReadings.model_validate({**start, setting: value})
    was, now = eligible(drawn[:1], before), eligible(drawn[:1], after)
    match effect(setting, before.model_dump(mode="json")[setting], after.model_dump(mode="json")[setting]):
        case Effect.LOOSER:
            assert not (was & ~now).any()
        case Effect.TIGHTER:
            assert not (now & ~was).any()
        case Effect.NONE:
            assert (was == now).all()
        case Effect.OTHER:
            assert setting in {"lab_limit_mode", "gene_therapy_reading"}


def test_a_reading_that_lacks_data_is_undecided_and_not_a_gain_of_nothing(drawn):
    gains = {gain.changes[0].text: gain for gain in attrition_of(drawn, DEFAULT).gains}
    recent = gains["eligibility.gene_therapy_reading=recent"]
    assert (recent.patients, recent.undecided > 0) == (0, True)
    assert gains["eligibility.lvef_percent=45"].undecided == 0


def test_nothing_is_proposed_that_is_as_loose_already():
    loose = EligibilityReadings(
        lvef_percent=45, lab_limit_mode="either", cns_reading="active_only", ecog_max=3
    )
    proposed = {one.setting for one in proposals(loose)}
    assert proposed.isdisjoint({"lvef_percent", "lab_limit_mode", "cns_reading", "ecog_max"})
    assert "cd117_percent" in proposed


def test_run_table_equals_the_screening_of_the_comparison_and_shares_add_up(scenario):
    job = run_plan(scenario, ["boin"], ["M0"], 3)
    results = Results.of(job, [run_chunk(job, range(10))], scenario.trial.target)
    ids = tuple(criterion.id for criterion in criteria(scenario.eligibility))
    theirs = screening(results, ids).set_index(["criterion", "statistic"])
    mine = attrition_of_run(job, 10).set_index(["criterion", "statistic"])
    for key in theirs.index:
        assert mine.loc[key, "value"] == pytest.approx(theirs.loc[key, "value"], abs=1e-15)
        assert mine.loc[key, "mcse"] == pytest.approx(theirs.loc[key, "mcse"], abs=1e-15, nan_ok=True)
    order_free = mine.xs("share_order_free", level="statistic")["value"].sum()
    assert order_free == pytest.approx(mine.loc[("any", "share_failed"), "value"], abs=1e-12)


@pytest.mark.parametrize("patients", [0, -1, True, 2.0, 10**9])
def test_number_of_patients_out_of_range_is_an_error(patients):
    with pytest.raises(ProtocolError, match="patients must be a whole number from 1 to 100000000, got"):
        attrition(PopulationParameters(), DEFAULT, 1, patients)


def test_population_does_not_depend_on_how_many_are_asked_for():
    few = attrition(PopulationParameters(), DEFAULT, 5, PATIENTS)
    again = attrition(PopulationParameters(), DEFAULT, 5, PATIENTS, pairs=True)
    np.testing.assert_array_equal(few.patterns.counts, again.patterns.counts)
    assert few.screened == again.screened


def test_every_step_from_the_first_contact_names_its_reasons_and_adds_up():
    found = attrition(PopulationParameters(), EligibilityReadings(), 1, 20_000)
    frame = found.from_first_contact
    by = frame[frame["statistic"] == "share_primary"].set_index(["stage", "criterion"])["value"]
    assert by["desk", "any"] == pytest.approx(1 - found.prescreened / found.referred)
    assert by["screening", "any"] == pytest.approx(1 - found.eligible / found.screened)
    for stage in ("desk", "screening", "rescreening"):
        listed = by[stage]
        assert listed.drop("any").sum() == pytest.approx(listed["any"])
    assert by["rescreening", "E3"] == 0
    assert by["consent", "I10"] == pytest.approx(1 - found.screened / found.prescreened)
    text = render(found, seed=1, pairs=False)
    assert "E3 infection" in text
    assert "Screen failure: of the consented with" in " ".join(text.split())
