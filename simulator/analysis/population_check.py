"""How well the synthetic population holds up: expected and drawn, published numbers, and what the answer rests on."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.population_margins import Columns, Margin, margins
from simulator.durations import DAYS_PER_MONTH
from simulator.eligibility.screen import screen
from simulator.errors import ScenarioError
from simulator.fields import SEXES, STATUSES
from simulator.population.copula import LATENTS
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw, draw_chunks
from simulator.population.published_margins import Anchor, anchors
from simulator.randomness import Block, Streams
from simulator.scenario.moves import with_mix
from simulator.scenario.provenance import Provenance
from simulator.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEWEST, MOST = 1000, 1_000_000
VARIED_PATIENTS: Final = 20_000
"""Patients, at most, on whom every assumption is moved: the same for all of them."""
SENSITIVE_POINTS: Final = 1.0
"""Percentage points of the eligible share from which an assumption is called one the answer is sensitive to."""

FIELD_OF_LATENT: Final = {
    "age": "age_years",
    "blasts": "bm_blasts_percent",
    "ecog": "ecog",
    "infection": "infection_active",
    "spo2": "spo2_if_resolved_percent",
    "life_expectancy": "life_expectancy_months",
    "survival": "survival_days",
    "bilirubin": "bilirubin_umol_l",
    "alt": "alt_u_l",
    "ast": "ast_u_l",
    "creatinine": "creatinine_umol_l",
    "lvef": "lvef_percent",
    "qtcf": "qtcf_ms",
}
TIED: Final = frozenset(("ecog", "infection", "spo2", "blasts"))
"""Latents whose field is in steps, or in two groups: its Spearman correlation is smaller than the formula."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """A pair of fields.

    Attributes
    ----------
    latent
        The correlation stated, of the latent normal variables (Pearson).
    expected
        The Spearman correlation it gives: 6 / pi * asin(latent / 2); of tied fields only a bound.
    drawn, error
        Spearman correlation drawn, and 1 / sqrt(patients - 1).
    """

    pair: str
    latent: float
    expected: float
    drawn: float
    error: float
    tied: bool

    @property
    def is_off(self) -> bool:
        """Whether the drawn one is not the expected one; a tied one may be smaller, not larger."""
        if self.tied:
            return abs(self.drawn) > abs(self.expected) + 4 * self.error
        return abs(self.drawn - self.expected) > 4 * self.error


@dataclass(frozen=True, slots=True)
class PublishedAndDrawn:
    """A published number and the same statistic of the drawn patients; None where they have none."""

    anchor: Anchor
    drawn: float | None


@dataclass(frozen=True, slots=True)
class Moved:
    """One assumption moved over its stated range.

    Attributes
    ----------
    at_low, at_high
        Change of the eligible share when it is at the end of its range, as a fraction.
    mcse
        Standard error of the difference between the two, on the same patients.
    rescaled
        Whether the other shares of a mix were scaled to keep the sum of 1.
    refused
        Why the scenario cannot hold the range, or empty.
    """

    path: str
    known: Provenance
    at_low: float
    at_high: float
    mcse: float
    rescaled: bool = False
    refused: str = ""

    @property
    def swing(self) -> float:
        """The largest distance between eligible shares over the range: low, stated value, high."""
        ends = (0.0, self.at_low, self.at_high)
        return max(ends) - min(ends)

    @property
    def is_sensitive(self) -> bool:
        """Whether the eligible share moves by `SENSITIVE_POINTS` or more."""
        return 100 * self.swing >= SENSITIVE_POINTS


@dataclass(frozen=True, slots=True)
class PopulationCheck:
    """The whole check of a scenario's population. Made by `check_population`."""

    patients: int
    varied_patients: int
    seed: int
    eligible: float
    margins: tuple[Margin, ...]
    correlations: tuple[Correlation, ...]
    largest_unlisted: Correlation
    published: tuple[PublishedAndDrawn, ...]
    moved: tuple[Moved, ...]
    without_range: tuple[str, ...]


