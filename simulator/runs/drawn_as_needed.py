"""How many referrals of a replicate are drawn at first, where nobody counts them all: trials seldom meet more."""

from typing import Final

from simulator.trial.intake import Stages

DRAWN_AT_FIRST: Final = 180
DRAWN_MONTHS: Final = 20
"""Referrals drawn of a replicate at first, and months of referrals besides.

Some 19 of 20 trials meet no more; a rich stream runs past trials that cannot treat it.
"""


def drawn_at_first(stages: Stages) -> int:
    """Return how many referrals of a replicate are drawn at first; then twice as many, and so on."""
    return DRAWN_AT_FIRST + int(stages.arrivals.expected_referrals(DRAWN_MONTHS))
