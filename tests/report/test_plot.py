"""One call draws any figure of a result by its name, on the axes given or on new ones."""

import inspect
import os
import subprocess
import sys

import pytest

from simulator.designs import BOIN
from simulator.errors import SimulatorError
from simulator.exact import operating_characteristics
from simulator.report import figures
from simulator.report.figures import COLUMN_CM, new_axes, plot
from simulator.report.figures.by_name import OF_COMPARISON, OF_EXACT, OF_REPLAY, figures_of
from simulator.studies.compare import compare
from tests.analysis.runs import comparison, scenario
from tests.report.trials import trial


@pytest.mark.parametrize("kind", list(OF_COMPARISON))
def test_a_comparison_draws_each_of_its_figures(kind: str) -> None:
    given = new_axes()
    assert comparison().plot(kind, given) is given
    figure = given.get_figure(root=True)
    assert figure is not None
    assert any(one.has_data() for one in figure.axes)


@pytest.mark.parametrize("kind", list(OF_REPLAY))
def test_a_replayed_trial_draws_each_of_its_figures(kind: str) -> None:
    again = trial("boin", "M4", 3)
    assert again.plot(kind).has_data()


@pytest.mark.parametrize("kind", list(OF_EXACT))
def test_exact_results_draw_each_of_theirs(kind: str) -> None:
    exact = operating_characteristics(BOIN(n_doses=3, target=0.3, max_n=9), [0.1, 0.2, 0.3])
    assert plot(exact, kind).has_data()


def test_every_figure_is_public_and_takes_axes() -> None:
    for name, draw in {**OF_COMPARISON, **OF_REPLAY, **OF_EXACT}.items():
        assert getattr(figures, name) is draw
        assert inspect.signature(draw).parameters["ax"].default is None


def test_the_default_is_accuracy_or_where_none_is_judged_selection() -> None:
    assert comparison().plot().get_xlabel().partition("\n")[0] == "cap N, patients infused"
    unasked = compare(scenario(), ["3+3"], ["S2"], 2, seed=5)
    figure = unasked.plot().get_figure(root=True)
    assert figure is not None
    assert figure.get_supylabel() == "selected, % of trials"
    assert set(OF_COMPARISON) - set(figures_of(unasked)) == {
        "accuracy_by_cap",
        "accuracy_by_truth",
        "paired_differences",
    }
    assert trial("boin", "M4", 3).plot().get_xlabel().startswith("days after enrolment")


def test_options_reach_the_figure() -> None:
    axes = comparison().plot("patients_used", count="screened", truth="M1")
    assert axes.get_xlabel() == "patients screened"


def test_axes_are_drawn_on_and_new_ones_are_none_of_pyplots() -> None:
    given = new_axes(COLUMN_CM, 8)
    assert comparison().plot("selection_by_level", given) is given
    comparison().plot("selection_by_level")
    from matplotlib import pyplot

    assert pyplot.get_fignums() == []


def test_bad_kinds_and_options_are_named() -> None:
    with pytest.raises(SimulatorError, match=r"kind must be one of accuracy_by_cap, .*, got 'swimmer_plot'"):
        comparison().plot("swimmer_plot")
    with pytest.raises(
        SimulatorError, match="kind must be one of swimmer_plot, dose_escalation_chart, got 'x'"
    ):
        trial("boin", "M4", 3).plot("x")
    with pytest.raises(SimulatorError, match="patient_flow takes the options design, truth, got desing"):
        comparison().plot("patient_flow", desing="boin")
    with pytest.raises(SimulatorError, match="swimmer_plot takes the options none, got truth"):
        plot(trial("boin", "M4", 3), truth="M4")


IN_A_NOTEBOOK = """
from IPython.testing.globalipapp import start_ipython
start_ipython()
import matplotlib
matplotlib.use("agg")
from simulator.designs import BOIN
from simulator.exact import operating_characteristics
from simulator.report.figures import plot, new_axes
from matplotlib import pyplot
exact = operating_characteristics(BOIN(n_doses=3, target=0.3, max_n=9), [0.1, 0.2, 0.3])
given = new_axes()
plot(exact, ax=given)
print(pyplot.get_fignums())
axes = plot(exact)
print([pyplot.figure(n) is axes.figure for n in pyplot.get_fignums()])
new_axes()
print(len(pyplot.get_fignums()))
"""


def test_in_a_notebook_a_new_figure_is_one_that_the_cell_shows() -> None:
    done = subprocess.run([sys.executable, "-c", IN_A_NOTEBOOK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:3] == ["[]", "[True]", "1"]


EVERY_CELL = """
from IPython.testing.globalipapp import start_ipython
start_ipython()
import matplotlib
from simulator.designs import BOIN
from simulator.exact import operating_characteristics
from simulator.report.figures import plot
exact = operating_characteristics(BOIN(n_doses=3, target=0.3, max_n=9), [0.1, 0.2, 0.3])
plot(exact)
print(matplotlib.get_backend(), matplotlib.is_interactive())
"""


def test_a_notebook_shows_the_figures_of_later_cells_too() -> None:
    """The inline backend draws at the end of a cell only while matplotlib is interactive."""
    inline = "module://matplotlib_inline.backend_inline"
    done = subprocess.run(
        [sys.executable, "-c", EVERY_CELL],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": inline},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[0] in (f"{inline} True", "inline True")
