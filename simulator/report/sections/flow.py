"""Where patients and months go: flow by reason, screen failures, and what was waited for."""

from simulator.analysis.by_key import by_key
from simulator.analysis.flow import REACHED, STAGES
from simulator.eligibility.screen import criteria
from simulator.report.blocks import NONE, Drawing, Group, Section, Table, Text, rows
from simulator.report.sections import by_truth
from simulator.report.values import FormattedEstimate, ReportData
from simulator.report.words import stage_words, truth_words
from simulator.trial.ledger import Exit


def flow(data: ReportData, drawings: tuple[Drawing, ...]) -> Section:
    """Return how many patients reach each stage, and why the others leave there."""
    truth = data.headline_truth
    expansion = ", expansion included" if data.comparison.scenario.trial.expansion else ""
    text = Text(
        f"Mean patients per trial{expansion}. Every referred patient ends at one stage for one reason; at "
        "each stage the reasons and the next stage add up. Other truths are in the run's table flow."
    )
    groups = _flow_groups(data, truth)
    table = Table(
        f"Patient flow by stage and reason, {truth_words(truth)}",
        ("stage or reason", *data.designs),
        groups,
        note="The last stage is split by outcome. A dash: in no trial of this design.",
    )
    return Section("flow", "Patient flow", (text, *drawings, table))


def _flow_groups(data: ReportData, truth: str) -> tuple[Group, ...]:
    frame = data.comparison.flow
    of = by_key(frame[frame["truth"] == truth], "stage", "reason", "design")
    groups = []
    for stage in (one for one in STAGES if any(at == one for at, _, _ in of)):
        reasons = list(
            dict.fromkeys(reason for at, reason, _ in of if (at, reason) != (stage, REACHED) and at == stage)
        )
        listed = [("reached", *_cells(data, of, stage, REACHED))]
        listed += [
            (f"left: {_reason(reason)}" if stage != "evaluable" else _reason(reason), *cells)
            for reason in reasons
            for cells in (_cells(data, of, stage, reason),)
        ]
        groups.append(Group(stage_words(stage), tuple(listed)))
    return tuple(groups)


def _reason(reason: str) -> str:
    return Exit[reason.upper()].text.removeprefix("left: ")


def _cells(
    data: ReportData, of: dict[tuple[str, ...], dict[str, tuple[float, float]]], stage: str, reason: str
) -> tuple[str, ...]:
    shown = (of.get((stage, reason, design)) for design in data.designs)
    return tuple(NONE if one is None else FormattedEstimate(*one["mean"]).number for one in shown)


def screening(data: ReportData, drawings: tuple[Drawing, ...]) -> Section:
    """Return what each criterion of the protocol costs."""
    shares = ("share_failed", "share_primary", "share_alone")
    listed = []
    for criterion in criteria(data.comparison.scenario.eligibility):
        shown = (data.screen_failure(criterion.id, share).percent for share in shares)
        listed.append((criterion.id, criterion.boundary, *shown))
    table = Table(
        "Screen-failure reasons, % of consented patients with a verdict",
        ("criterion", "read as", "failed", "primary reason", "failed alone"),
        rows(*listed, ("any", "at least one criterion", data.screen_failure().percent, NONE, NONE)),
        row_headings=2,
        note=(
            "Failed: fails it, whatever else. Primary: the reason recorded, by the stated order of criteria. Alone: "
            "fails nothing else. Whatever design and truth: screening does not depend on them."
        ),
    )
    return Section("screening", "Screen failures", (*drawings, table))


def timelines(data: ReportData, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Return the months to the recommendation, split by what was waited for, and to the ends behind it."""
    text = Text(
        "Months from the opening of the first site. Each day up to the recommendation is booked under exactly one "
        "heading. Stagger: a fit patient waits for their turn. Review: the cohort is complete."
    )
    counts = ("months_to_end_of_enrolment", "months_to_last_outcome")
    ends = Table(
        "Months to the end of enrolment and to the last outcome, median P10-P90",
        ("truth", "design", "to the end of enrolment", "to the last outcome"),
        by_truth.by_truth(
            data, lambda design, truth: [data.median(design, truth, count) for count in counts]
        ),
        row_headings=2,
    )
    return Section("timelines", "Timelines", (text, *drawings, by_truth.months(data), ends))
