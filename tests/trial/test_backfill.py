"""Backfill on the calendar: who takes the place for it, who gives it back, and where a level has closed meanwhile."""

from dataclasses import replace
from typing import Any

from simulator.designs import BFBOIN
from simulator.trial.dosing import DosingParameters, Recheck
from simulator.trial.ledger import check_ledger
from simulator.trial.record import ledger
from simulator.trial.trial_state import Log, Trial
from tests.trial.audit import audit
from tests.trial.synthetic import OWN_DAY_OF_DEATH, Made, World, intake_of, no_delays

P_DLT = (0.1, 0.2, 0.3, 0.4)
WINDOW = 28.0


def _run(
    design: BFBOIN,
    days: list[float],
    changed: dict[int, dict[str, Any]],
    depletion: float = 0.0,
    response_day: int = 28,
    **rules: object,
) -> Trial:
    """Run a trial of responders ready on these days; some of them, numbered from 1, are changed."""
    patients = [
        Made(**({"ready": day, "expires_after": 1e5, "response": 0.0} | changed.get(k, {})))
        for k, day in enumerate(days, start=1)
    ]
    world = World(
        no_delays(4, dlt_window_days=WINDOW, **rules),
        P_DLT,
        dosing=DosingParameters(lymphodepletion_days=depletion),
    )
    world = replace(world, outcomes=OWN_DAY_OF_DEATH.model_copy(update={"response_day": response_day}))
    log: Log = []
    trial = world.trial(design, intake_of(patients), log=log)
    check_ledger(ledger(trial))
    audit(trial)
    return trial


def _dlt(after: float) -> dict[str, Any]:
    return {"toxicity": 0.0, "onset": after}


def _said_of(trial: Trial, number: int) -> list[tuple[float, str]]:
    assert trial.log is not None
    return [(float(day), what) for day, who, what in trial.log if who == f"1-{number}"]


def test_who_gives_the_place_for_backfill_back_takes_an_open_place_of_the_cohort_at_once() -> None:
    """Patient 8 waits at the gate for backfill at level 1; on day 228 two DLTs of three take the trial itself there.

    Nobody is backfilled at the level of the cohort: at the gate, on day 280, they give the place back and take the
    second of the cohort, patient 7 having had the first. Patient 9 has the third; patient 10 can be enrolled ahead of
    the next cohort, as many as `slots_ahead`, and patient 11 waits.
    """
    days = [0, 1, 2, 108, 109, 110, 111, 112, 320, 321, 322]
    trial = _run(
        BFBOIN(n_doses=4),
        [float(day) for day in days],
        {4: _dlt(1.0), 5: _dlt(1.0)},
        slots_ahead=1,
        stagger_first_days=40,
        stagger_other_days=40,
    )
    eighth = _said_of(trial, 8)
    assert (120.0, "the slot is for backfill, level 1") in eighth
    assert (280.0, "backfill is not open any more: waits for a place") in eighth
    assert (280.0, "takes a place of the cohort") in eighth
    by_number = {p.i + 1: p for p in trial.infused}
    assert [(by_number[k].infused_day, by_number[k].cohort) for k in (7, 8, 9)] == [
        (240, 3),
        (280, 3),
        (320, 3),
    ]
    assert not by_number[8].backfill
    assert by_number[10].enrolled_day == 321
    assert _said_of(trial, 11)[0] == (322.0, "waits for a slot")


def test_who_is_enrolled_for_backfill_takes_the_place_when_a_patient_there_turns_out_not_to_count() -> None:
    """Level 1 holds 3 of at most 4 patients and the fourth, 9, had half of the dose: on day 68 they do not count.

    Nobody waits for a slot, and the cohort at level 2 is under way, its last patient being delayed: patient 10, who
    has waited for the place since day 42, takes it at that instant, not when the cohort is next asked about.
    """
    trial = _run(
        BFBOIN(n_doses=4, n_cap=4),
        [0.0, 1.0, 2.0, 30.0, 31.0, 32.0, 33.0, 34.0, 35.0, 36.0],
        {
            6: {"recheck": Recheck.DELAY, "recheck_delay": 60.0},
            9: {"dose": 0.5, "manufacture": (5.0, 0.0, 0.0)},
            10: {"manufacture": (6.0, 0.0, 0.0)},
        },
        slots_ahead=2,
    )
    ninth, tenth = (next(p for p in trial.infused if p.i + 1 == k) for k in (9, 10))
    assert (ninth.infused_day, ninth.follow_up.counted) == (40, False)
    assert (tenth.released_day, tenth.infused_day) == (42, 40 + WINDOW)
    assert (tenth.level, tenth.backfill) == (1, True)


def test_a_patient_for_backfill_whose_level_closes_in_lymphodepletion_is_infused_below_it() -> None:
    """Two DLTs of five close level 2 on day 113: P(p > .3) = .74, above .7. Patient 14 is due there on day 117."""
    days = [0, 1, 2, 40, 41, 42, 80, 81, 82, 90, 96, 102, 103, 104, 105]
    trial = _run(
        BFBOIN(n_doses=4, elimination_cutoff=0.7),
        [float(day) for day in days],
        {12: _dlt(3.0), 13: _dlt(1.0)},
        depletion=5.0,
        slots_ahead=1,
    )
    fourteenth = next(p for p in trial.infused if p.i + 1 == 14)
    assert fourteenth.lymphodepleted_day == 112
    assert (fourteenth.infused_day, fourteenth.level, fourteenth.closed_from) == (117, 1, 2)
    assert (117.0, "level 2 has closed: same product at level 1") in _said_of(trial, 14)


def test_a_response_known_between_two_cohorts_waits_for_the_next_who_asks() -> None:
    """The responses of level 1 come on days 60 to 62, when nobody of level 2 is treated yet; patient 4 leaves then.

    Patient 5, the first at level 2, is ready on day 70; with 5, 6 and 7 treated there, patient 9 is backfilled at
    level 1 on day 73: patient 8 has the slot of the next cohort.
    """
    trial = _run(
        BFBOIN(n_doses=4),
        [0.0, 1.0, 2.0, 50.0, 70.0, 71.0, 72.0, 72.5, 73.0],
        {4: {"manufacture": (30.0, 0.0, 0.0), "leaves_after": 11.5}},
        response_day=60,
        slots_ahead=1,
    )
    assert (61.5, "leaves: progressed, no longer fit") in _said_of(trial, 4)
    assert [(p.i + 1, p.infused_day, p.level, p.backfill) for p in trial.infused[3:7]] == [
        (5, 70, 2, False),
        (6, 71, 2, False),
        (7, 72, 2, False),
        (9, 73, 1, True),
    ]
