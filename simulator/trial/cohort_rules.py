"""The rules of a cohort, each once: numbers in, a number out.

The calendar and the replay of a trial under way (`mid_trial/`) both follow them; they know no clock and no patient.
"""

from typing import Final

NOT_HELD: Final = -1
"""`held_level` of a cohort that is not held."""
NO_LIMIT: Final = 2**31 - 1
"""A limit that no trial reaches."""


def missing_outcomes(size: int, counted: int, held_level: int) -> int:
    """Return how many outcomes the cohort still lacks; 0 once it is held."""
    return size - counted if held_level == NOT_HELD else 0


def room_after_cohort(max_n: int, total: int, missing: int) -> int:
    """Return how many patients may follow the current cohort before the design's own size is reached."""
    room = max_n - total - missing
    return room if room > 0 else 0


def open_places_of(missing: int, places_held: int) -> int:
    """Return how many places of the cohort nobody holds."""
    places = missing - places_held
    return places if places > 0 else 0


def open_slots_of(
    open_places: int, slots_ahead: int, room: int, preparing: int, enrolled: int, enrolment_cap: int
) -> int:
    """Return the slots open before the recommendation (D31); below 0 where the cap on enrolled patients bites.

    The places of the cohort and `slots_ahead` more, as far as the design has room for patients after the cohort,
    less those that enrolled patients without a place hold.
    """
    ahead = room if room < slots_ahead else slots_ahead
    slots, left = open_places + ahead - preparing, enrolment_cap - enrolled
    return slots if slots <= left else left


def stagger_days(infused_at_level: int, depleting: int, first_days: float, other_days: float) -> float:
    """Return the stagger behind the patient who starts, or is infused, now: long behind a level's first (D11).

    `depleting` patients are in lymphodepletion; at the start of lymphodepletion the patient is one of them.
    """
    return first_days if infused_at_level == 0 and depleting <= 1 else other_days


def level_at_infusion(assigned: int, held_level: int, expansion: bool, lower_if_closed: bool) -> int:
    """Return the level to infuse at, 0 where none is open any more (D12).

    A held cohort has closed its level: the same product is given at the highest level that a completion of the
    cohort leads to, or, by the other reading, to nobody.
    """
    if held_level == NOT_HELD or expansion:
        return assigned
    return held_level if lower_if_closed else 0


def cohort_is_complete(places_held: int, infused_outside_cohort: int, missing: int) -> bool:
    """Return whether the cohort has all its outcomes, and nobody infused outside it is awaited."""
    return places_held + infused_outside_cohort == 0 and missing == 0


def expansion_stops(risk_above_target: float, stop_probability: float) -> bool:
    """Return whether expansion stops, P(p > target) at the selected level being too high (D38)."""
    return risk_above_target > stop_probability
