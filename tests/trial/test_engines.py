"""Two engines, one model: every column of both passes is the same, bit for bit, and compiled code is never stale."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.designs import (
    BEBOIN,
    BOIN,
    BOIN12,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    PendingPolicy,
    ThreePlusThree,
    TITEKeyboard,
)
from simulator.designs.design import Decision, Design, Ints, Observed
from simulator.designs.titrated import Titrated
from simulator.errors import ScenarioError
from simulator.randomness import Block, Purpose, Streams
from simulator.trial import code_cache, engines
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.compiled import CompiledTrials
from simulator.trial.engines import Engine, choose_engine, trials_of
from simulator.trial.intake import draw_intakes
from simulator.trial.setting import needed_pass, used_pass
from simulator.trial.simpy_trials import SimPyTrials
from tests.support.places import ROOT
from tests.trial.random_worlds import default_stages, default_truth

pytest.importorskip("numba")

from simulator.trial.compiled.tables import design_tables
from tests.trial.engine_worlds import differences  # needs it

WORLDS = 300

SCRIPT = """
import json
import sys
from simulator.designs import BOIN
from simulator.randomness import Streams
from simulator.scenario.scenario import load_scenario
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.compiled import CompiledTrials
from simulator.trial.intake import draw_intakes
from simulator.trial.setting import used_pass
from simulator.trial.simpy_trials import SimPyTrials
from tests.trial.random_worlds import default_stages, default_truth

stages = default_stages()
intakes = draw_intakes(stages, Streams(1), range(4))
of = setting(stages, stages.outcomes), used_pass(stages.rules)
by = rulebook(BOIN(n_doses=4)), dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)
days = [trials(intakes).used(*of, *by, 19)["recommended_day"].tolist() for trials in (SimPyTrials, CompiledTrials)]
print(json.dumps(days))
"""


@pytest.mark.parametrize("first", range(0, WORLDS, 100))
def test_both_engines_leave_the_same_rows_in_random_worlds(first: int) -> None:
    for number in range(first, first + 100):
        assert differences(number) == []


def test_compiled_code_draws_the_same_uniforms() -> None:
    blocks = [Block(0, 0, 0, 5), Block(0, 2, 7, 0), Block(3, 2, 7, 4), Block(2**40, 1, 2**31, 1)]
    order = np.array([9, 0, 3, 3, 6])
    for seed in (0, 1, 2**70):
        compiled, by_numpy = engines.streams_of(Engine.COMPILED, seed), Streams(seed)
        for purpose, draw in ((Purpose.POPULATION, 0), (Purpose.PRODUCT, 2), (Purpose.OWN_FIELDS, 2**64 - 1)):
            whole = [one.columns(purpose, blocks, draw) for one in (compiled, by_numpy)]
            some = [one.columns(purpose, blocks, draw, order) for one in (compiled, by_numpy)]
            half = [one.half_columns(purpose, blocks, (draw, 1)) for one in (compiled, by_numpy)]
            first = [one.columns(purpose, blocks, draw, lanes=3) for one in (compiled, by_numpy)]
            assert np.array_equal(first[0], whole[0][:3])
            for made, expected in (whole, some, half, first):
                assert np.array_equal(made, expected)


def _days(package: Path, caches: Path) -> list[list[float]]:
    """Return the days of recommendation by SimPy and by compiled code, as the sources in a folder give them."""
    # Unoptimised code is the same code, compiled in half the time.
    environment = os.environ | {code_cache.FOLDER: str(caches), "NUMBA_OPT": "0"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=package,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    days: list[list[float]] = json.loads(done.stdout)
    return days


def test_an_edited_rule_is_seen_by_both_engines_at_once(tmp_path: Path) -> None:
    package, caches = tmp_path / "copy", tmp_path / "caches"
    for name in ("simulator", "tests", "scenarios"):
        shutil.copytree(ROOT / name, package / name, ignore=shutil.ignore_patterns("__pycache__"))
    simpy, compiled = _days(package, caches)
    assert simpy == compiled
    rule = package / "simulator" / "trial" / "cohort_rules.py"
    text = rule.read_text(encoding="utf-8")
    assert "else other_days" in text
    rule.write_text(text.replace("else other_days", "else other_days + 3"), encoding="utf-8")
    edited_simpy, edited_compiled = _days(package, caches)
    assert edited_simpy == edited_compiled
    assert edited_simpy != simpy


def test_the_key_of_compiled_code_changes_with_every_rule(tmp_path: Path) -> None:
    package = tmp_path / "simulator"
    shutil.copytree(ROOT / "simulator", package, ignore=shutil.ignore_patterns("__pycache__"))
    key = code_cache.code_key.__wrapped__
    before = key(package)
    assert before == code_cache.code_key()
    for source in code_cache.rule_sources(package):
        text = source.read_bytes()
        source.write_bytes(text + b"\n# edited\n")
        assert key(package) != before
        source.write_bytes(text)
    assert key(package) == before


def test_compiled_code_is_kept_in_a_folder_of_its_own_where_none_can_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv(code_cache.FOLDER, str(blocked))
    folder = code_cache.code_folder.__wrapped__()
    assert folder.is_dir()
    assert os.environ[code_cache.FOLDER] != str(blocked)
    assert folder == code_cache.code_folder.__wrapped__()


def test_auto_takes_compiled_code_and_says_why_where_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = [BOIN(n_doses=4), ThreePlusThree(n_doses=4)]
    assert choose_engine("auto", plain) == (Engine.COMPILED, "")
    assert choose_engine("simpy", plain) == (Engine.SIMPY, "")
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    found = choose_engine("auto", plain)
    assert found.engine is Engine.SIMPY
    assert found.text == "simpy (numba is not installed)"
    with pytest.raises(ScenarioError, match="numba is not installed"):
        choose_engine("compiled", plain)


class _AskedOften(TITEBOIN):
    """A design that names more instants than compiled code has room for."""

    name = "asked-often"

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Return every tenth of the window."""
        return tuple(k / 10 for k in range(1, 10))


