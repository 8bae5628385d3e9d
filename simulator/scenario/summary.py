"""What `simulator check` prints for a valid scenario: what is compared, and how its numbers are known."""

import textwrap
from collections import Counter
from typing import Final

from simulator.population.file_reader import population_notes
from simulator.scenario.accrual_note import accrual_note
from simulator.scenario.borrowed import borrowed_parts_note
from simulator.scenario.correct_levels import correct_level_lines
from simulator.scenario.provenance import CHANGED, DEFAULT, KNOWN, NOT_STATED
from simulator.scenario.question import AUTO, STEPS
from simulator.scenario.scenario import Scenario
from simulator.scenario.scenario_warnings import scenario_warnings
from simulator.scenario.wording import counted

LABEL: Final = "patients  "
TEXT_WIDTH: Final = 118


def _replicates(scenario: Scenario) -> str:
    wanted = scenario.run.replicates
    if wanted != AUTO:
        return counted(wanted, "replicate")
    return f"replicates until the answer is settled ({AUTO}: {STEPS[0]:,} to {STEPS[-1]:,})"


def summary(scenario: Scenario) -> list[str]:
    """Return the lines: title, designs, truths, question, and the count of numbers by how they are known."""
    rules, question = scenario.trial, scenario.question
    named = {
        choice.name: choice.name if choice.name == choice.design else f"{choice.name} ({choice.design})"
        for choice in scenario.designs
    }
    designs = ", ".join(named[name] for name in scenario.default_designs)
    others = ", ".join(named[name] for name in named if name not in scenario.default_designs)
    truths = ", ".join(truth.name for truth in scenario.question_truths)
    return [
        scenario.about.title,
        f"levels    {rules.doses_text}, target {rules.target:g}, "
        f"{rules.enrolment_min} to {rules.enrolment_max} enrolled",
        *_wrapped("designs", designs),
        *(_wrapped("by name", others) if others else ()),
        f"truths    {', '.join(truth.name for truth in scenario.truths)}",
        *correct_level_lines(scenario),
        f"question  over {truths}, caps {question.caps_from} to {question.caps_to}: "
        f"correct at least {question.pcs_mean:g} on average and {question.pcs_each:g} on each, "
        f"overdose at most {question.overdose_each:g} on each",
        f"run       {_replicates(scenario)}, seed {scenario.run.seed}",
        *_file(scenario),
        *(_wrapped("referrals", referrals) if (referrals := accrual_note(scenario)) else ()),
        *_known(scenario),
        *(
            line
            for warning in scenario_warnings(scenario)
            for line in textwrap.wrap(f"warning: {warning}", TEXT_WIDTH)
        ),
    ]


def _wrapped(label: str, text: str) -> list[str]:
    lines = textwrap.wrap(text, TEXT_WIDTH - len(LABEL))
    return [f"{label if k == 0 else '':<{len(LABEL)}}{line}" for k, line in enumerate(lines)]


def _file(scenario: Scenario) -> list[str]:
    """Return the lines on the file of the population, with what is not used from it; none without a file."""
    rows = scenario.population.rows
    if rows is None:
        return []
    notes = [
        *population_notes(scenario.population, in_full=True),
        *(f"not used: {note}" for note in rows.notes),
    ]
    lines = [line for one in notes for line in textwrap.wrap(one, TEXT_WIDTH - len(LABEL))]
    return [f"{LABEL if k == 0 else ' ' * len(LABEL)}{line}" for k, line in enumerate(lines)]


def _known(scenario: Scenario) -> list[str]:
    # Those fitted to one log stand together, however many patients each rests on.
    counts = Counter(known.known.split(" (n = ")[0] for known in scenario.provenance.values())
    usual = (*KNOWN, NOT_STATED, DEFAULT, CHANGED)
    words = [
        word for word in (*KNOWN, *sorted(set(counts) - set(usual)), NOT_STATED, DEFAULT) if counts[word]
    ]
    listed = ", ".join(f"{counts[word]} {word}" for word in words)
    lines = [f"numbers   {sum(counts.values())}: {listed}"]
    paths = [path for path, known in scenario.provenance.items() if known.known == NOT_STATED]
    if paths:
        lines += [f"{NOT_STATED}:", *(f"  {path}" for path in paths)]
    note = borrowed_parts_note(scenario)
    return [*lines, note] if note else lines
