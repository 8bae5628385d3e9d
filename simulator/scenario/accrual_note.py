"""How the referral rate of a scenario is known, in words: the number that decides the months."""

from typing import Final

from simulator.scenario.provenance import KNOWN
from simulator.scenario.scenario import Scenario

RATE: Final = "arrivals.referrals_per_site_month"


def accrual_note(scenario: Scenario) -> str | None:
    """Return the rate with its range, how it is known, and what its file says of it.

    None where the scenario has a rate of its own and says nothing more of it, or has the simulator's default.
    """
    stated = scenario.provenance.get(RATE)
    if stated is None or stated.known not in KNOWN or not (stated.note or stated.source):
        return None
    values = stated.value if isinstance(stated.value, tuple) else (stated.value,)
    ends = "" if stated.low is None or stated.high is None else f" ({stated.low:g} to {stated.high:g})"
    rate = ", ".join(f"{one:g}" for one in values)
    said = "; ".join(text for text in (stated.note, stated.source) if text)
    return f"{rate}{ends} a site and month at full rate, {stated.known}; {said}"
