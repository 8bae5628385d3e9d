"""The forest plot shows the paired differences of the frame, with their intervals and the line at 0."""

import numpy as np
import pytest
from matplotlib.axes import Axes

from simulator.analysis.differences import MEASURES
from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, PAGE_CM, new_axes, paired_differences
from simulator.studies.compare import Comparison
from tests.analysis.runs import comparison, scenario
from tests.report.crowded import DESIGNS, TRUTHS, crowded
from tests.report.legible import assert_legible, panels_of


def drawn(axes: Axes) -> dict[str, tuple[float, list[float], bool]]:
    """Return per pair the value, the ends of its interval, and whether its mark is filled."""
    marks = {}
    for one in axes.lines:
        if " minus " in str(one.get_label()):
            x, height = float(np.asarray(one.get_xdata())[0]), float(np.asarray(one.get_ydata())[0])
            ends = [
                np.asarray(other.get_xdata(), dtype=float).tolist()
                for other in axes.lines
                if len(np.asarray(other.get_xdata())) == 2
                and list(np.asarray(other.get_ydata())) == [height] * 2
            ]
            assert len(ends) == 1
            marks[str(one.get_label())] = (x, ends[0], one.get_markerfacecolor() != "white")
    return marks


@pytest.mark.parametrize("measure", list(MEASURES))
@pytest.mark.parametrize("truth", ["balanced", "M4"])
def test_every_pair_is_drawn_with_its_interval(measure: str, truth: str) -> None:
    found = drawn(paired_differences(crowded(), measure, truth))
    frame = crowded().differences
    rows = frame[(frame["truth"] == truth) & (frame["measure"] == measure)]
    scale = 100 if measure in ("pcs", "overdose_selection", "none") else 1
    assert len(found) == len(DESIGNS) * (len(DESIGNS) - 1) / 2
    for design, other in dict.fromkeys(zip(rows["design"], rows["other"], strict=True)):
        of = rows[(rows["design"] == design) & (rows["other"] == other)].set_index("statistic")["value"]
        value, ends, filled = found[f"{other} minus {design}"]
        assert value == pytest.approx(scale * of["mean"])
        assert ends == pytest.approx([scale * of["low95"], scale * of["high95"]], nan_ok=True)
        assert filled == (of["low95"] > 0 or of["high95"] < 0)


def test_the_measures_are_those_of_the_frame() -> None:
    assert list(MEASURES) == list(dict.fromkeys(comparison().differences["measure"]))


def test_numbers_stand_beside_and_the_title_says_what_of_which_truth() -> None:
    axes = paired_differences(comparison(), "enrolled", "balanced")
    frame = comparison().differences
    of = frame[(frame["truth"] == "balanced") & (frame["measure"] == "enrolled")].set_index("statistic")[
        "value"
    ]
    under = [
        frame[(frame["truth"] == truth) & (frame["measure"] == "enrolled") & (frame["statistic"] == "mean")]
        for truth in comparison().results.balanced_truths()
    ]
    means = [rows["value"].item() for rows in under]
    assert [text.get_text() for text in axes.texts] == [
        f"{of['mean']:.1f} [{of['low95']:.1f}, {of['high95']:.1f}]\ntruths {min(means):.1f} to {max(means):.1f}"
    ]
    [marks] = [np.asarray(one.get_xdata()).tolist() for one in axes.lines if one.get_marker() == "|"]
    assert marks == pytest.approx(means)
    of_one = paired_differences(comparison(), "enrolled", "M4")
    assert "truths" not in of_one.texts[0].get_text()
    assert not any(one.get_marker() == "|" and len(np.asarray(one.get_xdata())) for one in of_one.lines)
    assert axes.get_title(loc="left") == "enrolled, balanced set of truths"
    label = axes.get_xlabel().replace("\n", " ")
    assert "patients per trial" in label
    assert "as conducted (the designs differ in size)" in label


def test_designs_of_one_size_are_not_said_to_differ_in_it() -> None:
    small = comparison()
    frame = small.differences.copy()
    frame.loc[frame["measure"] == "evaluable_before_expansion", "value"] = 0.0
    same = Comparison(small.scenario, small.results, ())
    same.__dict__["differences"] = frame
    assert "differ in size" not in paired_differences(same, truth="balanced").get_xlabel().replace("\n", " ")


def test_an_unknown_interval_is_said_and_not_drawn_as_none() -> None:
    small = comparison()
    frame = small.differences.copy()
    frame.loc[frame["statistic"] != "mean", "value"] = float("nan")
    changed = Comparison(small.scenario, small.results, ())
    changed.__dict__["differences"] = frame
    axes = paired_differences(changed, truth="balanced")
    [(_, ends, filled)] = drawn(axes).values()
    assert np.isnan(ends).all()
    assert not filled
    assert "interval unknown" in axes.texts[0].get_text()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(SimulatorError, match=r"measure must be one of pcs, .*, got 'accuracy'"):
        paired_differences(comparison(), "accuracy")
    with pytest.raises(SimulatorError, match="truth must be one of"):
        paired_differences(comparison(), truth="S9")


def test_one_design_has_no_differences() -> None:
    from simulator.studies.compare import compare

    alone = compare(scenario(), ["3+3"], ["M1"], 2, seed=5)
    with pytest.raises(SimulatorError, match="at least two designs"):
        paired_differences(alone)


def test_every_truth_has_a_panel_of_its_own_unless_told() -> None:
    whole = paired_differences(crowded(), "enrolled")
    panels = panels_of(whole)
    assert [panel.get_title(loc="left").replace("\n", " ") for panel in panels] == list(TRUTHS)
    for panel, truth in zip(panels, TRUTHS, strict=True):
        alone = drawn(paired_differences(crowded(), "enrolled", truth))
        assert str(drawn(panel)) == str(alone)  # an interval may be unknown, and nan is not nan
        assert panel.get_xlim() == panels[0].get_xlim()
    figure = whole.get_figure(root=True)
    assert figure is not None
    said = figure.get_supxlabel().replace("\n", " ")
    assert said.startswith("enrolled: difference on the same patients as conducted")


@pytest.mark.parametrize("truth", [None, "balanced"])
@pytest.mark.parametrize(("width_cm", "height_cm"), [(COLUMN_CM, 18), (PAGE_CM, 0)])
def test_fifteen_pairs_with_long_names_are_legible(
    width_cm: float, height_cm: float, truth: str | None
) -> None:
    height_cm *= 1 if truth else 7
    axes = new_axes(width_cm, height_cm) if height_cm else None
    assert_legible(paired_differences(crowded(), truth=truth, ax=axes))
