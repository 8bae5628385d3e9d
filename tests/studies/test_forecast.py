"""The verb and the command: milestones over all trials, months by waiting, rates learnt, every fault named."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import simulator
from simulator.analysis.accrual_tables import QUANTILES, counts, milestones, waiting
from simulator.analysis.forecast_tables import Forecast
from simulator.commands.cli import app
from simulator.durations import DAYS_PER_MONTH
from simulator.errors import ProtocolError, ScenarioError, SimulatorError
from simulator.report.text.forecast import render
from simulator.runs.accrual import AccrualRows, turn
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.scenario.templates import template_text
from simulator.studies.compare import compare
from simulator.studies.forecast import forecast
from simulator.trial.waiting_times import Waiting
from tests.documents import blocks
from tests.support.command_line import FILE
from tests.support.places import ROOT

SO_FAR = ROOT / "docs" / "examples" / "so_far.csv"
CUT = "2026-08-31"


@pytest.fixture(scope="module")
def from_opening(scenario: Scenario) -> Forecast:
    return forecast(scenario, ["boin"], replicates=40, first_site_opened="2025-11-01")


@pytest.fixture(scope="module")
def mid_trial(scenario: Scenario) -> Forecast:
    return forecast(scenario, ["boin", "3+3"], replicates=20, so_far=SO_FAR, cut_date=CUT)


def rows_of(days: list[list[float]]) -> AccrualRows:
    """Return the rows of one design: per trial the days of its enrolments, the other milestones never."""
    table = np.full((len(days), 3, 4), np.inf)
    for k, of in enumerate(days):
        table[k, 0, : len(of)] = of
    many = len(days)
    return AccrualRows(
        design=np.zeros(many, dtype=np.int64),
        replicate=np.arange(many),
        truth=np.zeros(many, dtype=np.int64),
        days=table,
        recommended_day=np.full(many, 2 * DAYS_PER_MONTH),
        recommended=np.ones(many, dtype=bool),
        waited=np.tile(np.arange(5.0) * DAYS_PER_MONTH, (many, 1)),
    )


def value(frame: pd.DataFrame, statistic: str, **keys: object) -> float:
    mine = frame["statistic"] == statistic
    for name, key in keys.items():
        mine &= frame[name] == key
    [found] = frame.loc[mine, "value"]
    return float(found)


# Tables


def test_a_trial_that_never_reaches_a_patient_counts_as_later_than_any() -> None:
    month = DAYS_PER_MONTH
    frame = milestones(rows_of([[month], [2 * month], [3 * month, 4 * month], []]), ["d"], "t", [1, 2])
    first = {"state": "enrolled", "patient": 1}
    assert value(frame, "reached", **first) == 0.75
    assert value(frame, "median", **first) == 2.0  # of 1, 2, 3, never
    assert value(frame, "p75", **first) == 3.0
    assert value(frame, "p90", **first) == np.inf
    assert value(frame, "reached", state="enrolled", patient=2) == 0.25
    assert value(frame, "p25", state="enrolled", patient=2) == 4.0
    assert value(frame, "median", state="enrolled", patient=2) == np.inf
    assert value(frame, "reached", state="infused", patient=1) == 0.0
    assert value(frame, "reached_bound95", state="infused", patient=1) == 1 - 0.05 ** (1 / 4)
    unknown = frame[np.isinf(frame["value"])]
    assert unknown["mcse"].isna().all()


def test_counts_by_month_are_of_all_trials() -> None:
    month = DAYS_PER_MONTH
    frame = counts(rows_of([[0.5 * month], [1.5 * month, 1.7 * month], []]), ["d"], "t")
    assert value(frame, "mean", state="enrolled", month=1) == 1 / 3
    assert value(frame, "mean", state="enrolled", month=2) == 1.0
    assert value(frame, "median", state="enrolled", month=2) == 1.0
    assert value(frame, "p97.5", state="enrolled", month=2) == 2.0


@pytest.mark.parametrize("design", ["boin", "tite-boin", "rolling-6"])
def test_mid_trial_the_parts_of_waiting_are_those_from_the_cut_on(design: str, scenario: Scenario) -> None:
    """Before the cut a design that looks early is replayed on the calendar: those months are over."""
    found = forecast(scenario, [design], ["M2"], replicates=4, so_far=SO_FAR, cut_date=CUT).waiting
    parts = sum(value(found, "mean", waiting=one.name.lower()) for one in Waiting)
    assert parts == pytest.approx(value(found, "mean", waiting="total"))


def test_waiting_is_split_and_its_parts_and_total_are_those_of_the_trials() -> None:
    frame = waiting(rows_of([[], []]), ["d"], "t", from_day=DAYS_PER_MONTH)
    assert [value(frame, "mean", waiting=one.name.lower()) for one in Waiting] == [0, 1, 2, 3, 4]
    assert value(frame, "mean", waiting="total") == 1.0
    assert value(frame, "share", waiting="not_finished") == 0.0


def test_truths_take_turns_in_proportion_to_their_weights() -> None:
    weights = (0.5, 0.3, 0.2)
    turns = np.bincount([turn(weights, replicate) for replicate in range(1000)], minlength=3)
    assert np.abs(turns - 1000 * np.array(weights)).max() <= 3
    assert {turn((0.0, 1.0), replicate) for replicate in range(50)} == {1}


# From the opening


def test_frames_are_tidy(from_opening: Forecast, mid_trial: Forecast) -> None:
    for found in (from_opening, mid_trial):
        for name, frame in found.tables().items():
            assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"], name
            keys = list(frame.columns[:-2])
            assert not frame.duplicated(keys).any(), name
    assert set(mid_trial.milestones["design"]) == {"boin", "3+3"}
    assert set(from_opening.milestones["statistic"]) >= {"reached", *QUANTILES}


def test_milestones_come_in_order(from_opening: Forecast) -> None:
    days = from_opening.rows.days
    assert np.all(days[:, :, :-1] <= days[:, :, 1:])
    assert np.all(days[:, 0] <= days[:, 1])  # nobody is infused before being enrolled
    assert np.all(days[:, 1] <= days[:, 2])


def test_trials_are_those_of_compare(scenario: Scenario) -> None:
    """Under one truth the months and counts are those of the same replicates of a comparison."""
    found = forecast(scenario, ["boin"], ["M2"], replicates=20, seed=3)
    beside = compare(scenario, ["boin"], ["M2"], replicates=20, seed=3)
    used = beside.used
    months = value(used, "mean", design="boin", truth="M2", count="months_to_recommendation")
    assert value(found.waiting, "mean", waiting="total") == pytest.approx(months)
    for state, row in (("enrolled", 0), ("infused", 1), ("evaluable", 2)):
        reached = np.isfinite(found.rows.days[:, row]).sum(axis=1).mean()
        assert reached == value(used, "mean", design="boin", truth="M2", count=state)
    for one in Waiting:
        name = one.name.lower()
        there = value(used, "mean", design="boin", truth="M2", count=f"months_waiting_for_{name}")
        assert value(found.waiting, "mean", waiting=name) == pytest.approx(there)


def test_numbers_are_the_same_for_any_number_of_workers(scenario: Scenario) -> None:
    one = forecast(scenario, ["3+3"], ["M0"], replicates=20, so_far=SO_FAR, cut_date=CUT)
    two = forecast(scenario, ["3+3"], ["M0"], replicates=20, workers=2, so_far=SO_FAR, cut_date=CUT)
    assert np.array_equal(one.rows.days, two.rows.days)
    assert np.array_equal(one.rows.waited, two.rows.waited)


def test_a_further_replicate_changes_no_other(scenario: Scenario) -> None:
    few = forecast(scenario, ["3+3"], ["M0"], replicates=5, so_far=SO_FAR, cut_date=CUT)
    more = forecast(scenario, ["3+3"], ["M0"], replicates=12, so_far=SO_FAR, cut_date=CUT)
    assert np.array_equal(few.rows.days, more.rows.days[:5])


def test_nobody_is_enrolled_at_a_rate_of_0(scenario: Scenario) -> None:
    empty = scenario.with_changes({"arrivals.referrals_per_site_month": 0})
    found = forecast(empty, ["boin"], ["M2"], replicates=3)
    assert np.isinf(found.rows.days).all()
    assert value(found.milestones, "reached", state="enrolled", patient=15) == 0
    assert "never" in render(found)


def test_nobody_is_referred_in_a_closure(scenario: Scenario) -> None:
    """Of a site closed in months 2 to 8, nobody is enrolled once those on the way have come."""
    closed = scenario.with_changes({"arrivals.closures": [{"from_month": 2, "to_month": 8}]})
    days = forecast(closed, ["boin"], ["M2"], replicates=40).rows.days[:, 0]
    longest_on_the_way = 150.0
    assert not ((days > 2 * DAYS_PER_MONTH + longest_on_the_way) & (days < 8 * DAYS_PER_MONTH)).any()
    assert (days > 8 * DAYS_PER_MONTH).any()


def test_dates_are_months_after_the_opening(from_opening: Forecast, scenario: Scenario) -> None:
    assert from_opening.date_of(0.0) == date(2025, 11, 1)
    assert from_opening.date_of(12.0) == date(2026, 11, 1)
    assert from_opening.date_of(np.inf) is None
    assert "±" in render(forecast(scenario, ["boin"], ["M2"], replicates=30)).split("N   reached")[1]


# Mid-trial


def test_what_has_happened_is_certain(mid_trial: Forecast) -> None:
    history = mid_trial.history
    assert history is not None
    assert mid_trial.plan.cut is not None
    for row, days in enumerate(mid_trial.plan.cut.known_days.values()):
        known = np.sort(days)
        assert np.all(mid_trial.rows.days[:, row, : len(known)] == known)
        assert np.all(mid_trial.rows.days[:, row, len(known) :] >= history.cut_day)


def test_the_notes_say_what_was_not_given(scenario: Scenario, tmp_path: Path) -> None:
    def notes(text: str) -> str:
        path = tmp_path / "so_far.csv"
        path.write_text(text, encoding="utf-8")
        return " ".join(forecast(scenario, ["boin"], replicates=5, so_far=path, cut_date=CUT).notes)

    whole = SO_FAR.read_text(encoding="utf-8")
    lines = [line.split(",") for line in whole.splitlines()]
    said = notes(whole)
    assert "are not given" not in said
    assert "not recorded" not in said
    bare = "\n".join(",".join(cells[:4]) for cells in lines) + "\n"
    said = notes(bare)
    assert "no column dlt" in said
    assert "levels so far are not given" in said
    consents = "\n".join(
        ",".join(cells[:4]) for cells in lines if cells[2] not in ("referred", "prescreened", "evaluable", "left")
    )  # fmt: skip
    said = notes(consents + "\n")
    assert "rates are learnt from consents, thinned" in said
    assert "no row evaluable" in said
    assert "no exit is recorded" in said
    assert "longer in their state than the scenario ever has it" in said
    few = "\n".join(
        ",".join(cells[:4]) for cells in lines if cells[2] in ("state", "opened", "enrolled", "infused")
    )
    said = notes(few + "\n")
    assert "patients enrolled, thinned by the scenario's own conversion and its share of slots open" in said
    assert "released and lymphodepleted not recorded" in said


def test_a_trial_without_a_product_is_not_told_that_no_product_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "so_far.csv"
    rows = ("X,opened,2026-01-01", "X,enrolled,2026-01-10", "X,infused,2026-01-10")
    lines = [f"{'' if 'opened' in row else 'p1'},{row}" for row in rows]
    path.write_text("\n".join(["patient,site,state,date", *lines]) + "\n", encoding="utf-8")
    tablet = parse_scenario(template_text("small-molecule"))
    found = forecast(tablet, ["boin"], replicates=3, so_far=path, cut_date="2026-03-01")
    assert not any("released" in note or "lymphodepleted" in note for note in found.notes)


def test_what_was_done_otherwise_than_the_design_asks_stands_and_is_named(
    scenario: Scenario, tmp_path: Path
) -> None:
    path = tmp_path / "so_far.csv"
    text = SO_FAR.read_text(encoding="utf-8")
    first = next(line for line in text.splitlines() if ",infused," in line)
    path.write_text(text.replace(first, first[:-2] + "3,"), encoding="utf-8")
    found = forecast(scenario, ["boin"], replicates=5, so_far=path, cut_date=CUT)
    patient = first.split(",")[0]
    assert any(f"patient {patient}: treated at level 3, level 1 was in force" in note for note in found.notes)


def test_outcomes_so_far_move_the_truths(mid_trial: Forecast, scenario: Scenario, tmp_path: Path) -> None:
    path = tmp_path / "so_far.csv"
    text = SO_FAR.read_text(encoding="utf-8")
    path.write_text(text.replace(",,no", ",,yes"), encoding="utf-8")
    toxic = forecast(scenario, ["boin"], replicates=5, so_far=path, cut_date=CUT)
    assert sum(toxic.weights.values()) == pytest.approx(1)
    assert toxic.weights["M0"] > mid_trial.weights["M0"]
    assert toxic.weights["M4"] < mid_trial.weights["M4"]


def test_the_text_says_what_was_seen(mid_trial: Forecast) -> None:
    text = " ".join(render(mid_trial).split())
    assert (
        "Forecast from the cut date 2026-08-31, 10.0 months after the first site opened on 2025-11-01" in text
    )
    assert "equally likely before" in text
    assert "Poisson-Gamma" in text


# Bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"milestones": [51]}, r"milestones must be 1 to 50 \(trial.enrolment_max\), got 51"),
        ({"milestones": [0]}, "milestones must be 1 to 50"),
        ({"milestones": []}, "at least one patient number"),
        ({"cut_date": CUT}, "belongs to a history"),
        ({"so_far": SO_FAR}, "cut_date is needed"),
        ({"so_far": SO_FAR, "cut_date": "31.8.2026"}, "cut_date must be a date, as 2026-05-01, got '31.8.2026'"),
        ({"so_far": SO_FAR, "cut_date": "2040-01-01"}, "trial.calendar_limit_months is 120"),
        ({"replicates": 0}, "replicates must be a whole number"),
        ({"designs": ["nothing"]}, "nothing"),
        ({"truths": ["nothing"]}, "nothing"),
        ({"designs": "boin"}, "must be a list of names"),
        ({"truths": "M2"}, "must be a list of names"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(scenario: Scenario, options: dict[str, object], said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        forecast(scenario, **options)


def test_a_history_with_faults_is_refused(scenario: Scenario) -> None:
    with pytest.raises(ProtocolError, match="is after the cut date"):
        forecast(scenario, so_far=SO_FAR, cut_date="2026-01-01")


def test_faults_of_a_history_are_printed_as_the_document_shows(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = ROOT / "docs" / "forecast.md"
    [faulty] = [block for block in blocks(page) if block.file == "faulty.csv"]
    [shown] = [block for block in blocks(page) if block.comment("run by")]
    monkeypatch.chdir(tmp_path)
    Path("faulty.csv").write_text(faulty.text, encoding="utf-8")
    with pytest.raises(SimulatorError) as error:
        forecast(scenario, so_far="faulty.csv", cut_date="2026-05-01")
    assert str(error.value) + "\n" == shown.text


# The command


def test_the_command_writes_text_tables_and_figures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--design", "boin", "--replicates", "10", "--workers", "1", "--milestones", "5, 15"]
    command = ["forecast", FILE, *options, "--so-far", str(SO_FAR), "--cut-date", CUT, "--out", str(out)]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith((out / "forecast.txt").read_text(encoding="utf-8"))
    frame = pd.read_csv(out / "tables/milestones.csv")
    assert set(frame["patient"]) == {5, 15}
    for name in (
        "tables/counts.csv",
        "tables/waiting.csv",
        "tables/sites.csv",
        "scenario.yaml",
        "figures/infused_boin.svg",
        "figures/infused_boin.png",
    ):
        assert (out / name).stat().st_size > 0
    again = CliRunner().invoke(app, command, catch_exceptions=False)
    assert (again.exit_code, again.stdout) == (0, (out / "forecast.txt").read_text(encoding="utf-8"))


def test_the_command_names_a_bad_milestone() -> None:
    with pytest.raises(ScenarioError, match="milestones must be patient numbers, as 15,30,50, got '15;30'"):
        CliRunner().invoke(app, ["forecast", FILE, "--milestones", "15;30"], catch_exceptions=False)


def test_forecast_is_a_public_name() -> None:
    assert simulator.forecast is forecast
    assert issubclass(simulator.Forecast, Forecast)


def test_a_forecast_draws_itself_and_prints_what_the_command_prints() -> None:
    found = forecast(simulator.load_scenario(FILE), ["boin"], ["S2"], replicates=4)
    figure = found.plot(state="infused").get_figure(root=True)
    assert figure is not None
    assert repr(found).startswith("NCT07144020: ")
    assert "of patient N" in repr(found)
