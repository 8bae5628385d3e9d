"""One trial's candidates, merged from the draws of several replicates."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from simulator.trial.candidates import Candidates
from simulator.trial.dosing import DosingDraws
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.product import ProductDraws


@dataclass(frozen=True, slots=True)
class Candidate:
    """Candidate `i` of `source`, eligible with a cleared donor on another day, at a site."""

    source: Candidates
    i: int
    ready_day: float
    site: int


def merge_candidates(
    under_way: list[Candidate], arriving: list[Candidate], horizon_days: float
) -> Candidates:
    """Return those under way, then those who arrive, in the order given; every exit moves with the day of READY."""
    whole = [*under_way, *arriving]

    def column(name: str) -> list[Any]:
        read = attrgetter(name)
        return [read(one.source)[one.i] for one in whole]

    def moved(name: str) -> list[float]:
        read = attrgetter(name)
        return [read(one.source)[one.i] + (one.ready_day - one.source.ready_day[one.i]) for one in whole]

    def attempts(name: str) -> list[list[Any]]:
        read = attrgetter(name)
        count = len(read(whole[0].source.products)) if whole else 0
        return [[read(one.source.products)[k][one.i] for one in whole] for k in range(count)]

    return Candidates(
        horizon_days=horizon_days,
        site=[one.site for one in whole],
        index=list(range(len(whole))),
        ready_day=[one.ready_day for one in whole],
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
