"""Where patients and months go: flow by reason, screen failures, and what was waited for."""

from collections.abc import Callable

from simulator.analysis.flow import REACHED, STAGES
from simulator.analysis.present import has_product, waited_for
from simulator.eligibility.screen import criteria
from simulator.report.blocks import Drawing, Group, Section, Table, Text, rows
from simulator.report.sections.findings import NONE, Findings, bounded, number, percent
from simulator.report.values import Shown, by_key
from simulator.runs.results import BALANCED
from simulator.trial.ledger import Exit

PREPARED = "Donor and manufacture: a patient is, or is in lymphodepletion. "
WORDS = {"prescreened": "pre-screened", "evaluable": "DLT-evaluable"}


def flow(found: Findings, drawings: tuple[Drawing, ...]) -> Section:
    """Tabulate how many patients reach each stage, and why the others leave there."""
    truth = found.look.headline_truth()
    expansion = ", expansion included" if found.comparison.scenario.trial.expansion else ""
    text = Text(
        f"Mean patients per trial{expansion}. Every referred patient ends at one stage for one reason; at "
        "each stage the reasons and the next stage add up. Other truths are in the run's table flow."
    )
    groups = _flow_groups(found, truth)
    title = "balanced set of truths" if truth == BALANCED else f"truth {truth}"
    table = Table(
        f"Patient flow by stage and reason, {title}",
        ("stage or reason", *found.designs),
        groups,
        note="The last stage is split by outcome. A dash: in no trial of this design.",
    )
    return Section("flow", "Patient flow", (text, *drawings, table))


def _flow_groups(found: Findings, truth: str) -> tuple[Group, ...]:
    frame = found.comparison.flow
    of = by_key(frame[frame["truth"] == truth], ["stage", "reason", "design"])
    groups = []
    for stage in (one for one in STAGES if any(at == one for at, _, _ in of)):
        reasons = list(
            dict.fromkeys(reason for at, reason, _ in of if (at, reason) != (stage, REACHED) and at == stage)
        )
        listed = [("reached", *_cells(found, of, stage, REACHED))]
        listed += [
            (f"left: {_reason(reason)}" if stage != "evaluable" else _reason(reason), *cells)
            for reason in reasons
            for cells in (_cells(found, of, stage, reason),)
        ]
        groups.append(Group(WORDS.get(stage, stage), tuple(listed)))
    return tuple(groups)


def _reason(reason: str) -> str:
    return Exit[reason.upper()].text.removeprefix("left: ")


def _cells(
    found: Findings, of: dict[tuple[str, ...], dict[str, tuple[float, float]]], stage: str, reason: str
) -> tuple[str, ...]:
    shown = (of.get((stage, reason, design)) for design in found.designs)
    return tuple(NONE if one is None else number(Shown(*one["mean"])) for one in shown)


def screening(found: Findings, drawings: tuple[Drawing, ...]) -> Section:
    """Tabulate what each criterion of the protocol costs."""
    of = by_key(found.comparison.screening, ["criterion"])
    shares = ("share_failed", "share_primary", "share_alone")
    listed = []
    for criterion in criteria(found.comparison.scenario.eligibility):
        shown = (_share(of, criterion.id, share) for share in shares)
        listed.append((criterion.id, criterion.boundary, *shown))
    table = Table(
        "Screen-failure reasons, % of consented patients with a verdict",
        ("criterion", "read as", "failed", "primary reason", "failed alone"),
        rows(*listed, ("any", "at least one criterion", _share(of, "any", "share_failed"), NONE, NONE)),
        row_headings=2,
        note=(
            "Failed: fails it, whatever else. Primary: the reason recorded, by the stated order of criteria. Alone: "
            "fails nothing else. Whatever design and truth: screening does not depend on them."
        ),
    )
    return Section("screening", "Screen failures", (*drawings, table))


def _share(of: dict[tuple[str, ...], dict[str, tuple[float, float]]], criterion: str, share: str) -> str:
    found = of.get((criterion,), {})
    if share not in found:
        return NONE
    return percent(bounded({name.replace(share, "mean"): value for name, value in found.items()}))


def timelines(found: Findings, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Tabulate the months to the recommendation, split by what was waited for."""
    limit = found.comparison.scenario.trial.calendar_limit_months
    job = found.comparison.results.job
    made = has_product(job)
    text = Text(
        "Months from the opening of the first site. Each day up to the recommendation is booked under exactly one "
        f"heading. A patient: a place is open and nobody is being prepared for it. {PREPARED if made else ''}"
        "Stagger: a fit patient waits for their turn. DLT window: all places are infused. Review: the cohort is "
        "complete."
    )
    months = Table(
        "Months of the trial",
        (
            *("truth", "design", "to the recommendation", "mean"),
            *("to the end of enrolment", "to the last outcome", "% not finished"),
        ),
        _by_truth(found, _months_row),
        row_headings=2,
        note=(
            "To the recommendation, the end of enrolment, the last outcome: median, 10th to 90th percentile; mean: "
            f"to the recommendation. Not finished: without recommendation within {limit:g} months."
        ),
    )
    waiting = Table(
        "Mean months up to the recommendation, by what was waited for",
        ("truth", "design", *(waiting.text for waiting in waited_for(job)), "together"),
        _by_truth(found, _waiting_row),
        row_headings=2,
    )
    return Section("timelines", "Timelines", (text, *drawings, months, waiting))


def _by_truth(found: Findings, row: Callable[[Findings, str, str], tuple[str, ...]]) -> tuple[Group, ...]:
    """Return a group for each truth, with a row for each design."""
    return tuple(
        Group("", tuple(row(found, design, truth) for design in found.designs))
        for truth in found.look.truths()
    )


def _months_row(found: Findings, design: str, truth: str) -> tuple[str, ...]:
    return (
        truth,
        design,
        found.median(design, truth, "months_to_recommendation"),
        number(found.look.used(design, truth, "months_to_recommendation")),
        found.median(design, truth, "months_to_end_of_enrolment"),
        found.median(design, truth, "months_to_last_outcome"),
        percent(found.oc(design, truth, "stop_not_finished")),
    )


def _waiting_row(found: Findings, design: str, truth: str) -> tuple[str, ...]:
    look = found.look
    together = number(look.used(design, truth, "months_to_recommendation"))
    return truth, design, *look.waiting(design, truth), together