def test_a_design_that_names_too_many_instants_is_run_by_simpy_and_said_so() -> None:
    early, often = TITEBOIN(n_doses=4), _AskedOften(n_doses=4)
    assert choose_engine("auto", [BOIN(n_doses=4), early]).compiled_throughout
    found = choose_engine("auto", [early, often])
    assert found.text == "compiled (designs that name more than 8 instants are run by SimPy: asked-often)"
    assert not found.compiled_throughout
    assert choose_engine("auto", [often]).engine is Engine.SIMPY
    with pytest.raises(ScenarioError, match="more than 8 instants"):
        choose_engine("compiled", [early, often])


def test_a_design_that_simpy_runs_has_the_same_rows_beside_compiled_ones() -> None:
    stages, design = default_stages(), _AskedOften(n_doses=4)
    intakes = draw_intakes(stages, Streams(1), range(2))
    of = setting(stages, stages.outcomes), used_pass(stages.rules)
    by = rulebook(design), dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)
    mixed, simpy = (
        trials_of(Engine.COMPILED, intakes).used(*of, *by, 19),
        SimPyTrials(intakes).used(*of, *by, 19),
    )
    assert all(np.array_equal(mixed[name], values) for name, values in simpy.items())


@pytest.mark.parametrize(
    "design",
    [BEBOIN(n_doses=4), TITEBOIN12(n_doses=4), TITECRM(n_doses=4), TITECFO(n_doses=4)],
    ids=lambda design: design.name,
)
def test_answers_that_counts_settle_are_the_designs_own(design: Design) -> None:
    """Compiled trials remember them from one another; SimPy's ask at every follow-up."""
    stages = default_stages()
    intakes = draw_intakes(stages, Streams(2), range(12))
    of = setting(stages, stages.outcomes), needed_pass(20)
    by = rulebook(design), dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)
    compiled, simpy = (trials(intakes).needed(*of, *by, 20) for trials in (CompiledTrials, SimPyTrials))
    assert all(np.array_equal(compiled[name], values) for name, values in simpy.items())


class _MoreWhileFresh(TITEBOIN):
    """Treats one patient more while somebody anywhere is new: more than TITE-BOIN says it reads."""

    def decide(self, observed: Observed) -> Decision:
        """Decide as TITE-BOIN, and count the follow-up of all levels."""
        decision = TITEBOIN.decide(self, observed)
        if observed.patients is None:
            return decision
        pending = observed.patients.dlt_pending
        fresh = (np.where(pending, observed.patients.followup, 1.0) < 0.6).any(axis=1)
        return replace(decision, cohort_size=decision.cohort_size + (decision.cohort_size > 0) * fresh)


def test_a_subclass_that_decides_anew_is_not_remembered_by_what_its_base_says() -> None:
    stages = default_stages()
    intakes = draw_intakes(stages, Streams(4), range(60))
    of = setting(stages, stages.outcomes), used_pass(stages.rules)
    risks = dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)

    def rows(design: Design) -> list[dict[str, NDArray[Any]]]:
        return [
            trials(intakes).used(*of, rulebook(design), risks, 19) for trials in (CompiledTrials, SimPyTrials)
        ]

    compiled, simpy = rows(_MoreWhileFresh(n_doses=4))
    assert all(np.array_equal(compiled[name], values) for name, values in simpy.items())
    assert not np.array_equal(compiled["treated"], rows(TITEBOIN(n_doses=4))[0]["treated"])


class _SelectsTheLowest(BOIN12):
    """Selects level 1 by a rule of its own, and says that it reads counts."""

    def select(self, observed: Observed) -> Ints:
        """Return level 1 where anybody was treated."""
        return (observed.n.sum(axis=1) > 0).astype(np.int64)

    def selected_by_counts(self, counts: Ints, closed_from: Ints) -> Ints:
        """Return the same of counts."""
        return (counts.sum(axis=(0, 1, 3)) > 0).astype(np.int64)


