"""The questions of all trials that have stopped, answered by the design's own `decide` and `select` together."""

from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.backfill_rule import BackfillRule
from simulator.designs.claims import SELECT as SELECTED
from simulator.designs.claims import says
from simulator.designs.design import Design, Observed
from simulator.designs.early_look import (
    FollowUpRead,
    SettledByCounts,
    answers_between,
    backfill_rule,
    closing_dlts,
    deciding_by_counts,
    fit_places_of,
    moving_by_pulls,
    never_waits,
    pending_levels_of,
    reads_missing,
    selecting_by_counts,
    selects_by_responses,
    settling,
    waits_for_all,
)
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.trial.compiled.cap_selections import CapSelections
from simulator.trial.compiled.early_answers import (
    BY_FOLLOW_UP,
    MOST_BETWEEN,
    MOST_BETWEEN_EACH,
)
from simulator.trial.compiled.fit_places import write_places
from simulator.trial.compiled.kept_slots import Slots
from simulator.trial.compiled.keys import key_width
from simulator.trial.compiled.layout import RECORD_ROWS
from simulator.trial.compiled.memory import address, write
from simulator.trial.compiled.pending_levels import write_levels
from simulator.trial.compiled.pulls import Pulls
from simulator.trial.compiled.rulebook import packed
from simulator.trial.compiled.rulebook_layout import BACKFILL_RULE, BOUND_ROWS, MOST_MEASURES
from simulator.trial.compiled.state_table import StateTable, Use
from simulator.trial.compiled.written_questions import (
    BETWEEN,
    BY_READING,
    CLOSED_FROM,
    COLUMNS,
    COMPLETES,
    DAY,
    DECIDE,
    DECISIONS,
    DRAW,
    JOINING,
    KIND,
    LACKING,
    LAST_DLT,
    LAST_N,
    LEVEL,
    MEASURES,
    MORE,
    NUMBER,
    PATIENTS,
    PLACE,
    QUESTION_WORDS,
    RESPONSE,
    SELECT,
    SELECTIONS,
    SLOT_OF,
    TABLE_OF,
)
from simulator.trial.early_memory import follow_up_read
from simulator.trial.follow_up import Observation
from simulator.trial.infused_records import InfusedColumns, completed, known_on

Ints = NDArray[np.int64]
_ROOM: Final = 1 << 12
_COLUMNS_ROOM: Final = 1 << 15
_MOST_CLOSING: Final = 255
"""Patients at a level up to which keys say only whether it is closed; with more, all its counts."""

_MOST_AT_ONCE: Final = 255
"""Patients up to whom a rule with backfill decides at once; with more, the design is asked."""


