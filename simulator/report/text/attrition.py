"""Attrition as text: what each criterion costs, and what relaxing one or two gains. No number is computed here."""

from typing import TYPE_CHECKING, Final

from simulator.analysis.attrition import ANY, STATISTICS, Attrition, Gain
from simulator.analysis.changes import Told
from simulator.analysis.what_if_tables import WhatIfTables
from simulator.report.text.what_if import amount, before_and_after, truth_name
from simulator.report.values import Shown

if TYPE_CHECKING:
    import pandas as pd


TOP_PAIRS: Final = 20
UNCHANGED: Final = "risk assumed unchanged"
MONTHS: Final = "months_to_recommendation"
NO_BOUND: Final = (float("nan"), float("nan"))
HEADINGS: Final = ("failed", "primary", "alone", "order-free")


def render(found: Attrition, *, seed: int, pairs: bool, risk: str = UNCHANGED, built_in: bool = True) -> str:
    """Return the attrition of a population as plain text.

    Parameters
    ----------
    risk
        What is assumed of those admitted.
    built_in
        Whether the criteria are those of NCT07144020, with a desk pre-screen, a re-screen and permitted relaxations.
    """
    if not built_in:
        return _own(found, seed)
    lines = [
        f"Attrition of {found.referred:,} referrals, seed {seed}, whatever the trial: {found.prescreened:,} pass "
        f"the desk, {found.screened:,} consent and are screened,",
        f"{found.eligible:,} are eligible at the first screening (the re-screen after an infection is not in it).",
        "",
        *criteria_lines(found.criteria, "of the screened"),
        "",
        *_gain_lines(found, pairs, risk),
    ]
    return "\n".join(lines) + "\n"


def _own(found: Attrition, seed: int) -> str:
    """Return the same for a scenario's own criteria."""
    lines = [
        f"Attrition of {found.referred:,} referrals, seed {seed}, whatever the trial: {found.screened:,} consent and "
        "are screened,",
        f"{found.eligible:,} are eligible.",
        "",
        *criteria_lines(found.criteria, "of the screened"),
    ]
    return "\n".join(lines) + "\n"


def criteria_lines(frame: "pd.DataFrame", of: str) -> list[str]:
    """Return the table of criteria, the largest order-free share first."""
    keys = zip(frame["criterion"].astype(str), frame["statistic"].astype(str), strict=True)
    numbers = zip(frame["value"].astype(float), frame["mcse"].astype(float), strict=True)
    shares = dict(zip(keys, numbers, strict=True))

    def shown(criterion: str, statistic: str) -> str:
        bound, _ = shares.get((criterion, f"{statistic}_bound95"), NO_BOUND)
        return _percent(Shown(*shares[criterion, statistic], bound))

    ids = [criterion for criterion, statistic in shares if statistic == STATISTICS[-1]]
    ids.sort(key=lambda criterion: -shares[criterion, STATISTICS[-1]][0])
    lines = [f"What each criterion costs, % {of}", _row("criterion", *HEADINGS)]
    lines += [_row(criterion, *(shown(criterion, one) for one in STATISTICS)) for criterion in ids]
    return [
        *lines,
        _row("any", shown(ANY, STATISTICS[0]), "", "", ""),
        "Failed: fails it, whatever else. Primary: the recorded reason. Alone: fails nothing else. Order-free:",
        "every screen failure divided equally among the criteria he fails (the Shapley value); adds up to any.",
    ]


