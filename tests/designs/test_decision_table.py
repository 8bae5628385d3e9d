"""A trial's own decision table: equal to the design it was printed from, and refused where it has gaps."""

from typing import Any

import numpy as np
import pytest

from simulator.designs import BOIN, MTPI, MTPI2, CumulativeCohort, DecisionTable, IThreePlusThree, Keyboard
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.decision_table import TableRow
from simulator.designs.design import Observed
from simulator.errors import DesignError
from simulator.exact import operating_characteristics
from tests.designs.examples import TO_TWELVE
from tests.designs.states import state

PRINTED = [BOIN(), Keyboard(), MTPI(), MTPI2(), IThreePlusThree(), CumulativeCohort(), BOIN(cohort_size=2)]


def _printed(design: Any) -> DecisionTable:
    """Return the design that the decision table of another one makes."""
    rows = [
        TableRow(*(None if str(value) == "<NA>" else int(value) for value in row))
        for row in design.decision_table(design.max_n).itertuples(index=False)
    ]
    whole = [row for row in rows if row.n % design.cohort_size == 0]
    return DecisionTable(cohort_size=design.cohort_size, rows=tuple(whole))


@pytest.mark.parametrize("design", PRINTED, ids=repr)
def test_a_printed_table_decides_as_its_design_at_every_whole_cohort(design: Any) -> None:
    table = _printed(design)
    generator = np.random.default_rng(4)
    n = design.cohort_size * generator.integers(0, 27 // design.cohort_size + 1, (20_000, 5))
    dlt = generator.binomial(n, generator.random((20_000, 1)) * 0.6)
    none = np.zeros(20_000, dtype=np.int64)
    level, closed = generator.integers(0, 6, 20_000), generator.integers(1, 7, 20_000)
    observed = Observed(level, n, dlt, none, none, closed)
    decided, expected = table.decide(observed), design.decide(observed)
    for field in ("action", "level", "cohort_size", "closed_from", "reason"):
        assert np.array_equal(getattr(decided, field), getattr(expected, field)), field


def test_boin_printed_and_read_back_has_its_operating_characteristics() -> None:
    risks = [0.05, 0.1, 0.2, 0.3, 0.45]
    one = operating_characteristics(BOIN(), risks)
    other = operating_characteristics(_printed(BOIN()), risks)
    np.testing.assert_allclose(one.selection, other.selection, rtol=0, atol=1e-13)
    np.testing.assert_allclose(one.n_per_dose, other.n_per_dose, rtol=0, atol=1e-11)


def test_between_rows_a_level_is_filled_and_bounds_of_the_next_row_count_at_once() -> None:
    design = DecisionTable(n_doses=3, rows=TO_TWELVE, stop_at_last_row=True)
    filled = next_dose(design, dose=2, n=[3, 4, 0], dlt=[0, 1, 0])
    assert (filled.dose, filled.cohort_size, filled.reason) == (
        2,
        2,
        "level not filled yet: treat more patients at it",
    )
    assert next_dose(design, dose=2, n=[3, 4, 0], dlt=[0, 0, 0]).dose == 2  # 0 of 6 is not certain to follow
    assert next_dose(design, dose=2, n=[3, 4, 0], dlt=[0, 3, 0]).dose == 1
    closed = next_dose(design, dose=2, n=[3, 4, 0], dlt=[0, 4, 0])
    assert (closed.dose, closed.closed_from) == (1, 2)
    # Level 1 with 4 patients is filled to 6 when the trial comes back to it.
    assert next_dose(design, dose=2, n=[4, 3, 0], dlt=[0, 2, 0]).cohort_size == 2


def test_the_trial_stops_where_no_row_would_judge_more_patients() -> None:
    design = DecisionTable(n_doses=3, rows=TO_TWELVE, stop_at_last_row=True)
    stays = next_dose(design, dose=2, n=[3, 12, 0], dlt=[0, 3, 0])
    assert (stays.action, stays.reason) == ("stop", "enough patients at the level to be treated next: stop")
    assert next_dose(design, dose=2, n=[3, 12, 0], dlt=[0, 2, 0]).dose == 3
    assert next_dose(design, dose=2, n=[12, 3, 0], dlt=[1, 2, 0]).action == "stop"
    assert selected_dose(design, n=[12, 3, 0], dlt=[1, 2, 0]) == 1
    # Eleven patients: one more reaches the last row.
    assert next_dose(design, dose=2, n=[3, 11, 0], dlt=[0, 3, 0]).cohort_size == 1


def test_beyond_the_last_row_its_bounds_hold() -> None:
    design = DecisionTable(n_doses=3, rows=TO_TWELVE, stop_at_last_row=True)
    decision = design.decide(state(2, [3, 14, 0], [0, 7, 0]))
    assert (decision.level[0], decision.closed_from[0]) == (1, 2)
    assert design.decide(state(2, [3, 14, 0], [0, 2, 0])).level[0] == 3


def test_the_table_is_printed_as_it_was_given() -> None:
    rows = (*TO_TWELVE[:2], TableRow(9, 2, 4))
    loose = (TableRow(3, 0, 2), TableRow(6, 1, 3), TableRow(9, 2, 4))
    with pytest.raises(DesignError, match="must be at least 4, as at n = 6"):
        DecisionTable(rows=rows, stop_at_last_row=True)
    frame = DecisionTable(rows=loose, stop_at_last_row=True).decision_table(6)
    assert frame["n"].tolist() == [3, 6]
    assert frame["deescalate_if_at_least"].tolist() == [2, 3]
    assert frame["eliminate_if_at_least"].isna().all()


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ((), {}, r"rows = \(\): must be at least one row"),
        (TO_TWELVE, {}, "n = 15 is missing: add it, or set stop_at_last_row"),
        (TO_TWELVE[1:], {"stop_at_last_row": True}, "n = 3 is missing: add it"),
        (TO_TWELVE[:1] + TO_TWELVE[2:], {"stop_at_last_row": True}, "n = 6 is missing: add it"),
        (TO_TWELVE, {"cohort_size": 2, "stop_at_last_row": True}, "n = 2 is missing: add it"),
        (TO_TWELVE[::-1], {}, r"rows, n 9, n = 9: must be an integer in 13\.\.1000"),
        ((TableRow(3, 3, 4),), {}, r"escalate_if_at_most = 3: must be an integer in -1\.\.2"),
        ((TableRow(3, 1, 1),), {}, r"deescalate_if_at_least = 1: must be an integer in 2\.\.4"),
        ((TableRow(3, 0, 2, 1),), {}, r"eliminate_if_at_least = 1: must be an integer in 2\.\.3"),
        (
            (TableRow(3, 1, 2), TableRow(6, 0, 3)),
            {},
            "rows, n 6, escalate_if_at_most = 0: must be at least 1, as at n = 3",
        ),
        (TO_TWELVE, {"stop_at_last_row": 1}, "stop_at_last_row = 1: must be True or False"),
    ],
)
def test_gaps_and_bounds_out_of_order_are_refused(
    rows: tuple[TableRow, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError, match=f"table: .*{message}|table: {message}"):
        DecisionTable(rows=rows, **options)