class EarlyQuestions:
    """A design's answers to trials that look early, and what its trials have still to ask."""

    def __init__(self, design: Design, record: Any, use: Use) -> None:
        self._design, self._record = design, record
        self._rows = np.zeros((_ROOM, QUESTION_WORDS), dtype=np.int64)
        self._columns = np.zeros(_COLUMNS_ROOM, dtype=RECORD_ROWS.dtype)
        questions = record["questions"]
        questions["rows"], questions["room"] = address(self._rows), _ROOM
        questions["columns"], questions["columns_room"] = address(self._columns), _COLUMNS_ROOM
        reads = follow_up_read(design)
        by_responses = reads.of_responses
        record["reads_missing"] = reads_missing(design)
        record["by_responses"] = by_responses
        record["waits_for_all"] = by_responses and waits_for_all(design)
        record["never_waits"] = never_waits(design)
        record["selects_by_responses"] = by_responses and selects_by_responses(design)
        record["by_follow_up"] = reads is FollowUpRead.SUM_AND_SHORTEST
        record["settled_if_complete"] = reads.of_any_follow_up
        self._settles = settling(design) if reads.of_any_follow_up else None
        self._by_counts = deciding_by_counts(design)
        record["settles"] = self._settles is not None
        by_each = reads is FollowUpRead.DLT_FOLLOW_UP and answers_between(design)
        moved = moving_by_pulls(design)
        by_several = by_each or moved is not None
        record["by_pulls"], record["by_each"] = moved is not None, by_each
        record["measured"] = MOST_MEASURES if by_several else 2
        most_between = MOST_BETWEEN_EACH if by_several else MOST_BETWEEN
        between_words = 1 + (record["measured"][0] + 1) * most_between
        self._closing = None if by_responses else closing_dlts(design, _MOST_CLOSING)
        if self._closing is not None:
            self._closing = np.ascontiguousarray(self._closing, dtype=np.int64)
            record["closing"], record["closing_width"] = address(self._closing), self._closing.shape[1]
        self._bounds = _write_backfill_rule(record["backfill_rule"], backfill_rule(design, _MOST_AT_ONCE))
        self._pulls = None if moved is None else Pulls(moved, record["pull_rule"], use)
        record["adds_up"] = self._bounds is not None or moved is not None
        by_counts = selecting_by_counts(design)
        record["selects_by_counts"] = by_counts is not None
        counts_of_known = design.n_doses * (4 if record["selects_by_responses"][0] else 2)
        kinds = design.n_doses * (18 if by_responses else 3)
        self._tables = {
            name: StateTable(record[table], key_width(counts), words, use)
            for name, table, counts, words in (
                (DECISIONS, "decisions", kinds, 1),
                (BETWEEN, "between", kinds, between_words),
                (SELECTIONS, "selections", kinds if by_counts is None else counts_of_known, 1),
                (BY_READING, "by_reading", design.n_doses + 2, 1),
            )
        }
        self._places = fit_places_of(design)
        if self._places is not None and by_counts is not None:
            selects = says(design, "fit_places", of=SELECTED) and not record["selects_by_responses"][0]
            write_places(record["fits"], self._places, selects=selects)
        self._levels = pending_levels_of(design) if by_responses else None
        if self._levels is not None and by_counts is not None:
            selects = says(design, "pending_levels", of=SELECTED) and record["selects_by_responses"][0]
            write_levels(record["pending"], self._levels, design.n_doses, selects=selects)
        self.at_caps: Final = CapSelections(
            design,
            record["selections"],
            self._tables[SELECTIONS],
            by_responses=bool(record["selects_by_responses"][0]),
            by_counts=by_counts,
        )

    def answer(self, slots: Slots, observation: Observation) -> None:
        """Answer every question of a trial under way, and remember the answers that settle others."""
        questions = self._record["questions"]
        rows = self._rows[: questions["count"][0]]
        for kind in (DECIDE, SELECT):
            asked = rows[rows[:, KIND] == kind]
            if len(asked):
                answers, kept = self._answers(kind, asked, observation)
                slots.give(asked[:, SLOT_OF], asked[:, NUMBER], answers)
                self._remember(asked, kept)
        for name in (DECISIONS, BETWEEN, BY_READING):
            self._tables[name].make_room(rows[rows[:, TABLE_OF] == name, PLACE])
        if self._pulls is not None:
            self._pulls.learn()
        questions["count"] = questions["columns_used"] = 0

    def selection_is_awaited(self) -> bool:
        """Return whether a trial has stopped at a selection since it was asked last."""
        awaited = bool(self._record["selection_awaited"][0])
        self._record["selection_awaited"] = False
        return awaited

    def _answers(self, kind: int, asked: Ints, observation: Observation) -> tuple[Ints, Ints]:
        """Return the answers, and what of them is to be remembered."""
        columns = self._columns_of(asked)
        day = asked[:, DAY : DAY + 1].view(np.float64)
        known = known_on(day, columns, observation.window_days, observation.response_day)
        if kind == SELECT:
            selected = self._design.select(self._observed(asked, known)).astype(np.int64)
            return selected, selected
        if asked[:, COMPLETES].any():
            known = completed(known, *(asked[:, at] for at in (COMPLETES, JOINING, MORE, RESPONSE)))
        self._ask_around(asked, known)
        new = self._new_counts(asked, known)
        if self._settles is None or self._pulls is not None or not len(new):
            answers = packed(self._design.decide(self._observed(asked, known)))
            return answers, answers
        return self._settled(self._settles, asked, known, new)

    def _new_counts(self, asked: Ints, known: PatientRecords) -> Ints:
        """Return which questions are the first ones of their counts, with somebody pending."""
        pending = known.dlt_pending
        if self._record["by_responses"][0]:
            pending = pending | known.response_pending
        return np.flatnonzero((asked[:, TABLE_OF] == DECISIONS) & pending.any(axis=1))

    def _settled(
        self, design: SettledByCounts, asked: Ints, known: PatientRecords, new: Ints
    ) -> tuple[Ints, Ints]:
        """Return the answers; and the same, in place of those that counts do not settle what does."""
        observed = self._observed(asked[new], _states(known, new))
        if self._by_counts is not None:
            decision, settled = self._by_counts.decided_by_counts(observed)
            answers = np.zeros(len(asked), dtype=np.int64)
            answers[new] = packed(decision)
            others = np.delete(np.arange(len(asked)), new[settled])
            if len(others):
                some = self._observed(asked[others], _states(known, others))
                answers[others] = packed(self._design.decide(some))
        else:
            settled = design.settled_by_counts(observed)
            answers = packed(self._design.decide(self._observed(asked, known)))
        kept = answers.copy()
        kept[new] = np.where(settled, answers[new], BY_FOLLOW_UP)
        return answers, kept

    def _observed(self, asked: Ints, known: PatientRecords) -> Observed:
        level, closed_from, last_n, last_dlt, lacking = (
            asked[:, at].copy() for at in (LEVEL, CLOSED_FROM, LAST_N, LAST_DLT, LACKING)
        )
        draw = asked[:, DRAW].copy().view(np.float64)
        return Observed.of_patients(
            self._design.n_doses, level, known, closed_from, last_n, last_dlt, lacking, draw
        )

    def _columns_of(self, asked: Ints) -> InfusedColumns:
        """Return the patients of the questions, each a row; padded with level 0, nothing of it pending."""
        count = asked[:, PATIENTS]
        at = np.arange(max(int(count.max()), 1))
        there = at < count[:, None]
        rows = self._columns[np.where(there, asked[:, COLUMNS][:, None] + at, 0)]
        padding = {"response_known_day": -np.inf}
        return InfusedColumns(
            **{name: np.where(there, rows[name], padding.get(name, 0)) for name in InfusedColumns._fields}
        )

    def _remember(self, asked: Ints, answers: Ints) -> None:
        for name, table in self._tables.items():
            which = asked[:, TABLE_OF] == name
            if which.any():
                place = asked[which, PLACE]
                if name == BETWEEN:
                    _add_between(table.values, asked[which], answers[which], int(self._record["measured"][0]))
                else:
                    table.values[place, 0] = answers[which]

    def _ask_around(self, asked: Ints, known: PatientRecords) -> None:
        """Ask about other follow-up of counts that are new: most answers lie between two of these."""
        table = self._tables[BETWEEN]
        if not self._record["by_follow_up"][0]:
            return  # counts of every level rarely come again
        place = np.where(asked[:, TABLE_OF] == BETWEEN, asked[:, PLACE], -1)
        _, first = np.unique(place, return_index=True)
        first = first[(place[first] >= 0) & (table.values[place[first], 0] == 0)]
        if not len(first):
            return
        rows, grid = np.repeat(first, len(_AROUND)), np.tile(np.array(_AROUND), (len(first), 1))
        level = asked[rows, LEVEL]
        some = _states(known, rows)
        here = (some.dlt == PENDING) & (some.level == level[:, None])
        newest = here & (np.cumsum(here, axis=1) == here.sum(axis=1)[:, None])
        shares = np.where(newest, grid[:, :1], grid[:, 1:])
        followup = np.where(here, shares, some.followup)
        answers = packed(self._design.decide(self._observed(asked[rows], replace(some, followup=followup))))
        totals = np.where(here, shares, 0.0).sum(axis=1)
        shortest = np.where(here, shares, 1.0).min(axis=1)
        entries = np.stack([totals.view(np.int64), shortest.view(np.int64), answers], axis=1)
        words = entries.reshape(len(first), 3 * len(_AROUND))
        table.values[place[first], 0] = len(_AROUND)
        table.values[place[first], 1 : 1 + words.shape[1]] = words


