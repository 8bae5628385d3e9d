"""Attrition as text: what each criterion costs, what relaxing one or two gains, and the flow to evaluable.

No number is computed here.
"""

import textwrap
from typing import TYPE_CHECKING, Final

from simulator.analysis.attrition import Attrition
from simulator.analysis.by_key import ByKey, by_key
from simulator.analysis.changes import ChangeEvidence
from simulator.analysis.failure_patterns import ANY, STATISTICS
from simulator.analysis.flow import REACHED
from simulator.analysis.formatted_change import amount, before_and_after
from simulator.analysis.relaxation_gains import Gain
from simulator.analysis.what_if_tables import WhatIfTables
from simulator.eligibility.criterion_topics import SCREEN_FAILURE, named
from simulator.report.blocks import NONE
from simulator.report.render.text import filled, spaced
from simulator.report.values import FormattedEstimate
from simulator.report.words import short_truth_words, truth_words
from simulator.trial.ledger import Exit

if TYPE_CHECKING:
    import pandas as pd


TOP_PAIRS: Final = 20
UNCHANGED: Final = "risk assumed unchanged"
MONTHS: Final = "months_to_recommendation"
EVALUABLE: Final = "evaluable"
HEADINGS: Final = ("failed", "primary", "alone", "order-free")
WIDTH: Final = 78
CRITERION_WIDTHS: Final = (-28, 12, 12, 12, 12)
CONTACT_WIDTHS: Final = (-28, 16, 16, 16)
STAGES: Final = ("desk", "screening", "rescreening")
CHANGE_LETTERS: Final = 37
GAIN_WIDTHS: Final = (-40, 11, 12, 15)
MONTHS_WIDTHS: Final = (-38, 10, 9)
FLOW_EXPLAINED: Final = (
    "Mean patients per trial, whole trial with expansion, ± Monte Carlo standard error. Below a stage those who "
    "reached it and not the next, by reason; they and the next stage add up. Of the evaluable none is lost."
)
CRITERIA_EXPLAINED: Final = (
    "Failed: fails it, whatever else. Primary: the recorded reason. Alone: fails nothing else. Order-free: every "
    "screen failure divided equally among the criteria failed (the Shapley value); adds up to any."
)


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
        *filled(
            f"Attrition of {found.referred:,} referrals, seed {seed}, whatever the trial: {found.prescreened:,} pass "
            f"the desk, {found.screened:,} consent and are screened, {found.eligible:,} are eligible at the first "
            "screening (the re-screen after an infection is not in it).",
            width=WIDTH,
        ),
        "",
        *contact_lines(found),
        "",
        *criteria_lines(found.criteria, "of the screened, first screening"),
        "",
        *_gain_lines(found, pairs, risk),
    ]
    return "\n".join(lines) + "\n"


def _own(found: Attrition, seed: int) -> str:
    """Return the same for a scenario's own criteria."""
    lines = [
        *filled(
            f"Attrition of {found.referred:,} referrals, seed {seed}, whatever the trial: {found.screened:,} consent "
            f"and are screened, {found.eligible:,} are eligible.",
            width=WIDTH,
        ),
        "",
        *criteria_lines(found.criteria, "of the screened"),
    ]
    return "\n".join(lines) + "\n"


def criteria_lines(frame: "pd.DataFrame", of: str) -> list[str]:
    """Return the table of criteria, the largest order-free share first."""
    shares = by_key(frame, "criterion")

    def shown(criterion: str, statistic: str) -> str:
        return FormattedEstimate.of(shares[criterion,], statistic).fine_percent

    order_free = STATISTICS[-1]
    ids = [criterion for (criterion,), found in shares.items() if order_free in found]
    ids.sort(key=lambda criterion: -shares[criterion,][order_free][0])
    lines = filled(f"What each criterion costs, % {of}", width=WIDTH)
    lines.append(spaced(("criterion", *HEADINGS), CRITERION_WIDTHS))
    lines += [
        spaced((named(one), *(shown(one, name) for name in STATISTICS)), CRITERION_WIDTHS) for one in ids
    ]
    return [
        *lines,
        spaced(("any", shown(ANY, STATISTICS[0])), CRITERION_WIDTHS),
        *filled(CRITERIA_EXPLAINED, width=WIDTH),
    ]


def contact_lines(found: Attrition) -> list[str]:
    """Return who leaves for which criterion from the first contact on, the most common at the desk first."""
    shares = by_key(found.from_first_contact, "stage", "criterion")

    def shown(stage: str, criterion: str) -> str:
        of = shares.get((stage, criterion), {})
        value = of.get("share_primary", (0.0, 0.0))[0]
        return FormattedEstimate.of(of, "share_primary").percent if value > 0 else NONE

    ids = [one for one in found.ids if any(shown(stage, one) != NONE for stage in STAGES)]
    ids.sort(key=lambda one: -shares["desk", one]["share_primary"][0])
    heads = ("failed first, %", "desk", "screening", "re-screen")
    lines = [
        "From the first contact, by the criterion failed first",
        spaced(heads, CONTACT_WIDTHS),
        *(spaced((named(one), *(shown(stage, one) for stage in STAGES)), CONTACT_WIDTHS) for one in ids),
        spaced(("any", *(shown(stage, ANY) for stage in STAGES)), CONTACT_WIDTHS),
    ]
    refused = FormattedEstimate.of(shares["consent", "I10"], "share_primary").percent
    return [
        *lines,
        *filled(
            "Desk: of the referred, by what the file says. Screening: of the consented, the first one. Re-screen: of "
            "those screened again after an infection that has resolved. "
            f"{refused} % of those who pass the desk refuse consent (I10). The re-check before lymphodepletion drops "
            "a share that the scenario states (dosing.recheck_drop), by no criterion. "
            f"{SCREEN_FAILURE}: what compare and what-if count; here the first screening stands apart.",
            width=WIDTH,
        ),
    ]


