"""How months are headed that the calendar limit cuts in more than a few trials."""

from typing import Final

from simulator.report.values import ReportData

UNLIMITED: Final = (
    " Months up to the calendar limit: more than 1 % of trials have no recommendation by then, and count with it; "
    "unlimited: the same trials without that limit."
)


def within(data: ReportData, heading: str) -> str:
    """Return a heading of months that are months within the limit."""
    return f"{heading}≤{data.comparison.scenario.trial.calendar_limit_months:g}"
