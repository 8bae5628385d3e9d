"""The scores of a design by benefit and risk, as `simulator table` prints them."""

from dataclasses import dataclass
from typing import Final

from simulator.designs.boin12 import BOIN12
from simulator.designs.design import Design
from simulator.designs.parameter_checks import MAX_PATIENTS, require_integer

LARGEST_BY_DEFAULT: Final = 12


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """The scores at one number of patients and of DLTs, by responses 0, 1 and so on; None is not admissible."""

    n: int
    dlt: int
    scores: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The table of scores.

    Attributes
    ----------
    sizes
        The numbers of patients that are ranked together.
    """

    design: str
    n_doses: int
    phi_t: float
    phi_e: float
    sizes: tuple[int, ...]
    rows: tuple[ScoreRow, ...]
    conventions: dict[str, str]


def score_table(design: Design, max_n: int | None) -> ScoreTable | None:
    """Return the scores at whole cohorts up to `max_n` patients at a level, by default 12; None of other designs.

    Raises
    ------
    DesignError
        `max_n` is not in 1..1000, or utilities that counts of DLTs and responses do not settle.
    """
    import pandas as pd

    scored = _scored(design)
    if scored is None:
        return None
    largest = LARGEST_BY_DEFAULT if max_n is None else max_n
    require_integer(design.name, "max_n", largest, 1, MAX_PATIENTS)
    sizes = tuple(range(0, largest + 1, scored.cohort_size))
    found: dict[tuple[int, int], list[float | None]] = {}
    for n, dlt, _, score in scored.desirability_table(sizes).itertuples(index=False):
        found.setdefault((int(n), int(dlt)), []).append(None if score is pd.NA else float(score))
    rows = tuple(ScoreRow(n, dlt, tuple(scores)) for (n, dlt), scores in found.items())
    return ScoreTable(
        design.name, design.n_doses, scored.phi_t, scored.phi_e, sizes, rows, design.conventions()
    )


def _scored(design: Design) -> BOIN12 | None:
    """Return the design with scores inside wrappers."""
    if isinstance(design, BOIN12):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else _scored(inner)
