"""A saved run carries every figure under a name that is known before it is run."""

from pathlib import Path

import pytest

from simulator.errors import StoreError
from simulator.report.figures import comparison_figures, figure_names, plot, rendered
from simulator.studies.compare import compare
from tests.analysis.runs import comparison, scenario


def test_names_are_those_of_the_figures_drawn() -> None:
    drawn = comparison_figures(comparison())
    assert list(drawn) == list(figure_names(["3+3", "boin"], asked=True))
    assert list(drawn) == [
        "accuracy_by_cap",
        "accuracy_by_truth",
        "selection_by_truth",
        "allocation_by_truth",
        "patients_used",
        "months_used",
        "screen_failure_reasons",
        "paired_differences",
        "patient_flow_3_3",
        "patient_flow_boin",
        "truths_and_estimates_3_3",
        "truths_and_estimates_boin",
    ]
    for content in drawn.values():
        assert content["svg"].startswith(b"<?xml")
        assert content["png"].startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_not_named() -> None:
    names = figure_names(["boin"], asked=False)
    assert "accuracy_by_cap" not in names
    assert "paired_differences" not in names


def test_designs_whose_names_differ_in_signs_only_do_not_share_a_file() -> None:
    names = figure_names(["3+3", "3-3", "3 3", "3*3"], asked=True)
    flows = {design: name for name, (kind, design) in names.items() if kind == "patient_flow"}
    assert flows == {
        "3+3": "patient_flow_3_3",
        "3-3": "patient_flow_3-3",
        "3 3": "patient_flow_3_3_2",
        "3*3": "patient_flow_3_3_3",
    }


def test_a_name_that_is_long_makes_a_name_that_is_legal() -> None:
    assert max(len(name) for name in figure_names(["x" * 200, "x" * 201], asked=True)) <= 100


def test_a_run_on_disk_carries_them(tmp_path: Path) -> None:
    compare(scenario(), ["3+3"], ["M1"], 2, seed=5, out=tmp_path / "run")
    expected = {f"{name}.{suffix}" for name in figure_names(["3+3"], asked=True) for suffix in ("svg", "png")}
    assert {file.name for file in (tmp_path / "run" / "figures").iterdir()} == expected


def test_a_file_of_somebody_else_with_a_figures_name_is_met_before_the_run(tmp_path: Path) -> None:
    taken = tmp_path / "run" / "figures" / "months_used.svg"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    told: list[int] = []
    with pytest.raises(StoreError, match=r"figures/months_used\.svg not written by this run"):
        compare(
            scenario(),
            ["3+3"],
            ["M1"],
            2,
            seed=5,
            out=tmp_path / "run",
            force=True,
            progress=lambda done, wanted: told.append(done),
        )
    assert told == []
    assert taken.read_text() == "mine"


def test_figures_drawn_anew_are_the_same_bytes() -> None:
    def drawn() -> dict[str, bytes]:
        figure = plot(comparison(), "selection_by_level").get_figure(root=True)
        assert figure is not None
        return rendered(figure)

    assert drawn() == drawn()
