"""Many trials, run by compiled code; their rows as columns."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.compiled.block import Block, Room
from simulator.trial.compiled.early_questions import EarlyQuestions
from simulator.trial.compiled.job import Job, Task
from simulator.trial.compiled.kept_slots import Slots
from simulator.trial.compiled.memory import mapped
from simulator.trial.compiled.row_layout import Rows, accrual_layout, caps_layout, used_layout
from simulator.trial.compiled.tables import DesignTables, design_tables
from simulator.trial.early_looks import looks_early
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks, Observation
from simulator.trial.intake import Intake
from simulator.trial.setting import Pass, Setting

Columns = dict[str, NDArray[Any]]


class CompiledTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._number = len(intakes)
        self._block = Block(intakes)
        self._room = Room(self._block.most)
        self._kept = mapped(0, self._room.kept_bytes)

    def _room_to_keep(self, trials: int) -> NDArray[np.uint8]:
        """Return room for what is kept of so many trials."""
        if len(self._kept) < trials:
            self._kept = mapped(trials, self._room.kept_bytes)
        return self._kept[:trials]

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the rows of `used_row`, one a replicate."""
        return self.by_arm([ArmPass(TrialArm(setting, rulebook, risks), limits, criteria)])[0]

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the rows of `read_caps`, one a replicate, with every cap up to `caps`."""
        return self.by_arm([ArmPass(TrialArm(setting, rulebook, risks), limits, caps=caps)])[0]

    def by_arm(self, wanted: Sequence[ArmPass]) -> list[Columns]:
        """Return the columns of several arms and passes, one row a replicate."""
        return self._columns([_task(one) for one in wanted])

    def _columns(self, tasks: Sequence[Task]) -> list[Columns]:
        """Run the tasks and return the columns of each."""
        found: dict[int, Columns] = {}
        for places in _together(tasks):
            for alike, rows in self._run_together([tasks[k] for k in places]):
                columns = rows.columns()
                for number, k in enumerate(alike):
                    which = tasks[places[k]].which
                    ran = slice(None) if which is None else which
                    found[places[k]] = {name: column[number, ran] for name, column in columns.items()}
        return [found[k] for k in range(len(tasks))]

    def accrual(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        which: NDArray[np.int64],
    ) -> Columns:
        """Return when patients reach their milestones, in the trials of some of the replicates.

        `days` is of shape (trials, 3, most who may be enrolled): ascending days of enrolment, infusion and outcome.
        """
        most = setting.rules.enrolment_max
        arm = TrialArm(setting, rulebook, risks)
        found = self._columns([Task(arm, limits, accrual_layout(most), {"accrual": most}, which)])[0]
        found["days"] = np.sort(found["days"].reshape(len(which), 3, most), axis=2)
        return found

    def _run_together(self, tasks: Sequence[Task]) -> list[tuple[list[int], Rows]]:
        """Run tasks that `_together` puts together; return rows, with the places of the tasks of which they are.

        Rows of the same columns are one.
        """
        alike: dict[int, list[int]] = {}
        for k, task in enumerate(tasks):
            alike.setdefault(id(task.layout), []).append(k)
        rows = [(of, Rows(tasks[of[0]].layout, len(of), self._number)) for of in alike.values()]
        into = {k: in_rows.of_task(number) for of, in_rows in rows for number, k in enumerate(of)}
        arm, every = tasks[0].arm, np.arange(self._number)
        tables = design_tables(arm.rulebook.design)
        jobs = []
        for k, task in enumerate(tasks):
            wanted = every if task.which is None else task.which
            jobs.append(Job(task, self._block, self._room, tables.address, wanted.astype(np.int64), into[k]))
        slots = Slots(self._room_to_keep(min(_AT_ONCE, self._number * len(jobs))))
        # Threads share a design's tables: what one misses is asked before another goes on.
        with tables.lock, tables.use:
            tables.lend(slots)
            if tables.early:
                self._run_early(jobs, tables.early, slots, arm.setting.observation)
            else:
                self._run_whole(jobs, tables, awaited=any(task.limits.expansion for task in tasks))
        return rows

    def _run_whole(self, jobs: Sequence[Job], tables: DesignTables, *, awaited: bool) -> None:
        """Run the jobs of a design of complete cohorts; `awaited`: they may wait for a selection too."""
        fill_in = partial(_fill_in, jobs)
        _run_to_end(jobs, lambda: tables.learn(fill_in, awaited=awaited))
        tables.learn(fill_in, at_end=True)

    def _run_early(
        self, jobs: Sequence[Job], early: EarlyQuestions, slots: Slots, observation: Observation
    ) -> None:
        """Run the jobs of a design that looks early."""
        fill_in = partial(_fill_in, jobs)

        def answer() -> None:
            early.answer(slots, observation)
            early.at_caps.learn(fill_in, awaited=early.selection_is_awaited())

        _run_to_end(jobs, answer)
        early.at_caps.learn(fill_in, at_end=True)


def _run_to_end(jobs: Sequence[Job], answer: Callable[[], None]) -> None:
    """Run jobs again and again until no trial has a question; after each round their questions are answered.

    A trial that stops is kept in a slot as long as there is one, and resumes with the answer; else it begins again.
    """
    while jobs:
        Job.run(jobs)
        answer()
        jobs = [job for job in jobs if not job.has_ended]


def _fill_in(jobs: Sequence[Job], selections: NDArray[np.int64]) -> None:
    for job in jobs:
        job.fill_in(selections)


_AT_ONCE: Final = 512
"""Trials kept under way together, so that memory stays bounded."""


def _together(tasks: Sequence[Task]) -> list[list[int]]:
    """Return the places of the tasks that are run together: of one design, which is asked about all at once.

    A design that looks early is asked about patients that are observed in one way.
    """
    found: dict[object, list[int]] = {}
    for k, task in enumerate(tasks):
        design = task.arm.rulebook.design
        observation = task.arm.setting.observation if looks_early(design) else None
        found.setdefault((design, observation), []).append(k)
    return list(found.values())


def _task(of: ArmPass) -> Task:
    if of.caps:
        return Task(of.arm, of.limits, caps_layout(of.caps), {"caps": of.caps}, of.which)
    layout = used_layout(of.arm.rulebook.design.n_doses, of.criteria, of.arm.setting.rules.enrolment_max)
    return Task(of.arm, of.limits, layout, {"criteria": of.criteria}, of.which)