def _gain_lines(found: Attrition, pairs: bool, risk: str) -> list[str]:
    shares = by_key(found.relaxations, "first", "second")
    single = [gain for gain in found.gains if len(gain.changes) == 1]
    lines = filled(f"Permitted relaxations (eligibility.*) by patients gained (D40); {risk}", width=WIDTH)
    if not single:
        return [*lines, "none is looser than the scenario's own readings"]
    lines += _gains(shares, single)
    two = [gain for gain in found.gains if len(gain.changes) == 2]
    if pairs and two:
        shown = two[:TOP_PAIRS]
        lines += ["", f"Pairs of them: the first {len(shown)} of {len(two)}", *_gains(shares, shown)]
    return [
        *lines,
        *filled(
            "Gained: not eligible before, eligible then, patients per 100 referred; at the desk: of them, those whom "
            "the desk had turned away. Eligible: eligible then over eligible before. One change at a time; +: more "
            "cannot be judged, since the relaxed reading needs data that the population does not have.",
            width=WIDTH,
        ),
    ]


def _gains(shares: ByKey, gains: list[Gain]) -> list[str]:
    head = spaced(("", "gained", "at the desk", "eligible"), GAIN_WIDTHS)
    return [head, *(line for gain in gains for line in _gain(shares, gain))]


def _named(gain: Gain) -> list[str]:
    """Return the changes of a gain by their settings, on lines that the table has room for."""
    names = " and ".join(change.text.removeprefix("eligibility.") for change in gain.changes)
    return textwrap.wrap(names, CHANGE_LETTERS, subsequent_indent=" ", break_on_hyphens=False)


def _share(shares: ByKey, gain: Gain, statistic: str = "share_gained") -> FormattedEstimate:
    """Return a share of the referred that a gain adds."""
    return FormattedEstimate.of(_values_of(shares, gain), statistic)


def _values_of(shares: ByKey, gain: Gain) -> dict[str, tuple[float, float]]:
    first, second = ([change.text for change in gain.changes] + [""])[:2]
    return shares[first, second]


def _gain(shares: ByKey, gain: Gain) -> list[str]:
    more = " +" if gain.undecided else ""
    ratio, mcse = _values_of(shares, gain)["eligible_ratio"]
    name, *others = _named(gain)
    cells = (
        name,
        _share(shares, gain).fine_percent + more,
        _share(shares, gain, "share_gained_at_desk").fine_percent,
        f"x {ratio:.3f}±{mcse:.3f}",
    )
    return [spaced(cells, GAIN_WIDTHS), *others]


def months_lines(found: Attrition, gains: list[Gain], judged: WhatIfTables) -> list[str]:
    """Return for each of these gains what it does to the months of the trial, on the same patients."""
    keys = list(dict.fromkeys((design, truth) for design, truth, _ in judged.variants[0].found))
    shares = by_key(found.relaxations, "first", "second")
    lines = []
    for design, truth in keys:
        months = [one.found[design, truth, MONTHS] for one in judged.variants]
        before = before_and_after(months[0], MONTHS)[0]
        lines += filled(
            f"What they do to the months to the recommendation: {design}, {short_truth_words(truth)}, "
            f"{judged.base.replicates} trials, as it is {before}",
            width=WIDTH,
        )
        lines.append(spaced(("", "gained", "months", "   change"), MONTHS_WIDTHS))
        for gain, one in zip(gains, months, strict=True):
            name, *others = _named(gain)
            share, after = _share(shares, gain).fine_percent, before_and_after(one, MONTHS)[1]
            told = "none" if one.told is ChangeEvidence.SAME else amount(one, MONTHS)
            lines += [spaced((name, share, after, f"   {told}"), MONTHS_WIDTHS), *others]
        lines.append("")
    lines += filled(
        "Change: paired difference in months with 95 % interval of one comparison each; one whose interval includes "
        "0 cannot be told; none: the same in every replicate.",
        width=WIDTH,
    )
    return [*lines, *(line for one in judged.warnings for line in filled(f"Note: {one}.", width=WIDTH))]


def flow_lines(flow: "pd.DataFrame") -> list[str]:
    """Return the flow of every design and truth of a frame as `simulator.analysis.flow` makes it."""
    found = by_key(flow, "design", "truth", "stage", "reason")
    lines: list[str] = []
    for design, truth in dict.fromkeys(key[:2] for key in found):
        lines.append(f"From referral to evaluable, mean patients per trial: {design}, {truth_words(truth)}")
        for (of_design, of_truth, stage, reason), one in found.items():
            if (of_design, of_truth) != (design, truth):
                continue
            number = FormattedEstimate.of(one).number
            if reason == REACHED:
                lines.append(spaced((stage, number), (-56, 14)))
            else:
                sign = "of these, " if stage == EVALUABLE else "- "
                lines.append(spaced((sign + Exit[reason.upper()].text, number), (-52, 14), "    "))
        lines.append("")
    return [*lines, *filled(FLOW_EXPLAINED, width=WIDTH)]