def check_population(scenario: Scenario, patients: int = 200_000, seed: int | None = None) -> PopulationCheck:
    """Draw the population and compare it with its parameters, with published numbers, and with itself when moved.

    Raises
    ------
    ScenarioError
        For a number of patients outside 1,000 to 1,000,000, or a population that is the rows of a file.
    """
    if scenario.population.file is not None:
        raise ScenarioError("population.file: rows of a file have no margins asked for; see check_rows")
    if not FEWEST <= patients <= MOST:
        raise ScenarioError(f"patients: must be an integer between {FEWEST} and {MOST}, got {patients}")
    seed = scenario.run.seed if seed is None else seed
    p = scenario.population
    columns = draw(p, Streams(seed), [Block(0, 0, 0, patients)]).columns
    correlations, largest = _correlations(p, columns)
    fewer = min(patients, VARIED_PATIENTS)
    base = _eligible(scenario, seed, fewer)
    ranged = {
        path: known
        for path, known in scenario.provenance.items()
        if path.startswith("population.") and not isinstance(known.value, tuple)
    }
    moved = [
        _moved(scenario, path, known, base, seed)
        for path, known in ranged.items()
        if known.low is not None and known.high is not None
    ]
    moved.sort(key=lambda one: -one.swing)
    return PopulationCheck(
        patients,
        fewer,
        seed,
        float(base.mean()),
        tuple(margins(p, columns)),
        correlations,
        largest,
        tuple(PublishedAndDrawn(anchor, _statistic(anchor, columns)) for anchor in anchors()),
        tuple(moved),
        tuple(path for path, known in ranged.items() if known.low is None or known.high is None),
    )


def _correlations(p: PopulationParameters, columns: Columns) -> tuple[tuple[Correlation, ...], Correlation]:
    ranks = {latent: _ranks(_values(columns, field)) for latent, field in FIELD_OF_LATENT.items()}
    listed: list[Correlation] = []
    unlisted: list[Correlation] = []
    for i, first in enumerate(LATENTS):
        for second in LATENTS[i + 1 :]:
            names = (f"{first}~{second}", f"{second}~{first}")
            stated = next((p.correlations[name] for name in names if name in p.correlations), None)
            latent = 0.0 if stated is None else stated
            one = Correlation(
                names[0],
                latent,
                6 / math.pi * math.asin(latent / 2),
                float(np.dot(ranks[first], ranks[second])),
                1 / math.sqrt(len(ranks[first]) - 1),
                bool({first, second} & TIED),
            )
            (unlisted if stated is None else listed).append(one)
    none = Correlation("none", 0.0, 0.0, 0.0, 0.0, False)
    return tuple(listed), max(unlisted, key=lambda one: abs(one.drawn), default=none)


def _values(columns: Columns, field: str) -> NDArray[Any]:
    """Return a field's values, of laboratory values their multiple of ULN: the limits depend on sex."""
    for ending in ("_umol_l", "_u_l"):
        stem = field.removesuffix(ending)
        if stem != field:
            return np.asarray(columns[field] / columns[f"{stem}_uln{ending}"])
    return columns[field]


