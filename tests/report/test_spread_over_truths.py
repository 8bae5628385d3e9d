"""An average over truths stands beside its lowest and highest truth; an exact size beside the mean like it."""

from simulator.analysis.by_key import by_key
from simulator.report import planned
from simulator.report.sections.answer import needed_table
from simulator.report.sections.differences import headline_table
from simulator.report.values import ReportData
from tests.analysis.runs import comparison


def test_the_balanced_difference_stands_beside_its_lowest_and_its_highest_truth() -> None:
    data = ReportData(comparison())
    table = headline_table(data)
    average, lowest, highest = table.groups[0].rows
    found = by_key(comparison().differences, "truth", "measure")
    balanced = comparison().results.balanced_truths()
    for column, (measure, scale) in enumerate({"pcs": 100, "overdose_selection": 100, "enrolled": 1}.items()):
        place = (2, 3, 5)[column]
        of = {truth: scale * found[truth, measure]["mean"][0] for truth in balanced}
        for row, pick in ((lowest, min), (highest, max)):
            value, truth = row[place].split(" ")
            assert float(value) == round(pick(of.values()), 1)
            assert round(of[truth], 1) == float(value)
        assert float(lowest[place].split()[0]) <= float(average[place].split(" ")[0])
        assert float(highest[place].split()[0]) >= float(average[place].split(" ")[0])


def test_the_mean_of_trials_that_reach_n_stands_beside_the_exact_number() -> None:
    data = ReportData(comparison())
    table = needed_table(data)
    at = table.headings.index("reached")
    assert table.headings[at + 1] == "exact"
    for row in table.groups[0].rows:
        design = row[0]
        expected = planned.plan(data, design, "evaluable").number if data.needed_cap(design) else "-"
        assert row[at] == expected
