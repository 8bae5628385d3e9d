"""The printed decision table is what the design does."""

import numpy as np
import pytest

from simulator.designs import BOIN, CRM, DecisionTable, ThreePlusThree
from simulator.designs.decision_table import TableRow
from simulator.designs.design import Action, Design, Observed, Reason
from simulator.designs.protocol_table import ProtocolRow, protocol_table, target_of
from simulator.errors import DesignError
from tests.designs.examples import VARIANTS

LARGEST = 18


def with_table(design: Design) -> bool:
    try:
        protocol_table(design, LARGEST)
    except DesignError:
        return False
    return True


WITH_TABLE = [design for design in VARIANTS if with_table(design) and design.n_doses >= 3]


def decided_at_level_2(design: Design, row: ProtocolRow) -> list[tuple[bool, int, int]]:
    """Return, for every DLT count, safety stop, level and closed levels; level 1 has 0 of 3, the others nobody."""
    counts = row.n + 1
    n, dlt = np.zeros((2, counts, design.n_doses), dtype=np.int64)
    n[:, 0], n[:, 1], dlt[:, 1] = 3, row.n, np.arange(counts)
    level = np.full(counts, 2, dtype=np.int64)
    closed = np.full(counts, design.n_doses + 1, dtype=np.int64)
    decision = design.decide(Observed(level, n, dlt, n[:, 1], dlt[:, 1], closed))
    stops = [Reason(int(reason)).stop_kind == "safety" for reason in decision.reason]
    levels = np.where(decision.action == Action.STOP, 2, decision.level)
    return list(zip(stops, levels.tolist(), decision.closed_from.tolist(), strict=True))


@pytest.mark.parametrize("design", WITH_TABLE, ids=repr)
def test_every_bound_is_where_the_decision_changes(design: Design) -> None:
    compared = 0
    for row in protocol_table(design, LARGEST).rows:
        for dlt, (stop, level, closed_from) in enumerate(decided_at_level_2(design, row)):
            up = row.escalate_if_at_most is not None and dlt <= row.escalate_if_at_most
            down = row.deescalate_if_at_least is not None and dlt >= row.deescalate_if_at_least
            out = row.eliminate_if_at_least is not None and dlt >= row.eliminate_if_at_least
            assert not stop
            assert (closed_from == 2) == out
            if level != 2 or not (up or down):  # 2 where a rule outside the table stops the trial
                assert level == 2 + up - down
                compared += 1
    assert compared > 40 or type(design) is DecisionTable


def test_boin_stops_level_1_where_get_boundary_of_extra_safe_does() -> None:
    # BOIN 2.7.2, get.boundary(target = .3, extrasafe = TRUE, offset = .05): boundary_extrasafe.
    design = BOIN(extra_safe=True)
    table = protocol_table(design, 30)
    assert table.level_1_differs
    for row in table.rows:
        bounds = design.boundaries(row.n)
        assert row.stop_at_level_1_if_at_least == bounds.stop_at_level_1_if_at_least
        assert row.eliminate_if_at_least == bounds.eliminate_if_at_least


def test_level_1_has_no_column_of_its_own_where_it_is_judged_like_any_other() -> None:
    assert not protocol_table(BOIN(), 30).level_1_differs


def test_a_table_with_gaps_keeps_them() -> None:
    rows = (TableRow(3, -1, 2), TableRow(6, -1, 7))
    table = protocol_table(DecisionTable(n_doses=3, rows=rows, stop_at_last_row=True), 30)
    assert [row.n for row in table.rows] == [3, 6]
    assert table.rows[1].escalate_if_at_most is None
    assert table.rows[1].deescalate_if_at_least is None
    assert table.rows[1].eliminate_if_at_least is None
    with pytest.raises(DesignError, match="no row up to there"):
        protocol_table(DecisionTable(n_doses=3, rows=rows, stop_at_last_row=True), 2)


@pytest.mark.parametrize("design", [ThreePlusThree(), CRM()], ids=repr)
def test_a_design_without_a_table_points_to_the_paths(design: Design) -> None:
    with pytest.raises(DesignError, match="`simulator paths`"):
        protocol_table(design)


def test_max_n_out_of_range_is_refused() -> None:
    with pytest.raises(DesignError, match=r"max_n = 0: must be an integer in 1\.\.1000"):
        protocol_table(BOIN(), 0)


def test_a_table_names_the_risk_that_its_design_aims_at() -> None:
    assert protocol_table(BOIN(n_doses=3, target=0.2), 6).target == 0.2
    assert target_of(ThreePlusThree(n_doses=3)) is None
