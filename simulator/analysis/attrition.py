"""Which criterion costs how many patients: failed, primary, alone, an order-free share, and what relaxing gains."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd

from simulator.analysis.estimate import certain_bound
from simulator.analysis.failure_patterns import ANY, Ints, Patterns
from simulator.analysis.relaxation_gains import Gain, Keys, RelaxationPlan, distinct
from simulator.eligibility.own_criteria import Eligibility
from simulator.eligibility.screen import criteria, judge
from simulator.errors import ProtocolError
from simulator.population.own_fields import patients_for
from simulator.population.patients import Patients, PopulationParameters
from simulator.randomness import Block, Streams

MOST_PATIENTS: Final = 100_000_000


@dataclass(frozen=True)
class Attrition:
    """What the criteria cost in a population, whatever the trial; the independent patient is the unit of error.

    Attributes
    ----------
    ids
        Criterion ids, the bits of the patterns.
    referred, prescreened, screened, eligible
        Patients: referred; not turned away at the desk; of these, consenting; of these, eligible at the first
        screening. The one re-screen after an infection is not in it: it belongs to the calendar.
    patterns
        Of the screened.
    gains
        Most patients first.
    desk, second
        The same of the referred at the desk, and of those screened twice, whose infection had resolved, at their
        second screening.
    """

    ids: tuple[str, ...]
    referred: int
    prescreened: int
    screened: int
    eligible: int
    patterns: Patterns
    gains: tuple[Gain, ...]
    desk: Patterns
    second: Patterns

    @cached_property
    def criteria(self) -> "pd.DataFrame":
        """Shares of the screened: criterion ("any": any of them), statistic, value, mcse.

        A share of 0 or 1 has its 95 % bound too ("..._bound95").
        """

        failures, total = self.patterns.failures, self.patterns.patients
        rows = list(_rows({"criterion": ANY}, "share_failed", failures, failures, total))
        counts = self.patterns.counts.astype(np.float64)
        for statistic, weights in self.patterns.weights(len(self.ids)).items():
            sums, squares = counts @ weights, counts @ weights**2
            for criterion, first, second in zip(self.ids, sums, squares, strict=True):
                rows += _rows({"criterion": criterion}, statistic, first, second, total)
        return pd.DataFrame(rows)

    @cached_property
    def from_first_contact(self) -> "pd.DataFrame":
        """Who leaves for which criterion, the primary reason: stage, criterion, statistic, value, mcse.

        Stages: desk, of the referred; consent (I10), of those who pass the desk; screening, the first one, of the
        consented; rescreening, of those screened again after an infection that has resolved.
        """
        rows: list[dict[str, object]] = []
        for stage, patterns in (
            ("desk", self.desk),
            ("screening", self.patterns),
            ("rescreening", self.second),
        ):
            total = patterns.patients
            failed = patterns.failures
            rows += _rows({"stage": stage, "criterion": ANY}, "share_primary", failed, failed, total)
            for row, criterion in enumerate(self.ids):
                count = int(patterns.counts[patterns.reasons == row].sum())
                rows += _rows({"stage": stage, "criterion": criterion}, "share_primary", count, count, total)
        refused = self.prescreened - self.screened
        rows += _rows(
            {"stage": "consent", "criterion": "I10"}, "share_primary", refused, refused, self.prescreened
        )
        return pd.DataFrame(rows)

    @cached_property
    def relaxations(self) -> "pd.DataFrame":
        """Patients gained, most first: first, second (empty where alone), statistic, value, mcse.

        Statistics: share_gained, share_gained_at_desk and share_undecided, of the referred; eligible_ratio,
        eligible after over eligible before.
        """

        rows: list[dict[str, object]] = []
        for gain in self.gains:
            names = [change.text for change in gain.changes]
            label: dict[str, object] = {"first": names[0], "second": names[1] if len(names) > 1 else ""}
            rows += _rows(label, "share_gained", gain.patients, gain.patients, self.referred)
            rows += _rows(label, "share_gained_at_desk", gain.from_desk, gain.from_desk, self.referred)
            rows += _rows(label, "share_undecided", gain.undecided, gain.undecided, self.referred)
            value, mcse = self.eligible_ratio(gain)
            rows.append(label | {"statistic": "eligible_ratio", "value": value, "mcse": mcse})
        return pd.DataFrame(rows, columns=["first", "second", "statistic", "value", "mcse"])

    def eligible_ratio(self, gain: Gain) -> tuple[float, float]:
        """Return eligible after over eligible before, and its standard error (delta method, multinomial)."""
        if self.eligible == 0:
            return float("nan"), float("nan")
        before, more = float(self.eligible), float(gain.patients)
        return 1 + more / before, float(np.sqrt(more * (before + more) / before**3))


def _rows(
    label: dict[str, object], statistic: str, total: float, squares: float, count: int
) -> Iterator[dict[str, object]]:
    """Return the mean of `count` independent values with these sums, and the bound of a share of 0 or 1."""
    if count == 0:
        yield label | {"statistic": statistic, "value": float("nan"), "mcse": float("nan")}
        return
    value = float(total) / count
    spread = max(float(squares) / count - value**2, 0.0)
    mcse = float(np.sqrt(spread / (count - 1))) if count > 1 else float("nan")
    yield label | {"statistic": statistic, "value": value, "mcse": mcse}
    bound = certain_bound(value, count)
    if bound is not None:
        yield label | {"statistic": f"{statistic}_bound95", "value": bound, "mcse": float("nan")}


def attrition(
    population: PopulationParameters,
    readings: Eligibility,
    seed: int,
    patients: int = 1_000_000,
    *,
    pairs: bool = False,
) -> Attrition:
    """Screen a large population and say what each criterion costs and each permitted relaxation gains.

    Parameters
    ----------
    patients
        Referrals drawn, 1 to 100,000,000: those of replicate 0, site 1, counted on.
    pairs
        Whether pairs of permitted relaxations are tried too; two values of one setting are no pair.

    Raises
    ------
    ProtocolError
        For a number of patients out of range.
    """
    if isinstance(patients, bool) or not isinstance(patients, int) or not 1 <= patients <= MOST_PATIENTS:
        raise ProtocolError(f"patients must be a whole number from 1 to {MOST_PATIENTS}, got {patients!r}")
    drawn = patients_for(population, readings, Streams(seed), [Block(0, 0, 0, patients)])
    return attrition_of(drawn, readings, pairs=pairs)


def attrition_of(drawn: Iterable[Patients], readings: Eligibility, *, pairs: bool = False) -> Attrition:
    """Return the same for patients already drawn, at least one chunk of them."""
    plan = RelaxationPlan.of(readings, pairs)
    flow = np.zeros(4, dtype=np.int64)
    parts: list[Patterns] = []
    desk: list[Patterns] = []
    second: list[Patterns] = []
    near: list[tuple[Keys, Ints]] = []
    for some in drawn:
        referrals = judge(some.columns, readings, some.desk_knows)
        consents = ~referrals.refuses_consent
        screened = consents & referrals.prescreen_pass
        reached = (referrals.prescreen_pass, screened, consents & referrals.eligible)
        flow += np.array([some.count, *(int(np.count_nonzero(who)) for who in reached)])
        parts.append(Patterns.of(referrals.failed[screened], referrals.reason[screened]))
        desk.append(
            Patterns.of(
                np.where(referrals.prescreen_pass, 0, referrals.prescreen_failed).astype(np.uint32),
                np.where(referrals.prescreen_pass, -1, referrals.prescreen_reason),
            )
        )
        again = screened & referrals.infection_failed
        second.append(Patterns.of(referrals.resolved_failed[again], referrals.resolved_reason[again]))
        keys = plan.keys(some, referrals)
        near.append(distinct(keys, np.ones(len(keys), dtype=np.int64)))
    keys, counts = distinct(*(np.concatenate(column) for column in zip(*near, strict=True)))
    referred, prescreened, consented, eligible = flow.tolist()
    return Attrition(
        ids=tuple(criterion.id for criterion in criteria(readings)),
        referred=referred,
        prescreened=prescreened,
        screened=consented,
        eligible=eligible,
        patterns=Patterns.joined(parts),
        gains=tuple(plan.gains(keys, counts)),
        desk=Patterns.joined(desk),
        second=Patterns.joined(second),
    )
