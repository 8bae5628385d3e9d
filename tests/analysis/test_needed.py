"""The needed N: a plain loop, not-reached cases, and the bootstrap by a second implementation."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.analysis.estimate import unseen_share
from simulator.analysis.needed import BOOTSTRAPS, Accuracy, _headline_rows, _interval, _resamples
from simulator.scenario.question import Question
from tests.analysis.runs import comparison

SHARES = st.sampled_from([0.0, 0.2, 0.25, 0.3, 0.49, 0.5, 0.55, 0.6, 0.7, 1.0])


def meets(pcs: list[float], overdose: list[float], question: Question) -> bool:
    return (
        sum(pcs) / len(pcs) >= question.pcs_mean - 1e-9
        and min(pcs) >= question.pcs_each - 1e-9
        and max(overdose) <= question.overdose_each + 1e-9
    )


def plain_first(pcs: list[list[float]], overdose: list[list[float]], question: Question) -> int:
    """Go down from the largest cap while the limits are met. pcs[truth][cap]."""
    found = 0
    for k in range(len(pcs[0]) - 1, -1, -1):
        if not meets([row[k] for row in pcs], [row[k] for row in overdose], question):
            break
        found = question.caps_from + k
    return found


@given(st.data())
def test_first_cap_is_what_a_plain_loop_from_the_largest_cap_down_finds(data: st.DataObject) -> None:
    truths, caps = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 6))
    table = st.lists(st.lists(SHARES, min_size=caps, max_size=caps), min_size=truths, max_size=truths)
    pcs, overdose = data.draw(table), data.draw(table)
    question = Question(
        pcs_mean=data.draw(SHARES),
        pcs_each=data.draw(SHARES),
        overdose_each=data.draw(SHARES),
        caps_from=15,
        caps_to=14 + caps,
    )
    found = Accuracy(np.array([pcs]), np.array([overdose])).first_cap(question)
    assert found.tolist() == [plain_first(pcs, overdose, question)]


@pytest.mark.parametrize(
    ("pcs", "found"),
    [
        ([0.6, 0.6, 0.6], 15),
        ([0.7, 0.5, 0.6], 17),
        ([0.7, 0.7, 0.5], 0),
        ([0.1, 0.2, 0.59], 0),
        ([0.6 - 1e-12, 0.6, 0.6], 15),
    ],
)
def test_a_first_crossing_that_is_lost_again_does_not_count(pcs: list[float], found: int) -> None:
    question = Question(pcs_each=0.0, caps_from=15, caps_to=17)
    accuracy = Accuracy(np.array([[pcs]]), np.zeros((1, 1, 3)))
    assert accuracy.first_cap(question).tolist() == [found]


def asked_events() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Correct and overdose selections per design, (truths, replicates, caps), from the raw rows."""
    results = comparison().results
    found = {}
    for design in results.designs:
        right, over = [], []
        for arm, one in enumerate(results.plan.design_truths):
            if one.design_name == design and one.needed:
                rows = results.needed[arm]
                assert rows is not None
                correct = {"M0": 0, "M1": 1, "M4": 4}[one.truth.name]
                toxic = [level for level, p in enumerate(one.truth.p_dlt, start=1) if p > 0.35 + 1e-9]
                right.append(rows["selected"] == correct)
                over.append(np.isin(rows["selected"], toxic))
        found[design] = (np.array(right)[:, :, 14:50], np.array(over)[:, :, 14:50])
    return found


def easy(**limits: Any) -> Question:
    return Question(**({"pcs_mean": 0.5, "pcs_each": 0.0, "overdose_each": 1.0} | limits))


def test_bootstrap_interval_agrees_with_a_second_implementation() -> None:
    from simulator.analysis.needed import needed_n

    question = easy(pcs_mean=0.45)
    frame = needed_n(comparison().results, question, 50).set_index(["design", "measure", "statistic"])[
        "value"
    ]
    draw = np.random.default_rng(8)
    samples = 1500
    for design, (right, over) in asked_events().items():
        again = []
        for _ in range(samples):
            picked = draw.integers(0, right.shape[1], right.shape[1])
            pcs, overdose = right[:, picked].mean(axis=1), over[:, picked].mean(axis=1)
            again.append(plain_first(pcs.tolist(), overdose.tolist(), question) or math.inf)
        low = frame[design, "infused", "low95"]
        low = math.inf if math.isnan(low) else low
        high = frame[design, "infused", "high95"]
        high = math.inf if math.isnan(high) else high
        error = 4 * math.sqrt(0.025 * 0.975 * (1 / samples + 1 / BOOTSTRAPS))
        counts = np.array(again)
        assert (counts < low).mean() <= 0.025 + error
        assert (counts <= low).mean() >= 0.025 - error
        assert (counts > high).mean() <= 0.025 + error
        assert (counts >= high).mean() >= 0.025 - error
        share = frame[design, "infused", "share_reached"]
        reached = np.isfinite(counts).mean()
        spread = math.sqrt(max(reached * (1 - reached), 1 / samples) * (1 / samples + 1 / BOOTSTRAPS))
        assert abs(share - reached) <= 4 * spread


