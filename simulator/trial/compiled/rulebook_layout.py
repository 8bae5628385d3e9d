"""What compiled code knows of a design, as structs: tables of states, and what it reads of trials by."""

from typing import Final

from simulator.designs.pending_levels import MOST_PATIENTS
from simulator.trial.compiled.layout_parts import HEAD, MOST_LEVELS, Rows, numbers
from simulator.trial.compiled.structs import FLAG, FLOAT, INT, array, inside, new_struct, number

COUNTS_A_WORD: Final = 4
KEY_WIDTH: Final = 1 + 18 * MOST_LEVELS // COUNTS_A_WORD
"""Words of the longest key: `keys.py`."""
TABLE: Final = new_struct(
    "Table",
    numbers(INT, "places", "used", "keys", "values", "width", "words", "misses", "missed", "room")
    | {"key": array(INT, KEY_WIDTH)},
)
"""States and what the design says there: an open-addressing table of `places`, a power of 2.

A state of which the design has still to be asked has the value -1; `misses` are the places of those that are new.
"""
BOUND_ROWS: Final = Rows(
    {
        "escalate_at_most": (INT, 0),
        "deescalate_at_least": (INT, 0),
        "eliminate_at_least": (INT, 0),
        "stop_at_least": (INT, 0),
        "few_at_most": (FLOAT, 0),
        "many_above": (FLOAT, 0),
        "dlts_escalate": (FLOAT, 0),
        "dlts_deescalate": (FLOAT, 0),
        "sizes_escalate": (FLOAT, 0),
        "sizes_deescalate": (FLOAT, 0),
    }
)
"""One row for each number of patients, from 0 on; of the bounds on sizes, of DLTs."""
BACKFILL_RULE: Final = new_struct(
    "BackfillRule",
    numbers(INT, *HEAD)
    | BOUND_ROWS.fields(*(BOUND_ROWS.dtype.names or ()))
    | numbers(INT, "levels", "start", "cohort_size", "stop_n", "n_cap", "min_complete")
    | numbers(
        FLAG, "backfills", "by_size", "waits", "imputes", "pools_from_lowest", "as_package", "without_dlt"
    )
    | numbers(FLOAT, "target", "draw", "max_pending", "min_follow_up"),
)
"""A design's `BackfillRule`; `count` is 0 of a design that has none."""
_BY_LEVEL: Final = {
    **dict.fromkeys(("enrolled", "pending", "dlt", "backfilled", "responses"), INT),
    **dict.fromkeys(("counted", "few", "many", "shut"), INT),
    **dict.fromkeys(("follow_up", "imputed"), FLOAT),
}
TALLIES: Final = new_struct(
    "LevelTallies",
    numbers(INT, "level", "closed_from", "cohort_pending")
    | numbers(FLOAT, "shortest", "draw")
    | {name: array(type_, MOST_LEVELS) for name, type_ in _BY_LEVEL.items()},
)
PULL_RULE: Final = new_struct(
    "PullRule",
    numbers(INT, "too_toxic_from", "whole", "stop_n")
    | {"target": number(FLOAT), "pairs": inside(TABLE), "close": inside(TABLE)},
)
"""How a design moves by pulls; `too_toxic_from` and `whole` are addresses.

`whole`: which whole numbers of DLTs pull, as `Pulls` has it; `pairs`: whether eighths do; `close`: between these,
whether numbers of DLTs that were met do.
"""
QUESTIONS: Final = new_struct(
    "Questions", numbers(INT, "rows", "count", "room", "columns", "columns_used", "columns_room")
)
"""What designs that look early have still to be asked: addresses of the questions, and of the patients' columns."""
MOST_MEASURES: Final = 4
MOST_LATTICES: Final = 5
MOST_PENDING: Final = 64
FIT_PLACES: Final = new_struct(
    "FitPlaces",
    numbers(FLAG, "present", "of_safe", "selects")
    | numbers(
        INT,
        "levels",
        "number",
        "cuts",
        "cut_count",
        "wanted",
        "selected",
        "pending",
        "filled",
        "first",
        "after",
    )
    | numbers(FLOAT, "cutoff", "score")
    | {name: array(INT, MOST_LATTICES, "number") for name in ("lattices", "points", "patients")}
    | {"slopes": array(FLOAT, MOST_LEVELS, "levels"), "counts": array(FLOAT, MOST_LEVELS, "levels")}
    | {"safe": array(INT, MOST_LEVELS, "levels"), "dlt": array(INT, MOST_LEVELS, "levels")}
    | {"pending_at": array(INT, MOST_PENDING, "pending"), "weights": array(FLOAT, MOST_PENDING, "pending")},
)
"""What the places of a design's fits follow from (`crm_places.py`): addresses of lattices, cuts, selections.

Of each lattice the points, and the most patients that it is for. `filled` says which holds the density of known
outcomes, of `score` and `counts`, from the point `first` on; -1 none. `pending_at` and `weights` are of the pending.
"""
PENDING_LEVELS: Final = new_struct(
    "PendingLevels",
    numbers(FLAG, "present", "enrolled", "selects")
    | numbers(INT, "levels", "polynomials", "most_terms")
    | numbers(FLOAT, "phi_t")
    | {
        name: array(INT, MOST_PATIENTS + 1)
        for name in ("sizes", "dlt_waits_from", "response_waits_from", "terms")
    }
    | {
        name: array(FLOAT, MOST_PATIENTS + 1)
        for name in ("too_toxic_up_to", "futile_from", "toxic_up_to", "above_up_to")
    }
    | {"utilities": array(FLOAT, 4), "shares": array(FLOAT, 4)}
    | {
        name: array(INT, MOST_LEVELS, "levels")
        for name in (
            "n",
            "dlt",
            "response",
            "dlt_pending",
            "response_pending",
            "treated",
            "too_toxic",
            "futile",
            "candidates",
        )
    }
    | {
        name: array(FLOAT, MOST_LEVELS, "levels")
        for name in (
            "dlt_known",
            "response_known",
            "quasi_events",
            "values",
            "weights",
            "sums",
            "means",
            "rates",
        )
    },
)
"""By what levels with pending outcomes are read (`pending_levels.py`); `polynomials` is an address.

From `n` on, of each level, room for the numbers of `LevelData` at hand, and how desirable it is; and for those of
`LevelRows`.
"""
EARLY_RULEBOOK: Final = new_struct(
    "EarlyRulebook",
    {"questions": inside(QUESTIONS)}
    | numbers(
        FLAG,
        "by_responses",
        "selects_by_responses",
        "selects_by_counts",
        "by_follow_up",
        "by_each",
        "by_pulls",
        "adds_up",
        "settled_if_complete",
        "settles",
        "waits_for_all",
        "never_waits",
        "reads_missing",
        "selection_awaited",
    )
    | numbers(INT, "closing", "closing_width", "measured", "waited_at", "waited_answer")
    | {"measures": array(FLOAT, MOST_MEASURES, "measured")}
    | {"decisions": inside(TABLE), "between": inside(TABLE), "selections": inside(TABLE)}
    | {"backfill_rule": inside(BACKFILL_RULE), "tallies": inside(TALLIES), "pull_rule": inside(PULL_RULE)}
    | {"fits": inside(FIT_PLACES), "pending": inside(PENDING_LEVELS), "by_reading": inside(TABLE)},
)
"""The answers of a design that looks early, by counts, and between follow-up; and what its keys are made of.

`by_reading`: answers by what is read, the place of a fit or of each level, where the design says so.
`closing`: where the design's `closing_dlts` stand, in rows of so many numbers; 0 where it has none. `measures`: what
of follow-up at hand answers lie between: sum and shortest at the level, or `by_each` every pending one. Keys count
patients by level and DLT, `by_responses` by response and way in too. `settles`: counts may settle decisions, at any
follow-up; `settled_if_complete`: one is remembered where nobody is pending. `waits_for_all`: the answer is one
while any outcome is pending: `waited_answer`, at the state `waited_at` met last. `never_waits`: begun, it treats on
or stops for toxicity. `reads_missing`: the places of the cohort that are missing are read.
`selects_by_counts`: keys of selections count patients of whom all is known, in no order and of either way in.
`selection_awaited`: a trial has stopped at such a key.
`backfill_rule`: what decides on the `tallies` at once, where the design has one: it is then asked to select alone.
`pull_rule`: what is read of them `by_pulls`, where the design moves so: its decisions are remembered by these.
`adds_up`: one of both, so that patients are tallied, not counted in keys.
"""
RULEBOOK: Final = new_struct(
    "Rulebook",
    numbers(INT, "levels", "missed", "closing", "closing_width", "free")
    | numbers(FLAG, "reads_last", "selects_by_counts", "fills_in", "stopped_before")
    | {"decisions": inside(TABLE), "selections": inside(TABLE)}
    | {"early": inside(EARLY_RULEBOOK)},
)
"""A design's tables by complete cohorts, `closing` as in `EARLY_RULEBOOK`; and those of one that looks early.

`fills_in`: nothing in the trial depends on the selection, so that it is filled in after it. `stopped_before`: the
trial stopped before the event of a decision that is not known, so that it can be kept as it is. `free`: where the
number of slots stands that are left to trials that stop, and their addresses (`slot.py`).
"""
