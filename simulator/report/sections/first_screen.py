"""The first screen: what each design needs, what to plan, whether the planned trial is enough, what not to conclude.

Text, report, notebook and `Comparison.__repr__` show the same parts in the same order. No number is computed here.
"""

from collections.abc import Iterator
from typing import Final

from simulator.analysis.as_planned import AtWorst
from simulator.analysis.benefit_and_risk import selects_obd
from simulator.report import planned
from simulator.report.blocks import NONE, Block, Items, Table, Text, rows
from simulator.report.sections.early_looks import saved_sentence
from simulator.report.sections.sizes import sizes_differ
from simulator.report.values import NOT_REACHED, TOO_FEW, ReportData, with_ends
from simulator.runs.ending import End
from simulator.scenario.borrowed import BORROWED
from simulator.scenario.question import STEPS
from simulator.scenario.wording import counted

HEADINGS: Final = (
    *("design", "needed", "met", "correct", "worst", "overdose", "enrolled", "screened", "months"),
)
PLANNED: Final = ("enrolled", "screened", "months")
LIMITS: Final = {
    "pcs_mean": ("correct", 1, "at least"),
    "pcs_each": ("correct", 1, "at least"),
    "overdose_each": ("overdose", -1, "at most"),
}
"""Limits by word, by the sign under which the worst truth has the least, and by what is asked."""
VERDICTS: Final = {True: "limits met", False: "limits not met", None: "cannot be told yet"}
MET_WORDS: Final = {True: "yes", False: "no", None: "open"}
UNSAFE: Final = {
    AtWorst(stops=False, selects_none=False): (
        "No safety stop in",
        "where every patient of level 1 has a DLT it treats on, and selects a level, never none.",
    ),
    AtWorst(stops=False, selects_none=True): (
        "No safety stop in",
        "where every patient of level 1 has a DLT it treats on, up to its size.",
    ),
    AtWorst(stops=True, selects_none=False): (
        "A level even after a safety stop in",
        "where every patient of level 1 has a DLT it selects a level, never none.",
    ),
}
REST: Final = (
    "The rest: --full prints every table, --out FOLDER keeps them, `simulator report FOLDER` draws them; "
    "`simulator explain COLUMN` says what a column means."
)


def blocks(data: ReportData) -> tuple[Block, ...]:
    """Return the first screen below its title, for a page or a notebook, in the order of the printed one."""
    said, warned = answer_sentences(data), cautions(data)
    return (
        Text(asked_briefly(data)),
        *((Items(said),) if said else ()),
        planned_table(data),
        *((Items(warned),) if warned else ()),
    )


def heading(data: ReportData) -> tuple[str, str]:
    """Return the title, and what was simulated."""
    results, scenario = data.comparison.results, data.comparison.scenario
    why = why_so_many(data)
    return (
        f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}",
        f"{counted(results.replicates, 'simulated trial')} "
        "per design and scenario of true rates (truth), the same patients in "
        f"each{why}; seed {results.plan.seed}; target DLT risk {100 * results.target:g} %. Square brackets: 95 % "
        "interval; after ±: Monte Carlo standard error.",
    )


def why_so_many(data: ReportData) -> str:
    """Return in one phrase what ended the run at so many trials; nothing where that number was asked for."""
    ending, most = data.comparison.ending, STEPS[-1]
    match ending.by:
        case End.SETTLED:
            return " (enough: the answer is settled)"
        case End.MOST:
            return " (the most that auto runs; the answer is not settled yet)"
        case End.CLOCK:
            return f" (ended by the clock, --seconds {ending.seconds:g}; the answer is not settled yet)"
        case End.SIMPY:
            why = data.comparison.results.plan.engine.why
            slow = f"all that auto runs with SimPy{f': {why}' if why else ''}"
            return f" ({slow}; a settled answer may take up to --replicates {most})"
        case _:
            return ""


def asked_briefly(data: ReportData) -> str:
    """Return the limits of the question."""
    question = data.comparison.scenario.question
    if not data.asked:
        return "What is needed was not judged: none of the truths that the question names was run."
    return (
        f"Asked for: correct selection in at least {100 * question.pcs_mean:g} % of trials on average over "
        f"{data.asked} and {100 * question.pcs_each:g} % under each; overdose selection in at most "
        f"{100 * question.overdose_each:g} % under each."
    )


def answer_sentences(data: ReportData, *, brief: bool = False) -> tuple[str, ...]:
    """Return for each design what it needs, what to plan, and whether the trial as planned meets the limits."""
    if not data.asked:
        return ()
    each = (_brief(data, design) if brief else _in_full(data, design) for design in data.designs)
    return (*each, *saved_sentence(data))


