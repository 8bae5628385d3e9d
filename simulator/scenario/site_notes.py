"""What a further site is assumed to be, in words: a what-if that opens one says so."""

from typing import Final

from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import counted

PUBLISHED: Final = (
    "in published myeloid CAR-T trials with several sites each site infused about a third of what a single site does "
    "(arrivals.referrals_per_site_month takes a list, one number for each site)"
)


def site_notes(before: Scenario, after: Scenario) -> tuple[str, ...]:
    """Return a sentence for each site that a changed scenario opens and the other does not."""
    arrivals = after.arrivals
    notes = []
    for site in range(before.arrivals.sites, arrivals.sites):
        own = arrivals.at_site(site)
        spread = (
            ""
            if own.effect_shape is None
            else f", times a multiplier of its own (Gamma, shape {own.effect_shape:g})"
        )
        first = " as the first site" if own.monthly == arrivals.at_site(0).monthly else ""
        patients, months = counted(own.monthly, "patient"), counted(own.ramp_months, "month")
        ramp = f"to reach full rate in {months} from {own.ramp_start_fraction:g} of it"
        at_once = "to refer at full rate at once"
        notes.append(
            f"site {site + 1} is assumed to refer {patients} a month at full rate{first}{spread}, "
            f"to open {_opening(after, site)} and {ramp if own.ramp_months else at_once}"
        )
    return (*notes, PUBLISHED) if notes and after.parts.has(Part.PRODUCT) else tuple(notes)


def _opening(scenario: Scenario, site: int) -> str:
    arrivals, opens = scenario.arrivals, scenario.arrivals.at_site(site).opens_months
    if opens is not None:
        return f"in month {opens:g}"
    first = arrivals.later_sites_open_after_months
    return f"in month {first:g} to {first + arrivals.later_sites_open_within_months:g}"
