"""The design's decisions in compiled code: a table of states, and a list of states that are not in it yet."""

from typing import Any, Final

from numba.extending import overload_method, register_jitable

from simulator.designs.design import Action, Reason
from simulator.trial.compiled.layout import RULEBOOK
from simulator.trial.compiled.structs import load_int, store_int
from simulator.trial.escalation import Verdict

VERDICT_WORDS: Final = 5
_PRIME: Final = 1099511628211
_STOP: Final[Any] = int(Action.STOP)
_TOO_TOXIC: Final[Any] = int(Reason.STOP_TOO_TOXIC)


@register_jitable
def find(table: Any) -> int:
    """Return the place of the table's key, or of the free place where it belongs, as -1 - place."""
    key, width, places = table.key, table.width, table.places
    hashed = 1469598103934665603
    for k in range(width):
        hashed = (hashed ^ key[k]) * _PRIME
    place = (hashed ^ (hashed >> 29)) & (places - 1)
    while True:
        at = place * width
        # A level is at least 0: -1 marks a free place.
        if load_int(table.keys, at) < 0:
            return -1 - place
        same = True
        for k in range(width):
            if load_int(table.keys, at + k) != key[k]:
                same = False
                break
        if same:
            return place
        place = (place + 1) & (places - 1)


@register_jitable
def _write_key(
    table: Any,
    level: int,
    n: Any,
    dlt: Any,
    last: tuple[int, int],
    closed_from: int,
    more_n: int,
    more_dlt: int,
) -> None:
    key, levels = table.key, len(n)
    key[0], key[1], key[2], key[3] = level, closed_from, last[0], last[1]
    for k in range(levels):
        key[4 + k] = n[k]
        key[4 + levels + k] = dlt[k]
    if more_n:
        key[3 + level] += more_n
        key[3 + levels + level] += more_dlt


@register_jitable
def look_up(rulebook: Any, table: Any) -> int:
    """Return where the values of the table's key stand, -1 where the design has still to be asked there.

    Python asks it, and the trial runs again.
    """
    place = find(table)
    if place < 0:
        place = -1 - place
        if 2 * table.used < table.places and table.missed < table.room:
            for k in range(table.width):
                store_int(table.keys, place * table.width + k, table.key[k])
            store_int(table.values, place * table.words, -1)
            store_int(table.misses, table.missed, place)
            table.missed += 1
            table.used += 1
        rulebook.missed += 1
        return -1
    at = place * table.words
    if load_int(table.values, at) < 0:
        rulebook.missed += 1
        return -1
    return at


@overload_method(type(RULEBOOK), "decide", strict=False)
def _decide(
    rulebook: Any,
    level: Any,
    n: Any,
    dlt: Any,
    last: Any,
    closed_from: Any,
    more_n: Any = 0,
    more_dlt: Any = 0,
) -> Any:
    def decide(
        rulebook: Any,
        level: Any,
        n: Any,
        dlt: Any,
        last: Any,
        closed_from: Any,
        more_n: Any = 0,
        more_dlt: Any = 0,
    ) -> Verdict:
        table = rulebook.decisions
        if rulebook.missed and more_n == 0:
            return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0)
        seen = last if rulebook.reads_last else (0, 0)
        _write_key(table, level, n, dlt, seen, closed_from, more_n, more_dlt)
        at = look_up(rulebook, table)
        if at < 0:
            return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0)
        return Verdict(
            load_int(table.values, at),
            load_int(table.values, at + 1),
            load_int(table.values, at + 2),
            load_int(table.values, at + 3),
            load_int(table.values, at + 4),
            0,
        )

    return decide


@register_jitable
def selection(rulebook: Any, level: int, n: Any, dlt: Any, last: tuple[int, int], closed_from: int) -> int:
    """Return the design's selection at a state, 0 for none, and where it has still to be asked."""
    table = rulebook.selections
    _write_key(table, level, n, dlt, last, closed_from, 0, 0)
    at = look_up(rulebook, table)
    return load_int(table.values, at) if at >= 0 else 0


@overload_method(type(RULEBOOK), "select", strict=False)
def _select(rulebook: Any, level: Any, n: Any, dlt: Any, last: Any, closed_from: Any) -> Any:
    def select(rulebook: Any, level: Any, n: Any, dlt: Any, last: Any, closed_from: Any) -> int:
        if rulebook.missed:
            return 0
        return selection(rulebook, level, n, dlt, last, closed_from)

    return select
