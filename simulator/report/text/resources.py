"""What a trial takes, as text: a block per truth, a line per resource, a column per design."""

import math
from collections.abc import Sequence
from typing import Final

from simulator.analysis.resources import resources
from simulator.report.render.text import columns, wrapped
from simulator.report.values import ByKey, by_key
from simulator.runs.results import BALANCED, Results
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import in_words_of
from simulator.trial.batches import WASTED

LINES: Final = {
    "screenings": "screened (consented)",
    "screenings_with_verdict": "  of them with a verdict",
    "second_screenings": "  second screenings",
    "echocardiograms": "echocardiograms",
    "marrows": "marrows",
    "donors_worked_up": "donors worked up",
    "leukaphereses": "leukaphereses",
    "leukaphereses_backup": "  of them frozen backups",
    "batches": "batches begun",
    "batches_infused": "  infused",
    "batches_wasted": "  wasted",
    **{f"batches_wasted_{fate.name.lower()}": f"    {fate.text}" for fate in WASTED},
    "batches_under_way": "  under way at the calendar limit",
    "inpatient_days": "inpatient days",
    "review_meetings": "review meetings",
    "trial_months": "months to the last outcome or decision",
    "lost_to_closed_slots": "patients lost to closed slots",
    "lost_to_expired_eligibility": "patients lost to expired eligibility",
    "lost_to_screening_window": "patients lost to the end of the window",
    "cost_per_trial": "cost of the trial",
}
SHARES: Final = {
    "slot_idle_share": "enrolment slots idle, % of slot-days",
    "manufacturing_utilisation": "manufacturing slots in use, % of slot-days",
    "batch_wasted_share": "batches wasted, % of those begun",
}
EXAMINATIONS: Final = (
    "One echocardiogram and one marrow a screening begun, none at the second screening of an infection; one marrow "
    "at each response assessment."
)
WAITS: Final = {
    "consent_to_infusion_days": "consent to infusion, days",
    "vein_to_vein_days": "vein to vein, days",
}


def render(scenario: Scenario, results: Results, *, every_truth: bool, warnings: Sequence[str] = ()) -> str:
    """Return the resources as plain text: of the balanced set, or where asked of every truth that was run."""
    costs = scenario.costs
    found = by_key(resources(results, costs), "design", "truth", "resource")
    truths = list(dict.fromkeys(truth for _, truth, _ in found))
    if not every_truth and BALANCED in truths:
        truths = [BALANCED]
    lines = [f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"]
    lines += wrapped(
        f"What a trial takes: {results.replicates} simulated trials per design and truth, seed "
        f"{results.plan.seed}; expansion included. Mean ± Monte Carlo standard error, then P10-P90 over trials."
    )
    for truth in truths:
        name = (
            f"Averaged over {', '.join(results.balanced_truths())}" if truth == BALANCED else f"Truth {truth}"
        )
        lines += ["", name, *_block(found, results.designs, truth, costs.currency)]
    lines += ["", *_explanation(scenario)]
    for warning in warnings:
        lines += wrapped(f"Note: {warning}.")
    return in_words_of(scenario, "\n".join(lines) + "\n")


def _block(found: ByKey, designs: list[str], truth: str, currency: str | None) -> list[str]:
    rows: list[list[str]] = []
    for resource, text in LINES.items():
        if any("mean" in found.get((design, truth, resource), {}) for design in designs):
            unit = f", {currency}" if resource.startswith("cost") else ""
            rows.append([text + unit, *(_count(found, (design, truth, resource)) for design in designs)])
    if any((design, truth, "cost_per_infused") in found for design in designs):
        cells = [number(*found[design, truth, "cost_per_infused"]["ratio"]) for design in designs]
        rows.append([f"cost per infused patient, {currency}", *cells])
    for resource, text in SHARES.items():
        if not any((design, truth, resource, "share") in found for design in designs):
            continue
        cells = [_share(found, (design, truth, resource)) for design in designs]
        rows.append([text, *cells])
    for resource, text in WAITS.items():
        if not any((design, truth, resource, "p50") in found for design in designs):
            continue
        for statistic in ("p50", "p90"):
            cells = [number(*found[design, truth, resource][statistic]) for design in designs]
            rows.append([f"{text}, {statistic.upper()}", *cells])
    return columns(["", *designs], rows, left=[0])


def _count(found: ByKey, of: tuple[str, str, str]) -> str:
    mean, mcse = found[of]["mean"]
    if mean == 0 and mcse == 0:
        return "none seen"
    low, high = (found[of][end][0] for end in ("p10", "p90"))
    return f"{number(mean, mcse)}  {_plain(low, low)}-{_plain(high, high)}"


def _share(found: ByKey, of: tuple[str, str, str]) -> str:
    value, mcse = found[of]["share"]
    bound = found[of].get("share_bound95")
    if bound is not None:
        return f"{100 * value:.0f} {'<' if value == 0 else '>'}{100 * bound[0]:.1f}"
    return number(100 * value, 100 * mcse)


def number(value: float, mcse: float) -> str:
    """Return a value with its standard error, with as many decimals as two digits of the error ask for."""
    if math.isnan(value):
        return "-"
    if math.isnan(mcse) or mcse == 0:
        return _plain(value, value)
    decimals = min(max(1 - math.floor(math.log10(mcse)), 0), 2) if mcse < 10 else 0
    return f"{value:,.{decimals}f}±{mcse:,.{decimals}f}"


def _plain(value: float, scale: float) -> str:
    return f"{value:,.1f}" if value != round(value) and abs(scale) < 100 else f"{value:,.0f}"


def _explanation(scenario: Scenario) -> list[str]:
    days = scenario.dosing.inpatient_days_after_infusion
    known = scenario.provenance.get("dosing.inpatient_days_after_infusion")
    how = f" ({known.known})" if known is not None else ""
    parts = scenario.parts
    made, built_in = parts.has(Part.PRODUCT), parts.has(Part.BUILT_IN_CRITERIA)
    said = [
        "Slot-days: up to the recommendation. An enrolment slot is a place of the current cohort or one of "
        f"{scenario.trial.slots_ahead} ahead; it is held from enrolment to outcome or exit, idle while open.",
        *(["A manufacturing slot is in use from leukapheresis to the end of manufacture."] if made else []),
        *([EXAMINATIONS] if built_in else []),
        *(
            [f"Inpatient: from lymphodepletion to {days:g} days after infusion{how}, or death."]
            if made
            else []
        ),
        "Lost to closed slots: eligible with a cleared donor while no slot was open, and left, died, withdrew or "
        "progressed.",
        *(["Vein to vein: from the collection of the cells infused."] if made else []),
        "Waits: over infused patients.",
    ]
    lines = wrapped(" ".join(said))
    costs = scenario.costs
    if not costs.unit_costs:
        return lines + wrapped("No cost: the scenario gives no unit costs (section costs).")
    priced = []
    for name, cost in costs.unit_costs.items():
        source = scenario.provenance.get(f"costs.{name}")
        priced.append(f"{name.replace('_', ' ')} {cost:g}" + (f" ({source.known})" if source else ""))
    lines += wrapped(f"Unit costs, {costs.currency}: {', '.join(priced)}.")
    without = [name for name in costs.not_priced if parts.is_key("costs", name)]
    if without:
        left_out = ", ".join(name.replace("_", " ") for name in without)
        lines += wrapped(f"Not priced, so the true cost is higher: {left_out}.")
    return lines
