"""Many trials, run by compiled code; their rows as columns."""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.batches import Fate
from simulator.trial.compiled.block import Block, Room
from simulator.trial.compiled.early_questions import EarlyQuestions
from simulator.trial.compiled.job import Job, RowLayout, Task, Widths
from simulator.trial.compiled.kept_slots import Slots
from simulator.trial.compiled.memory import mapped
from simulator.trial.compiled.tables import DesignTables, design_tables
from simulator.trial.early_looks import looks_early
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks, Observation
from simulator.trial.intake import Intake
from simulator.trial.ledger import Exit, State
from simulator.trial.setting import Pass, Setting
from simulator.trial.simpy_trials import TrialArm, Which
from simulator.trial.waiting_times import Waiting

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
        return self.used_by_arm([TrialArm(setting, rulebook, risks)], limits, criteria)[0]

    def used_by_arm(
        self, arms: Sequence[TrialArm], limits: Pass, criteria: int, which: Which | None = None
    ) -> list[Columns]:
        """Return the same of several arms; of each those at the places in `which`, by default all."""

        def task(of: TrialArm) -> Task:
            layout = _used_layout(of.rulebook.design.n_doses, criteria, of.setting.rules.enrolment_max)
            return Task(of.setting, limits, of.rulebook, of.risks, layout, {"criteria": criteria})

        return self._columns([task(of) for of in arms], "expansion_stopped", which)

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the rows of `read_caps`, one a replicate, with every cap up to `caps`."""
        return self.needed_by_arm([TrialArm(setting, rulebook, risks)], limits, caps)[0]

    def needed_by_arm(self, arms: Sequence[TrialArm], limits: Pass, caps: int) -> list[Columns]:
        """Return the same of several arms."""
        layout = RowLayout.of({name: (kind, (caps,)) for name, kind in _CAPS.items()})
        tasks = [Task(of.setting, limits, of.rulebook, of.risks, layout, {"caps": caps}) for of in arms]
        return self._columns(tasks, "reached")

    def _columns(self, tasks: Sequence[Task], flag: str, which: Which | None = None) -> list[Columns]:
        """Run the tasks and return the columns of each, that of the flag as one."""
        found: list[Columns] = [{} for _ in tasks]
        wanted = [np.arange(self._number)] * len(tasks) if which is None else which
        for places in _together(tasks):
            ints, floats = self._run_together([tasks[k] for k in places], [wanted[k] for k in places])
            columns = {
                name: _cut(ints, floats, place) for name, place in tasks[places[0]].layout.places.items()
            }
            columns[flag] = columns[flag] != 0
            for task, k in enumerate(places):
                ran = slice(None) if which is None else which[k]
                found[k] = {name: column[task, ran] for name, column in columns.items()}
        return found

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
        layout = _accrual_layout(most)
        task = Task(setting, limits, rulebook, risks, layout, {"accrual": most})
        ints, floats = self._run_together([task], [which])
        columns = {name: _cut(ints, floats, place)[0, which] for name, place in layout.places.items()}
        columns["days"] = np.sort(columns["days"].reshape(len(which), 3, most), axis=2)
        return columns

    def _run_together(
        self, tasks: Sequence[Task], wanted: Which
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Run tasks that `_together` puts together, so that their design is asked about all at once.

        The trials of each task are those of the replicates wanted. Returns rows of shape (tasks, replicates, numbers
        of a kind), a trial's at the place of its replicate.
        """
        layout, shape = tasks[0].layout, (len(tasks), self._number)
        ints = np.zeros((*shape, layout.ints), dtype=np.int64)
        floats = np.zeros((*shape, layout.floats))
        tables = design_tables(tasks[0].rulebook.design)
        jobs = [
            Job(task, self._block, self._room, tables.address, of.astype(np.int64), (ints[k], floats[k]))
            for k, (task, of) in enumerate(zip(tasks, wanted, strict=True))
        ]
        # Threads share a design's tables: what one misses is asked before another goes on.
        with tables.lock, tables.use:
            if tables.early:
                self._run_early(jobs, tables.early, tasks[0].setting.observation)
            else:
                self._run_whole(jobs, tables, awaited=any(task.limits.expansion for task in tasks))
        return ints, floats

    def _run_whole(self, jobs: Sequence[Job], tables: DesignTables, *, awaited: bool) -> None:
        """Run the jobs of a design of complete cohorts: trials that stop before a decision are kept, and resume.

        `awaited`: they may wait for a selection too.
        """
        slots = Slots(self._room_to_keep(min(_AT_ONCE, self._number * len(jobs))))
        free = np.concatenate([[len(slots.addresses)], slots.addresses])
        for job in jobs:
            job.take_slots(free)
        fill_in = partial(_fill_in, jobs)
        _run_to_end(jobs, _NO_SLOTS, lambda: tables.learn(fill_in, awaited=awaited))
        tables.learn(fill_in, at_end=True)

    def _run_early(self, jobs: Sequence[Job], early: EarlyQuestions, observation: Observation) -> None:
        """Run the jobs of a design that looks early: where a trial stops it is kept, and resumes with the answer."""
        slots = Slots(self._room_to_keep(min(_AT_ONCE, self._number * len(jobs))))
        fill_in = partial(_fill_in, jobs)

        def answer() -> None:
            early.answer(slots, observation)
            early.at_caps.learn(fill_in, awaited=early.selection_is_awaited())

        for job in jobs:
            job.wait_for_slots()
        _run_to_end(jobs, slots.addresses, answer)
        early.at_caps.learn(fill_in, at_end=True)


