"""A comparison of a design that waits and of those that do not: many patients, quick responses, late toxicity."""

from functools import cache

from simulator.scenario.scenario import parse_scenario
from simulator.studies.compare import Comparison, compare

EARLY = """
about: {title: Who need not wait}
trial: {slots_ahead: 1, stagger_first_days: 2, stagger_other_days: 1}
arrivals:
  {sites: 4, referrals_per_site_month: 20, later_sites_open_within_months: 0, later_sites_open_after_months: 0}
product: {manufacturing_slots: 50}
outcomes: {late_toxicity_share: 0.5, response_day: 7}
truths:
  - {name: middle, balanced: true, p_dlt: [0.1, 0.25, 0.5, 0.7], p_response: [0.5, 0.6, 0.7, 0.8]}
  - {name: mild, balanced: true, p_dlt: [0.01, 0.05, 0.15, 0.30], p_response: [0.1, 0.5, 0.6, 0.61]}
designs:
  - {name: 3+3, design: 3+3}
  - {name: boin, design: boin, max_n: 18}
  - {name: tite-boin, design: tite-boin, max_n: 18}
  - {name: bf-boin, design: bf-boin, max_n: 18}
  - {name: boin12, design: boin12, max_n: 18}
  - {name: rolling-6, design: rolling-6, default: false}
"""


@cache
def early_comparison() -> Comparison:
    """Return the comparison of the designs that run by default."""
    return compare(parse_scenario(EARLY), None, None, 12)
