"""The printed comparison: numbers with their error, nothing cut, names printed as they are."""

import math
import re

import pytest

from simulator.report.render.text import TEXT_WIDTH
from simulator.report.text.comparison import every_table
from simulator.report.values import FormattedEstimate, ReportData
from simulator.scenario.scenario import parse_scenario
from simulator.studies.compare import Comparison, compare
from tests.analysis.runs import DESIGNS, LINES_PRINTED, comparison

NAN = math.nan
TABLES = ("Used: ", "Selection, ", "Safety, ", "Selected, ", "Treated, ", "DLT rate, ", "Months to ")


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (FormattedEstimate(0.575, 0.029), "57.5±2.9"),
        (FormattedEstimate(0.575, NAN), "57.5"),
        (FormattedEstimate(NAN, NAN), "-"),
        (FormattedEstimate(0.0, 0.0, bound=0.0099), "< 1.0"),
        (FormattedEstimate(1.0, 0.0, bound=0.9901), "> 99.0"),
        (FormattedEstimate(0.0, NAN, bound=0.95), "< 95.0"),
        (FormattedEstimate(1.0, NAN, bound=0.05), "> 5.0"),
        (FormattedEstimate(0.0, 0.0, bound=0.00012), "< 0.01"),
        (FormattedEstimate(1.0, 0.0, bound=0.99988), "> 99.99"),
        (FormattedEstimate(0.0002, 0.0002), "0.02±0.02"),
        (FormattedEstimate(0.2, 0.0, low=0.198, high=0.208), "20.0 [19.8, 20.8]"),
    ],
)
def test_a_percentage_shows_its_error_and_never_one_that_reads_as_zero(
    shown: FormattedEstimate, text: str
) -> None:
    assert shown.percent == text


def test_a_number_shows_as_many_decimals_as_its_error_needs() -> None:
    assert FormattedEstimate(28.24, 0.91).number == "28.2±0.9"
    assert FormattedEstimate(2.345, 0.0449).number == "2.35±0.04"
    assert FormattedEstimate(3.0, 0.0).number == "3.0±0.0"
    assert FormattedEstimate(3.0, NAN).number == "3.0"


def test_an_interval_is_printed_as_given_and_left_out_where_unknown() -> None:
    assert FormattedEstimate(0.1, 0.05, low=0.0, high=0.2).interval(100) == "10.0 [0.0, 20.0]"
    assert FormattedEstimate(-1.5, 0.0).interval() == "-1.5"


def cells(text: str, title: str) -> list[list[str]]:
    """Return the rows of a table: cells stand two or more spaces apart, or lines end."""
    lines = text.split(title)[1].split("\n\n")[1].splitlines()
    assert set(lines[1].strip()) == {"─"}
    return [re.split(r" {2,}", line.strip()) for line in (lines[0], *lines[2:])]


def test_every_table_of_truths_has_a_row_per_design_and_names_each_truth_once() -> None:
    text = every_table(comparison())
    for title in TABLES:
        body = text.split(f"\n{title}")[1].split("\n\n")[1].splitlines()[2:]
        assert len(body) == len(LINES_PRINTED) * len(DESIGNS)
        first = [line.split("  ")[0].strip() for line in body[:: len(DESIGNS)]]
        assert first == list(LINES_PRINTED)


def test_the_headline_and_selection_print_the_values_of_the_frames() -> None:
    text = every_table(comparison())
    data = ReportData(comparison())
    frame = comparison().operating_characteristics
    row = frame.query("design == 'boin' and truth == 'M1' and measure == 'pcs' and statistic == 'mean'").iloc[
        0
    ]
    assert data.oc("boin", "M1", "pcs").value == row["value"]
    needed = cells(text, "does each design need?")
    assert [line[0] for line in needed[1:]] == list(DESIGNS)
    for line in needed[1:]:
        assert " ".join(line[1:]).startswith(f"{data.needed_infused(line[0])} {data.best(line[0])}")
    for line in cells(text, "Selection, % of trials")[1:]:
        if line[0] == "balanced":
            assert line[2] == data.oc(line[1], "balanced", "pcs").percent
    assert f"{row['value'] * 100:.1f}±{row['mcse'] * 100:.1f}" in text


def test_paired_differences_print_the_interval_of_the_frame() -> None:
    frame = comparison().differences
    at = frame[(frame["truth"] == "balanced") & (frame["measure"] == "pcs")].set_index("statistic")["value"]
    printed = f"{100 * at['mean']:.1f} [{100 * at['low95']:.1f}, {100 * at['high95']:.1f}]"
    header, row, *_ = cells(every_table(comparison()), "Paired differences")
    assert " ".join(row).startswith(f"boin 3+3 {printed} ")
    assert " ".join(header).split()[2] == "correct"


def test_sentences_keep_the_text_width_and_nothing_ends_in_spaces() -> None:
    for line in every_table(comparison()).splitlines():
        assert line == line.rstrip()
        if re.search(r"[a-z]\.$", line):
            assert len(line) <= TEXT_WIDTH


def wide(levels: int, truths: tuple[str, ...], designs: tuple[str, ...]) -> Comparison:
    p = [round(0.05 * k, 2) for k in range(1, levels + 1)]
    lines = "".join(
        f"  - {{name: {name!r}, balanced: true, p_dlt: {p}, p_response: {p}}}\n" for name in truths
    )
    rules = "".join(f"  - {{name: {name!r}, design: 3+3}}\n" for name in designs)
    scenario = parse_scenario(
        f"about: {{title: '[bold]Title[/bold] :smile:'}}\ntrial: {{dose_levels: {p}}}\n"
        f"outcomes: {{aplasia_day28: {p}, aplasia_day42: {p}}}\ntruths:\n{lines}designs:\n{rules}"
    )
    return compare(scenario, replicates=2)


@pytest.mark.parametrize(
    ("levels", "truths", "designs"),
    [
        (1, ("A",), ("only",)),
        (8, ("T" * 60, "U" * 60, "V" * 60, "W" * 60), ("D" * 40, "E" * 40)),
        (2, ("[red]x", "[/red]", "a [none, none] b"), ("[bold]y[/bold]", "[link=z]")),
    ],
)
def test_no_cell_is_cut_and_names_are_printed_as_they_are(
    levels: int, truths: tuple[str, ...], designs: tuple[str, ...]
) -> None:
    done = wide(levels, truths, designs)
    text = every_table(done)
    assert "…" not in text
    assert "[bold]Title[/bold] :smile:" in text
    for title in (f"\n{one}" for one in TABLES):
        body = text.split(title)[1].split("\n\n")[1].splitlines()[2:]
        for name in (*truths, *designs):
            assert any(re.search(rf"(^| ){re.escape(name)} ", line) for line in body), (title, name)
    data = ReportData(done)
    for truth, design in data.pairs:
        treated = data.oc(design, truth, "treated", levels).number
        assert re.search(rf" {re.escape(treated)}( |$)", text, re.M)


def test_a_realised_rate_of_several_truths_stands_beside_the_risk_of_the_same_patients() -> None:
    data = ReportData(comparison())
    true = data.oc("3+3", "balanced", "true_dlt_risk", 4).value
    realised = data.oc("3+3", "balanced", "realised_dlt_rate", 4).percent
    [row] = [
        line for line in cells(every_table(comparison()), "DLT rate, ") if line[:2] == ["balanced", "3+3"]
    ]
    assert row[-1] == f"{realised}/{100 * true:.0f}"
    assert true < 0.45  # M4 fills level 4; the plain average of M0, M1 and M4 there is 0.60
