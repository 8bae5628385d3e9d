"""What will not run exactly, and what takes long: known before anything is computed."""

from collections.abc import Iterator, Mapping

from simulator.analysis.exact_beside import has_exact
from simulator.designs.design import Design
from simulator.exact.exact_limit import exact_up_to, fits_every_state, takes_long, titrates_long


def exact_foreseen(designs: Mapping[str, Design], caps_to: int | None) -> Iterator[str]:
    """Yield a line for each design without some exact number, and for each whose exact run takes long.

    Parameters
    ----------
    designs
        Name -> design.
    caps_to
        The largest cap asked for; None where what is needed is not.
    """
    for name, rule in designs.items():
        if not has_exact(rule):
            yield f"{name}: not run exactly: it reads more than complete cohorts"
            continue
        without = not_exact(rule, caps_to)
        if without:
            yield f"{name}: exact up to {exact_up_to(rule)} patients, beyond it not: without {' and '.join(without)}"
        patients = min(max(caps_to or 0, rule.max_n), exact_up_to(rule))
        if fits_every_state(rule):
            yield f"{name}: fits its model in every state: its exact run takes up to a minute or two"
        elif takes_long(rule, patients):
            yield f"{name}: decides by the data of every level: its exact run takes up to half a minute"
        elif titrates_long(rule, patients):
            yield (
                f"{name}: titration gives cohorts of every size: its exact run takes up to a few minutes, or is "
                "refused as too large"
            )


def not_exact(rule: Design, caps_to: int | None) -> list[str]:
    """Return what of a design that the exact engine takes is beyond its limit: its size, what it needs."""
    most = exact_up_to(rule)
    without = [f"its size of {rule.max_n}"] if rule.max_n > most else []
    return without + ([f"what it needs up to {caps_to}"] if caps_to is not None and caps_to > most else [])
