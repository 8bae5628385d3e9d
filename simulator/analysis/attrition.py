"""Which criterion costs how many patients: failed, primary, alone, an order-free share, and what relaxing gains.

The order-free share divides each screen failure equally among the criteria failed. It is the Shapley value
(Shapley 1953) of the game v(S) = share of patients who fail at least one criterion of S: v is the mean over
patients of v_i(S) = 1 if S meets F_i, the set patient i fails, else 0. In v_i a criterion outside F_i adds
nothing to any S (value 0, the dummy axiom), those inside are interchangeable (equal values, symmetry), and the
values add up to v_i(all) = 1 (efficiency): so each has 1 / |F_i|. Additivity gives the mean. It therefore needs
the distinct failure patterns only, no permutation and no sampling.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations
from operator import or_
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import certain_bound, ratio
from simulator.eligibility.criterion import Criterion
from simulator.eligibility.own_criteria import Eligibility
from simulator.eligibility.relaxations import Proposal, affected, proposals, relaxed
from simulator.eligibility.screen import counts_at_screening, criteria, judge, judge_one, screen
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN, Codes
from simulator.eligibility.verdicts import Referrals
from simulator.errors import ProtocolError
from simulator.population.own_fields import patients_for
from simulator.population.patients import Patients, PopulationParameters
from simulator.randomness import Block, Streams
from simulator.runs.replicates import REFERRALS_PER_INFUSION, RunPlan, chunks
from simulator.trial.intake import each_intake
from simulator.trial.ledger import NEVER

Words = NDArray[np.uint32]
Keys = NDArray[np.uint64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ANY: Final = "any"
AT_DESK: Final = np.uint64(1 << 31)
"""Bit of a key that no criterion has: 19 criteria and 12 optional rules take the bits below."""
MOST_PATIENTS: Final = 100_000_000
STATISTICS: Final = ("share_failed", "share_primary", "share_alone", "share_order_free")


@dataclass(frozen=True, slots=True)
class Patterns:
    """The distinct failure patterns among patients with a verdict, and how many patients have each.

    Attributes
    ----------
    words : (patterns,)
        Bit k is set where criterion k counts and fails; 0 for those who fail nothing.
    reasons : (patterns,)
        Column of the primary reason, -1 where nothing fails; a function of the word.
    counts : (patterns,)
    """

    words: Words
    reasons: Ints
    counts: Ints

    @classmethod
    def of(cls, words: Words, reasons: NDArray[Any], counts: Ints | None = None) -> "Patterns":
        """Count equal words; with `counts`, each word stands for so many patients."""
        distinct, first, inverse = np.unique(words, return_index=True, return_inverse=True)
        weights = np.ones(len(words), dtype=np.int64) if counts is None else counts
        total = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(total, inverse, weights)
        return cls(distinct, reasons[first].astype(np.int64), total)

    @classmethod
    def joined(cls, parts: Iterable["Patterns"]) -> "Patterns":
        """Add up the patterns of several groups of patients."""
        some = list(parts)
        return cls.of(*(np.concatenate([getattr(part, name) for part in some]) for name in cls.__slots__))

    @property
    def patients(self) -> int:
        """Number of patients with a verdict."""
        return int(self.counts.sum())

    @property
    def failures(self) -> int:
        """Number of patients who fail at least one criterion."""
        return int(self.counts[self.words != 0].sum())

    def weights(self, number_of_criteria: int) -> dict[str, Floats]:
        """Return per statistic what a patient of each pattern adds, shape (patterns, criteria)."""
        rows = np.arange(number_of_criteria, dtype=np.uint32)
        failed = ((self.words[:, None] >> rows) & 1).astype(np.float64)
        how_many = failed.sum(axis=1, keepdims=True)
        return {
            "share_failed": failed,
            "share_primary": (self.reasons[:, None] == rows).astype(np.float64),
            "share_alone": failed * (how_many == 1),
            "share_order_free": failed / np.maximum(how_many, 1),
        }


@dataclass(frozen=True, slots=True)
class Gain:
    """Patients who become eligible under one or two permitted relaxations.

    Attributes
    ----------
    changes
        One relaxation, or two together.
    patients
        Patients of the population, not eligible before, who become eligible.
    from_desk
        Of them, those whom the desk pre-screen had turned away.
    undecided
        Patients whom only the relaxed criteria kept out, and who are then unknown in them: the relaxed reading
        needs data that the population does not have, and `patients` is a lower bound.
    """

    changes: tuple[Proposal, ...]
    patients: int
    from_desk: int
    undecided: int


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
    plan = _Plan.of(readings, pairs)
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
        near.append(_distinct(keys, np.ones(len(keys), dtype=np.int64)))
    keys, counts = _distinct(*(np.concatenate(column) for column in zip(*near, strict=True)))
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


@dataclass(frozen=True, slots=True)
class _Trial:
    """Changes that are judged at once: the readings they give, and the counted criteria that read them."""

    readings: Eligibility
    touched: dict[int, Criterion]

    @classmethod
    def of(cls, readings: Eligibility, changes: Sequence[Proposal]) -> "_Trial":
        counted = counts_at_screening(readings)
        touched = affected(readings, *changes)
        return cls(relaxed(readings, *changes), {row: one for row, one in touched.items() if counted[row]})

    @property
    def bits(self) -> int:
        """The criteria touched."""
        return sum(1 << row for row in self.touched)

    def judge(self, columns: dict[str, NDArray[Any]]) -> Codes:
        """Return the worst code among the touched criteria, one entry per patient."""
        worst = np.full(len(next(iter(columns.values()))), PASS, dtype=np.int8)
        for criterion in self.touched.values():
            np.minimum(worst, judge_one(columns, criterion, self.readings), out=worst)
        return worst


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is tried: single relaxations, then pairs, each judged again only where it can matter.

    Attributes
    ----------
    entries
        Positions in `singles`.
    trials
        Singles, and the pairs that change one criterion together.
    relaxable
        The criteria touched by any, as bits.
    most
        Failing more criteria than this, nobody is gained.
    """

    readings: Eligibility
    singles: tuple[Proposal, ...]
    entries: tuple[tuple[int, ...], ...]
    trials: dict[tuple[int, ...], _Trial]
    relaxable: np.uint32
    most: int

    @classmethod
    def of(cls, readings: Eligibility, pairs: bool) -> "_Plan":
        singles = proposals(readings)
        trials: dict[tuple[int, ...], _Trial] = {
            (k,): _Trial.of(readings, [change]) for k, change in enumerate(singles)
        }
        bits = [trial.bits for trial in trials.values()]
        entries: list[tuple[int, ...]] = list(trials)
        for a, b in combinations(range(len(singles)), 2):
            if pairs and singles[a].setting != singles[b].setting:
                entries.append((a, b))
                if bits[a] & bits[b]:
                    trials[a, b] = _Trial.of(readings, [singles[a], singles[b]])
        touched = [reduce(or_, (bits[k] for k in entry)) for entry in entries]
        most = max((word.bit_count() for word in touched), default=0)
        return cls(readings, singles, tuple(entries), trials, np.uint32(reduce(or_, bits, 0)), most)

    def near(self, referrals: Referrals) -> NDArray[np.intp]:
        """Return who consents, is not eligible, and fails few criteria, none that cannot be relaxed."""
        few = np.bitwise_count(referrals.failed) <= self.most
        open_to = few & ((referrals.failed & ~self.relaxable) == 0)
        return np.flatnonzero(open_to & ~referrals.refuses_consent & ~referrals.eligible)

    def keys(self, patients: Patients, referrals: Referrals) -> Keys:
        """Return all that decides who is gained, one row a patient of `near`.

        Word 0: criteria failed from bit 0, AT_DESK, criteria unknown from bit 32. Further words: the code under
        each trial, two bits a trial, 32 trials a word.
        """
        near = self.near(referrals)
        columns = {name: values[near] for name, values in patients.columns.items()}
        verdicts = screen(columns, self.readings)
        failed, unknown = (_words((verdicts.codes == code) & verdicts.screened) for code in (FAIL, UNKNOWN))
        keys = np.zeros((len(near), 1 + -(-len(self.trials) // 32)), dtype=np.uint64)
        keys[:, 0] = failed | unknown << np.uint64(32)
        keys[~referrals.prescreen_pass[near], 0] |= AT_DESK
        for k, trial in enumerate(self.trials.values()):
            keys[:, 1 + k // 32] |= trial.judge(columns).astype(np.uint64) << np.uint64(2 * (k % 32))
        return keys

    def gains(self, keys: Keys, counts: Ints) -> list[Gain]:
        """Count per entry who becomes eligible, who of them the desk turned away, and who is undecided."""
        at_desk = (keys[:, 0] & AT_DESK) != 0
        codes = {
            entry: (keys[:, 1 + k // 32] >> np.uint64(2 * (k % 32))) & np.uint64(3)
            for k, entry in enumerate(self.trials)
        }
        found = []
        for entry in self.entries:
            parts = [entry] if entry in codes else [(k,) for k in entry]
            touched = sum(self.trials[part].bits for part in parts)
            others = keys[:, 0] & np.uint64(~(touched | touched << 32 | int(AT_DESK)) & 0xFFFF_FFFF_FFFF_FFFF)
            worst = np.minimum.reduce([codes[part] for part in parts])
            becomes = (others == 0) & (worst == PASS)
            undecided = (others == 0) & (worst == UNKNOWN) & ((keys[:, 0] & np.uint64(touched)) != 0)
            numbers = [int(counts[who].sum()) for who in (becomes, becomes & at_desk, undecided)]
            found.append(Gain(tuple(self.singles[k] for k in entry), *numbers))
        return sorted(found, key=lambda gain: (-gain.patients, len(gain.changes)))


def _distinct(keys: Keys, counts: Ints) -> tuple[Keys, Ints]:
    """Return the distinct rows and how many patients have each."""
    if len(keys) == 0:
        return keys, counts
    order = np.lexsort(keys.T)
    ordered = keys[order]
    first = np.flatnonzero(np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1)))
    return ordered[first], np.add.reduceat(counts[order], first)


def _words(marked: Bools) -> Words:
    """Pack (patients, criteria) marks into one word a patient."""
    words = np.zeros(len(marked), dtype=np.uint32)
    for row in range(marked.shape[1]):
        words |= marked[:, row].astype(np.uint32) << np.uint32(row)
    return words


def attrition_of_run(plan: RunPlan, replicates: int) -> "pd.DataFrame":
    """Tabulate what each criterion costs among the patients of a run's replicates; the replicate is the unit.

    The patients are drawn again, the same ones: every consented patient with a verdict, the last screening
    where there are two, whatever the trial.

    Returns
    -------
    DataFrame
        criterion ("any": any of them), statistic, value, mcse.
    """

    at_least = REFERRALS_PER_INFUSION * plan.caps_to
    found: list[Patterns] = []
    for part in chunks(replicates):
        for intake in each_intake(plan.stages, Streams(plan.seed), part, at_least):
            judged = intake.paths.verdict_day < NEVER
            found.append(Patterns.of(intake.paths.failed[judged], intake.paths.criterion[judged]))
    ids = [criterion.id for criterion in criteria(plan.stages.eligibility)]
    verdicts = np.array([patterns.patients for patterns in found])[None, :]
    failures = np.array([patterns.failures for patterns in found])[None, :]
    rows = list(_of_replicates(ANY, "share_failed", failures, verdicts))
    weighed = [patterns.weights(len(ids)) for patterns in found]
    for statistic in STATISTICS:
        sums = np.stack([p.counts @ w[statistic] for p, w in zip(found, weighed, strict=True)])
        for k, criterion in enumerate(ids):
            rows += _of_replicates(criterion, statistic, sums[None, :, k], verdicts)
    return pd.DataFrame(rows)


def _of_replicates(
    criterion: str, statistic: str, numerator: NDArray[Any], denominator: NDArray[Any]
) -> Iterator[dict[str, object]]:
    """Return a ratio over replicates; one of 0 or 1 has the bound over replicates too."""
    one = ratio(numerator, denominator)
    yield {"criterion": criterion, "statistic": statistic, **one._asdict()}
    bound = certain_bound(one.value, denominator.shape[1])
    if bound is not None:
        label = {"criterion": criterion, "statistic": f"{statistic}_bound95"}
        yield label | {"value": bound, "mcse": float("nan")}
