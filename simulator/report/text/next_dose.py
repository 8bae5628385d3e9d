"""Next dose and transition paths as text. No number is computed here."""

from typing import Final

from simulator.analysis.next_dose import Bedside
from simulator.designs.conduct_record import Record, RecordStep
from simulator.designs.design import Action
from simulator.designs.estimates import LevelEstimate
from simulator.designs.outcomes_notation import Cohort
from simulator.designs.overrides import STOP
from simulator.exact.paths import OWN_STOP, PLANNED_SIZE, PathNode
from simulator.report.render.text import columns, wrapped
from simulator.scenario.chosen_design import Chosen

MAX_LISTED: Final = 40  # letters of the cohorts so far in a title


def next_dose_text(bedside: Bedside) -> str:
    """Return the whole answer: decision, why, estimates, record, and what each outcome would lead to."""
    parts = [
        heading(bedside.chosen),
        _decision(bedside),
        _levels(bedside),
        _record(bedside.record),
        _following(bedside.now, bedside.chosen.design.n_doses),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def paths_text(chosen: Chosen, record: Record, root: PathNode, cohorts: int) -> str:
    """Return the present, and a line for every path of the next cohorts."""
    lines = [
        *heading(chosen),
        f"Now: {_outcomes(record)}; {decided(root)}. {_selected(root)}",
        *(f"Note: {line}" for line in _override_lines(record)),
        "",
        f"Dose transition paths of the next {counted_cohorts(cohorts)}",
        *_path_table(root, cohorts, chosen.design.n_doses),
        "",
        *wrapped(
            "A cohort reads level: DLTs/patients. Closed: levels closed after the path. If ended: the level"
            " selected if the trial ends there, - for none. A shorter path is a trial that has ended."
        ),
    ]
    return "\n".join(lines) + "\n"


def decided(node: PathNode) -> str:
    """Return what follows at a node: treat, or why the trial ends."""
    if node.ending is None:
        return f"treat {node.size} at level {node.level}"
    if node.ending == OWN_STOP:
        return f"stop ({node.advice.reason.stop_kind})"
    return "planned size reached" if node.ending == PLANNED_SIZE else node.ending


def counted_cohorts(cohorts: int) -> str:
    """Return a number of cohorts in words: "cohort", or "3 cohorts"."""
    return "cohort" if cohorts == 1 else f"{cohorts} cohorts"


def so_far(record: Record) -> str:
    """Return in a few words where the trial stands: the cohorts, or how many patients where they are many."""
    listed = _outcomes(record)
    return f"after {listed}" if len(listed) <= MAX_LISTED else f"after {patients_in_words(record.total_n)}"


def closed_levels(node: PathNode, n_doses: int) -> str:
    """Return the levels closed after the node's decision: "3-5", or "-"."""
    first = node.advice.closed_from
    if first > n_doses:
        return "-"
    return str(first) if first == n_doses else f"{first}-{n_doses}"


def _selected(node: PathNode) -> str:
    level = f"level {node.selected}" if node.selected else "no level"
    return f"Selected: {level}." if node.ending else f"If the trial ended now, {level} would be selected."


def heading(chosen: Chosen) -> list[str]:
    """Return what the answer is about: the trial, the design, its size."""
    design = chosen.design
    target = "" if chosen.target is None else f", target {chosen.target:g}"
    return wrapped(
        f"{chosen.about}. Design {chosen.name}: {design.n_doses} levels{target}, planned size"
        f" {design.max_n} DLT-evaluable patients."
    )


def level_in_words(chosen: Chosen, level: int) -> str:
    """Return a level with its dose, where that is known."""
    if chosen.doses is None:
        return f"level {level}"
    dose = f"{chosen.doses[level - 1]:g} {chosen.dose_unit}".rstrip()
    return f"level {level} ({dose})"


def patients_in_words(count: int) -> str:
    """Return "1 patient", or "3 patients"."""
    return f"{count} patient{'' if count == 1 else 's'}"


def _decision(bedside: Bedside) -> list[str]:
    record, advice, now, chosen = bedside.record, bedside.record.advice, bedside.now, bedside.chosen
    match advice.action:
        case Action.TREAT:
            advised = (
                f"treat {patients_in_words(advice.cohort_size)} at {level_in_words(chosen, advice.level)}"
            )
        case _:
            advised = advice.action.name.lower()
    override = record.override
    word = "Decision" if override is None else "The design advises"
    lines = [f"{word}: {advised}.", f"Why: {bedside.why}."]
    if override is not None:
        done = "stop" if override.level == STOP else f"treat at {level_in_words(chosen, override.level)}"
        agrees = override.level == advice.level
        lines.append(f"Override of cohort {len(record.steps) + 1}: {done}. Reason given: {override.reason}.")
        if agrees:
            lines.append("The override agrees with the advice.")
    if now.ending == PLANNED_SIZE:
        lines.append(
            "The planned size is reached: the trial ends here, unless it is extended, as the advice assumes."
        )
    elif now.ending is None and now.size < advice.cohort_size:
        lines.append(f"With the planned size the next cohort is {patients_in_words(now.size)}.")
    lines += _bounds(bedside)
    lines.append(_selected(now))
    return [
        line
        for text in (*lines, *(f"WARNING: {w}" for w in bedside.warnings))
        for line in wrapped(text, "  ")
    ]


def _bounds(bedside: Bedside) -> list[str]:
    bounds = bedside.bounds
    if bounds is None:
        return []
    level = int(bedside.record.observed.level[0])
    eliminate = bounds.stop_at_level_1_if_at_least if level == 1 else bounds.eliminate_if_at_least
    words = (
        ("escalate at", bounds.escalate_if_at_most, "or fewer"),
        ("de-escalate at", bounds.deescalate_if_at_least, "or more"),
        ("close the level at", eliminate, "or more"),
    )
    parts = [
        f"{verb} {bound}{'' if bound == 0 and side == 'or fewer' else f' {side}'}"
        if bound is not None
        else ""
        for verb, bound, side in words
    ]
    never = [
        verb.removesuffix(" at").replace("close the level", "close")
        for verb, bound, _ in words
        if bound is None
    ]
    listed = ", ".join(part for part in parts if part)
    listed += "".join(f", never {verb}" for verb in never)
    dlt = int(bedside.record.observed.dlt[0, level - 1])
    return [
        f"Decision table, level {level}, n = {bounds.n}: {dlt} DLT{'' if dlt == 1 else 's'} observed; {listed}."
    ]


def _levels(bedside: Bedside) -> list[str]:
    own = list(bedside.levels[0].own)
    target = bedside.chosen.target
    posterior = [] if target is None else [f"P(risk > {target:g})"]
    doses = [] if bedside.chosen.doses is None else ["dose"]
    headings = ["level", *doses, "n", "DLT", "rate", *posterior, *own, ""]
    rows = [_level_row(one, bedside, bool(posterior)) for one in bedside.levels]
    lines = columns(headings, rows, left=(len(headings) - 1,))
    if posterior:
        lines += wrapped(
            "P(risk > target): uniform prior, the level's own data only; the rule need not be based on it."
        )
    return lines


def _level_row(one: LevelEstimate, bedside: Bedside, posterior: bool) -> list[str]:
    doses = bedside.chosen.doses
    row = [str(one.level)]
    if doses is not None:
        row.append(f"{doses[one.level - 1]:g}")
    row += [str(one.n), str(one.dlt), "-" if one.rate is None else f"{one.rate:.3f}"]
    if posterior:
        row.append("-" if one.above_target is None else f"{one.above_target:.4f}")
    row += [f"{value:.4f}" for value in one.own.values()]
    return [*row, "closed" if one.closed else ""]


def _record(record: Record) -> list[str]:
    if not record.steps:
        return []
    rows = [
        [
            str(step.number),
            str(step.cohort.level),
            str(step.cohort.n),
            str(step.cohort.dlt),
            str(step.advice),
            "NO" if step.departures else "yes",
        ]
        for step in record.steps
    ]
    headings = ["cohort", "level", "n", "DLT", "the design advised", "followed"]
    lines = ["Record", *columns(headings, rows, left=(4, 5))]
    for step in record.steps:
        lines += [line for text in _remarks(step) for line in wrapped(f"Cohort {step.number}: {text}.", "  ")]
    return lines


def _remarks(step: RecordStep) -> list[str]:
    remarks = [*step.departures, *step.notes]
    if step.override is not None:
        remarks.append(f"override, reason given: {step.override}")
    return remarks


def _override_lines(record: Record) -> list[str]:
    lines = [
        f"cohort {step.number}: {'; '.join(step.departures)} ({step.override})" for step in record.departed
    ]
    if record.override is not None:
        lines.append(
            f"the next cohort follows the override {str(record.override)!r}; advised: {record.advice}"
        )
    return lines


def _following(now: PathNode, n_doses: int) -> list[str]:
    """Return what each outcome of the next cohort leads to."""
    if not now.branches:
        return []
    rows = [
        [
            f"{branch.cohort.dlt}/{branch.cohort.n}" if branch.cohort else "",
            decided(branch),
            closed_levels(branch, n_doses),
            str(branch.selected or "-"),
            branch.advice.reason.text,
        ]
        for branch in now.branches
    ]
    headings = ["DLT", "then", "closed", "if ended", "why"]
    return [
        f"What each outcome of the next cohort, {patients_in_words(now.size)} at level {now.level}, would lead to",
        *columns(headings, rows, left=(1, 4)),
        "If ended: the level selected if the trial ends there, - for none.",
    ]


def _path_table(root: PathNode, cohorts: int, n_doses: int) -> list[str]:
    if not root.branches:
        return [f"none: {decided(root)}"]
    rows = []
    for path in root.paths():
        cells = [_cell(node.cohort) for node in path]
        cells += [""] * (cohorts - len(cells))
        last = path[-1]
        rows.append([*cells, decided(last), closed_levels(last, n_doses), str(last.selected or "-")])
    headings = [*(f"cohort +{k}" for k in range(1, cohorts + 1)), "then", "closed", "if ended"]
    return columns(headings, rows, left=(cohorts,))


def _cell(cohort: Cohort | None) -> str:
    return "" if cohort is None else f"{cohort.level}: {cohort.dlt}/{cohort.n}"


def _outcomes(record: Record) -> str:
    if not record.steps:
        return patients_in_words(record.total_n)
    return ", ".join(_cell(step.cohort) for step in record.steps)
