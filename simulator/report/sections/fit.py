"""A fit: what the log moved, setting by setting, what it could not speak of, and how to read it."""

from typing import Final

from simulator.analysis.fitting.fit_tables import FitTables
from simulator.analysis.fitting.setting import FittedSetting
from simulator.eligibility.criterion_topics import TOPICS
from simulator.report.blocks import Group, Items, Table, Text, rows
from simulator.scenario.ranges import NO_RANGE

CAPTION: Final = "Fitted against assumed"
HOW: Final = (
    "Each setting begins with the scenario's range, read as the middle 90 % of what it may be, and is updated by "
    "the patients of the log; fitted: the mean (of a time the median), with its 80 % interval. * no range stated: "
    "half to twice the number, or its odds, is taken. Patients still under way count as long as they have waited. "
    "Failures of a criterion are of those who passed all before it. n: the patients, donors or batches that a number "
    "rests on."
)
MARK: Final = "*"
RATES: Final = "Referrals"
CRITERIA: Final = "Fail first at screening, %"
LOSSES: Final = "Refusals, failures and losses"
TIMES: Final = "Mean days"
GROUPS: Final = (RATES, CRITERIA, LOSSES, TIMES)
MOST_NAMED: Final = 3


def moved_most(found: FitTables) -> list[FittedSetting]:
    """Return the settings whose 80 % interval leaves out what was assumed, the farthest first."""
    moved = [one for one in found.settings if not one.low <= one.assumed <= one.high]
    return sorted(moved, key=lambda one: -shift(one))


def shift(one: FittedSetting) -> float:
    """Return how far a setting moved, in widths of its range, on the scale of logarithms or log odds."""
    ratio, low, high = (
        one.quantity.relative(value) for value in (one.fitted, one.between.low, one.between.high)
    )
    return abs(ratio - 1) / max(high - low, 1e-9)


def answer(found: FitTables) -> str:
    """Return what the log says, in a sentence."""
    log = found.log
    sites = f" at {len(log.sites)} sites" if len(log.sites) > 1 else ""
    head = f"{log.count} patients{sites}: {len(found.settings)} settings learnt, {len(found.not_fitted)} not."
    moved = moved_most(found)
    if not moved:
        return f"{head} None differs from what was assumed by more than its 80 % interval."
    named = "; ".join(_moved(one) for one in moved[:MOST_NAMED])
    more = f" and {len(moved) - MOST_NAMED} more" if len(moved) > MOST_NAMED else ""
    return f"{head} Outside what was assumed by more than the 80 % interval: {named}{more}."


def _moved(one: FittedSetting) -> str:
    if one.failing is None:
        return f"{one.what} {number(one.fitted)} for {number(one.assumed)}"
    of = one.failing
    return f"failing {of.criterion} {TOPICS[of.criterion]} {percent(of.fitted)} for {percent(of.assumed)} %"


def number(value: float) -> str:
    """Return a number of three digits."""
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.1f}"


def fitted_table(found: FitTables) -> Table:
    """Return the settings, a row each, by what they are of."""
    groups = tuple(
        Group(title, tuple(_row(one) for one in found.settings if _group(one) == title))
        for title in GROUPS
        if any(_group(one) == title for one in found.settings)
    )
    return Table(CAPTION, ("", "assumed", "fitted", "80 % interval", "n"), groups, note=HOW)


def _row(one: FittedSetting) -> tuple[str, ...]:
    if one.failing is not None:
        of = one.failing
        shown = (percent(of.assumed), percent(of.fitted), f"{percent(of.low)} to {percent(of.high)}")
        return f"{of.criterion} {TOPICS[of.criterion]}", *shown, str(one.n)
    mark = "" if one.between.is_stated else f" {MARK}"
    interval = f"{number(one.low)} to {number(one.high)}"
    return f"{one.what}{mark}", number(one.assumed), number(one.fitted), interval, str(one.n)


def _group(one: FittedSetting) -> str:
    section = one.path.split(".")[0]
    if section == "arrivals":
        return RATES
    if one.unit == "days":
        return TIMES
    return CRITERIA if one.what.startswith(tuple(TOPICS)) else LOSSES


def paths_table(found: FitTables) -> Table:
    """Return which setting of the scenario each quantity is, and its range."""
    listed = [
        (
            one.what,
            f"{one.path}: {number(one.assumed)}, now {number(one.fitted)}",
            f"{number(one.between.low)} to {number(one.between.high)}" if one.between.is_stated else NO_RANGE,
            one.unit,
        )
        for one in found.settings
    ]
    return Table(
        "Where they stand in the scenario",
        ("", "setting", "range assumed", "unit"),
        rows(*listed),
        prose=True,
    )


def vein_to_vein(found: FitTables) -> Text | None:
    """Return the sentence on vein to vein; None where no product is made."""
    one = found.vein_to_vein
    if one is None:
        return None
    seen = (
        f"the log's median is {number(one.observed_median)} ({one.n} infused)"
        if one.n
        else "nobody is infused yet"
    )
    return Text(
        f"Vein to vein, which follows from the times above: {number(one.assumed)} days assumed, {number(one.fitted)} "
        f"fitted, before any wait for a place; {seen}."
    )


def not_fitted(found: FitTables) -> Items | None:
    """Return what was not learnt and why; None where everything was."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in found.not_fitted.items():
        by_reason.setdefault(reason, []).append(path)
    lines = tuple(f"Not learnt: {', '.join(paths)}: {reason}." for reason, paths in by_reason.items())
    return Items(lines) if lines else None


def notes(found: FitTables) -> Items | None:
    """Return the notes."""
    lines = tuple(f"Note: {note}." for note in found.notes)
    return Items(lines) if lines else None
