"""What a trial takes, as text: a block per truth, a line per resource, a column per design."""

from collections.abc import Sequence
from typing import Final

from simulator.analysis.by_key import ByKey, by_key
from simulator.analysis.formatted_estimate import few_digits, two_digits
from simulator.analysis.resource_words import COUNT_WORDS, EXAMINATIONS, SHARE_WORDS, WAIT_WORDS
from simulator.analysis.resources import resources
from simulator.report.render.text import columns_within, wrapped
from simulator.runs.results import BALANCED, Results
from simulator.scenario.accrual_note import accrual_note
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import counted, in_words_of, worded

WIDTH: Final = 80


def render(scenario: Scenario, results: Results, *, every_truth: bool, warnings: Sequence[str] = ()) -> str:
    """Return the resources as plain text: of the balanced set, or where asked of every truth that was run."""
    costs = scenario.costs
    found = by_key(resources(results, costs), "design", "truth", "resource")
    truths = list(dict.fromkeys(truth for _, truth, _ in found))
    if not every_truth and BALANCED in truths:
        truths = [BALANCED]
    lines = _wrapped(f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}")
    lines += _wrapped(
        f"What a trial takes: {counted(results.replicates, 'simulated trial')} per design and truth, seed "
        f"{results.plan.seed}; expansion included. Mean ± Monte Carlo standard error, then P10-P90 over trials."
    )
    for truth in truths:
        name = (
            f"Averaged over {', '.join(results.balanced_truths())}" if truth == BALANCED else f"Truth {truth}"
        )
        lines += ["", name, *_block(found, results.designs, truth, costs.currency)]
    lines += ["", *_explanation(scenario)]
    referrals = accrual_note(scenario)
    lines += _wrapped(f"Referrals: {referrals}.") if referrals else []
    for warning in warnings:
        lines += _wrapped(f"Note: {warning}.")
    return in_words_of(scenario, "\n".join(lines) + "\n")


def _block(found: ByKey, designs: list[str], truth: str, currency: str | None) -> list[str]:
    rows: list[list[str]] = []
    for resource, text in COUNT_WORDS.items():
        if any("mean" in found.get((design, truth, resource), {}) for design in designs):
            unit = f", {currency}" if resource.startswith("cost") else ""
            rows.append([text + unit, *(_count(found, (design, truth, resource)) for design in designs)])
    if any((design, truth, "cost_per_infused") in found for design in designs):
        cells = [two_digits(*found[design, truth, "cost_per_infused"]["ratio"]) for design in designs]
        rows.append([f"cost per infused patient, {currency}", *cells])
    cells = [two_digits(*found[design, truth, "infused_a_month"]["ratio"]) for design in designs]
    rows.append(["infused a month, to the recommendation", *cells])
    for resource, text in SHARE_WORDS.items():
        if not any("share" in found.get((design, truth, resource), {}) for design in designs):
            continue
        cells = [_share(found, (design, truth, resource)) for design in designs]
        rows.append([text, *cells])
    for resource, text in WAIT_WORDS.items():
        if not any("p50" in found.get((design, truth, resource), {}) for design in designs):
            continue
        for statistic in ("p50", "p90"):
            cells = [two_digits(*found[design, truth, resource][statistic]) for design in designs]
            rows.append([f"{text}, {statistic.upper()}", *cells])
    return columns_within(WIDTH, ["", *designs], rows)


def _wrapped(text: str) -> list[str]:
    return wrapped(text, width=WIDTH)


def _count(found: ByKey, of: tuple[str, str, str]) -> str:
    mean, mcse = found[of]["mean"]
    if mean == 0 and mcse == 0:
        return "none seen"
    low, high = (found[of][end][0] for end in ("p10", "p90"))
    return f"{two_digits(mean, mcse)}  {few_digits(low, low)}-{few_digits(high, high)}"


def _share(found: ByKey, of: tuple[str, str, str]) -> str:
    value, mcse = found[of]["share"]
    bound = found[of].get("share_bound95")
    if bound is not None:
        return f"{100 * value:.0f} {'<' if value == 0 else '>'}{100 * bound[0]:.1f}"
    return two_digits(100 * value, 100 * mcse)


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
    # In the words of the trial before the lines are broken: other words are of other length.
    lines = _wrapped(worded(" ".join(said), parts))
    costs = scenario.costs
    if not costs.unit_costs:
        return lines + _wrapped("No cost: the scenario gives no unit costs (section costs).")
    priced = []
    for name, cost in costs.unit_costs.items():
        source = scenario.provenance.get(f"costs.{name}")
        priced.append(f"{name.replace('_', ' ')} {cost:g}" + (f" ({source.known})" if source else ""))
    lines += _wrapped(f"Unit costs, {costs.currency}: {', '.join(priced)}.")
    without = [name for name in costs.not_priced if parts.is_key("costs", name)]
    if without:
        left_out = ", ".join(name.replace("_", " ") for name in without)
        lines += _wrapped(f"Not priced, so the true cost is higher: {left_out}.")
    return lines