def _in_full(data: ReportData, design: str) -> str:
    return f"{design}: {_needs(data, design)} {as_planned(data, design)}"


def _needs(data: ReportData, design: str) -> str:
    """Return what a design needs, and what to plan for it, or how near it comes."""
    if not data.needed_cap(design):
        share, cap = planned.best(data, design)
        return f"{none_enough(data, design)}; best {share} % correct on average, at {cap}."
    if not planned.plan(data, design, "runs_to_n").value:
        return (
            f"needs {data.needed_infused(design)} infused patients{none_explained(data, design)}, but in none of "
            "these trials does escalation run to that size, so that they say nothing of what to plan."
        )
    at = {name: planned.plan(data, design, name) for name in ("runs_to_n", "evaluable", *PLANNED)}
    early = ", ".join(f"{data.needed_cost(design, name).number} {name}" for name in PLANNED)
    return (
        f"needs {data.needed_infused(design)} infused patients{none_explained(data, design)}, "
        f"{at['evaluable'].interval()} of them evaluable. Plan, if escalation runs to that size "
        f"({at['runs_to_n'].percent} % of trials do): "
        f"{', '.join(f'{at[name].interval()} {name}' for name in PLANNED)}. Mean over trials that may stop early: "
        f"{early}."
    )


def none_enough(data: ReportData, design: str) -> str:
    """Return that no number asked about is enough, and what speaks against it: too few trials, or the interval."""
    most = data.comparison.scenario.question.caps_to
    interval = data.needed_infused(design).removeprefix(NOT_REACHED)
    doubt = too_few(data) or (interval and f" by these estimates (95 % interval{interval})")
    return f"no number up to {most} infused patients is enough{doubt}"


def too_few(data: ReportData) -> str:
    """Return that the trials are too few to tell that no number is enough, where they are."""
    return f" by these estimates ({TOO_FEW} to tell)" if data.is_of_few_trials else ""


def none_explained(data: ReportData, design: str) -> str:
    """Return what "none" in the interval of a needed number says."""
    return " (none: may not be reached)" if "none" in data.needed_infused(design) else ""


def _brief(data: ReportData, design: str) -> str:
    return f"{design}: {_needs_briefly(data, design)}. {as_planned(data, design, brief=True)}"


def _needs_briefly(data: ReportData, design: str) -> str:
    if not data.needed_cap(design):
        return f"not enough up to {data.comparison.scenario.question.caps_to} infused{too_few(data)}"
    needs = f"needs {data.needed_infused(design)} infused"
    if not planned.plan(data, design, "runs_to_n").value:
        return f"{needs}, a size to which none of these trials runs"
    enrolled, screened, months = (planned.plan(data, design, name).number for name in PLANNED)
    early = data.needed_cost(design, "enrolled").number
    return (
        f"{needs}; if it runs to that, plan {enrolled} enrolled (mean with early stops {early}), {screened} "
        f"screened, {months} months"
    )


def grouped_sentences(data: ReportData) -> tuple[str, ...]:
    """Return the answer for many designs: those that reach the accuracy one by one, and verdicts together."""
    each = (
        f"{design}: {_needs_briefly(data, design)}." for design in data.designs if data.needed_cap(design)
    )
    return (*each, *_together(data), *saved_sentence(data)) if data.asked else ()


def listed_sentences(data: ReportData) -> tuple[str, ...]:
    """Return the answer for more designs than that: what they need and enrol in one sentence, and verdicts."""
    if not data.asked:
        return ()
    listed = "; ".join(
        f"{design} {data.needed_infused(design)}, {planned.plan(data, design, 'enrolled').number}"
        for design in data.designs
        if data.needed_cap(design) and planned.plan(data, design, "runs_to_n").value
    )
    needed = f"Infused patients needed, and enrolled to plan if it runs to that: {listed}."
    return (*((needed,) if listed else ()), *_together(data))


def _together(data: ReportData) -> tuple[str, ...]:
    """Return which designs need more than was asked about, and which meet the limits as planned."""
    most = data.comparison.scenario.question.caps_to
    others = ", ".join(design for design in data.designs if not data.needed_cap(design))
    verdicts = (
        f"{said}: {', '.join(names)}"
        for met, said in VERDICTS.items()
        if (names := [design for design in data.designs if planned.all_met(data, design) is met])
    )
    return (
        *((f"Not enough up to {most} infused{too_few(data)}: {others}.",) if others else ()),
        f"As planned, {'; '.join(verdicts)}.",
    )


