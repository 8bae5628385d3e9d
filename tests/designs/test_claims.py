"""A class that decides anew inherits nothing that the one it derives from says of its own answers."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from simulator.designs import BEBOIN, BFBOIN, BOIN, BOIN12, TITEBOIN, TITEBOIN12, TITECFO, TITECRM, RollingSix
from simulator.designs.claims import reads_of, says, selects_by_counts
from simulator.designs.design import Decision, Design, Observed
from simulator.designs.early_look import (
    FollowUpRead,
    answers_between,
    backfill_rule,
    closing_dlts,
    deciding_by_counts,
    fit_places_of,
    moving_by_pulls,
    never_waits,
    pending_levels_of,
    selecting_by_counts,
    selects_by_responses,
    settling,
    waits_for_all,
)
from simulator.exact import operating_characteristics
from simulator.trial.early_memory import follow_up_read
from tests.designs.examples import EXAMPLES

SAYINGS = (
    answers_between,
    deciding_by_counts,
    fit_places_of,
    moving_by_pulls,
    never_waits,
    pending_levels_of,
    settling,
    waits_for_all,
)


def _deciding_anew(kind: type[Design]) -> type[Design]:
    def decide(self: Design, observed: Observed) -> Decision:
        return kind.decide(self, observed)

    return type("Anew", (kind,), {"__slots__": (), "decide": decide})


@pytest.mark.parametrize("kind", [BEBOIN, BFBOIN, BOIN12, TITEBOIN, TITEBOIN12, TITECFO, TITECRM, RollingSix])
def test_who_decides_anew_is_taken_to_have_said_nothing(kind: type[Design]) -> None:
    anew = _deciding_anew(kind)()
    assert not any(say(anew) for say in SAYINGS)
    assert closing_dlts(anew, 30) is None
    assert backfill_rule(anew, 30) is None
    assert follow_up_read(anew) is FollowUpRead.ALL
    assert selects_by_responses(anew) == selects_by_responses(kind())  # of `select`, which is the same


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_design_here_says_what_its_own_decisions_read(name: str) -> None:
    assert reads_of(EXAMPLES[name]) == EXAMPLES[name].reads


def test_each_saying_is_made_by_a_design() -> None:
    assert closing_dlts(EXAMPLES["boin"], 30) is not None
    assert backfill_rule(EXAMPLES["bf-boin"], 30) is not None
    assert all(any(say(design) for design in EXAMPLES.values()) for say in SAYINGS)


def test_options_that_read_more_than_is_said_leave_it_unsaid() -> None:
    assert backfill_rule(BEBOIN(follow_up_weights=(0.5, 0.3, 0.2)), 30) is None
    assert moving_by_pulls(TITECFO(min_follow_up=0.25)) is None
    assert moving_by_pulls(TITECFO(max_pending=0.5)) is None
    assert not never_waits(TITECFO(stop_n_at_dose=6))
    assert never_waits(TITECRM(weights="adaptive"))
    assert not never_waits(TITECRM(min_follow_up=0.25))


def test_who_derives_from_a_class_and_decides_alike_keeps_what_it_says() -> None:
    class Named(TITECRM):
        """The same under another name."""

        name: ClassVar[str] = "named"

    assert answers_between(Named()) == answers_between(TITECRM()) is True
    assert deciding_by_counts(Named()) is not None
    assert fit_places_of(Named()) is not None


def test_who_selects_anew_is_taken_to_read_responses() -> None:
    class Selecting(BFBOIN):
        """A selection of its own."""

        def select(self, observed: Observed) -> np.ndarray:
            """Select as the base does."""
            return BFBOIN.select(self, observed)

    assert selects_by_responses(Selecting()) is True
    assert selects_by_responses(BFBOIN()) is False
    assert selecting_by_counts(Selecting()) is None
    assert selecting_by_counts(BFBOIN()) is not None
    assert backfill_rule(Selecting(), 30) is not None


class _AfterDlts(BOIN):
    """Treats the last level again after a cohort with a DLT, and does not say that it reads the last cohort."""

    def decide(self, observed: Observed) -> Decision:
        """Stay where BOIN would escalate after a DLT."""
        decision = BOIN.decide(self, observed)
        stays = (observed.last_dlt > 0) & (decision.level > observed.level) & (observed.level > 0)
        return replace(decision, level=np.where(stays, observed.level, decision.level))


class _SaysSo(_AfterDlts):
    reads: ClassVar[frozenset[str]] = BOIN.reads | {"last_n", "last_dlt"}


def test_exact_numbers_of_who_does_not_say_what_it_reads_are_right() -> None:
    truth = np.array([0.1, 0.2, 0.3, 0.4])
    silent, plain = _AfterDlts(n_doses=4), BOIN(n_doses=4)
    assert reads_of(silent) >= {"last_n", "last_dlt"}
    assert not says(silent, "reads")
    found, expected, without = (
        operating_characteristics(design, truth, max_n=18).selection
        for design in (silent, _SaysSo(n_doses=4), plain)
    )
    np.testing.assert_array_equal(found, expected)
    assert np.abs(found - without).max() > 0.01


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_who_selects_by_counts_reads_neither_level_nor_last_cohort(name: str) -> None:
    design = EXAMPLES[name]
    if not selects_by_counts(design):
        return
    rng = np.random.default_rng(3)
    shape = 400, design.n_doses
    n = rng.integers(0, 10, shape)
    dlt = rng.binomial(n, 0.3)
    nothing = Observed.nothing(design.n_doses, len(n))
    closed_from = rng.integers(1, design.n_doses + 2, len(n))
    counts = replace(nothing, n=n, dlt=dlt, closed_from=closed_from)
    level, last_n = rng.integers(0, design.n_doses + 1, len(n)), rng.integers(0, 4, len(n))
    seen = replace(counts, level=level, last_n=last_n, last_dlt=rng.binomial(last_n, 0.5))
    assert (design.select(seen) == design.select(counts)).all()


def test_who_selects_by_counts() -> None:
    assert selects_by_counts(EXAMPLES["boin"])
    assert selects_by_counts(EXAMPLES["crm"])
    assert not selects_by_counts(EXAMPLES["3+3"])
