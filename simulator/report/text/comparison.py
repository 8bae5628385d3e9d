"""Every table of a comparison as text; the first screen is `first_screen`. No number is computed here."""

from collections.abc import Iterator

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import has_criteria
from simulator.eligibility.criterion_topics import named
from simulator.report.blocks import Block, Text
from simulator.report.render.text import text_of
from simulator.report.sections import by_truth
from simulator.report.sections.answer import needed_table, too_large
from simulator.report.sections.differences import headline_table, matched_headline_table
from simulator.report.sections.early_looks import has_early_looks, has_obd, obd_table, waiting_tables
from simulator.report.sections.gap import gap_blocks
from simulator.report.trial_words import blocks_in_words_of
from simulator.report.values import ReportData
from simulator.report.words import short_truth_words
from simulator.scenario.wording import counted

TOP_REASONS = 5


def every_table(comparison: ComparisonTables) -> str:
    """Return every table of the comparison as plain text."""
    data = ReportData(comparison)
    blocks: list[Block] = [*_title(data), Text(""), *_group("Patients")]
    if data.asked:
        blocks.append(needed_table(data))
    blocks += [by_truth.used(data), *_group("Selection and safety")]
    blocks += [by_truth.selection(data), by_truth.safety(data), *_group("Level by level")]
    screened = has_criteria(comparison.results.plan)
    blocks += [*by_truth.by_level(data), *_group("Months and screening" if screened else "Months")]
    blocks.append(by_truth.months(data))
    blocks += [_screening(data)] if screened else []
    if has_obd(data):
        blocks += [Text(""), *_group("Benefit and risk"), obd_table(data)]
    if has_early_looks(data):
        blocks += [Text(""), *_group("What waiting costs"), *waiting_tables(data)]
    if len(data.designs) > 1:
        blocks += [Text(""), *_group("Differences between designs"), headline_table(data)]
        blocks += [matched_headline_table(data)] if len(comparison.matched) else []
    if comparison.gap is not None:
        blocks += [Text(""), *_group("Calendar and exact"), *gap_blocks(comparison.gap)]
    notes = (*comparison.warnings, *too_large(data))
    blocks += [*_controls(data), *(Text(f"Note: {note}.") for note in notes)]
    return text_of(*blocks_in_words_of(comparison.scenario, blocks))


def why_text(comparison: ComparisonTables, width: int) -> str:
    """Return what each cause adds between calendar and exact, in so many columns."""
    assert comparison.gap is not None
    return text_of(*blocks_in_words_of(comparison.scenario, gap_blocks(comparison.gap)), width=width)


def _group(title: str) -> tuple[Text, ...]:
    """Return the line above a group of tables; behind a table with a note stands an empty one already."""
    return Text(f"=== {title} ==="), Text("")


def _title(data: ReportData) -> tuple[Block, ...]:
    results, scenario = data.comparison.results, data.comparison.scenario
    correct = ", ".join(f"{truth} {one.correct or 'none'}" for truth, one in data.truth_targets.items())
    return (
        Text(f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"),
        Text(
            f"{counted(results.replicates, 'simulated trial')} "
            "per design and truth, the same patients for all of them; seed "
            f"{results.plan.seed}; target {scenario.trial.target:g}. After ±: Monte Carlo standard error; < x: no "
            "event seen, x its upper 95 % bound; > x: none missing, x the lower bound; square brackets: 95 % "
            "interval. No ±: too few trials to say. "
            f"Correct level by truth: {correct}. Balanced set: {', '.join(results.balanced_truths()) or '-'}."
        ),
    )


def _screening(data: ReportData) -> Text:
    reasons = ", ".join(
        f"{named(criterion)} {one.percent} %" for criterion, one in data.primary_reasons()[:TOP_REASONS]
    )
    truth = data.headline_truth
    by_design = ", ".join(
        f"{design} {data.oc(design, truth, 'screen_failure_share').percent} %" for design in data.designs
    )
    return Text(
        f"Screen failure: {data.screen_failure().percent} % of consented patients with a verdict, whatever the "
        f"trial. Most frequent primary reasons, % of the same patients: {reasons or '-'}. Up to the end of "
        f"enrolment, {short_truth_words(truth)}: {by_design}."
    )


def _controls(data: ReportData) -> Iterator[Text]:
    frame = data.comparison.controls
    if len(frame):
        pcs, overdose = (
            frame[frame["measure"] == measure].set_index("level")["value"]
            for measure in ("pcs", "overdose_selection")
        )
        listed = "; ".join(
            f"level {level}: {100 * pcs[level]:.0f} % correct, {100 * overdose[level]:.0f} % overdose"
            for level in pcs.index
        )
        yield Text(f"Control, always the same level over {data.asked}: {listed}.")