def as_planned(data: ReportData, design: str, *, brief: bool = False) -> str:
    """Return whether the trial as planned meets the limits, and by which limit not."""
    verdict, size = VERDICTS[planned.all_met(data, design)], planned.planned_size(data, design)
    return f"As planned (at most {size} evaluable): {verdict}: {deciding_limits(data, design, brief=brief)}."


def deciding_limits(data: ReportData, design: str, *, brief: bool = False) -> str:
    """Return the limits by which the trial as planned meets them all, or does not, or it cannot be told yet."""
    return "; ".join(_deciding(data, design, planned.all_met(data, design), brief=brief))


def _deciding(data: ReportData, design: str, met: bool | None, *, brief: bool) -> Iterator[str]:
    """Yield each limit that decides, on the truth that is worst by it, and under how many more truths it decides."""
    for limit, (word, sign, bound) in LIMITS.items():
        found = [
            (truth, of) for truth, of in planned.limits(data, design, limit) if planned.is_met(of) is met
        ]
        if not found:
            continue
        truth, worst = min(found, key=lambda one: sign * one[1]["mean"][0])
        where = "on average" if limit == "pcs_mean" else f"under {truth}"
        share = with_ends(worst).interval(100)
        more = f", as under {len(found) - 1} more" if len(found) > 1 and not met else ""
        asked = "" if brief else f" (asked: {bound} {100 * worst['asked'][0]:g}{more})"
        yield f"{word} {where} {share} %{asked}"


def planned_table(data: ReportData, *, compact: bool = False) -> Table:
    """Return a row for each design: what it needs, and the trial as planned; compact, without errors of medians."""
    over = data.asked or data.set_of(data.headline_truth)
    return Table(
        f"The trial as planned, each design with its own size and stops, over {over}",
        HEADINGS,
        rows(*(_row(data, design, compact=compact) for design in data.designs)),
        note="Met: does it meet the limits; open: cannot be told yet. Correct, and correct and overdose under the "
        "worst truth: % of trials. Then medians, of enrolled with P10-P90.",
    )


def _row(data: ReportData, design: str, *, compact: bool) -> tuple[str, ...]:
    needed, met = NONE, NONE
    if data.asked:
        most = data.comparison.scenario.question.caps_to
        needed = data.needed_infused(design).replace(NOT_REACHED, f"> {most}")
        met = MET_WORDS[planned.all_met(data, design)]
    return (
        design,
        needed.partition(" [")[0] if compact else needed,
        met,
        *(one.percent for one in planned.shares(data, design)),
        planned.median(data, design, "enrolled", errors=not compact, ends=True),
        planned.median(data, design, "screened", errors=not compact),
        planned.median_months(data, design, errors=not compact),
    )


def cautions(data: ReportData) -> tuple[str, ...]:
    """Return what not to conclude, a sentence each, only where it applies; first what is not this trial's own."""
    said = [_as_sentence(warning, data.designs) for warning in data.comparison.warnings]
    borrowed = [warning for warning in said if warning.lower().startswith(BORROWED.lower())]
    return (*borrowed, *_cautions(data), *(warning for warning in said if warning not in borrowed))


def _as_sentence(warning: str, designs: list[str]) -> str:
    """Return a warning as a sentence; one that begins with the name of a design begins as the user wrote it."""
    named = warning.startswith(tuple(f"{design}:" for design in designs))
    return f"{warning if named else warning[:1].upper() + warning[1:]}."


def _cautions(data: ReportData) -> Iterator[str]:
    if sizes_differ(data):
        size = {
            name: data.oc(name, data.headline_truth, "evaluable_before_expansion") for name in data.designs
        }
        ends = [pick(size, key=lambda name: size[name].value) for pick in (min, max)]
        shown = " to ".join(f"{name} {size[name].number}" for name in ends)
        yield f"Sizes differ (evaluable: {shown}): more accurate may only mean larger."
    if by_benefit := [name for name in data.designs if selects_obd(data.comparison.scenario.design(name))]:
        yield (
            f"{', '.join(by_benefit)} {'selects' if len(by_benefit) == 1 else 'select'} by benefit and risk: correct "
            "and overdose here are of the MTD; the table Benefit and risk has the optimal dose."
        )
    unsafe = planned.without_safety(data)
    for at_worst, said in UNSAFE.items():
        if names := [name for name, one in unsafe.items() if one == at_worst]:
            yield f"{said[0]} {', '.join(names)}: {said[1]}"
    limit = data.comparison.scenario.trial.calendar_limit_months
    if cut := planned.cut_by_calendar(data):
        worst = max(cut, key=lambda design: cut[design])
        yield (
            f"Cut by the calendar limit: up to {100 * cut[worst]:.1f} % of trials ({worst}) have no recommendation "
            f"by month {limit:g}."
        )
