"""The tables of compiled code grow, and begin again, within what all of a process may take."""

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("numba")

from numba import njit

from simulator.trial.compiled import state_table
from simulator.trial.compiled.kernel import table_at
from simulator.trial.compiled.memory import new_record
from simulator.trial.compiled.rulebook import enter_if_new
from simulator.trial.compiled.rulebook_layout import TABLE
from simulator.trial.compiled.state_table import StateTable, Use


@njit
def _entered(address: int, first: int, last: int, places: NDArray[np.int64]) -> None:
    table = table_at(address)
    for k in range(first, last):
        table.key[0], table.key[1] = k, 7 * k
        table.missed = 0
        places[k - first] = enter_if_new(table)


def _rounds(table: StateTable, record: NDArray[np.void], rounds: int, states: int) -> None:
    for k in range(rounds):
        places = np.zeros(states, dtype=np.int64)
        _entered(record.ctypes.data, k * states, (k + 1) * states, places)
        assert (places >= 0).all()
        table.values[places, 0] = np.arange(k * states, (k + 1) * states)
        table.make_room(places)
        known = table.values[table.keys[:, 0] >= 0, 0]
        assert set(range(k * states, (k + 1) * states)) <= set(known.tolist())


def test_tables_take_no_more_together_than_a_process_has_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_table, "_TOGETHER", 1 << 22)
    monkeypatch.setattr(state_table, "_SMALL", 1 << 20)
    records = [new_record(TABLE) for _ in range(3)]
    misses = np.zeros(1 << 12, dtype=np.int64)
    for record in records:
        record["room"], record["misses"] = len(misses), misses.ctypes.data
    uses = [Use() for _ in records]
    tables = [StateTable(record, 2, 1, use) for record, use in zip(records, uses, strict=True)]
    others = sum(table.bytes for table in state_table._TABLES) - sum(table.bytes for table in tables)
    monkeypatch.setattr(state_table, "_TOGETHER", others + (1 << 22))
    for _ in range(3):  # in turn, as the designs of a run
        for table, record, use in zip(tables, records, uses, strict=True):
            with use:
                _rounds(table, record, rounds=20, states=3000)
    assert sum(table.bytes for table in tables) <= (1 << 22) + 2 * (1 << 20)
    assert tables[0].bytes > 1 << 20


def test_tables_of_designs_that_are_not_in_use_any_more_make_room_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state_table, "_SMALL", 1 << 18)
    records, uses = [new_record(TABLE) for _ in range(2)], [Use(), Use()]
    misses = np.zeros(1 << 12, dtype=np.int64)
    for record in records:
        record["room"], record["misses"] = len(misses), misses.ctypes.data
    before, after = (StateTable(record, 2, 1, use) for record, use in zip(records, uses, strict=True))
    others = sum(table.bytes for table in state_table._TABLES) - before.bytes - after.bytes
    monkeypatch.setattr(state_table, "_TOGETHER", others + (1 << 22))
    with uses[0]:
        _rounds(before, records[0], rounds=60, states=3000)
    full = before.bytes
    with uses[1]:
        _rounds(after, records[1], rounds=60, states=3000)
    assert before.bytes == full > after.bytes  # it may be its turn again
    with uses[1]:
        _rounds(after, records[1], rounds=60, states=3000)
    with uses[0], uses[1]:
        assert before.bytes < full < 2 * after.bytes
        assert records[0]["used"] == 0
    places = np.zeros(10, dtype=np.int64)
    _entered(records[0].ctypes.data, 0, 10, places)
    assert (places >= 0).all()


@pytest.mark.parametrize("words", [1, 60])
def test_a_trial_can_use_what_it_was_told_rounds_before_whatever_other_tables_take(
    monkeypatch: pytest.MonkeyPatch, words: int
) -> None:
    monkeypatch.setattr(state_table, "_TOGETHER", 0)
    record, misses = new_record(TABLE), np.zeros(1 << 12, dtype=np.int64)
    record["room"], record["misses"] = len(misses), misses.ctypes.data
    table = StateTable(record, 2, words, Use())
    _rounds(table, record, rounds=20, states=10)
    known = table.values[table.keys[:, 0] >= 0, 0]
    assert set(range(200)) <= set(known.tolist())