class _SelectsTheFirst(TITECRM):
    """The same of a design by fits."""

    selects_by_counts = True

    def select(self, observed: Observed) -> Ints:
        """Return level 1 where anybody was treated."""
        return (observed.n.sum(axis=1) > 0).astype(np.int64)


@pytest.mark.parametrize("design", [_SelectsTheLowest(n_doses=4), _SelectsTheFirst(n_doses=4)], ids=repr)
def test_a_subclass_that_selects_anew_is_not_selected_for_by_what_its_base_says(design: Design) -> None:
    stages = default_stages()
    intakes = draw_intakes(stages, Streams(4), range(12))
    risks = dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)
    arm = TrialArm(setting(stages, stages.outcomes), rulebook(design), risks)
    both = [ArmPass(arm, used_pass(stages.rules), 19), ArmPass(arm, needed_pass(20), caps=20)]
    compiled, simpy = (trials(intakes).by_arm(both) for trials in (CompiledTrials, SimPyTrials))
    for ours, theirs in zip(compiled, simpy, strict=True):
        assert all(np.array_equal(ours[name], values) for name, values in theirs.items())
    assert set(compiled[1]["selected"].ravel().tolist()) <= {0, 1}


@pytest.mark.parametrize(
    "design", [TITECRM(n_doses=4), TITEBOIN12(n_doses=4), BOIN(n_doses=4)], ids=lambda one: one.name
)
def test_trials_that_find_no_slot_begin_again_and_leave_the_same_rows(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = default_stages()
    intakes = draw_intakes(stages, Streams(5), range(40))
    risks = dose_risks(default_truth("M2"), stages.outcomes, stages.rules.dose_levels)
    arm = TrialArm(setting(stages, stages.outcomes), rulebook(design), risks)
    both = [ArmPass(arm, used_pass(stages.rules), 19), ArmPass(arm, needed_pass(20), caps=20)]
    found = []
    for slots in (512, 2):
        monkeypatch.setattr("simulator.trial.compiled.run._AT_ONCE", slots)
        design_tables.cache_clear()
        found.append(CompiledTrials(intakes).by_arm(both))
    for many, few in zip(*found, strict=True):
        assert all(np.array_equal(few[name], values) for name, values in many.items())


@pytest.mark.parametrize(
    "design",
    [
        TITEKeyboard(n_doses=4, cohort_size=1),
        TITEBOIN(n_doses=4, follow_up_weights=(0.2, 0.3, 0.5)),
        PendingPolicy(BOIN(n_doses=4), policy="pod", q_escalate=0.8),
        Titrated(PendingPolicy(BOIN(n_doses=4))),
        TITECRM(n_doses=4, max_pending=0.5),
        TITECFO(n_doses=4, max_pending=0.5),
    ],
    ids=lambda one: one.name,
)
def test_when_responses_are_judged_means_nothing_to_a_design_that_reads_none(design: Design) -> None:
    stages = default_stages()
    rules = stages.rules.model_copy(update={"slots_ahead": 0, "dlt_window_days": 42})
    found = []
    for day in (7, 28, 84):
        outcomes = stages.outcomes.model_copy(update={"response_day": day})
        made = replace(stages, rules=rules, outcomes=outcomes)
        intakes = draw_intakes(made, Streams(6), range(12))
        risks = dose_risks(default_truth("M1"), outcomes, rules.dose_levels)
        arm = TrialArm(setting(made, outcomes), rulebook(design), risks)
        found.append(CompiledTrials(intakes).by_arm([ArmPass(arm, used_pass(rules), 19)])[0])
    for name in ("selected", "recommended_day", "closed_day", "n", "dlt", "treated", "waited", "reviews"):
        assert all(np.array_equal(one[name], found[0][name]) for one in found), name


def test_an_unknown_engine_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(ScenarioError, match="auto, simpy, compiled"):
        choose_engine("fast", [])


@pytest.mark.parametrize("design", [ThreePlusThree(n_doses=4), TITEBOIN(n_doses=4)], ids=lambda one: one.name)
def test_trials_of_some_replicates_are_those_of_all(design: Design) -> None:
    stages = default_stages()
    intakes = draw_intakes(stages, Streams(3), range(5))
    risks = dose_risks(default_truth("M3"), stages.outcomes, stages.rules.dose_levels)
    arm, limits = TrialArm(setting(stages, stages.outcomes), rulebook(design), risks), used_pass(stages.rules)
    some = [np.array([1, 4]), np.array([0])]
    for trials in (CompiledTrials(intakes), SimPyTrials(intakes), trials_of(Engine.COMPILED, intakes)):
        whole = trials.by_arm([ArmPass(arm, limits, 19)])[0]
        of_some = trials.by_arm([ArmPass(arm, limits, 19, which=places) for places in some])
        for places, found in zip(some, of_some, strict=True):
            assert all(np.array_equal(found[name], values[places]) for name, values in whole.items())
