"""One trial's candidates, gathered from the draws of several intakes."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np

from simulator.trial.dosing import DosingDraws
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.intake import Intake
from simulator.trial.product import ProductDraws


@dataclass(frozen=True, slots=True)
class Seat:
    """One candidate: candidate `i` of an intake, eligible with a cleared donor on another day, at a site."""

    intake: Intake
    i: int
    ready_day: float
    site: int


def gathered(under_way: list[Seat], arriving: list[Seat], replicate: int, horizon_days: float) -> Intake:
    """Return an intake of those under way, then of those who arrive, in the order given.

    Every exit moves with the day of READY. The paths before it, of no candidate's own intake, are left out: such
    an intake has no ledger.
    """
    seats = [*under_way, *arriving]

    def column(name: str) -> list[Any]:
        read = attrgetter(name)
        return [read(seat.intake)[seat.i] for seat in seats]

    def moved(name: str) -> list[float]:
        read = attrgetter(name)
        return [
            read(seat.intake)[seat.i] + (seat.ready_day - seat.intake.ready_day[seat.i]) for seat in seats
        ]

    def attempts(name: str) -> list[list[Any]]:
        read = attrgetter(name)
        count = len(read(seats[0].intake.products)) if seats else 0
        return [[read(seat.intake.products)[k][seat.i] for seat in seats] for k in range(count)]

    positions = np.arange(len(seats))
    return Intake(
        replicate=replicate,
        horizon_days=horizon_days,
        paths=(seats[0].intake.paths if seats else None),  # type: ignore[arg-type]
        site=np.array([seat.site for seat in seats], dtype=np.int64),
        index=positions,
        candidates=positions,
        ready_day=[seat.ready_day for seat in seats],
        expiry_day=moved("expiry_day"),
        death_day=moved("death_day"),
        leaves_day=moved("leaves_day"),
        leaves_for=column("leaves_for"),
        queues=column("queues"),
        bridged=column("bridged"),
        products=ProductDraws(
            to_leukapheresis=attempts("to_leukapheresis"),
            manufacture=attempts("manufacture"),
            release=attempts("release"),
            outcome=attempts("outcome"),
            other_donor_workup=column("products.other_donor_workup"),
            donor_fails=attempts("donor_fails"),
        ),
        dosing=DosingDraws(*(column(f"dosing.{name}") for name in DosingDraws.__slots__)),
        outcomes=OutcomeLists(*(column(f"outcomes.{name}") for name in OutcomeLists.__slots__)),
    )