def _ranks(values: NDArray[Any]) -> Floats:
    """Return mean ranks, centred and of unit length, so that a product is Spearman's correlation."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    rank: Floats = (ends - (counts - 1) / 2)[which.reshape(-1)]
    rank -= rank.mean()
    length = math.sqrt(float(np.dot(rank, rank)))
    return rank / length if length > 0 else rank


def _eligible(scenario: Scenario, seed: int, patients: int) -> Bools:
    parts = draw_chunks(scenario.population, Streams(seed), [Block(0, 0, 0, patients)])
    return np.concatenate([screen(part.columns, scenario.eligibility).eligible for part in parts])


def _moved(scenario: Scenario, path: str, known: Provenance, base: Bools, seed: int) -> Moved:
    ends = []
    rescaled = False
    for bound in (known.low, known.high):
        assert bound is not None
        changes = with_mix(scenario, path, bound)
        rescaled = len(changes) > 1
        try:
            other = scenario.with_changes(changes)
        except ScenarioError as error:
            return Moved(path, known, 0.0, 0.0, 0.0, rescaled, error.faults[0])
        ends.append(_eligible(other, seed, len(base)))
    low, high = (end.astype(np.float64) - base for end in ends)
    mcse = float(np.std(high - low, ddof=1)) / math.sqrt(len(base))
    return Moved(path, known, float(low.mean()), float(high.mean()), mcse, rescaled)


Statistic = Callable[[Columns], float]


def _statistic(anchor: Anchor, columns: Columns) -> float | None:
    found = _STATISTICS.get((anchor.field, anchor.statistic))
    return None if found is None else found(columns)


def _share(event: NDArray[Any]) -> float:
    return float(np.mean(event)) if len(event) else math.nan


def _spearman(first: str, second: str) -> Statistic:
    return lambda c: float(np.dot(_ranks(c[first]), _ranks(c[second])))


def _early(c: Columns) -> float:
    early, late = (
        c["status"] == STATUSES.index(one) for one in ("early_first_relapse", "late_first_relapse")
    )
    return _share(early[early | late])


def _relapsed(c: Columns) -> float:
    return _share(c["prior_cr"])


_STATISTICS: Final[Mapping[tuple[str, str], Statistic]] = {
    ("age_years", "median"): lambda c: float(np.median(c["age_years"])),
    ("sex", "share male"): lambda c: _share(c["sex"] == SEXES.index("male")),
    ("status", "share relapsed"): _relapsed,
    ("status", "share primary refractory"): lambda c: _share(
        c["status"] == STATUSES.index("primary_refractory")
    ),
    ("first_relapse_day", "share of first relapses within 365 days of CR"): _early,
    ("prior_transplant", "share"): lambda c: _share(c["prior_transplant"]),
    ("cd117_percent", "share positive"): lambda c: _share(c["cd117_percent"] >= 20),
    ("bm_blasts_percent", "median"): lambda c: float(np.median(c["bm_blasts_percent"])),
    ("emd_new", "share with any extramedullary disease"): lambda c: _share(
        c["emd_new"].astype(np.bool_) | c["emd_persistent"].astype(np.bool_)
    ),
    ("survival_days", "median"): lambda c: float(np.median(c["survival_days"])) / DAYS_PER_MONTH,
    **{("ecog", f"share {g}"): lambda c, g=g: _share(c["ecog"] == g) for g in range(5)},  # type: ignore[misc]
    ("ecog", "share 2 or more"): lambda c: _share(c["ecog"] >= 2),
    ("ecog", "Spearman correlation with age"): _spearman("ecog", "age_years"),
    ("ecog", "Spearman correlation with marrow blasts"): _spearman("ecog", "bm_blasts_percent"),
    ("cns_history", "share with CNS leukaemia during the course"): lambda c: _share(
        np.isin(c["cns_kind"], (1, 2))
    ),
    ("qtcf_ms", "median"): lambda c: float(np.median(c["qtcf_ms"])),
    ("qtcf_ms", "mean"): lambda c: float(np.mean(c["qtcf_ms"])),
    ("hbsag", "share"): lambda c: _share(c["hbsag"]),
    ("hbv_dna", "share with active infection"): lambda c: _share(c["hbv_dna"]),
    ("hcv_rna", "share"): lambda c: _share(c["hcv_rna"]),
    ("consent_signed", "share declining"): lambda c: 1 - _share(c["consent_signed"]),
}
"""Published statistics that the drawn patients have too. The others speak of another time or event, such as a
fall of the LVEF after induction, and have no counterpart."""