def _run_to_end(jobs: Sequence[Job], free: NDArray[np.int64], answer: Callable[[], None]) -> None:
    """Run jobs again and again until no trial has a question; after each round their questions are answered.

    Trials that wait for slots begin as slots become free, so that many have questions at once.
    """
    while jobs:
        for job in jobs:
            free = job.begin(free)
        free = np.concatenate([free, Job.run(jobs)])
        answer()
        jobs = [job for job in jobs if not job.has_ended]


_NO_SLOTS: Final = np.empty(0, dtype=np.int64)


def _fill_in(jobs: Sequence[Job], selections: NDArray[np.int64]) -> None:
    for job in jobs:
        job.fill_in(selections)


_AT_ONCE: Final = 512
"""Trials kept under way together, so that memory stays bounded."""


def _together(tasks: Sequence[Task]) -> list[list[int]]:
    """Return the places of the tasks that are run together: of one design, whose rows have the same columns.

    A design that looks early is asked about patients that are observed in one way.
    """
    found: dict[object, list[int]] = {}
    for k, task in enumerate(tasks):
        design = task.rulebook.design
        observation = task.setting.observation if looks_early(design) else None
        found.setdefault((design, observation, id(task.layout)), []).append(k)
    return list(found.values())


_CAPS: Final = {
    "selected": "int",
    "infused": "int",
    "evaluable": "int",
    "enrolled": "int",
    "screened": "int",
    "known_day": "float",
    "reached": "int",
}


@lru_cache(maxsize=64)
def _used_layout(levels: int, criteria: int, most: int) -> RowLayout:
    """Return the columns of `write_used` in the order in which they are written."""
    one: tuple[int, ...] = ()
    ints: dict[str, tuple[int, ...]] = {
        "selected": one,
        "stop": one,
        "at_recommendation": (len(State),),
        "at_end": (len(State),),
        "ended": (len(State) * len(Exit),),
        "criteria": (criteria,),
        "verdicts": one,
        "rescreened": one,
        "n": (levels,),
        "dlt": (levels,),
        "treated": (levels,),
        "responses": (levels,),
        "backfilled": (levels,),
        "late_toxicities": (levels,),
        "expansion_n": one,
        "expansion_dlt": one,
        "expansion_stopped": one,
        "reviews": one,
        "other_donors": one,
        "leukaphereses": one,
        "backups": one,
        "assessed": one,
        "batches": (len(Fate),),
    }
    floats: dict[str, tuple[int, ...]] = {
        "recommended_day": one,
        "closed_day": one,
        "last_day": one,
        "waited": (len(Waiting),),
        "slot_days": (2,),
        "manufacturing_days": one,
        "inpatient_days": one,
        "consent_to_infusion_days": (most,),
        "vein_to_vein_days": (most,),
    }
    widths = {name: ("int", shape) for name, shape in ints.items()}
    return RowLayout.of(widths | {name: ("float", shape) for name, shape in floats.items()})


def _accrual_layout(most: int) -> RowLayout:
    """Return the columns of `write_accrual` in the order in which they are written."""
    widths: Widths = {
        "ending": ("int", ()),
        "recommended_day": ("float", ()),
        "waited": ("float", (len(Waiting),)),
        "days": ("float", (3 * most,)),
    }
    return RowLayout.of(widths)


def _cut(
    ints: NDArray[np.int64], floats: NDArray[np.float64], place: tuple[str, int, tuple[int, ...]]
) -> NDArray[Any]:
    """Return a column of the rows of several tasks. Shape (tasks, replicates, ...)."""
    kind, at, shape = place
    of: NDArray[Any] = ints if kind == "int" else floats
    return of[..., at].copy() if not shape else of[..., at : at + shape[0]].copy()