def test_resamples_draw_every_replicate_equally_often_and_are_the_same_every_time() -> None:
    results = comparison().results
    weights = _resamples(results)
    assert weights.shape == (BOOTSTRAPS, results.replicates)
    assert (weights.sum(axis=1) == results.replicates).all()
    per_replicate = weights.mean(axis=0)
    assert np.abs(per_replicate - 1).max() < 4 * math.sqrt((1 - 1 / results.replicates) / BOOTSTRAPS)
    assert (_resamples(results) == weights).all()


def test_needed_n_costs_and_best_accuracy_are_those_of_the_raw_rows() -> None:
    from simulator.analysis.needed import needed_n

    question = easy(pcs_mean=0.3)
    results = comparison().results
    frame = needed_n(results, question, 20)
    assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"]
    assert not frame.duplicated(["design", "measure", "cap", "statistic"]).any()
    value = frame.set_index(["design", "measure", "statistic"])["value"]
    cap_of = frame.drop_duplicates(["design", "measure"]).set_index(["design", "measure"])["cap"]
    for design, (right, over) in asked_events().items():
        share, toxic = right.mean(axis=1), over.mean(axis=1)
        expected = plain_first(share.tolist(), toxic.tolist(), question)
        assert expected > 0
        assert value[design, "infused", "needed"] == expected
        arms = [
            k for k, arm in enumerate(results.plan.design_truths) if arm.design_name == design and arm.needed
        ]
        rows = [rows for k in arms if (rows := results.needed[k]) is not None]
        at = [[row[name][:, expected - 1] for row in rows] for name in ("evaluable", "enrolled", "screened")]
        for name, values in zip(("evaluable", "enrolled", "screened"), at, strict=True):
            assert value[design, name, "mean"] == pytest.approx(np.mean(values))
        assert value[design, "enrolled_above_cap", "mean"] == pytest.approx((np.array(at[1]) > 20).mean())
        days = [row["known_day"][:, expected - 1] for row in rows]
        assert value[design, "months", "mean"] == pytest.approx(np.mean(days) / 30.4375)
        best = share.mean(axis=0)
        assert value[design, "best_pcs", "mean"] == pytest.approx(best.max())
        assert cap_of[design, "best_pcs"] == 15 + int(np.flatnonzero(best >= best.max() - 1e-9)[0])


def test_not_reached_has_no_n_and_no_costs() -> None:
    from simulator.analysis.needed import needed_n

    frame = needed_n(comparison().results, easy(pcs_mean=1.0), 50)
    value = frame.set_index(["design", "measure", "statistic"])["value"]
    for design in comparison().results.designs:
        assert math.isnan(value[design, "infused", "needed"])
        assert value[design, "infused", "share_reached"] == 0
        assert (design, "evaluable", "mean") not in value.index
        assert 0 < value[design, "best_pcs", "mean"] < 1


def test_error_of_n_is_given_only_where_every_bootstrap_sample_reaches_it() -> None:
    reached, mixed = np.array([20, 22, 24]), np.array([20, 0, 24])
    known = _headline_rows({}, 22, reached, 30)[0]
    assert known["mcse"] == pytest.approx(2.0)
    assert math.isnan(float(str(_headline_rows({}, 22, mixed, 30)[0]["mcse"])))


def test_one_replicate_has_no_bootstrap_interval() -> None:
    rows = {row["statistic"]: row["value"] for row in _headline_rows({}, 15, np.full(1000, 15), 1)}
    assert rows["needed"] == 15
    assert all(math.isnan(float(str(rows[name]))) for name in ("low95", "high95", "share_reached"))


def test_percentile_interval_counts_not_reached_as_beyond_every_cap() -> None:
    boot = np.array([15] * 20 + [20] * 960 + [0] * 20)
    assert _interval(boot) == (20.0, 20.0)
    low, high = _interval(np.array([15] * 30 + [20] * 940 + [0] * 30))
    assert low == 15
    assert math.isnan(high)
    assert all(math.isnan(end) for end in _interval(np.zeros(1000, dtype=np.int64)))


def test_every_cap_of_the_needed_table_is_that_of_the_raw_rows() -> None:
    frame = comparison().needed
    assert list(frame.columns) == ["design", "truth", "cap", "measure", "statistic", "value", "mcse"]
    assert not frame.duplicated(["design", "truth", "cap", "measure", "statistic"]).any()
    keys = ["design", "truth", "measure", "cap", "statistic"]
    value: Any = frame.set_index(keys)
    results = comparison().results
    for design, (right, over) in asked_events().items():
        for cap in (15, 29, 50):
            for measure, events in (("pcs", right), ("overdose", over)):
                for k, truth in enumerate(("M0", "M1", "M4")):
                    row = value.loc[(design, truth, measure, cap, "mean")]
                    share = events[k, :, cap - 15].mean()
                    assert row["value"] == pytest.approx(share)
                    assert row["mcse"] == pytest.approx(math.sqrt(share * (1 - share) / 19))
                    key = (design, truth, measure, cap, "mean_bound95")
                    assert (key in value.index) == (share in (0, 1))
                    if share in (0, 1):
                        bound = unseen_share(results.replicates)
                        assert value.loc[key, "value"] == pytest.approx(bound if share == 0 else 1 - bound)
                average = value.loc[(design, "average", measure, cap, "mean")]
                per_replicate = events[:, :, cap - 15].mean(axis=0)
                assert average["value"] == pytest.approx(per_replicate.mean())
                assert average["mcse"] == pytest.approx(per_replicate.std(ddof=1) / math.sqrt(20))
