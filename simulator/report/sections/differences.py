"""Paired differences between designs, as conducted and at matched size."""

from collections.abc import Iterator
from typing import Final

from simulator.analysis.by_key import Statistics
from simulator.analysis.changes import MONTHS, WITHOUT_LIMIT
from simulator.analysis.differences import at_matched_size
from simulator.report.blocks import NONE, Drawing, Group, Section, Table, Text, rows
from simulator.report.sections.sizes import is_small
from simulator.report.sections.within_limit import UNLIMITED, within
from simulator.report.values import FormattedEstimate, ReportData, with_ends
from simulator.report.words import short_truth_words
from simulator.runs.results import BALANCED

MEASURES: Final = {
    "pcs": ("correct", 100.0),
    "overdose_selection": ("overdose", 100.0),
    "patients_above_correct": ("above", 1.0),
    "enrolled": ("enrolled", 1.0),
    "evaluable_before_expansion": ("evaluable", 1.0),
    MONTHS: ("months", 1.0),
    WITHOUT_LIMIT: ("unlimited", 1.0),
}
"""Measures by heading and scale; the last only where the calendar limit cuts months."""
NOTE: Final = "Correct, overdose: percentage points. *: smaller than 2 Monte Carlo standard errors."
SPREAD: Final = " Lowest, highest: under which truth of the set the difference is so; an average hides it."
STOPPED_ITSELF: Final = "Not where the smaller stops itself for safety in most trials."


def comparisons(data: ReportData, drawings: tuple[Drawing, ...] = ()) -> Section:
    """Return the paired differences as conducted, and at matched size."""
    if len(data.designs) < 2:
        return Section("differences", "Differences between designs", (Text("Only one design was run."),))
    text = (
        "Paired on the same simulated patients; second minus first, with 95 % interval. As conducted, designs of "
        "different size are compared with all that their size brings; at matched size, the larger design is cut at "
        "the number of infused patients whose mean evaluable number is nearest to the smaller one's. An asterisk "
        "marks a difference smaller than 2 Monte Carlo standard errors: not distinguishable in these trials."
    )
    tables = [_of_every_truth(data)]
    if len(data.comparison.matched):
        tables.append(_matched(data))
    return Section("differences", "Differences between designs", (Text(text), *drawings, *tables))


def headline_table(data: ReportData) -> Table:
    """Return the paired differences of the headline truth, a row for each pair of designs."""
    truth = data.headline_truth
    cut = _is_cut(data, [truth])
    listed = []
    for design, other in _pairs(data):
        listed.append((other, design, *_cells(data, design, other, truth, cut=cut)))
        listed += _spread(data, design, other, cut=cut) if truth == BALANCED else ()
    return Table(
        f"Paired differences on the same patients, {short_truth_words(truth)}, with 95 % interval",
        ("design", "minus", *_headings(data, cut)),
        rows(*listed),
        row_headings=2,
        note="As conducted: the designs differ in size. Correct, overdose: percentage points; above: patients above "
        f"the correct level.{SPREAD if truth == BALANCED else ''}{UNLIMITED if cut else ''}",
    )


def _spread(data: ReportData, design: str, other: str, *, cut: bool) -> list[tuple[str, ...]]:
    """Return the truth of the balanced set in which each difference is lowest, and in which it is highest."""
    rows_of = []
    for name, pick in (("  lowest", min), ("  highest", max)):
        cells = []
        for measure, scale in _shown(cut=cut):
            values = {
                truth: data.by_name("differences")[design, other, truth, measure]["mean"][0]
                for truth in data.comparison.results.balanced_truths()
            }
            truth = pick(values, key=values.__getitem__)
            cells.append(f"{round(scale * values[truth], 1) + 0.0:.1f} {truth}")
        rows_of.append((name, "", *cells))
    return rows_of


