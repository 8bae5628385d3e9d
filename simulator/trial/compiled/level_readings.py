"""Keys of a design that judges levels one by one: what is read of each, and how the values of nearby ones compare."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.designs.early_look import WAITS
from simulator.trial.compiled.keys import add_count, count_at, level_and_closing, state_word, write_state
from simulator.trial.compiled.rulebook import enter_if_new
from simulator.trial.compiled.structs import load_float, load_int

STATES: Final = 9
"""Of a patient: DLT pending, no, yes; of each the same of the response."""
_ANYWHERE, _HERE, _LEAST, _MOST = range(4)
"""The words of a reading: codes, one more than `LevelReadings` has them, and bounds, which are real numbers."""
WORDS: Final = 4
_WAITS: Final = WAITS + 1


@register_jitable
def leave_readings(of: Any, levels: int) -> bool:
    """Leave in the key of decisions what is read of its counts; return whether that is known of every level."""
    table, readings, known = of.decisions, of.readings, True
    for k in range(levels):
        write_state(readings, 0)
        for state in range(STATES):
            for way in range(2):
                add_count(readings.key, state, count_at(table.key, (STATES * k + state) * 2 + way))
        place = enter_if_new(readings)
        of.places[k] = place * WORDS
        known &= place >= 0 and load_int(readings.values, place * WORDS) >= 0
    if not known:
        return False
    level, closed_from = level_and_closing(table.key)
    write_state(table, state_word(level, closed_from, 0, 0, 0))
    here = load_int(readings.values, of.places[level - 1] + _HERE)
    add_count(table.key, levels, here)
    if here != _WAITS:
        for k in range(levels):
            add_count(table.key, k, load_int(readings.values, of.places[k] + _ANYWHERE))
        add_count(table.key, levels + 1, _comparisons(of, max(level - 1, 1), min(level + 1, levels)))
    return True


@register_jitable
def _comparisons(of: Any, lowest: int, highest: int) -> int:
    """Return how the values of some levels compare, two bits a pair; 0 where follow-up can change it."""
    found = 1
    for lower in range(lowest - 1, highest):
        for higher in range(lower + 1, highest):
            found = 4 * found + _comparison(of, of.places[lower], of.places[higher])
    return found


@register_jitable
def _comparison(of: Any, one: int, other: int) -> int:
    """Return 1 where one level is as good as another, 2 where it is the other way round, 3 both; 0 for unsettled."""
    values, within = of.readings.values, of.values_equal_within
    least, most = load_float(values, one + _LEAST), load_float(values, one + _MOST)
    other_least, other_most = load_float(values, other + _LEAST), load_float(values, other + _MOST)
    if least == most and other_least == other_most:
        return int(least >= other_least - within) + 2 * int(other_least >= least - within)
    # As bounds are rounded, they settle what is clearly apart alone.
    return int(least > other_most + 2 * within) + 2 * int(other_least > most + 2 * within)