def _write_backfill_rule(record: Any, rule: BackfillRule | None) -> NDArray[Any] | None:
    """Write a design's rule into its record; return the bounds, which the caller keeps alive."""
    if rule is None:
        return None
    bounds = np.zeros(len(rule.escalate_at_most), dtype=BOUND_ROWS.dtype)
    for name in BOUND_ROWS.dtype.names or ():
        bounds[name] = getattr(rule, name)
    write(record, BACKFILL_RULE, rule, rows=address(bounds), count=len(bounds))
    return bounds


def _states(known: PatientRecords, rows: Ints) -> PatientRecords:
    columns: dict[str, Any] = {one.name: known.values(one.name)[rows] for one in fields(PatientRecords)}
    return PatientRecords(**columns)


_AROUND: Final = (
    (0.0, 0.0),
    (0.25, 0.25),
    (0.5, 0.5),
    (0.75, 0.75),
    (1.0, 1.0),
    *((0.0, w / 4) for w in range(1, 5)),
)
"""Follow-up asked about: of the patient infused last, and of all others pending. Their sums are exact."""


def _add_between(values: Ints, asked: Ints, answers: Ints, measured: int) -> None:
    """Add answers to the follow-up they were given at, one a state and round, as long as there is room."""
    place, which = np.unique(asked[:, PLACE], return_index=True)
    has_room = values[place, 0] < (values.shape[1] - 1) // (measured + 1)
    place, which = place[has_room], which[has_room]
    at = 1 + (measured + 1) * values[place, 0]
    for k in range(measured):
        values[place, at + k] = asked[which, MEASURES + k]
    values[place, at + measured] = answers[which]
    values[place, 0] += 1