def _shown(*, cut: bool) -> list[tuple[str, float]]:
    """Return the measures that are shown, with their scale: months without the calendar limit where it cuts any."""
    return [(name, scale) for name, (_, scale) in MEASURES.items() if cut or name != WITHOUT_LIMIT]


def _of_every_truth(data: ReportData) -> Table:
    """Return the paired differences by pair and truth; an asterisk marks those that may be none."""
    cut = _is_cut(data, data.truths)
    groups = [
        Group(
            f"{other} minus {design}",
            tuple((truth, *_cells(data, design, other, truth, marks=True, cut=cut)) for truth in data.truths),
        )
        for design, other in _pairs(data)
    ]
    return Table(
        "Paired differences as conducted, with 95 % interval",
        ("truth", *_headings(data, cut)),
        tuple(groups),
        note=f"{NOTE}{UNLIMITED if cut else ''}",
    )


def _pairs(data: ReportData) -> list[tuple[str, str]]:
    return list(dict.fromkeys(key[:2] for key in data.by_name("differences")))


def _is_cut(data: ReportData, truths: list[str]) -> bool:
    """Return whether the calendar limit cuts months of any design under these truths."""
    return any(data.cut_by_calendar(design, truth) for design in data.designs for truth in truths)


def _headings(data: ReportData, cut: bool) -> tuple[str, ...]:
    names = {measure: name for measure, (name, _) in MEASURES.items() if cut or measure != WITHOUT_LIMIT}
    if cut:
        names[MONTHS] = within(data, names[MONTHS])
    return tuple(names.values())


def _cells(
    data: ReportData, design: str, other: str, truth: str, *, cut: bool, marks: bool = False
) -> Iterator[str]:
    for measure, scale in _shown(cut=cut):
        yield _difference(data.by_name("differences")[design, other, truth, measure], scale, marks=marks)


def _difference(one: Statistics, scale: float, *, marks: bool) -> str:
    return with_ends(one).interval(scale) + ("*" if marks and is_small(one["mean"]) else "")


def matched_headline_table(data: ReportData) -> Table:
    """Return correct selection at matched size, a row for each pair of designs."""
    asked = data.comparison.results.question_truths()
    listed = []
    for smaller, larger, by_truth in at_matched_size(data.comparison.matched, asked):
        shown = {
            one.truth: f"{_difference(one.of['pcs_difference'], 100, marks=False)} at {one.cap}"
            for one in by_truth
        }
        listed.append((larger, smaller, *(shown.get(truth, NONE) for truth in asked)))
    return Table(
        "At matched size: correct selection, larger minus smaller design, percentage points, and at which cap",
        ("larger", "smaller", *asked),
        rows(*listed),
        row_headings=2,
        note="The larger design is cut at the number of infused patients (cap) whose mean evaluable number is "
        f"nearest to the smaller one's. {STOPPED_ITSELF}",
    )


def _matched(data: ReportData) -> Table:
    """Return correct and overdose selection at matched size, with the sizes that are matched."""
    groups = []
    for smaller, larger, by_truth in at_matched_size(
        data.comparison.matched, data.comparison.results.question_truths()
    ):
        listed = [
            (
                one.truth,
                str(one.cap),
                FormattedEstimate(*one.of["evaluable"]["mean"]).number,
                data.oc(smaller, one.truth, "evaluable_before_expansion").number,
                _difference(one.of["pcs_difference"], 100, marks=True),
                _difference(one.of["overdose_selection_difference"], 100, marks=True),
            )
            for one in by_truth
        ]
        groups.append(Group(f"{larger}, cut to the size of {smaller}", tuple(listed)))
    headings = (
        *("truth", "cut at infused", "evaluable there", "evaluable of the smaller"),
        *("correct", "overdose"),
    )
    return Table(
        "At matched size: larger minus smaller design, with 95 % interval",
        headings,
        tuple(groups),
        note=f"{NOTE} {STOPPED_ITSELF}",
    )