def _gain_lines(found: Attrition, pairs: bool, risk: str) -> list[str]:
    single = [gain for gain in found.gains if len(gain.changes) == 1]
    lines = [f"Permitted relaxations by patients gained (D40); {risk}"]
    if not single:
        return [*lines, "none is looser than the scenario's own readings"]
    lines += [_gain_row("", "gained", "at the desk", "eligible"), *(_gain(found, gain) for gain in single)]
    two = [gain for gain in found.gains if len(gain.changes) == 2]
    if pairs and two:
        shown = two[:TOP_PAIRS]
        lines += ["", f"Pairs of them: the first {len(shown)} of {len(two)}"]
        lines += [_gain_row("", "gained", "at the desk", "eligible"), *(_gain(found, gain) for gain in shown)]
    return [
        *lines,
        "Gained: not eligible before, eligible then, % of the referred; at the desk: of them, those whom the",
        "desk had turned away. Eligible: eligible then over eligible before. One change at a time; +: more cannot",
        "be judged, since the relaxed reading needs data that the population does not have.",
    ]


def _gained(found: Attrition, gain: Gain) -> str:
    """Return the share of the referred that a gain adds."""
    values = _values_of(found, gain)
    return _percent(Shown(*values["share_gained"], values.get("share_gained_bound95", NO_BOUND)[0]))


def _values_of(found: Attrition, gain: Gain) -> dict[str, tuple[float, float]]:
    frame = found.relaxations
    names = [change.text for change in gain.changes]
    of = frame[(frame["first"] == names[0]) & (frame["second"] == (names[1] if len(names) > 1 else ""))]
    numbers = zip(of["value"].astype(float), of["mcse"].astype(float), strict=True)
    return dict(zip(of["statistic"].astype(str), numbers, strict=True))


def _gain(found: Attrition, gain: Gain) -> str:
    names = [change.text for change in gain.changes]
    values = _values_of(found, gain)
    shares = [
        _percent(Shown(*values[name], values.get(f"{name}_bound95", NO_BOUND)[0]))
        for name in ("share_gained", "share_gained_at_desk")
    ]
    if gain.undecided:
        shares[0] += " +"
    ratio, mcse = values["eligible_ratio"]
    return _gain_row(" and ".join(names), *shares, f"x {ratio:.3f}±{mcse:.3f}")


def months_lines(found: Attrition, gains: "list[Gain]", judged: WhatIfTables) -> list[str]:
    """Return for each of these gains what it does to the months of the trial, on the same patients."""
    keys = list(dict.fromkeys((design, truth) for design, truth, _ in judged.variants[0].found))
    lines = []
    for design, truth in keys:
        months = [one.found[design, truth, MONTHS] for one in judged.variants]
        before = before_and_after(months[0], MONTHS)[0]
        lines += [
            f"What they do to the months to the recommendation: {design}, {truth_name(truth)}, "
            f"{judged.base.replicates} trials, as it is {before}",
            _gain_row("", "gained", "months", "   change [95 %]"),
        ]
        for gain, one in zip(gains, months, strict=True):
            names = " and ".join(change.text for change in gain.changes)
            share, after = _gained(found, gain), before_and_after(one, MONTHS)[1]
            told = "the same in every replicate" if one.told is Told.SAME else amount(one, MONTHS)
            more = " (no difference can be told)" if one.told is Told.NOT_TOLD else ""
            lines.append(f"{_gain_row(names, share, after)}   {told}{more}")
        lines.append("")
    lines.append("Change: paired difference in months with 95 % interval of one comparison each.")
    return [*lines, *(f"Note: {warning}." for warning in judged.warnings)]


def _percent(one: Shown) -> str:
    """Two digits: a criterion may cost less than a tenth of a percent."""
    if one.bound == one.bound:
        return f"{100 * one.value:.0f} {'<' if one.value < one.bound else '>'}{100 * one.bound:.2g}"
    if one.mcse != one.mcse:
        return f"{100 * one.value:.2f}"
    return f"{100 * one.value:.2f}±{100 * one.mcse:.2f}"


def _row(name: str, *cells: str) -> str:
    return f"{name:<28}" + "".join(f"{cell:>16}" for cell in cells).rstrip()


def _gain_row(name: str, *cells: str) -> str:
    return f"{name:<92}" + "".join(f"{cell:>16}" for cell in cells).rstrip()
